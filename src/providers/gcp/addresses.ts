/** Where each thing of a database stands in a plan. The same in every run. */
export const SERVER = 'server';

export const databaseAddress = (name: string): string => `database/${name}`;
export const userAddress = (name: string): string => `user/${name}`;
export const replicaAddress = (numberOrRegion: number | string): string => `replica/${numberOrRegion}`;
export const alarmAddress = (alarm: string): string => `alarm/${alarm}`;

/** The lane of the instance and of all that is changed through it, its replicas too: Cloud SQL does one thing at a time. */
export const SERVER_GROUP = SERVER;
