import { ProviderError, type FailureKind } from '../../src/errors.ts';
import type { OpenSession } from '../../src/postgres/connection.ts';
import { matchesVerifier } from '../../src/postgres/scram.ts';
import type { Opened, WayIn } from '../../src/postgres/way-in.ts';

interface ToldRole {
  comment: string | null;
  verifier: string | null;
  until?: string;
}

interface ToldDatabase {
  comment: string | null;
  owner: string;
  isPublic: boolean;
  allows: boolean;
  isInvalid: boolean;
  isTemplate: boolean;
  extensions: string[];
}

/** What happens once, before the text that matches is run: it may throw, and change the server. */
interface Event {
  readonly at: RegExp;
  readonly happens: () => void;
}

/** A server without one, which keeps the databases and roles of pull requests, and tells every text that it got. */
export interface ToldServer {
  readonly roles: Map<string, ToldRole>;
  readonly databases: Map<string, ToldDatabase>;
  /** Databases of others that PUBLIC may connect to. */
  others: { readonly name: string; readonly own: boolean }[];
  /** Roles that may connect to those. */
  connecting: string[];
  serverVersion: string;
  isSuperuser: boolean;
  syncs: boolean;
  /** Why no session can be opened. */
  closed?: Opened | undefined;
  readonly way: WayIn;
  once(at: RegExp, happens: () => void): void;
  /** The open sessions end. */
  restart(): void;
  /** What came since the last call, in lines. */
  told(): readonly string[];
}

/** As PostgreSQL refuses a text. */
export function refusal(providerCode: string, kind: FailureKind, message: string): ProviderError {
  return new ProviderError(`Could not run SQL: ${message}`, { kind, providerCode });
}

export function newDatabase(owner: string, more: Partial<ToldDatabase> = {}): ToldDatabase {
  return {
    comment: null,
    owner,
    isPublic: true,
    allows: true,
    isInvalid: false,
    isTemplate: false,
    extensions: [],
    ...more
  };
}

const LITERAL = String.raw`(null| ?E?'(?:[^']|'')*')`;

function unquoted(literal: string): string | null {
  const text = literal.trim();
  if (text === 'null') return null;
  const inner = text.replace(/^E/, '').slice(1, -1).replaceAll("''", "'");
  return text.startsWith('E') ? inner.replaceAll('\\\\', '\\') : inner;
}

export function toldServer(): ToldServer {
  const lines: string[] = [];
  const events: Event[] = [];
  const roles: ToldServer['roles'] = new Map();
  const databases: ToldServer['databases'] = new Map();
  const open = new Set<{ isLost: boolean }>();
  let sessions = 0;

  /** The statements that this action sends, each with what it does. */
  const STATEMENTS: readonly (readonly [RegExp, (...parts: string[]) => void])[] = [
    [
      new RegExp(`^do ${LITERAL}`),
      literal => {
        const body = unquoted(literal) ?? '';
        const [ofRole, ofDatabase] = [...body.matchAll(new RegExp(`is distinct from ${LITERAL}`, 'g'))].map(
          ([, one = '']) => unquoted(one)
        );
        const name = /rolname = '([^']*)'/.exec(body)?.[1] ?? '';
        const isSame =
          (roles.get(name)?.comment ?? null) === ofRole && (databases.get(name)?.comment ?? null) === ofDatabase;
        if (!isSame) throw refusal('PGK01', 'failed', 'its mark was changed meanwhile');
      }
    ],
    [
      /^CREATE ROLE "([^"]+)".* PASSWORD '([^']+)'(?: VALID UNTIL '([^']+)')?/,
      (name, verifier, until) => {
        if (roles.has(name)) throw refusal('42710', 'already-exists', `role "${name}" already exists`);
        roles.set(name, { comment: null, verifier, until });
      }
    ],
    [/^ALTER ROLE "([^"]+)" PASSWORD '([^']+)'/, (name, verifier) => void Object.assign(role(name), { verifier })],
    [/^ALTER ROLE "([^"]+)" VALID UNTIL '([^']+)'/, (name, until) => void Object.assign(role(name), { until })],
    [/^DROP ROLE IF EXISTS "([^"]+)"/, name => void roles.delete(name)],
    [
      new RegExp(`^COMMENT ON ROLE "([^"]+)" IS ${LITERAL}`),
      (name, text) => void Object.assign(role(name), { comment: unquoted(text) })
    ],
    [
      new RegExp(`^COMMENT ON DATABASE "([^"]+)" IS ${LITERAL}`),
      (name, text) => void Object.assign(database(name), { comment: unquoted(text) })
    ],
    [
      /^CREATE DATABASE "([^"]+)" OWNER "([^"]+)"/,
      (name, owner) => void databases.set(name, newDatabase(owner, { allows: false }))
    ],
    [/^ALTER DATABASE "([^"]+)" ALLOW_CONNECTIONS true/, name => void Object.assign(database(name), { allows: true })],
    [/^ALTER DATABASE "([^"]+)" IS_TEMPLATE false/, name => void Object.assign(database(name), { isTemplate: false })],
    [/^ALTER DATABASE "([^"]+)" OWNER TO "([^"]+)"/, (name, owner) => void Object.assign(database(name), { owner })],
    [
      /^REVOKE CONNECT, TEMPORARY ON DATABASE "([^"]+)" FROM PUBLIC/,
      name => void Object.assign(database(name), { isPublic: false })
    ],
    [
      /^(?:GRANT .*; )?REVOKE CONNECT ON DATABASE "([^"]+)" FROM PUBLIC/,
      name => {
        server.others = server.others.filter(other => other.name !== name);
      }
    ],
    [/^DROP DATABASE IF EXISTS "([^"]+)"/, name => void databases.delete(name)]
  ];

  function role(name: string): ToldRole {
    const found = roles.get(name);
    if (found === undefined) throw refusal('42704', 'not-found', `role "${name}" does not exist`);
    return found;
  }
  function database(name: string): ToldDatabase {
    const found = databases.get(name);
    if (found === undefined) throw refusal('3D000', 'not-found', `database "${name}" does not exist`);
    return found;
  }
  function stateRow(name: string): object {
    const one = roles.get(name);
    const base = databases.get(name);
    return {
      has_role: one !== undefined,
      is_superuser: server.isSuperuser,
      syncs: server.syncs,
      role_comment: one?.comment ?? null,
      is_expired: one?.until === undefined ? null : one.until < '2026',
      has_database: base !== undefined,
      database_comment: base?.comment ?? null,
      owner: base?.owner ?? null,
      is_public: base?.isPublic ?? null,
      allows: base?.allows ?? null,
      is_invalid: base?.isInvalid ?? null,
      is_template: base?.isTemplate ?? null,
      others: server.others.length === 0 ? null : server.others
    };
  }
  function answer(text: string, within: string): readonly object[] {
    const at = events.findIndex(event => event.at.test(text));
    const [event] = at === -1 ? [] : events.splice(at, 1);
    event?.happens();
    for (const statement of text.split(/;\n/)) {
      for (const [pattern, does] of STATEMENTS) {
        const [whole, ...parts] = pattern.exec(statement) ?? [];
        if (whole !== undefined) does(...parts);
      }
      const extension = /^CREATE EXTENSION IF NOT EXISTS "([^"]+)"/.exec(statement)?.[1];
      if (extension !== undefined) database(within).extensions.push(extension);
    }
    const asked = /select '([^']+)'::name as name/.exec(text)?.[1];
    if (asked !== undefined) return [stateRow(asked)];
    if (text.includes('full join pg_roles')) return list();
    if (text.includes('pg_catalog.pg_extension')) return database(within).extensions.map(name => ({ name }));
    if (text.includes('pg_available_extensions')) return [{ name: 'citext' }, { name: 'hstore' }];
    if (text.includes('has_database_privilege(r.oid')) return server.connecting.map(name => ({ name }));
    if (text.includes('pg_shdepend')) return [{ name: 'lent' }];
    return [];
  }
  function list(): readonly object[] {
    return [...new Set([...roles.keys(), ...databases.keys()])].toSorted().map(name => {
      const base = databases.get(name);
      return {
        name,
        has_database: base !== undefined,
        database_comment: base?.comment ?? null,
        role_comment: base === undefined || base.owner === name ? (roles.get(name)?.comment ?? null) : null
      };
    });
  }

  const server: ToldServer = {
    roles,
    databases,
    others: [],
    connecting: [],
    serverVersion: '16.4',
    isSuperuser: true,
    syncs: true,
    once: (at, happens) => void events.push({ at, happens }),
    restart: () => {
      for (const one of open) one.isLost = true;
    },
    told: () => lines.splice(0),
    way: {
      kind: 'way-in',
      title: 'directly',
      admin: 'keeper',
      maintenanceDatabase: 'main',
      keepsSession: true,
      open: async ({ database: within, login, settings = {} }) => {
        sessions += 1;
        const name = `${sessions}`;
        const place = `${login?.user ?? 'keeper'} in ${within}`;
        lines.push(`[${name}] opens as ${place}, ${JSON.stringify(settings)}`);
        if (server.closed !== undefined) return server.closed;
        if (login !== undefined) {
          if (!matchesVerifier(roles.get(login.user)?.verifier ?? null, login.password)) {
            throw refusal('28P01', 'unauthenticated', 'password authentication failed');
          }
          if (databases.get(within)?.allows !== true) throw refusal('55000', 'failed', 'it accepts no connections');
        }
        const state = { isLost: false };
        open.add(state);
        const run = (text: string, values: readonly unknown[] = [], doing = ''): readonly object[] => {
          const asked = [doing, values.length === 0 ? '' : JSON.stringify(values)].filter(one => one !== '').join(' ');
          lines.push(`[${name}] ${asked === '' ? '' : `(${asked}) `}${text}`);
          if (state.isLost) throw refusal('57P01', 'transient', 'the connection was lost');
          return answer(text, within);
        };
        const session: OpenSession = {
          database: within,
          serverVersion: server.serverVersion,
          encrypted: true,
          isLost: () => state.isLost,
          query: async (text, values, doing) => [...run(text, values, doing)] as never,
          batch: async text => {
            try {
              run(text);
              return { completed: 1, error: undefined, inTransaction: false };
            } catch (thrown) {
              return { completed: 0, error: thrown, inTransaction: false };
            }
          },
          close: async () => {
            if (open.delete(state)) lines.push(`[${name}] closes`);
          }
        };
        return { kind: 'open', session };
      },
      close: async () => {}
    }
  };
  return server;
}
