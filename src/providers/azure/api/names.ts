import type { AlarmName } from '../../../spec/alarms.ts';
import { fit } from '../../names.ts';

/** Names of servers are in lower case, and unique in all of Azure. */
export function serverName(name: string): string {
  return name.toLowerCase();
}

/**
 * The names of everything that belongs to one database. They follow from the server's name, so that a later run finds
 * them.
 */
export interface Names {
  readonly server: string;
  /** The lock and the diagnostic setting exist on the server only. */
  readonly lock: string;
  readonly diagnosticSetting: string;
  /** `orders-free-storage`. */
  readonly alert: (alarm: AlarmName) => string;
}

export function namesOf(name: string): Names {
  const server = serverName(name);
  const alert: Names['alert'] = alarm => `${server}-${alarm.replaceAll('_', '-')}`;
  return { server, lock: 'pgkeep', diagnosticSetting: 'pgkeep', alert };
}

/** Replicas are numbered from 1. A replica in another region is named after the region. */
export function replicaName(server: string, numberOrRegion: number | string): string {
  return fit(`${server}-replica-${numberOrRegion}`, 63);
}

/** `eastus` for `East US`: Azure answers with either spelling. */
export function regionOf(location: string): string {
  return location.toLowerCase().replaceAll(/\s+/g, '');
}

/** The prefix of firewall rules of ours. Other rules are left alone. */
export const RULE_PREFIX = 'pgkeep-';

/** `pgkeep-10-0-0-0-16` for `10.0.0.0/16`. */
export function ruleName(cidr: string): string {
  return `${RULE_PREFIX}${cidr.replaceAll(/[./]/g, '-')}`;
}

/** The network of a rule of ours; `undefined` for all other rules. */
export function networkOfRule(name: string): string | undefined {
  const match = /^pgkeep-(\d+)-(\d+)-(\d+)-(\d+)-(\d+)$/.exec(name);
  return match === null ? undefined : `${match.slice(1, 5).join('.')}/${match[5] ?? ''}`;
}
