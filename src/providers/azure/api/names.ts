import { fit } from '../../names.ts';

/** Azure keeps names of servers in lower case, and they are unique in all of Azure. */
export function serverName(name: string): string {
  return name.toLowerCase();
}

/** What everything that belongs to one database is called. All are made of the server's name, so that a rerun finds them. */
export interface Names {
  readonly server: string;
  /** The lock and the diagnostic setting: each lives on the server alone. */
  readonly lock: string;
  readonly diagnosticSetting: string;
}

export function namesOf(name: string): Names {
  return { server: serverName(name), lock: 'pgkeep', diagnosticSetting: 'pgkeep' };
}

/** Replicas are numbered from 1; the one in another region is called after that. */
export function replicaName(server: string, numberOrRegion: number | string): string {
  return fit(`${server}-replica-${numberOrRegion}`, 63);
}

/** `eastus` for `East US`: Azure answers with either. */
export function regionOf(location: string): string {
  return location.toLowerCase().replaceAll(/\s+/g, '');
}

/** Rules that allow a network of ours begin so; others are left alone. */
export const RULE_PREFIX = 'pgkeep-';

/** `pgkeep-10-0-0-0-16` for `10.0.0.0/16`. */
export function ruleName(cidr: string): string {
  return `${RULE_PREFIX}${cidr.replaceAll(/[./]/g, '-')}`;
}

/** The network that a rule of ours is for; `undefined` for all other rules. */
export function networkOfRule(name: string): string | undefined {
  const match = /^pgkeep-(\d+)-(\d+)-(\d+)-(\d+)-(\d+)$/.exec(name);
  return match === null ? undefined : `${match.slice(1, 5).join('.')}/${match[5] ?? ''}`;
}
