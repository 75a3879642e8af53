import { fitName, MAX_NAME_BYTES } from '../postgres/identifier.ts';
import type { Access } from '../spec/sql-objects.ts';

/** The three roles without a login that hold every right in a database; logins are their members. */
export type Groups = Readonly<Record<Access, string>>;

/** `orders_owner`, `orders_readwrite`, `orders_readonly`. */
export function groupsOf(database: string): Groups {
  const named = (suffix: Access): string => fitName(`${database}_${suffix}`, MAX_NAME_BYTES);
  return { owner: named('owner'), readwrite: named('readwrite'), readonly: named('readonly') };
}

/** Types of the resources within a server. */
export const ROLE = 'role';
export const DATABASE = 'logical-database';
export const CLOUD_LOGIN = 'cloud-login';
export const GRANTS = 'grants';
export const EXTENSION = 'database-extension';
export const INIT_SQL = 'database-sql';
export const MASK_SQL = 'masking-sql';

export const MASK_SQL_ADDRESS = 'mask-sql';

export function roleAddress(name: string): string {
  return `role/${name}`;
}

/** `name`: as the server has it, which may be an address. */
export function cloudLoginAddress(name: string): string {
  return `login/${name}`;
}

export function databaseAddress(name: string): string {
  return `database/${name}`;
}

export function grantsAddress(database: string): string {
  return `grants/${database}`;
}

/** `isMain`: the server's own database, which has no name of its own in an address. */
export function extensionAddress(database: string, extension: string, isMain: boolean): string {
  return isMain ? `extension/${extension}` : `extension/${database}.${extension}`;
}

export function initSqlAddress(database: string, isMain: boolean): string {
  return isMain ? 'init-sql' : `init-sql/${database}`;
}
