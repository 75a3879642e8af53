import { fit } from '../../names.ts';

/** The name of an instance: in lower case, unique in the project. */
export function instanceName(name: string): string {
  return name.toLowerCase();
}

/** Longest name of an instance. */
export const LONGEST_NAME = 98;

/** Replicas are numbered from 1; the one in another region is named after it. */
export function replicaName(instance: string, numberOrRegion: number | string): string {
  return fit(`${instance}-replica-${numberOrRegion}`, LONGEST_NAME);
}

/** `projects/<project>/global/networks/<name>` for any spelling of a network. */
export function networkPath(project: string, network: string): string {
  const path = network.replace(/^https:\/\/[^/]+\/compute\/v1\//, '').replace(/^\/+/, '');
  return path.includes('/') ? path : `projects/${project}/global/networks/${path}`;
}
