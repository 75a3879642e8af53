/** Addresses of the resources in a plan. The same in every run. */
export const SERVER = 'server';

export const databaseAddress = (name: string): string => `database/${name}`;
export const userAddress = (name: string): string => `user/${name}`;
export const replicaAddress = (numberOrRegion: number | string): string => `replica/${numberOrRegion}`;
export const alarmAddress = (alarm: string): string => `alarm/${alarm}`;

/** Concurrency group of the instance, its contents and its replicas: Cloud SQL runs one operation at a time. */
export const SERVER_GROUP = SERVER;
