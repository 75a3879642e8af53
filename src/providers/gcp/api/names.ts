import { fit } from '../../names.ts';

/** The name of an instance: in lower case, unique in the project. */
export function instanceName(name: string): string {
  return name.toLowerCase();
}

/** Longest name of an instance. */
export const LONGEST_NAME = 98;

/** Longest name of an instance in a project. https://cloud.google.com/sql/docs/postgres/instance-settings */
export function longestNameIn(project: string): number {
  return LONGEST_NAME - `${project}:`.length;
}

/** Replicas are numbered from 1; the one in another region is named after it. */
export function replicaName(
  { name, project }: { readonly name: string; readonly project: string },
  numberOrRegion: number | string
): string {
  return fit(`${name}-replica-${numberOrRegion}`, longestNameIn(project));
}

/** `projects/<project>/global/networks/<name>` for any spelling of a network. */
export function networkPath(project: string, network: string): string {
  const path = network.replace(/^https:\/\/[^/]+\/compute\/v1\//, '').replace(/^\/+/, '');
  return path.includes('/') ? path : `projects/${project}/global/networks/${path}`;
}
