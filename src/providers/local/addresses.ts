/** The superuser that every cluster begins with. */
export const SUPERUSER = 'postgres';

/** Types of the resources, and the addresses of those that exist once. */
export const SERVER = 'server';
export const USER = 'user';
export const DATABASE = 'database';
export const REPLICA = 'replica';

/** Replicas are numbered from 1. */
export function replicaAddress(number: number): string {
  return `${REPLICA}/${number}`;
}
