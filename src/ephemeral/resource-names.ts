/** Types of the resources of a pull request's database. */
export const DATABASE = 'database';
export const ROLE = 'role';
export const EXTENSION = 'extension';
export const INIT_SQL = 'init-sql';

interface Named {
  /** Of the pull request's database. */
  readonly name: string;
}

export function databaseAddress({ name }: Named): string {
  return `${DATABASE}/${name}`;
}

export function roleAddress({ name }: Named): string {
  return `${ROLE}/${name}`;
}

export function extensionAddress(extension: string): string {
  return `${EXTENSION}/${extension}`;
}
