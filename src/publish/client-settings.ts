import { defined } from '../engine/defined.ts';
import type { Endpoint } from '../providers/endpoint.ts';

/** `jdbc:postgresql://host:port/database?user=…`, as pgjdbc reads it: https://jdbc.postgresql.org/documentation/use/ */
export function jdbcUrl(endpoint: Endpoint, certificatePath: string | undefined): string {
  const { username, password, sslmode } = endpoint;
  const query = new URLSearchParams(defined({ user: username, password, sslmode, sslrootcert: certificatePath }));
  return `jdbc:postgresql://${placeOf(endpoint)}?${query.toString()}`;
}

/**
 * `postgresql+asyncpg://user:password@host:port/database?ssl=…` for SQLAlchemy, which passes its parameters on to
 * asyncpg as they are: https://docs.sqlalchemy.org/en/20/dialects/postgresql.html. Without parameters where TLS is off.
 */
export function asyncpgUrl(endpoint: Endpoint): string {
  const { username, password, sslmode } = endpoint;
  const login = [username, ...(password === undefined ? [] : [password])].map(encodeURIComponent).join(':');
  const query = sslmode === 'disable' ? '' : `?ssl=${sslmode}`;
  return `postgresql+asyncpg://${login}@${placeOf(endpoint)}${query}`;
}

/** The variables of libpq and the programs made with it: https://www.postgresql.org/docs/current/libpq-envars.html */
export function libpqVariables(
  endpoint: Endpoint,
  certificatePath: string | undefined
): Readonly<Record<string, string>> {
  return defined({
    PGHOST: endpoint.host,
    PGPORT: String(endpoint.port),
    PGDATABASE: endpoint.database,
    PGUSER: endpoint.username,
    PGPASSWORD: endpoint.password,
    PGSSLMODE: endpoint.sslmode,
    PGSSLROOTCERT: certificatePath
  });
}

/**
 * The lines of a password file, for every database of each place. None without a password, and none for a password with
 * a line break, which such a file cannot hold. https://www.postgresql.org/docs/current/libpq-pgpass.html
 */
export function passwordLines({ username, password }: Endpoint, places: readonly Place[]): readonly string[] {
  if (password === undefined || /[\r\n]/.test(password)) return [];
  const lines = places.map(({ host, port }) =>
    [host, String(port), '*', username, password].map((field, at) => (at === 2 ? field : escaped(field))).join(':')
  );
  return [...new Set(lines)];
}

/** A field of such a line. */
export function escaped(field: string): string {
  return field.replaceAll(/[\\:]/g, String.raw`\$&`);
}

/** Where a server, a replica or a pooler listens. */
export type Place = Pick<Endpoint, 'host' | 'port'>;

function placeOf({ host, port, database }: Endpoint): string {
  const address = host.includes(':') ? `[${host}]` : host;
  return `${address}:${port}/${encodeURIComponent(database)}`;
}
