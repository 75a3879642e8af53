import { createHash } from 'node:crypto';

/** An id as EC2 makes them, always the same for the same words: `subnet-` and 17 hexadecimal digits. */
export function hexId(prefix: string, ...words: readonly (string | number)[]): string {
  return `${prefix}${createHash('sha256').update(words.join(' ')).digest('hex').slice(0, 17)}`;
}

/** A resource id as RDS makes them: `db-` and 26 capitals and digits. */
export function resourceId(prefix: string, ...words: readonly (string | number)[]): string {
  const bytes = createHash('sha256').update(words.join(' ')).digest();
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  return `${prefix}${[...bytes.subarray(0, 26)].map(byte => letters[byte % 32]).join('')}`;
}

/** A version 4 UUID by form. */
export function uuid(...words: readonly (string | number)[]): string {
  const hex = createHash('sha256').update(words.join(' ')).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
