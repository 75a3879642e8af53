import type { Settings } from '../../../spec/catalogue.ts';
import type { AlarmName } from '../../../spec/alarms.ts';

/** Addresses of what one database is made of. */
export const SERVER = 'server';
export const CONFIGURATION = 'configuration';
export const POOL = 'pool';
export const LOG_SINK = 'log-sink';

/** What our log sink of a cluster is called. */
export const SINK_NAME = 'pgkeep';

/** The user that every cluster has. */
export const DOADMIN = 'doadmin';

export function databaseAddress(name: string): string {
  return `database/${name}`;
}

export function userAddress(name: string): string {
  return `user/${name}`;
}

export function alarmAddress(name: AlarmName): string {
  return `alarm/${name}`;
}

/** DigitalOcean keeps names in lower case. */
export function clusterName(name: string): string {
  return name.toLowerCase();
}

/** The user to be made beside `doadmin`; `undefined` when none is asked for. */
export function extraUser({ master_username: name }: Settings): string | undefined {
  return name === DOADMIN ? undefined : name;
}

/** The name of the pool, which is the name of the database that its clients connect to. */
export function poolName(database: string | undefined): string {
  return `${database ?? 'defaultdb'}-pool`.slice(0, 63);
}

/** `replica/1`, `replica/sfo3`, for `orders-replica-1`, `orders-replica-sfo3`; `undefined` for somebody else's. */
export function replicaAddress(cluster: string, name: string): string | undefined {
  const which = name.startsWith(`${cluster}-replica-`) ? name.slice(`${cluster}-replica-`.length) : '';
  return /^(\d+|[a-z]{3}\d)$/.test(which) ? `replica/${which}` : undefined;
}

export function replicaNameOf(cluster: string, address: string): string {
  return `${cluster}-${address.replace('/', '-')}`;
}
