import type { AlarmName } from '../../spec/alarms.ts';
import { numberedAddress, numberOfName } from '../numbered-replicas.ts';

/** Addresses of the resources that one database consists of. */
export const SERVER = 'server';
export const CONFIGURATION = 'configuration';
export const POOL = 'pool';
export const LOG_SINK = 'log-sink';

export function databaseAddress(name: string): string {
  return `database/${name}`;
}

export function userAddress(name: string): string {
  return `user/${name}`;
}

export function alarmAddress(name: AlarmName): string {
  return `alarm/${name}`;
}

/**
 * `replica/1` or `replica/sfo3` for `orders-replica-1` or `orders-replica-sfo3`; `undefined` for a name of another
 * pattern.
 */
export function replicaAddress(cluster: string, name: string, given: readonly string[] = []): string | undefined {
  const number = numberOfName(name, given, one => `${cluster}-replica-${one}`);
  if (number !== undefined) return numberedAddress(number);
  const which = name.startsWith(`${cluster}-replica-`) ? name.slice(`${cluster}-replica-`.length) : '';
  return /^[a-z]{3}\d$/.test(which) ? `replica/${which}` : undefined;
}
