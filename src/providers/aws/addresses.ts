import { REGIONS } from './api/regions.ts';

/** The address of each resource in a plan. The same in every run. */
export const SERVER = 'server';
export const SUBNET_GROUP = 'subnet-group';
export const SECURITY_GROUP = 'security-group';
export const MONITORING_ROLE = 'monitoring-role';
export const PROXY = 'proxy';
export const PROXY_ROLE = 'proxy-role';
export const PROXY_SECRET = 'proxy-secret';
export const BACKUP_REPLICATION = 'backup-replication';
export const RESERVATION = 'reservation';

export const parameterGroupAddress = (family: string): string => `parameter-group/${family}`;
export const replicaAddress = (numberOrRegion: number | string): string => `replica/${numberOrRegion}`;

/** The region in a replica's address; `undefined` for one of the server's own region, by its number or its name. */
export function regionOfReplica(address: string): string | undefined {
  const place = address.slice('replica/'.length);
  return REGIONS.form.test(place) ? place : undefined;
}

export const logGroupAddress = (log: string): string => `log-group/${log}`;
export const alarmAddress = (alarm: string): string => `alarm/${alarm}`;

/** The logs of RDS for PostgreSQL. */
export const LOGS = ['postgresql', 'upgrade', 'iam-db-auth-error'] as const;

/** The concurrency group of the server: one mutation at a time. */
export const SERVER_GROUP = SERVER;
