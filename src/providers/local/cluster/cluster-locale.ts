import { defined } from '../../../engine/defined.ts';
import { ActionError, ProviderError } from '../../../errors.ts';
import type { SqlSession } from '../../../postgres/connection.ts';
import { quoteIdentifier, quoteLiteral } from '../../../postgres/identifier.ts';
import { SETTINGS_FILE } from './settings.ts';

/** Encoding and locale of all databases of a cluster, as initdb's options of these names. */
export interface ClusterLocale {
  /** `UTF8`, `LATIN1`. Default `UTF8`. */
  readonly encoding?: string;
  /** Of the C library: `en_US.UTF-8`. Default `C.UTF-8`. */
  readonly locale?: string;
  /** BCP 47, for ICU: `de-DE`. Default: the C library sorts. */
  readonly icuLocale?: string;
}

const SCRATCH = 'pgkeep_locale';

/** An unknown encoding is not found; an unknown locale and one of another encoding are invalid. */
const REFUSALS: ReadonlySet<string> = new Set(['invalid', 'not-found']);

/** The columns of `pg_database` that say how text is kept and sorted, as far as a major has them. */
const COLUMNS = [
  'encoding',
  'datcollate',
  'datctype',
  'datlocprovider',
  'daticulocale',
  'datlocale',
  'daticurules',
  'datcollversion'
];

/**
 * Gives the three databases of a new cluster an encoding and a locale. The server itself makes a database with them, so
 * that its own rules and spellings hold, and the three get what that one has: they hold nothing but names in ASCII.
 */
export async function setClusterLocale(session: SqlSession, wanted: ClusterLocale): Promise<void> {
  if (Object.keys(wanted).length === 0) return;
  await makeScratch(session, wanted);
  const columns = await session.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute WHERE attrelid = 'pg_database'::regclass AND attname = ANY ($1)`,
    [COLUMNS],
    'set the locale'
  );
  const list = columns.map(({ name }) => name).join(', ');
  await session.query(
    `UPDATE pg_database SET (${list}) = (SELECT ${list} FROM pg_database WHERE datname = '${SCRATCH}')`,
    undefined,
    'set the locale'
  );
  await session.query(`DROP DATABASE ${SCRATCH}`, undefined, 'set the locale');
  await setDefaults(session, wanted);
}

async function makeScratch(session: SqlSession, { encoding, locale, icuLocale }: ClusterLocale): Promise<void> {
  const options = [
    `ENCODING ${quoteLiteral(encoding ?? 'UTF8')}`,
    ...(locale === undefined ? [] : [`LOCALE ${quoteLiteral(locale)}`]),
    ...(icuLocale === undefined ? [] : [`LOCALE_PROVIDER icu ICU_LOCALE ${quoteLiteral(icuLocale)}`])
  ];
  try {
    await session.query(
      `CREATE DATABASE ${SCRATCH} TEMPLATE template0 ${options.join(' ')}`,
      undefined,
      'create a cluster with this encoding and locale'
    );
  } catch (thrown) {
    if (!(thrown instanceof ProviderError) || !REFUSALS.has(thrown.kind)) throw thrown;
    throw new ActionError(thrown.message, {
      code: 'input-invalid',
      source: 'user',
      cause: thrown,
      hint:
        'Correct `encoding`, `locale` or `icu_locale`. `locale -a` lists the locales of this machine; ' +
        '`sudo locale-gen en_US.UTF-8` in an earlier step makes another one. `locale: C` goes with every encoding.'
    });
  }
}

/**
 * What initdb writes into postgresql.conf for a locale: how numbers, money and times look, and the language of text
 * search. Messages stay English: the log is read by programs.
 */
async function setDefaults(session: SqlSession, { locale, icuLocale }: ClusterLocale): Promise<void> {
  const search = await textSearchOf(session, locale ?? icuLocale);
  const values = defined({
    lc_monetary: locale,
    lc_numeric: locale,
    lc_time: locale,
    default_text_search_config: search
  });
  const given = await session.query<{ name: string }>(
    'SELECT lower(name) AS name FROM pg_file_settings WHERE sourcefile LIKE $1',
    [`%${SETTINGS_FILE}`],
    'read the configuration'
  );
  const taken = new Set(given.map(({ name }) => name));
  for (const [name, value] of Object.entries(values)) {
    // Our file holds `parameters`, which ALTER SYSTEM would override.
    if (taken.has(name)) continue;
    await session.query(`ALTER SYSTEM SET ${quoteIdentifier(name)} = ${quoteLiteral(value)}`, undefined, `set ${name}`);
  }
  await session.query('SELECT pg_reload_conf()', undefined, 'reload the configuration');
}

/** The configuration of a locale's language, `simple` where there is none, as initdb chooses it. */
async function textSearchOf(session: SqlSession, locale: string | undefined): Promise<string | undefined> {
  const [language = ''] = (locale ?? '').split(/[_.@-]/);
  if (language === '' || language === 'C' || language === 'POSIX') return undefined;
  const [name = ''] = nameOfLanguage(language).toLowerCase().split(' ');
  const found = await session.query(
    'SELECT FROM pg_ts_config WHERE cfgname = $1',
    [name],
    'choose the language of text search'
  );
  return `pg_catalog.${found.length === 1 ? name : 'simple'}`;
}

function nameOfLanguage(code: string): string {
  try {
    return new Intl.DisplayNames('en', { type: 'language' }).of(code) ?? '';
  } catch {
    return '';
  }
}
