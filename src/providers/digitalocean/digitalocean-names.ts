/** Addresses of what one database is made of. */
export const SERVER = 'server';

export function databaseAddress(name: string): string {
  return `database/${name}`;
}

/** DigitalOcean keeps names in lower case. */
export function clusterName(name: string): string {
  return name.toLowerCase();
}
