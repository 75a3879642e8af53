import { withSqlSession, type ConnectionTarget, type SqlSession } from '../../../postgres/connection.ts';
import { quoteIdentifier, quoteLiteral } from '../../../postgres/identifier.ts';
import { collationsOf, type MachineLocales } from './machine-locales.ts';
import { setClusterLocale, type ClusterLocale } from './cluster-locale.ts';

/** What makes a new cluster one of this machine. */
export interface AdoptRequest {
  /** How its superuser connects to a database. */
  readonly target: (database: string) => ConnectionTarget;
  /** Resolves when the templates may be connected to. */
  readonly whole: Promise<void>;
  readonly locales: Promise<MachineLocales>;
  /** What the workflow asks for instead of UTF-8 in `C.UTF-8`. */
  readonly wanted: ClusterLocale;
  readonly signal: AbortSignal;
}

/**
 * Gives a cluster on a running server what initdb would have taken from this machine: databases whose locale is the C
 * library's, and in each database a collation for each of its locales. Proves the superuser's login. Throws
 * `input-invalid` for a locale or an encoding that this server or machine does not have.
 */
export async function adoptLocales({ target, whole, locales, wanted, signal }: AdoptRequest): Promise<void> {
  const importInto = async (database: string): Promise<void> => {
    const [list] = await Promise.all([locales, whole]);
    await withSqlSession(target(database), signal, async session => importCollations(session, list));
  };
  const first = importInto('template1');
  first.catch(() => undefined);
  await withSqlSession(target('postgres'), signal, async session => {
    await useLibrary(session);
    await openTemplate(session, true);
    await Promise.all([first, importInto('template0'), locales.then(async list => importCollations(session, list))]);
    await openTemplate(session, false);
    await setClusterLocale(session, wanted);
  });
}

/**
 * The prebuilt cluster of 17 and later is of the builtin provider, and each new database inherits the provider:
 * `LC_COLLATE` would be accepted and change nothing. No text of the databases is sorted by their locale yet.
 */
async function useLibrary(session: SqlSession): Promise<void> {
  if (Number.parseInt(session.serverVersion, 10) < 17) return;
  await session.query(
    `UPDATE pg_database SET datlocprovider = 'c', datlocale = NULL, datcollversion = NULL WHERE datlocprovider = 'b'`,
    undefined,
    'set the locale provider'
  );
}

async function openTemplate(session: SqlSession, isOpen: boolean): Promise<void> {
  await session.query(
    `ALTER DATABASE template0 ALLOW_CONNECTIONS ${String(isOpen)}`,
    undefined,
    `${isOpen ? 'open' : 'close'} template0`
  );
}

/** `ucs_basic` is in the prebuilt clusters of 16 and later. */
async function importCollations(session: SqlSession, locales: MachineLocales): Promise<void> {
  if (locales === 'unknown') {
    await session.query(`SELECT pg_import_system_collations('pg_catalog')`, undefined, 'import the collations');
  }
  const collations = new Map([['ucs_basic', 'C'], ...(locales === 'unknown' ? [] : collationsOf(locales))]);
  const statements = [...collations].map(
    ([name, locale]) =>
      `CREATE COLLATION IF NOT EXISTS pg_catalog.${quoteIdentifier(name)} (LOCALE = ${quoteLiteral(locale)})`
  );
  await session.batch(['SET client_min_messages = warning', ...statements].join(';\n'));
}
