import { ProviderError } from '../errors.ts';
import { didYouMean } from '../spec/did-you-mean.ts';
import type { SqlSession } from './connection.ts';
import { quoteIdentifier } from './identifier.ts';

/** Names by which people know extensions that PostgreSQL knows by another. */
export const EXTENSION_ALIASES: Readonly<Record<string, string>> = {
  pgvector: 'vector',
  uuid_ossp: 'uuid-ossp',
  pgcron: 'pg_cron',
  pgtrgm: 'pg_trgm',
  trigram: 'pg_trgm',
  anonymizer: 'anon',
  postgresql_anonymizer: 'anon'
};

/** What is known of an extension that a server does not have. */
export interface MissingExtension {
  /** The one that was probably meant; the server may not have that one either. */
  readonly meant: string | undefined;
  /** What the server has, where no name is near. Languages are left out: a server lists those that it can't load. */
  readonly available: readonly string[] | undefined;
}

/** The name that was meant by one that no server has: an alias, or capitals as `azure.extensions` shows them. Pure. */
export function extensionMeant(name: string): string | undefined {
  const lower = name.toLowerCase();
  return EXTENSION_ALIASES[lower] ?? (lower === name ? undefined : lower);
}

/** Pure. */
export function missingExtension(name: string, listed: readonly string[]): MissingExtension {
  const meant = EXTENSION_ALIASES[name.toLowerCase()] ?? didYouMean(name, listed);
  const available = listed.filter(one => !LANGUAGE.test(one)).toSorted();
  return { meant, available: meant === undefined ? available : undefined };
}

/** The language that an extension needs, by its name: `hstore_plperl`, `plpython3u`. */
const LANGUAGE = /(?:^|_)(plperl|plpython3|pltcl)u?$/;

/**
 * Throws `provider-invalid`, with a suggestion, when the server does not have an extension of this name, or cannot load
 * the language that it needs. Any database of it will do. `packagesWith`: what to run to get an extension that is
 * missing.
 */
export async function requireExtension(
  session: SqlSession,
  name: string,
  packagesWith: (name: string) => string | undefined = () => undefined
): Promise<void> {
  const rows = await session.query<{ name: string }>(
    'select name::text from pg_catalog.pg_available_extensions',
    [],
    'list the extensions'
  );
  const listed = rows.map(row => row.name);
  const language = LANGUAGE.exec(name)?.[1];
  if (listed.includes(name) && (language === undefined || (await loads(session, language)))) return;
  throw new ProviderError(
    `Could not create extension ${name}: PostgreSQL ${session.serverVersion} here does not have it`,
    { kind: 'invalid', hint: await hintFor(session, name, listed, packagesWith) }
  );
}

async function hintFor(
  session: SqlSession,
  name: string,
  listed: readonly string[],
  packagesWith: (name: string) => string | undefined
): Promise<string> {
  const alias = EXTENSION_ALIASES[name.toLowerCase()];
  const suggestion = alias ?? didYouMean(name, listed);
  const install = packagesWith(alias ?? name);
  const meant = suggestion === undefined || suggestion === name ? undefined : `Did you mean \`${suggestion}\`?`;
  if (install !== undefined && (alias === undefined || !listed.includes(alias))) {
    return [meant, install].filter(part => part !== undefined).join(' ');
  }
  if (meant !== undefined) return meant;
  const loadable = new Map<string, boolean>();
  for (const language of new Set(listed.flatMap(one => LANGUAGE.exec(one)?.[1] ?? []))) {
    loadable.set(language, await loads(session, language));
  }
  const offered = listed.filter(one => loadable.get(LANGUAGE.exec(one)?.[1] ?? '') !== false);
  return `Available: ${offered.toSorted().join(', ')}.`;
}

/** Published binaries list languages whose library needs a Perl or a Python that the machine does not have. */
async function loads(session: SqlSession, language: string): Promise<boolean> {
  return session.query(`LOAD '$libdir/${language}'`, [], `load ${language}`).then(
    () => true,
    // Who is no superuser may not try.
    (thrown: unknown) => thrown instanceof ProviderError && thrown.kind === 'denied'
  );
}

/** Creates an extension in the session's database, with its dependencies. An existing one is a success. */
export async function createExtension(session: SqlSession, name: string): Promise<void> {
  await session.query(extensionStatement(name), undefined, `create extension ${name}`);
}

/** The statement of `createExtension`, for use among others. */
export function extensionStatement(name: string): string {
  return `CREATE EXTENSION IF NOT EXISTS ${quoteIdentifier(name)} CASCADE`;
}
