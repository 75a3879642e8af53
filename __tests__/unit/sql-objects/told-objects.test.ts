import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { markFor, type Mark } from '../../../src/engine/ownership.ts';
import { ActionError, ProviderError, type FailureKind } from '../../../src/errors.ts';
import { cloudLogins as aws } from '../../../src/providers/aws/cloud-logins.ts';
import { extensionRules as azureRules } from '../../../src/providers/azure/checks/extension-rules.ts';
import { cloudLogins as azure } from '../../../src/providers/azure/cloud-logins.ts';
import type { CloudLogins } from '../../../src/providers/cloud-logins.ts';
import { extensionRules as gcpRules } from '../../../src/providers/gcp/checks/extension-rules.ts';
import { cloudLogins as gcp } from '../../../src/providers/gcp/cloud-logins.ts';
import type { WayIn } from '../../../src/postgres/way-in.ts';
import { cloudLogin } from '../../../src/sql-objects/cloud-login.ts';
import { database as databaseType } from '../../../src/sql-objects/database.ts';
import { extension } from '../../../src/sql-objects/extension.ts';
import { grants } from '../../../src/sql-objects/grants.ts';
import { initSql } from '../../../src/sql-objects/init-sql.ts';
import { maskSql } from '../../../src/sql-objects/mask-sql.ts';
import { derivePassword, keptPassword, passwordsOf, storedName } from '../../../src/sql-objects/password.ts';
import { removeObjectMarks } from '../../../src/sql-objects/remove-marks.ts';
import { role as roleType } from '../../../src/sql-objects/role.ts';
import { findObjects } from '../../../src/sql-objects/found-objects.ts';
import { fakeContext } from '../../support/fake-context.ts';
import { fakeWayIn } from '../../support/fake-way-in.ts';
import { expectGolden } from '../../support/golden.ts';
import { objectsServer, type ObjectsRun } from '../../support/objects-server.ts';
import type { Raw } from '../../../src/spec/parse.ts';
import { failureText } from '../../support/told-run.ts';

let workspace: string;
beforeAll(() => {
  workspace = mkdtempSync(path.join(tmpdir(), 'pgkeep-objects-'));
  writeFileSync(path.join(workspace, 'one.sql'), 'select 1;');
});
afterAll(() => rmSync(workspace, { recursive: true }));

const OWN = markFor({
  provider: 'local',
  account: 'runner',
  region: '',
  name: 'orders',
  environment: '',
  repository: 'acme/shop'
});
const ours = JSON.stringify(OWN);
const mark = (more: Partial<Mark> & Record<string, unknown>): string => JSON.stringify({ ...OWN, ...more });
const theirs = mark({ repository: 'acme/billing' });

interface Role {
  readonly name: string;
  readonly [member: string]: unknown;
}

const role = (
  name: string,
  {
    member_of: groups = [],
    ...more
  }: { readonly member_of?: readonly string[]; readonly [member: string]: unknown } = {}
): Role => ({
  name,
  comment: ours,
  login: true,
  limit: -1,
  member_of: groups.map(group => ({ role: group, by: 'keeper', inherits: null, sets: null })),
  settings: [],
  administrable: true,
  assumable: true,
  ...more
});
const group = (name: string, more: object = {}): Role => role(name, { login: false, ...more });
const database = (name: string, more: object = {}): object => ({
  name,
  comment: ours,
  owner: `${name}_owner`,
  allows: true,
  limit: -1,
  privileges: [],
  ...more
});

/** What a server says of its roles and databases, and each database of itself. */
interface Live {
  readonly admin?: object;
  readonly roles?: readonly Role[];
  readonly databases?: readonly object[];
  readonly parameters?: Readonly<Record<string, string>>;
  readonly extensions?: Readonly<Record<string, string>>;
  readonly available?: Readonly<Record<string, string>>;
  readonly complete?: readonly string[];
  readonly defaults?: readonly object[];
  readonly may_create?: readonly string[];
  readonly others?: readonly string[];
  readonly is_public_open?: boolean;
  /** What it says once a role has its mark. */
  readonly after?: Live;
  /** Who is a member of `rds_iam` can't log in any more. */
  readonly shutsOut?: boolean;
  /** Texts that hold one of these fail so. */
  readonly fails?: Readonly<Record<string, Error>>;
}

const MAIN = database('postgres', { owner: 'keeper', comment: null });

function rowOf(live: Live): object {
  return {
    admin: { name: 'keeper', current: 'postgres', super: false, roles: true, databases: true, ...live.admin },
    roles: [role('keeper', { comment: null }), ...(live.roles ?? [])],
    databases: [MAIN, ...(live.databases ?? [])],
    parameters: live.parameters ?? null,
    extensions: live.extensions ?? null,
    available: live.available ?? { citext: '1.6', hstore: '1.8', vector: '0.8' },
    complete: live.complete ?? null,
    defaults: live.defaults ?? null,
    may_create: live.may_create ?? null,
    others: live.others ?? null,
    is_public_open: live.is_public_open ?? false
  };
}

function told({ fails = {}, after, shutsOut, ...live }: Live, lines: string[]): WayIn {
  let row = rowOf(live);
  let isShut = false;
  const way = fakeWayIn({});
  return {
    ...way,
    admin: 'keeper',
    maintenanceDatabase: 'postgres',
    open: async (entry, signal) => {
      const opened = await way.open(entry, signal);
      if (opened.kind !== 'open') return opened;
      const asked = `${entry.login?.user ?? 'keeper'}${entry.settings?.['role'] === undefined ? '' : ` as ${entry.settings['role']}`}`;
      lines.push(`opens ${entry.database} (${asked})`);
      const failed = Object.entries(fails).find(([text]) => `opens ${entry.database}`.includes(text))?.[1];
      if (failed !== undefined) throw failed;
      if (isShut) throw failure('unauthenticated', '28P01');
      const run = (text: string, doing = ''): void => {
        const isRead = text.includes('pg_namespace') && text.includes('json_agg');
        const isState = text.includes('shobj_description');
        const shown =
          isState || isRead ? '' : text.replaceAll(/SCRAM-SHA-256[^']+/g, 'SCRAM').replaceAll(ours, '(ours)');
        lines.push(...`${entry.database}: (${doing}) ${shown.slice(0, 5000)}`.trimEnd().split('\n'));
        const failure = Object.entries(fails).find(([part]) => text.includes(part))?.[1];
        if (failure !== undefined) throw failure;
      };
      return {
        ...opened,
        session: {
          ...opened.session,
          database: entry.database,
          serverVersion: '17.4',
          query: async (text, values, doing) => {
            run(
              text,
              [doing, values === undefined || values.length === 0 ? '' : JSON.stringify(values)].join(' ').trim()
            );
            isShut ||= shutsOut === true && text.includes('GRANT "rds_iam"');
            if (after !== undefined && text.includes('COMMENT ON ROLE')) row = rowOf(after);
            if (text.includes('pg_available_extensions') && !text.includes('json_agg'))
              return [{ name: 'vector' }] as never;
            if (text.includes('pg_proc')) return [{ schema: 'pg_catalog' }] as never;
            return [row] as never;
          },
          batch: async text => {
            run(text);
            return { completed: 1, error: undefined, inTransaction: false };
          },
          close: async () => void lines.push(`closes ${entry.database}`)
        }
      };
    }
  };
}

type Inputs = Readonly<Record<string, Raw>>;
type Row = readonly [title: string, inputs: Inputs, live: Live, more?: ObjectsRun & { readonly plans?: true }];

const CONNECTION = { host: 'h', port: 5432, user: 'keeper', password: 'p', database: 'postgres', tls: 'off' } as const;

/** Plans and applies, and tells the steps, what is said, and every text that the server got. */
async function ended([, inputs, live, { plans, ...more } = {}]: Row): Promise<readonly string[]> {
  const lines: string[] = [];
  const context = fakeContext();
  const server = objectsServer(CONNECTION);
  const run = { way: told(live, lines), workspace, context: context as never, ...more };
  try {
    const { plan, notices } = await server.plan(inputs, run);
    lines.length = 0;
    const steps = plan.steps.map(step => {
      const changes = step.changes.map(
        ({ field, from, to }) => `${field} ${JSON.stringify(from)} → ${JSON.stringify(to)}`
      );
      const unknown = Object.entries(step.unknown).map(([field, why]) => `${field} needs ${why}`);
      const refused = [step.refusal, ...step.changes.map(({ refusal }) => refusal)].flatMap(one => one?.message ?? []);
      return `${step.action} ${step.title} in ${step.concurrencyGroup} [${step.dependsOn.join(' ')}]: ${[...changes, ...unknown, ...refused].join(', ')}`;
    });
    const said = notices.map(({ code, severity, input, message }) => `${severity} ${code} ${input ?? ''}: ${message}`);
    if (plans === true || plan.verdict !== 'changes') return [...steps, ...said];
    const applied = await server.apply(inputs, run).then(
      ({ outputs, applied: { results } }) => [
        ...results.filter(({ outcome }) => outcome !== 'done').map(({ title, outcome }) => `${title} ${outcome}`),
        `outputs ${JSON.stringify(outputs?.endpoint).replace(/("password":"[^"]{6})[^"]{14,}"/, '$1…"')} ${outputs?.module.db_instance_username ?? ''}`
      ],
      (thrown: unknown) => [`throws ${failureText(thrown)}`]
    );
    return [...steps, ...said, ...lines, ...context.lines, ...applied];
  } catch (thrown) {
    return [...lines.filter(line => !line.includes('read ')), `throws ${failureText(thrown)}`];
  }
}

/** What each step begins and ends with. */
const USUAL = /^(?:closes|\S+: \((?:read |wait for |\) SET lock_timeout))/;

/** Each under its title. What the file says already is left out where it is usual, else cut. */
async function sections(rows: readonly Row[]): Promise<string> {
  const parts: string[] = [];
  const seen = new Set<string>();
  for (const row of rows) {
    const lines = (await ended(row)).filter(line => !seen.has(line) || !USUAL.test(line));
    parts.push(`# ${row[0]}\n${lines.map(line => (seen.has(line) ? shortened(line) : line)).join('\n')}\n`);
    for (const line of lines) seen.add(line);
  }
  return parts
    .join('\n')
    .replaceAll(ours, '(ours)')
    .replaceAll(/"applied":"settings"/g, '…');
}

function shortened(line: string): string {
  return line.length > 110 ? `${line.slice(0, 70)}…` : line;
}

const failure = (kind: FailureKind, providerCode?: string): ProviderError =>
  new ProviderError('Could not do it: no', { kind, ...(providerCode === undefined ? {} : { providerCode }) });

const GROUPS = ['shop_owner', 'shop_readwrite', 'shop_readonly'].map(name => group(name));
const SEED = { password_seed: 'a seed of more than 16' };
const DATABASE: Inputs = { databases: { shop: {} } };
const WITH_ROLE: Inputs = {
  ...DATABASE,
  ...SEED,
  roles: { app: { access: { shop: 'readwrite' } }, boss: { access: { shop: 'owner' } } }
};
const entered = ['shop_owner', 'shop_readwrite', 'shop_readonly'].flatMap(grantee =>
  ['CONNECT', 'TEMPORARY'].map(privilege => ({ grantee, privilege }))
);
const PRIVILEGES = { n: ['USAGE'], r: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'], S: ['SELECT', 'USAGE', 'UPDATE'] };
const defaults = ['shop_readwrite', 'shop_readonly'].flatMap(grantee =>
  Object.entries(PRIVILEGES).flatMap(([kind, all]) =>
    all.map(privilege => ({ creator: 'shop_owner', kind, grantee, privilege }))
  )
);
/** A server on which the database is as it should be. */
const KEPT: Live = {
  roles: GROUPS,
  databases: [database('shop', { privileges: entered })],
  complete: ['shop_owner', 'shop_readwrite', 'shop_readonly'],
  defaults,
  may_create: ['shop_owner']
};
const kept = (...roles: readonly Role[]): Live => ({ ...KEPT, roles: [...GROUPS, ...roles] });
const APP = role('app', { member_of: ['shop_readwrite'] });
const BOSS = role('boss', {
  member_of: ['shop_owner', 'other'],
  settings: [{ database: 'shop', settings: ['role=shop_owner', 'work_mem=1'] }]
});

const APPLIES: readonly Row[] = [
  [
    'a new database',
    DATABASE,
    KEPT.roles === undefined ? {} : { complete: KEPT.complete ?? [], defaults, may_create: ['shop_owner'] }
  ],
  ['a database that is as it should be', DATABASE, KEPT],
  ['a database with a limit', { databases: { shop: { connection_limit: '7' } } }, KEPT],
  [
    'a database that is open to all',
    DATABASE,
    { ...KEPT, databases: [database('shop', { privileges: [...entered, { grantee: '', privilege: 'CONNECT' }] })] }
  ],
  [
    'a database of another owner',
    DATABASE,
    { ...KEPT, databases: [database('shop', { privileges: entered, owner: 'app' })] }
  ],
  [
    'a database that was not finished',
    DATABASE,
    {
      ...KEPT,
      databases: [
        database('shop', { privileges: entered, allows: false, comment: mark({ initSql: { 'a.sql': 'f00' } }) })
      ]
    }
  ],
  [
    'a database that a DROP left',
    DATABASE,
    { ...KEPT, databases: [database('shop', { privileges: entered, limit: -2 })] }
  ],
  [
    'a database without its rights',
    DATABASE,
    {
      ...KEPT,
      databases: [database('shop', { privileges: entered.slice(0, 5) })],
      complete: [],
      defaults: defaults.slice(1),
      may_create: []
    }
  ],
  [
    "another workflow's database",
    DATABASE,
    { roles: GROUPS.map(one => ({ ...one, comment: theirs })), databases: [database('shop', { comment: theirs })] }
  ],
  ['a database without a mark', DATABASE, { databases: [database('shop', { comment: null, owner: 'keeper' })] }],
  [
    'a database without a mark that is taken over',
    DATABASE,
    { databases: [database('shop', { comment: null, owner: 'keeper' })] },
    { adopts: true }
  ],
  [
    'a database of others that is taken over',
    DATABASE,
    {
      roles: [role('ann', { comment: null, assumable: false })],
      databases: [database('shop', { comment: null, owner: 'ann' })]
    },
    { adopts: true }
  ],
  ['a database that must not exist', { databases: { shop: 'absent' } }, KEPT],
  ['a database that must not exist, and does not', { databases: { shop: 'absent' } }, {}],
  [
    'a database that no input names any more',
    { databases: { other: {} } },
    {
      ...KEPT,
      databases: [
        ...(KEPT.databases ?? []),
        database('other', {
          privileges: entered.map(({ grantee, privilege }) => ({
            grantee: grantee.replace('shop', 'other'),
            privilege
          }))
        })
      ],
      roles: [...GROUPS, ...GROUPS.map(({ name }) => group(name.replace('shop', 'other')))],
      complete: ['other_readwrite', 'other_readonly'],
      defaults: defaults.map(one => JSON.parse(JSON.stringify(one).replaceAll('shop', 'other')) as object),
      may_create: ['other_owner']
    }
  ],
  ['new logins', WITH_ROLE, KEPT],
  ['logins that are as they should be', WITH_ROLE, kept(APP, BOSS)],
  [
    'logins with other rights',
    WITH_ROLE,
    kept(
      role('app', {
        member_of: ['shop_owner', 'other'],
        settings: [{ database: 'shop', settings: ['role=shop_owner'] }]
      }),
      role('boss', { login: false })
    )
  ],
  [
    'a login with a limit and a version',
    {
      ...DATABASE,
      ...SEED,
      roles: { app: { access: { shop: 'readonly' }, connection_limit: '3', password_version: '2' } }
    },
    kept(role('app', { member_of: ['shop_readonly'], comment: mark({ passwordVersion: '1' }) }))
  ],
  ['a login without passwords', { ...DATABASE, roles: { app: { access: { shop: 'readonly' } } } }, KEPT],
  ['a login without access', { ...SEED, roles: { app: {} } }, {}],
  [
    'a login without a mark that is taken over',
    { ...SEED, roles: { app: {} }, application_role: 'app' },
    {
      roles: [role('app', { comment: null })],
      after: { roles: [role('app', { comment: mark({ isPasswordUnsent: true }) })] }
    },
    { adopts: true }
  ],
  [
    'the same, with its password',
    { role_passwords: 'app: a password of its own', roles: { app: {} }, application_role: 'app' },
    {
      roles: [role('app', { comment: null })],
      after: { roles: [role('app', { comment: mark({ isPasswordUnsent: true }) })] }
    },
    { adopts: true }
  ],
  [
    'a login that must not exist',
    { roles: { app: 'absent' } },
    {
      ...kept(APP),
      databases: [database('shop', { privileges: [...entered, { grantee: 'app', privilege: 'CONNECT' }] })]
    }
  ],
  [
    'a login that must not exist, and owns something',
    { roles: { app: 'absent' } },
    { ...kept(APP), fails: { 'DROP ROLE': failure('failed', '2BP01') } }
  ],
  [
    'a login that must not exist, and stays',
    { roles: { app: 'absent' } },
    { ...kept(APP), fails: { 'DROP ROLE': failure('denied', '42501') } }
  ],
  ['the role of the outputs', { ...WITH_ROLE, application_role: 'app' }, { ...kept(BOSS), after: kept(APP, BOSS) }],
  [
    'the role of the outputs, with another version of its password',
    {
      ...DATABASE,
      ...SEED,
      roles: { app: { access: { shop: 'readwrite' }, password_version: '2' } },
      application_role: 'app'
    },
    { ...KEPT, after: kept(role('app', { member_of: ['shop_readwrite'], comment: mark({ passwordVersion: '1' }) })) }
  ],
  [
    'the role of the outputs, with its version',
    {
      ...DATABASE,
      ...SEED,
      roles: { app: { access: { shop: 'readwrite' }, password_version: '2' } },
      application_role: 'app'
    },
    { ...KEPT, after: kept(role('app', { member_of: ['shop_readwrite'], comment: mark({ passwordVersion: '2' }) })) }
  ],
  ['rights that are given with a warning', DATABASE, { ...KEPT, complete: [], defaults: [] }],
  [
    'a database that is busy',
    { databases: { shop: 'absent' } },
    { ...KEPT, fails: { 'DROP DATABASE': failure('busy', '55006') } }
  ],
  [
    'extensions',
    { extensions: 'citext\nhstore', databases: { shop: { extensions: ['vector'] } } },
    { ...KEPT, extensions: { citext: '1.5' } }
  ],
  [
    'extensions that are updated',
    { extensions: 'citext', update_extensions: 'true' },
    { extensions: { citext: '1.5' } }
  ],
  [
    'an extension that is not made',
    { extensions: 'citext' },
    { fails: { 'CREATE EXTENSION': failure('failed', '58P01') } }
  ],
  ['initial SQL', { init_sql: 'one.sql', databases: { shop: { init_sql: ['one.sql'] } } }, KEPT],
  ['initial SQL that ran', { init_sql: 'one.sql' }, { databases: [] }],
  [
    'initial SQL that fails',
    { init_sql: 'one.sql' },
    { fails: { 'select 1': new ActionError('no', { code: 'init-sql-failed', source: 'user' }) } }
  ],
  [
    'a server that is not reached',
    WITH_ROLE,
    {},
    { way: { kind: 'not-reachable', why: 'no answer', hint: 'Look again.' } }
  ],
  [
    'a server that is not reached, strictly',
    WITH_ROLE,
    {},
    { way: { kind: 'not-reachable', why: 'no answer', hint: 'Look again.' }, strict: true }
  ],
  [
    'a server that is started',
    WITH_ROLE,
    {},
    { way: { kind: 'not-reachable', why: 'it is stopped', hint: '', isStarted: true } }
  ],
  ...(['unauthenticated', 'busy', 'transient', 'denied'] as const).map((kind): Row => [
    `a server that answers ${kind}`,
    DATABASE,
    { fails: { opens: failure(kind) } }
  ]),
  ['a way without a session', DATABASE, {}, { way: { ...told({}, []), keepsSession: false } }],
  [
    'a maintenance database that is not there',
    DATABASE,
    { ...KEPT, fails: { 'opens postgres': failure('not-found', '3D000') } }
  ]
];

test('what is inside a server is compared, and brought to what the inputs say by these texts', async () => {
  expectGolden('objects-applied.txt', await sections(APPLIES));
});

const OID = '00000000-0000-4000-8000-000000000001';
const IAM = { iam_database_authentication_enabled: 'true' };
const cloud = (entry: object): Inputs => ({
  ...DATABASE,
  ...IAM,
  cloud_provider: 'aws',
  roles: { bi: { login: 'cloud', access: { shop: 'owner' }, ...entry } }
});
const ON: readonly (readonly [string, CloudLogins | undefined, object, Live])[] = [
  ['a server of passwords', undefined, {}, KEPT],
  ['aws', aws, {}, KEPT],
  ['aws, with a login that knows a password', aws, {}, kept(role('bi'))],
  ['aws, where the admin would be shut out', aws, {}, { ...kept(role('bi')), shutsOut: true }],
  ['aws, with a principal', aws, { principal: 'ann' }, KEPT],
  ['aws, with a version', aws, { password_version: '1' }, KEPT],
  ['azure', azure, { principal: 'ann@example.com' }, KEPT],
  ['azure, with an object', azure, { object_id: OID, kind: 'group' }, KEPT],
  [
    'azure, with one that is there',
    azure,
    { principal: 'bi' },
    kept(role('bi', { comment: null, label: `aadauth,oid=${OID},type=user` }))
  ],
  ['azure, without an identity', azure, {}, KEPT],
  ['azure, with a limit', azure, { principal: 'bi', connection_limit: '3' }, KEPT],
  [
    'azure, where it is refused',
    azure,
    { principal: 'bi' },
    { ...KEPT, fails: { 'proname = $1': failure('denied', '42501') } }
  ],
  [
    'azure, with one that no input names',
    azure,
    { principal: 'bi' },
    kept(role('left', { comment: null, label: `aadauth,oid=${OID},type=user`, member_of: ['shop_owner', 'other'] }))
  ],
  [
    'gcp',
    gcp,
    { principal: 'serviceAccount:bi@shop.iam.gserviceaccount.com' },
    kept(role('bi@shop.iam', { comment: null, member_of: [] }))
  ],
  ['gcp, with another form', gcp, { principal: 'bi' }, KEPT]
];

test('a login of the cloud gets its rights, and one that can not log in is refused', async () => {
  const rows = ON.map(([title, logins, entry, live]): Row => [
    title,
    cloud(entry),
    live,
    logins === undefined ? {} : { logins }
  ]);
  const more: readonly Row[] = [
    ['without the switch', { ...cloud({}), iam_database_authentication_enabled: 'false' }, KEPT, { logins: aws }],
    ['as the role of the outputs', { ...cloud({}), application_role: 'bi' }, KEPT, { logins: aws }],
    [
      'an identity with a password',
      { ...DATABASE, ...SEED, roles: { bi: { principal: 'ann', login: 'password' } } },
      KEPT,
      { logins: azure }
    ],
    [
      'two of one name',
      {
        ...IAM,
        roles: { bi: { login: 'cloud', principal: 'ann' }, two: { login: 'cloud', principal: 'ann' }, ann: {} }
      },
      {},
      { logins: azure }
    ]
  ];
  expectGolden('objects-cloud-logins.txt', await sections([...rows, ...more]));
});

const titles = (count: number): Inputs => ({
  extensions: Array.from({ length: count }, (_, at) => `e${at}`).join('\n')
});
const FAR: ObjectsRun & { readonly plans: true } = {
  way: { kind: 'not-reachable', why: 'no answer', hint: '' },
  plans: true
};
const FINDS: readonly Row[] = [
  [
    'an object of a login by password',
    { ...DATABASE, ...SEED, roles: { bi: { object_id: OID } } },
    KEPT,
    { logins: azure }
  ],
  [
    'a kind of a login by password',
    { ...DATABASE, ...SEED, roles: { bi: { kind: 'group' } } },
    KEPT,
    { logins: azure }
  ],
  ['no passwords to know', { roles: { app: 'absent' } }, kept(), { plans: true }],
  ['twenty things to do', titles(20), {}, FAR],
  ['twenty-one things to do', titles(21), {}, FAR],
  ['rights in the main database', { ...SEED, roles: { app: { access: { main: 'owner' } } } }, {}, FAR],
  ['rights in no database', { ...SEED, roles: { app: {} }, extensions: 'citext' }, {}, FAR],
  ['no right to make', WITH_ROLE, { admin: { roles: false, databases: false } }],
  ['no right to make groups', DATABASE, { admin: { roles: false } }],
  ['roles of others', WITH_ROLE, kept(role('app', { administrable: false }))],
  ['a role by the name of a group', { ...DATABASE, ...SEED, roles: { shop_owner: {} } }, KEPT],
  [
    'access to what is no database',
    { ...DATABASE, ...SEED, roles: { app: { access: { shp: 'owner', nothing: 'readonly' } } } },
    KEPT
  ],
  ['the main database absent', { database_name: 'main', databases: { main: 'absent' } }, {}],
  ['the main database with a limit', { database_name: 'main', databases: { main: { connection_limit: '3' } } }, {}],
  ['an output of no role', { ...WITH_ROLE, application_role: 'ap' }, kept(APP, BOSS)],
  [
    'an output of a role that must not exist',
    { ...SEED, roles: { app: 'absent', ap: {} }, application_role: 'app' },
    {}
  ],
  [
    'passwords of no role',
    { role_passwords: 'ap: a password of its own\nzzzzzz: another password', roles: { app: {} } },
    {}
  ],
  ['passwords that are known once', { roles: { app: {} } }, {}, { plans: true }],
  [
    'objects of others, and an open schema',
    WITH_ROLE,
    { ...kept(APP, BOSS), others: ['public.a', 'public.b'], is_public_open: true }
  ],
  [
    'extensions that are missing',
    { extensions: 'vectr\npgvector', databases: { shop: { extensions: ['nothing_like_it'] } } },
    KEPT
  ],
  [
    'extensions that no server has',
    { extensions: 'pgvector\nHSTORE' },
    {},
    { way: { kind: 'not-reachable', why: 'no answer', hint: 'Look.' }, plans: true }
  ],
  [
    'scripts of a database of others',
    { init_sql: 'one.sql' },
    {
      admin: { current: 'main' },
      databases: [database('main', { owner: 'cloud', comment: null })],
      roles: [role('cloud', { assumable: false })]
    }
  ],
  [
    'a main database that a DROP left',
    { database_name: 'main', extensions: 'citext' },
    { databases: [database('main', { limit: -2 })] }
  ],
  [
    'an extension that the list leaves out',
    { extensions: 'vector' },
    { parameters: { 'azure.extensions': 'CITEXT' } },
    { rules: azureRules }
  ],
  [
    'an extension that the list leaves out, with parameters',
    { extensions: 'vector' },
    { parameters: { 'azure.extensions': 'CITEXT' } },
    { rules: azureRules, parameters: {}, plans: true }
  ],
  [
    'an extension whose library is not loaded',
    { extensions: 'pg_cron', init_sql: 'one.sql' },
    { available: { pg_cron: '1' }, parameters: { 'cloudsql.enable_pg_cron': 'off' } },
    { rules: gcpRules, parameters: {}, plans: true }
  ],
  [
    'the same, with a restart',
    { extensions: 'pg_cron', init_sql: 'one.sql' },
    { available: { pg_cron: '1' }, parameters: { 'cloudsql.enable_pg_cron': 'off' } },
    { rules: gcpRules, parameters: {}, allowRestart: true, plans: true }
  ],
  [
    'an extension that the inputs switch off',
    { extensions: 'pg_cron', parameters: 'cloudsql.enable_pg_cron: off' },
    { available: { pg_cron: '1' }, parameters: { 'cloudsql.enable_pg_cron': 'off' } },
    { rules: gcpRules, parameters: { 'cloudsql.enable_pg_cron': 'off' } }
  ],
  [
    'more than twenty things to do',
    { databases: Object.fromEntries(Array.from({ length: 6 }, (_, at) => [`d${at}`, {}])) },
    {},
    { way: { kind: 'not-reachable', why: 'no answer', hint: 'Look.' }, plans: true }
  ]
];

test('what a server would refuse inside is refused before, with what to do', async () => {
  expectGolden('objects-findings.txt', await sections(FINDS));
});

const LIVES: readonly (readonly [string, Live, CloudLogins?])[] = [
  ['an empty server', {}],
  [
    'databases',
    {
      databases: [
        database('shop', { owner: 'keeper', comment: null, limit: 7 }),
        database('defaultdb'),
        database('rdsadmin'),
        database('a"b', { comment: null }),
        database('told', { comment: 'by hand', owner: 'keeper' }),
        database('of_ann', { comment: null, owner: 'ann' }),
        database('closed', { comment: null, owner: 'keeper', allows: false })
      ],
      roles: [role('ann', { assumable: false, comment: null })]
    }
  ],
  [
    'extensions',
    {
      databases: [database('shop', { owner: 'keeper', comment: null })],
      extensions: { plpgsql: '1', vector: '1', citext: '1' }
    }
  ],
  [
    'groups and logins',
    {
      ...kept(
        APP,
        BOSS,
        role('nologin', { login: false }),
        role('limited', { limit: 3, comment: null }),
        role('told', { comment: 'by hand' }),
        role('far', { administrable: false, comment: null }),
        role('odd"', { comment: null }),
        role('half', { member_of: ['shop_owner'] }),
        role('rdsadmin')
      )
    }
  ],
  [
    'a database that can not be opened',
    {
      databases: [database('shop', { owner: 'keeper', comment: null })],
      fails: { 'opens shop': failure('denied', '42501') }
    }
  ],
  ['a server that can not be opened', { fails: { opens: failure('unauthenticated', '28P01') } }],
  [
    'logins of azure',
    {
      roles: [
        role('bi', { comment: null, label: `aadauth,oid=${OID},type=group` }),
        role('ann@example.com', { comment: null, label: 'aadauth,type=user' }),
        role('adm', { comment: null, label: 'aadauth,admin' }),
        role('plain', { comment: null, label: null })
      ]
    },
    azure
  ],
  [
    'logins of gcp',
    {
      roles: [
        role('bi@shop.iam', { comment: null }),
        role('bi@other.iam', { comment: null }),
        role('ann@example.com', { comment: null }),
        role('plain', { comment: null })
      ]
    },
    gcp
  ],
  [
    'logins of aws',
    { roles: [role('bi', { comment: null, member_of: ['rds_iam'] }), role('plain', { comment: null })] },
    aws
  ]
];

test('what is found inside a server is told as inputs, and the rest with why it is left', async () => {
  const parts: string[] = [];
  for (const [title, live, logins] of LIVES) {
    const lines: string[] = [];
    const way = told(live, lines);
    const session = {
      wayIn: async () => way,
      target: { name: 'orders' },
      ...(logins === undefined ? {} : { cloudLogins: logins })
    };
    const found = await findObjects(session as never, [], fakeContext(), undefined).catch(failureText);
    parts.push(
      `# ${title}\n${JSON.stringify(found, undefined, 1)}\n${lines.filter(line => /^(opens|closes)/.test(line)).join('\n')}\n`
    );
  }
  expectGolden('objects-found.txt', parts.join('\n'));
});

test('each kind of object has its fields, and each way to a password says who knows it', async () => {
  const types = [roleType, grants, databaseType, extension, maskSql, cloudLogin, initSql];
  const fields = types.map(({ type, fields: own }) => `${type} ${JSON.stringify(own)}`);
  const store = { read: async () => 'kept', write: async () => undefined, remove: async () => undefined };
  const masked: string[] = [];
  const shared = { name: 'app', identity: ['a'], mask: (value: string) => void masked.push(value) };
  const all = {
    seed: passwordsOf({ ...shared, seed: 'a seed of more than 16', store: undefined }),
    store: passwordsOf({ ...shared, seed: undefined, store }),
    once: passwordsOf({ ...shared, seed: undefined, store: undefined }),
    secret: keptPassword({ read: async () => 'secret', make: async () => 'made' }, 'app', shared.mask)
  };
  const passwords: string[] = [];
  for (const [name, one] of Object.entries(all)) {
    const known = await one.known();
    const made = await one.make();
    passwords.push(
      `${name} ${one.isLasting} ${one.isFixed} ${one.isGiven} ${known ?? 'not known'} ${made === known} ${(await one.known()) === made}`
    );
  }
  passwords.push(
    `masked ${masked.length}`,
    storedName('app', undefined),
    storedName('app', '2'),
    derivePassword('a seed', ['a', 'b'])
  );
  expectGolden('objects-tables.txt', `${fields.join('\n')}\n\n${passwords.join('\n')}\n`);
});

test.each<[string, object, readonly string[]]>([
  ['no server', { kind: 'no-server' }, []],
  [
    'a server that is not reached',
    { kind: 'not-reachable', why: 'no answer', hint: 'Look again.' },
    [
      'warning: The marks of roles and databases inside the server stay: not reachable from this runner: no answer. Look again.'
    ]
  ],
  [
    'a server that is not reached, without a hint',
    { kind: 'not-reachable', why: 'no answer', hint: '' },
    ['warning: The marks of roles and databases inside the server stay: not reachable from this runner: no answer.']
  ],
  [
    'a server',
    {
      kind: 'seen',
      server: {
        admin: { name: 'keeper' },
        roles: new Map(),
        databases: new Map([
          ['shop', { owner: 'keeper' }],
          ['far', { owner: 'ann' }]
        ])
      }
    },
    ['take the marks off: COMMENT ON ROLE "app" IS NULL;\nCOMMENT ON DATABASE "shop" IS NULL', 'looks again']
  ]
])('marks inside of %s are taken off where they can be', async (_what, state, lines) => {
  const execution = fakeContext();
  const said: string[] = [];
  const query = async (text: string, _values: unknown, doing = ''): Promise<readonly []> => {
    said.push(`${doing}: ${text}`);
    return [];
  };
  const context = {
    execution,
    state: async () => state,
    sessions: { locked: async () => ({ query }) },
    invalidate: () => void said.push('looks again')
  };
  const observed = [
    ['role', 'role/app', 'ours'],
    ['role', 'role/other', 'unmarked'],
    ['logical-database', 'database/shop', 'ours'],
    ['logical-database', 'database/far', 'ours'],
    ['grants', 'grants/shop', 'ours']
  ].map(([type, address, kind]) => ({ type, address, ownership: { kind } }));
  await removeObjectMarks(context as never, observed as never);
  expect([...execution.lines, ...said]).toEqual(lines);
});
