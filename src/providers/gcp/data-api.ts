import { ProviderError } from '../../errors.ts';
import type { OpenSession } from '../../postgres/connection.ts';
import { postgresFailure } from '../../postgres/failures.ts';
import { quoteLiteral } from '../../postgres/identifier.ts';
import type { NotReachable, WayIn } from '../../postgres/way-in.ts';
import { isFailure } from '../failures.ts';
import type { GcpContext } from './context.ts';

/** The permission of every statement. */
export const EXECUTE_SQL = 'cloudsql.instances.executeSql';

interface Cell {
  readonly value?: string;
  readonly nullValue?: boolean;
}

interface QueryResult {
  readonly columns?: readonly { readonly name?: string; readonly type?: string }[];
  readonly rows?: readonly { readonly values?: readonly Cell[] }[];
  readonly partialResult?: boolean;
}

interface Answer {
  readonly results?: readonly QueryResult[];
  /** The error of the database. */
  readonly status?: { readonly code?: number; readonly message?: string };
}

/**
 * Cloud SQL's Data API: SQL over HTTPS, to instances without a public address too, with the identity of this run. Each
 * text is a session and a transaction of its own. An answer has at most 10 MB and comes within 30 seconds.
 * https://cloud.google.com/sql/docs/postgres/executesql
 */
export async function dataApiWayIn(context: GcpContext, admin: string): Promise<WayIn | NotReachable> {
  const live = await context.live();
  if (live?.settings?.dataApiAccess !== 'ALLOW_DATA_API') {
    return {
      kind: 'not-reachable',
      why: `the instance ${context.name} does not allow the Data API`,
      hint: `Run \`gcloud sql instances patch ${context.name} --data-api-access=ALLOW_DATA_API\`, or set \`connect_through\` to another way.`
    };
  }
  return {
    kind: 'way-in',
    title: 'through the Data API of Cloud SQL',
    admin,
    maintenanceDatabase: 'postgres',
    keepsSession: false,
    passesFirewall: true,
    open: async ({ database, login, settings = {} }) => {
      if (login !== undefined) {
        return {
          kind: 'not-reachable',
          why: `the Data API logs in as ${admin} only, and not as ${login.user}`,
          hint: 'Set `connect_through: direct`, with `runner_access: true`, where a login with a password is needed.'
        };
      }
      const run = async (sql: string): Promise<readonly QueryResult[]> => execute(context, database, sql);
      try {
        return { kind: 'open', session: await sessionOver(database, run, settings) };
      } catch (thrown) {
        const isOurs = isFailure(thrown, 'denied') || isFailure(thrown, 'unauthenticated');
        if (!isOurs || thrown.permission !== EXECUTE_SQL) throw thrown;
        return { kind: 'not-reachable', why: thrown.message, hint: `Grant \`${EXECUTE_SQL}\` to this identity.` };
      }
    },
    close: async () => {}
  };
}

async function sessionOver(
  database: string,
  run: (sql: string) => Promise<readonly QueryResult[]>,
  settings: Readonly<Record<string, string>>
): Promise<OpenSession> {
  // As at the start of a session: SET would take a list for one name.
  const before = Object.entries(settings).map(
    ([name, value]) => `SELECT pg_catalog.set_config(${quoteLiteral(name)}, ${quoteLiteral(value)}, false); `
  );
  const whole = (text: string): string => (isAlone(text) ? text : `${before.join('')}${text}`);
  const [version] = rowsOf((await run('SHOW server_version')).at(-1));
  return {
    database,
    isLost: () => false,
    serverVersion: textOf(version?.['server_version']).replace(/ .*/, ''),
    encrypted: true,
    query: async <Row extends object>(text: string, values: readonly unknown[] = [], doing = 'run SQL') => {
      const results = await run(whole(withValues(text, values))).catch((thrown: unknown) => {
        throw postgresFailure(thrown, doing);
      });
      return rowsOf(results.at(-1)) as readonly Row[];
    },
    batch: async text => {
      try {
        const results = await run(whole(text));
        return {
          completed: Math.max(0, results.length - (isAlone(text) ? 0 : before.length)),
          error: undefined,
          inTransaction: false
        };
      } catch (thrown) {
        return { completed: 0, error: thrown, inTransaction: false };
      }
    },
    close: async () => {}
  };
}

/** Statements that PostgreSQL refuses in a text with others. */
function isAlone(text: string): boolean {
  return /^\s*(?:(?:create|drop)\s+database|vacuum|(?:create|drop)\s+tablespace|alter\s+system)\b/i.test(text);
}

/** The API takes no values: the server puts them into a prepared statement, so that none becomes a part of the text. */
function withValues(text: string, values: readonly unknown[]): string {
  if (values.length === 0) return text;
  const given = values.map(value => {
    if (value === null || value === undefined) return 'NULL';
    if (Array.isArray(value)) return `ARRAY[${value.map(one => quoteLiteral(String(one))).join(', ')}]::text[]`;
    return quoteLiteral(textOf(value));
  });
  return `PREPARE pgkeep_statement AS ${text}; EXECUTE pgkeep_statement(${given.join(', ')})`;
}

/** A text as it is, and any other value as JSON: `42`, `true`, `{"a":1}`. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? '');
}

/** An error of PostgreSQL as node-postgres throws it; the API puts the SQLSTATE into its words. */
function serverError(message: string, code: string): Error {
  return Object.assign(new Error(message), { severity: 'ERROR', code });
}

async function execute(context: GcpContext, database: string, sqlStatement: string): Promise<readonly QueryResult[]> {
  const { gcp, project, name } = context;
  const answer = await gcp.sql<Answer>(
    { permission: EXECUTE_SQL, subject: name },
    async (sdk, options) => sdk.instances.executeSql({ project, instance: name }, options),
    {
      body: {
        sqlStatement,
        database,
        autoIamAuthn: true,
        partialResultMode: 'FAIL_PARTIAL_RESULT',
        application: 'pgkeep'
      },
      // Sent once: whether a lost one took effect is not known.
      idempotent: false
    }
  );
  const { code = 0, message = 'no reason given' } = answer.status ?? {};
  if (code === 0) return answer.results ?? [];
  const [, state] = /\bSQLSTATE[\s:=(]*([0-9A-Z]{5})\b/.exec(message) ?? [];
  if (state === undefined) throw new ProviderError(`Could not run SQL on ${name}: ${message}`, { kind: 'failed' });
  throw serverError(message, state);
}

function rowsOf(result: QueryResult | undefined): readonly Readonly<Record<string, unknown>>[] {
  const { columns = [], rows = [] } = result ?? {};
  return rows.map(({ values = [] }) =>
    Object.fromEntries(columns.map(({ name = '', type = '' }, at) => [name, valueOf(values[at], type)]))
  );
}

/** As node-postgres reads it. */
function valueOf(cell: Cell | undefined, type: string): unknown {
  if (cell === undefined || cell.nullValue === true) return null;
  const text = cell.value ?? '';
  const kind = type.toLowerCase();
  if (/\[\]$|^_/.test(kind)) return arrayOf(text);
  if (kind.startsWith('bool')) return /^t/i.test(text);
  if (/^(?:int2|int4|integer|smallint|oid|float4|float8|real|double)/.test(kind)) return Number(text);
  if (/^jsonb?$/.test(kind)) return JSON.parse(text) as unknown;
  return text;
}

/** `{a,"b c",NULL}` of one level. */
function arrayOf(text: string): readonly (string | null)[] {
  const items = text.slice(1, -1).match(/"(?:[^"\\]|\\.)*"|[^,]+/g) ?? [];
  return items.map(item => {
    if (item.startsWith('"')) return item.slice(1, -1).replaceAll(/\\(.)/g, '$1');
    return item === 'NULL' ? null : item;
  });
}
