/** The address of each resource in a plan. The same in every run. */
export const SERVER = 'server';
export const FIREWALL = 'firewall';
export const PARAMETERS = 'parameters';
export const POOLING = 'pooling';
export const QUERY_STORE = 'query-store';
export const LOCK = 'lock';
export const LOGGING = 'diagnostic-setting';

export const databaseAddress = (name: string): string => `database/${name}`;
export const administratorAddress = (objectId: string): string => `administrator/${objectId}`;
export const replicaAddress = (numberOrRegion: number | string): string => `replica/${numberOrRegion}`;
export const replicaSettingsAddress = (numberOrRegion: number | string): string => `replica-settings/${numberOrRegion}`;
export const alarmAddress = (alarm: string): string => `alarm/${alarm}`;

/** The concurrency group of the server, its children and its replicas: Azure makes one change at a time. */
export const SERVER_GROUP = SERVER;
