import * as v from 'valibot';
import { didYouMean } from './did-you-mean.ts';
import { list, structure, text, type ListRule, type Parser, type Raw } from './parse.ts';

/** What a role may do in a database: own it, write data, or read it. */
export const ACCESS = ['owner', 'readwrite', 'readonly'] as const;
export type Access = (typeof ACCESS)[number];

/** A further logical database of the server. */
export interface DatabaseEntry {
  readonly extensions?: readonly string[] | undefined;
  readonly init_sql?: readonly string[] | undefined;
  readonly connection_limit?: number | undefined;
}

/** A login role. */
export interface RoleEntry {
  /** By the name of the database. Empty: its rights are none of this workflow's business. */
  readonly access: Readonly<Record<string, Access>>;
  readonly connection_limit?: number | undefined;
  /** Another version sends the password again. */
  readonly password_version?: string | undefined;
  /** By a password, or by an identity of the cloud. */
  readonly login?: 'password' | 'cloud' | undefined;
  /** The identity, as the cloud spells it. */
  readonly principal?: string | undefined;
  /** Of the identity in Entra ID. */
  readonly object_id?: string | undefined;
  readonly kind?: 'user' | 'group' | 'service' | undefined;
}

/** `absent`: it must not exist. */
export type OrAbsent<T> = Readonly<Record<string, T | 'absent'>>;

const NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,51}$/;
/** Names that PostgreSQL and the clouds keep for themselves. */
const RESERVED =
  /^(pg_.*|public|none|postgres|template[01]|rds.*|azure_.*|azuresu|cloudsql.*|doadmin|_doadmin.*|current_.*|session_user)$/i;

/** Whether a database or a role of this name may stand in the inputs. */
export function isObjectName(given: string): boolean {
  return NAME.test(given) && !RESERVED.test(given);
}

/** Whether PostgreSQL or a cloud keeps the name for itself. */
export function isReservedName(given: string): boolean {
  return RESERVED.test(given);
}

const name = v.pipe(
  v.string(),
  v.regex(NAME, 'is not a name of 1–52 letters, digits, `_`, `-`, not beginning with a digit'),
  v.check(given => !RESERVED.test(given), 'is a name that PostgreSQL or the cloud keeps for itself')
);
/** The database that a cloud makes with the server may have such a name. */
const accessedName = v.pipe(v.string(), v.regex(NAME, 'is not the name of a database'));

const connectionLimit = v.pipe(
  v.string(),
  v.regex(/^(0|[1-9]\d{0,4})$/, 'is not a number of connections'),
  v.transform(Number)
);

/** Items one a line, separated by commas where no item can hold one, or as a list. */
const texts = (rule?: ListRule) => {
  const items = list(text(), rule);
  return v.pipe(
    v.union([v.array(v.string()), v.string()], 'is not a list'),
    v.rawTransform<string | string[], readonly string[]>(({ dataset, addIssue, NEVER }) => {
      const parsed = items.parse(dataset.value);
      if (parsed.ok) return parsed.value;
      addIssue({ message: parsed.why });
      return NEVER;
    })
  );
};

const extension = v.pipe(v.string(), v.regex(/^[A-Za-z_][A-Za-z0-9_-]{0,62}$/, 'is not the name of an extension'));

const databaseEntry = v.strictObject({
  extensions: v.optional(v.pipe(texts(), v.array(extension))),
  init_sql: v.optional(texts({ holdsCommas: true })),
  // The admin needs one as well, where it is not a superuser.
  connection_limit: v.optional(
    v.pipe(connectionLimit, v.minValue(1, 'admits no connection, and this action needs one'))
  )
});

/** What others call it. */
const MEANT: Readonly<Record<string, Access>> = {
  read: 'readonly',
  reader: 'readonly',
  ro: 'readonly',
  select: 'readonly',
  write: 'readwrite',
  writer: 'readwrite',
  rw: 'readwrite',
  admin: 'owner',
  all: 'owner',
  migrate: 'owner'
};

function noAccess({ input }: v.BaseIssue<unknown>): string {
  const given = typeof input === 'string' ? input.toLowerCase().replaceAll(/[^a-z]/g, '') : '';
  const meant = MEANT[given] ?? didYouMean(given, ACCESS);
  return `is not one of owner, readwrite, readonly${meant === undefined ? '' : `; did you mean \`${meant}\`?`}`;
}

const roleMap = v.strictObject({
  access: v.optional(
    v.pipe(
      v.record(accessedName, v.picklist(ACCESS, noAccess)),
      v.check(access => Object.keys(access).length > 0, 'names no database')
    )
  ),
  connection_limit: v.optional(connectionLimit),
  password_version: v.optional(
    v.pipe(v.string(), v.regex(/^[a-z0-9_-]{1,32}$/, 'is not 1–32 of `a`–`z`, `0`–`9`, `_`, `-`'))
  ),
  login: v.optional(v.picklist(['password', 'cloud'], 'is not one of password, cloud')),
  principal: v.optional(v.pipe(v.string(), v.regex(/^[^\s'"\\\0]{1,128}$/, 'is not the name of an identity'))),
  object_id: v.optional(
    v.pipe(v.string(), v.regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'is not an object id, a UUID'))
  ),
  kind: v.optional(v.picklist(['user', 'group', 'service'], 'is not one of user, group, service'))
});

const roleEntry = v.pipe(
  roleMap,
  v.transform(({ access = {}, ...entry }): RoleEntry => ({ access, ...entry }))
);

const nothing = v.pipe(
  v.literal(''),
  v.transform((): DatabaseEntry => ({}))
);
const bareRole = v.pipe(
  v.literal(''),
  v.transform((): RoleEntry => ({ access: {} }))
);
const absent = v.literal('absent');

/** Names of databases, or a map of them to what they hold. */
export function databases(): Parser<OrAbsent<DatabaseEntry>> {
  return structure(
    v.union(
      [
        v.pipe(
          v.array(name),
          v.transform((names): OrAbsent<DatabaseEntry> => Object.fromEntries(names.map(one => [one, {}])))
        ),
        v.record(name, v.union([databaseEntry, nothing, absent], 'is neither a map nor `absent`'))
      ],
      'is neither a list of names nor a map of databases'
    ),
    'map',
    'a map of a database’s name to `{extensions, init_sql, connection_limit}` or `absent`, or names, one a line or separated by commas',
    namesApart
  );
}

/** A map of roles to what they may do. */
export function roles(): Parser<OrAbsent<RoleEntry>> {
  return structure(
    v.record(name, v.union([roleEntry, bareRole, absent], 'is neither a map nor `absent`')),
    'map',
    'a map of a role’s name to `{access, connection_limit, password_version, login, principal, object_id, kind}` or `absent`; `access` is a map of a database’s name to `owner`, `readwrite` or `readonly`; without it the role’s rights are left as they are'
  );
}

/** `shop, billing`, also on lines of their own. */
function namesApart(data: Raw): Raw {
  if (typeof data === 'string') return data.split(/[\s,]+/).filter(one => one !== '');
  // A list of maps would be read as a map with numbers for names.
  return Array.isArray(data) && data.some(one => typeof one !== 'string') ? 'a list of others' : data;
}
