import type { OperationStep } from '../../../../src/engine/operation.ts';
import { asSuperseded, type Mark } from '../../../../src/engine/ownership.ts';
import { tagHash } from '../../../../src/engine/own-tags.ts';
import { ActionError } from '../../../../src/errors.ts';
import { addTags } from '../../../../src/providers/digitalocean/api/tagging.ts';
import { markTags } from '../../../../src/providers/digitalocean/api/tags.ts';
import type { Cluster, Replica } from '../../../../src/providers/digitalocean/api/types.ts';
import { check } from '../../../../src/providers/digitalocean/checks/check.ts';
import type { DigitalOceanContext } from '../../../../src/providers/digitalocean/context.ts';
import { desired } from '../../../../src/providers/digitalocean/desired/desired.ts';
import { lookUp } from '../../../../src/providers/digitalocean/desired/restore-source.ts';
import { examine } from '../../../../src/providers/digitalocean/doctor.ts';
import { inputsOf } from '../../../../src/providers/digitalocean/inputs-of.ts';
import { listServers } from '../../../../src/providers/digitalocean/list-servers.ts';
import { newestBackup } from '../../../../src/providers/digitalocean/newest-backup.ts';
import { operations } from '../../../../src/providers/digitalocean/operations/operations.ts';
import { observeForOutputs, outputsOf } from '../../../../src/providers/digitalocean/outputs.ts';
import { replica } from '../../../../src/providers/digitalocean/resources/replica.ts';
import { cluster as server } from '../../../../src/providers/digitalocean/resources/server/server.ts';
import { removeMarks, writeMark } from '../../../../src/providers/digitalocean/resources/server/write-mark.ts';
import { runnerAccess } from '../../../../src/providers/digitalocean/runner-access.ts';
import type { Chosen } from '../../../../src/providers/operations.ts';
import {
  cluster,
  contextOf,
  InTurn,
  live,
  MARK,
  refusedAs,
  TAGS,
  THEIRS,
  told,
  unlike,
  type Answers
} from '../../../support/digitalocean-answers.ts';
import { expectGolden } from '../../../support/golden.ts';

/**
 * What is made of each answer that DigitalOcean may give to a question, and what is asked for it: the whole answer in
 * the golden file. `UPDATE_GOLDENS=1` writes it, to be read.
 */
type With = Readonly<Record<string, string>>;
type Question = (context: DigitalOceanContext) => Promise<unknown>;
type Case = readonly [title: string, answers: Answers, inputs?: With];

const at = (kind: string): string => `/databases/7/${kind}`;
const denied = refusedAs('denied');
const invalid = refusedAs('invalid', 'It does not take that');
const busy = refusedAs('busy', 'The cluster is not online');
const NONE: Answers = { 'GET /databases': {}, 'GET /tags?per_page=1': {} };
const clusters = (...all: readonly Cluster[]): Answers => ({ 'GET /databases': { databases: all } });

const CONNECTION = { host: 'db.example', port: 25_060, user: 'doadmin', password: 'Canary-horse-8431' };
const IN_NETWORK = { host: 'private-db.example', port: 25_061 };
const POOL = {
  name: 'shop-pool',
  mode: 'transaction',
  size: 10,
  db: 'shop',
  user: 'keeper',
  connection: { host: 'pool.example', port: 25_061 }
};
const follower = (more: Partial<Replica> = {}): Replica => ({
  id: '8',
  name: 'orders-replica-1',
  region: 'nyc3',
  size: 'db-s-1vcpu-1gb',
  status: 'online',
  storage_size_mib: 30_720,
  tags: TAGS,
  ...more
});
const replicas = (...all: readonly Replica[]): Answers => ({ [`GET ${at('replicas')}`]: { replicas: all } });
const WITH_ALL = { database_name: 'shop', master_username: 'keeper', enable_proxy: 'true' };
const ALL_PARTS: Answers = {
  [`GET ${at('ca')}`]: { ca: { certificate: Buffer.from('a certificate').toString('base64') } },
  [`GET ${at('users/keeper')}`]: { user: { name: 'keeper', password: 'Canary-horse-8432' } },
  [`GET ${at('dbs/shop')}`]: {},
  [`GET ${at('pools')}`]: { pools: [POOL] },
  ...replicas(
    follower({ connection: { host: 'one.example', port: 1 } }),
    follower({ id: '9', name: 'orders-replica-2' }),
    follower({ id: '10', name: 'theirs', tags: THEIRS, connection: { host: 'theirs.example', port: 2 } })
  )
};

const OUTPUTS: readonly Case[] = [
  ['no cluster', NONE],
  ['one without a connection', live()],
  ['one without a port', live({ connection: { host: 'db.example' } })],
  ['one with little', live({ connection: { host: 'db.example', port: 25_060 } })],
  ['one in its network alone', live({ private_connection: IN_NETWORK })],
  ['one whose parts are not there yet', live({ connection: CONNECTION }), WITH_ALL],
  [
    'one with everything',
    {
      ...live({
        connection: CONNECTION,
        private_connection: IN_NETWORK,
        tags: markTags({ ...MARK, expiresAt: '2026-04-01T00:00:00Z' })
      }),
      ...ALL_PARTS
    },
    WITH_ALL
  ],
  [
    'one of others, whose passwords may not be seen',
    {
      ...live({ connection: { ...CONNECTION, password: '' }, tags: THEIRS }),
      ...ALL_PARTS,
      [`GET ${at('users/keeper')}`]: { user: { name: 'keeper' } },
      [`GET ${at('ca')}`]: { ca: { certificate: '' } }
    },
    WITH_ALL
  ],
  [
    'one whose certificate may not be read',
    { ...live({ connection: CONNECTION }), ...ALL_PARTS, [`GET ${at('ca')}`]: denied }
  ],
  ['one whose certificate fails', { ...live({ connection: CONNECTION }), ...ALL_PARTS, [`GET ${at('ca')}`]: invalid }]
];

const OFFERS = {
  'GET /databases/options': {
    options: {
      pg: {
        regions: ['sfo3', 'nyc3'],
        versions: ['16', '17'],
        layouts: [
          { num_nodes: 1, sizes: ['db-s-1vcpu-1gb', 'db-s-2vcpu-4gb'] },
          { num_nodes: 2, sizes: ['db-s-2vcpu-4gb'] }
        ]
      }
    }
  }
};
const ALERTS = 'GET /monitoring/alerts?per_page=200';
const READABLE: Answers = { ...OFFERS, 'GET /tags?per_page=1': {}, [ALERTS]: { policies: [{}] } };
const ASKED = { digitalocean_region: 'nyc3', engine_version: '16', instance_class: 'db-s-1vcpu-1gb' };

const DOCTOR: readonly Case[] = [
  ['all is there', { ...live({ connection: CONNECTION }), ...READABLE }, { ...ASKED, alarms: 'cpu: {}' }],
  [
    'nothing may be read',
    { 'GET /databases': denied, 'GET /tags?per_page=1': denied, [ALERTS]: denied },
    { alarms: 'cpu: {}' }
  ],
  ['no password', { ...live({ connection: { ...CONNECTION, password: '' } }), ...READABLE }],
  ['other clusters', { ...clusters(cluster({ name: 'main' }), cluster({ engine: 'mysql' })), ...READABLE }],
  ['the list fails', { ...READABLE, 'GET /databases': invalid }],
  ['tags fail', { ...NONE, ...OFFERS, 'GET /tags?per_page=1': invalid }],
  [
    'nothing of it is offered',
    { ...NONE, ...READABLE },
    { digitalocean_region: 'ams3', engine_version: '15', instance_class: 'db-s-9vcpu-9gb' }
  ],
  ['not with so many nodes', { ...NONE, ...READABLE }, { ...ASKED, multi_az: 'true' }],
  ['offers may not be read', { ...NONE, ...READABLE, 'GET /databases/options': denied }, ASKED],
  ['offers are empty', { ...NONE, ...READABLE, 'GET /databases/options': {} }, ASKED]
];

const SERVERS: readonly Case[] = [
  ['none', NONE],
  ['some', clusters(cluster(), cluster({ id: '8', name: 'main', tags: THEIRS }), cluster({ engine: 'mysql' }))],
  ['without tags', { ...clusters(cluster({ tags: null })), 'GET /tags?per_page=1': {} }],
  ['whose tags may not be read', { ...clusters(cluster({ tags: [] })), 'GET /tags?per_page=1': denied }]
];

const backups = (...all: readonly string[]): Answers => ({
  [`GET ${at('backups')}`]: { backups: all.map(created_at => ({ created_at })) }
});
const BACKUPS: readonly Case[] = [
  ['of no cluster', NONE],
  ['where there is none', { ...live(), [`GET ${at('backups')}`]: { backups: null } }],
  ['of several', { ...live(), ...backups('2026-01-01T00:00:00Z', '2026-01-03T00:00:00Z', '2026-01-02T00:00:00Z') }],
  ['that may not be read', { ...live(), [`GET ${at('backups')}`]: denied }]
];

const sources = (...rules: readonly object[]): Answers => ({
  [`GET ${at('firewall')}`]: { rules },
  [`PUT ${at('firewall')}`]: {}
});
const address = (value: string, description?: string): object => ({ type: 'ip_addr', value, description });
const RULE = { name: 'pgkeep-run-1', address: '192.0.2.7', expiresAt: '2026-01-01T00:00:00Z' };
const MANY = (count: number): readonly object[] =>
  Array.from({ length: count }, (_, one) => address(`198.51.100.${one}`));
const OWN_RULE = address('192.0.2.7', 'pgkeep-run-1');

const read: Question = async context => {
  const firewall = await runnerAccess.read(context, undefined);
  if (firewall.kind !== 'guarded') return firewall;
  return firewall.entries.map(({ name, title, admits }) => ({
    name,
    title,
    admits: ['192.0.2.7', '192.0.2.8', '203.0.113.1'].filter(admits)
  }));
};
const admit: Question = async context => runnerAccess.admit(context, RULE);
const dismiss: Question = async context => runnerAccess.dismiss(context, ['pgkeep-run-1', 'pgkeep-run-2']);

const FIREWALLS: readonly Case[] = [
  ['of no cluster', NONE],
  ['that is open', { ...live(), ...sources() }],
  ['that is not found', live()],
  [
    'with all kinds of sources',
    {
      ...live(),
      ...sources(
        address('192.0.2.7', 'one'),
        address('192.0.2.0/24'),
        address('no address'),
        { type: 'tag', value: '192.0.2.7' },
        { type: 'k8s', value: 'a', description: 'two' }
      )
    }
  ]
];
const replaced = (before: readonly object[], after: readonly object[]): Answers => ({
  ...sources(),
  [`GET ${at('firewall')}`]: new InTurn({ rules: before }, { rules: after })
});
const ADMISSIONS: readonly Case[] = [
  ['to no cluster', NONE],
  ['to one that is open', { ...live(), ...sources() }],
  ['to one that admits it', { ...live(), ...sources(address('192.0.2.7/32', 'theirs')) }],
  [
    'to one that admits its network',
    { ...live(), ...replaced([address('192.0.2.0/24', 'theirs')], [address('192.0.2.0/24', 'theirs'), OWN_RULE]) }
  ],
  ['to one with a tag of that name', { ...live(), ...replaced([{ type: 'tag', value: '192.0.2.7' }], [OWN_RULE]) }],
  ['to one that is full', { ...live(), ...sources(...MANY(100)) }],
  ['to one that is nearly full', { ...live(), ...replaced(MANY(99), [...MANY(99), OWN_RULE]) }],
  ['to one that others change again and again', { ...live(), ...sources(address('203.0.113.0/24')) }],
  [
    'to one at work, in a run that waits for nothing',
    {
      ...live(),
      ...replaced([address('203.0.113.0/24')], [address('203.0.113.0/24')]),
      [`GET ${at('firewall')}`]: new InTurn(
        { rules: [address('203.0.113.0/24')] },
        { rules: [address('203.0.113.0/24')] },
        { rules: [OWN_RULE] }
      ),
      [`PUT ${at('firewall')}`]: new InTurn(busy, {}),
      'GET /databases/7': new InTurn({ database: cluster({ status: 'resizing' }) }, { database: cluster() })
    },
    { wait: 'false' }
  ]
];
const DISMISSALS: readonly Case[] = [
  ['from no cluster', NONE],
  ['that is not there', { ...live(), ...sources(address('203.0.113.0/24')) }],
  ['of a firewall without sources', { ...live(), ...sources() }],
  [
    'that is there',
    {
      ...live(),
      ...replaced(
        [OWN_RULE, address('203.0.113.0/24'), address('192.0.2.9', 'pgkeep-run-2')],
        [address('203.0.113.0/24')]
      )
    }
  ],
  ['that is the last', { ...live(), ...sources(OWN_RULE) }]
];

const serverOf = async (context: DigitalOceanContext): Promise<Awaited<ReturnType<typeof server.observe>>> =>
  server.observe(context);
const tag = (name: string): string => `/tags/${encodeURIComponent(name)}`;
const counted = (name: string, count: number): Answers => ({
  [`GET ${tag(name)}`]: { tag: { name, resources: { count } } }
});
const NEW_MARK = { ...MARK, run: '9000001' };
const OLD = 'pgkeep:run:1:8';
const assigned = (...names: readonly string[]): Answers =>
  Object.fromEntries(names.map(name => [`POST ${tag(name)}/resources`, {}]));
const MARKED: Answers = {
  ...live({ tags: [...TAGS.map(one => one.toUpperCase()), OLD, 'pgkeep:Protected', 'team:shop'] }),
  'POST /tags': {},
  ...assigned(...markTags(NEW_MARK)),
  ...counted(OLD, 1),
  [`DELETE ${tag(OLD)}`]: {}
};
const MARKS: readonly Case[] = [
  ['of no cluster', NONE],
  ['of one with an older mark', MARKED],
  [
    'of one whose older mark another resource has',
    { ...MARKED, ...counted(OLD, 2), [`DELETE ${tag(OLD)}/resources`]: {} }
  ],
  ['of one whose older mark may not be removed', { ...MARKED, [`DELETE ${tag(OLD)}`]: denied }]
];

const FOUR = ['a:1', 'b:2', 'C:3', 'd:4'];
const TAGGINGS: readonly (readonly [title: string, answers: Answers, tags: readonly string[]])[] = [
  ['that is new', { 'POST /tags': {}, ...assigned('a:1') }, ['a:1']],
  [
    'that exists in other capitals',
    {
      'POST /tags': refusedAs('already-exists'),
      'GET /tags?per_page=200': { tags: [{ name: 'A:1' }] },
      ...assigned('A:1')
    },
    ['a:1']
  ],
  ['that is created in other capitals', { 'POST /tags': { tag: { name: 'A:1' } }, ...assigned('A:1') }, ['a:1']],
  ['that is deleted each time', { 'POST /tags': {}, 'GET /tags?per_page=200': { tags: [{ name: 'a:1' }] } }, ['a:1']],
  [
    'of four, of which some exist and one goes',
    {
      'POST /tags': {},
      'GET /tags?per_page=200': { tags: [{ name: 'A:1' }, { name: 'b:2' }] },
      ...assigned('A:1', 'C:3', 'd:4'),
      [`POST ${tag('b:2')}/resources`]: new InTurn(refusedAs('not-found'), {})
    },
    FOUR
  ],
  ['of three', { 'POST /tags': {}, ...assigned(...FOUR) }, FOUR.slice(1)],
  ['that may not be assigned', { 'POST /tags': {}, [`POST ${tag('a:1')}/resources`]: denied }, ['a:1']]
];

interface Scene {
  readonly answers: Answers;
  readonly inputs?: With;
  readonly chosen?: Chosen;
}

const waiting = (more: Partial<NonNullable<Cluster['maintenance_window']>> = {}): Partial<Cluster> => ({
  maintenance_window: { day: 'sunday', hour: '04:00:00', pending: true, description: ['One', 'Two'], ...more }
});
const states = (...all: readonly (Partial<Cluster> | undefined)[]): Answers => ({
  'GET /databases/7': new InTurn(
    ...all.map(one => (one === undefined ? refusedAs('not-found') : { database: cluster(one) }))
  )
});
const INSTALL = `PUT ${at('install_update')}`;

const MAINTENANCE: Readonly<Record<string, Scene>> = {
  'no cluster': { answers: NONE },
  'no updates': { answers: live() },
  'no updates, in a window': { answers: live(waiting({ pending: false })) },
  'updates without words': { answers: live({ maintenance_window: { pending: true } }) },
  'updates, of a cluster that failed': { answers: live({ ...waiting(), status: 'failed' }) },
  updates: { answers: live(waiting()) },
  'updates, now': {
    answers: {
      ...live(waiting()),
      ...states(waiting(), waiting(), { ...waiting(), status: 'resizing' }, {}, { status: 'offline' }),
      [INSTALL]: {}
    },
    chosen: { applyNow: true }
  },
  'updates, now, of a cluster that goes, with a standby': {
    answers: { ...live({ ...waiting(), num_nodes: 2 }), ...states(undefined), [INSTALL]: denied },
    chosen: { applyNow: true }
  },
  'updates, later': { answers: live(waiting()), chosen: { postpone: 'next-window' } }
};

const named = (user: string, password?: string): Answers => ({
  [`GET ${at(`users/${user}`)}`]: { user: { name: user, password } }
});
const passwords = (user: string, ...all: readonly (string | undefined)[]): Answers => ({
  [`GET ${at(`users/${user}`)}`]: new InTurn(...all.map(password => ({ user: { name: user, password } })))
});
const KEEPER = { master_username: 'keeper' };
const OWN_TAGS: Mark = { ...MARK, version: 2, ownTags: [] };
const RESET = (user: string): Answers => ({
  [`POST ${at(`users/${user}/reset_auth`)}`]: {},
  'POST /tags': {},
  'GET /tags?per_page=200': {}
});

/** The note of a rotation that begins, with a hash of `old`. */
const NOTED = 'pgkeep:operated:1:rotate_3akeeper_7c2026-01-01_5400_3a00_3a00_2e000_5a_7ccba06b5736faf67e';

const ROTATIONS: Readonly<Record<string, Scene>> = {
  'no cluster': { answers: NONE },
  'no user': { answers: live(), inputs: KEEPER },
  'a user of a cluster that does not know it': {
    answers: { ...live({ tags: markTags(OWN_TAGS) }), ...named('keeper', 'old') },
    inputs: KEEPER
  },
  'the first user of a cluster that knows none': {
    answers: { ...live({ tags: markTags(OWN_TAGS) }), ...named('doadmin', 'old') }
  },
  'a user whose password is hidden': { answers: { ...live(), ...named('keeper', '') }, inputs: KEEPER },
  'a user whose password is not shown': { answers: { ...live(), ...named('keeper') }, inputs: KEEPER },
  'a user': {
    answers: { ...live(), ...passwords('keeper', 'old', 'old', 'new'), ...RESET('keeper') },
    inputs: KEEPER
  },
  'a user whose password is new': {
    answers: {
      ...live({ tags: [...TAGS, NOTED] }),
      ...passwords('keeper', 'new', 'old', 'old', 'old', 'new'),
      ...RESET('keeper')
    },
    inputs: KEEPER
  },
  'a user that goes': {
    answers: {
      ...live(),
      [`GET ${at('users/doadmin')}`]: new InTurn(
        { user: { name: 'doadmin', password: 'old' } },
        refusedAs('not-found')
      ),
      ...RESET('doadmin')
    }
  },
  'a user whose password is hidden then': {
    answers: { ...live(), ...passwords('doadmin', 'old', ''), ...RESET('doadmin') }
  }
};

const PROMOTE = `PUT ${at('replicas/orders-replica-1')}/promote`;
const SHOWN = `GET ${at('replicas/orders-replica-1')}`;
const FIRST = { replica: 'orders-replica-1' };
const stages = (...all: readonly (Partial<Replica> | undefined)[]): Answers => ({
  [SHOWN]: new InTurn(...all.map(one => (one === undefined ? refusedAs('not-found') : { replica: follower(one) })))
});
const successor = asSuperseded(MARK, { name: 'orders-replica-1' });
const promoted = (more: Partial<Cluster> = {}): Cluster =>
  cluster({ id: '8', name: 'orders-replica-1', region: 'sfo3', ...more });

const PROMOTIONS: Readonly<Record<string, Scene>> = {
  'no cluster': { answers: NONE },
  'no cluster, and a name': { answers: NONE, chosen: FIRST },
  'no replica': { answers: live() },
  'one replica': { answers: { ...live(), ...replicas(follower()) } },
  'one replica, confirmed': {
    answers: {
      ...live(),
      ...replicas(follower(), follower({ id: '9', name: 'orders-replica-2' })),
      ...stages({ status: 'active' }, { status: 'creating' }, { status: 'odd' }, undefined),
      'POST /tags': {},
      [PROMOTE]: {}
    },
    chosen: FIRST
  },
  'one that becomes a cluster': {
    answers: {
      ...live(),
      ...replicas(follower()),
      ...stages({}, undefined),
      'GET /databases': new InTurn(
        { databases: [cluster()] },
        { databases: [cluster()] },
        { databases: [cluster(), promoted({ status: 'creating' })] },
        { databases: [cluster(), promoted()] }
      ),
      'POST /tags': {},
      [PROMOTE]: {}
    },
    chosen: FIRST
  },
  'two replicas': { answers: { ...live(), ...replicas(follower(), follower({ name: 'orders-replica-2' })) } },
  'a replica that failed': {
    answers: { ...live(), ...replicas(follower({ status: 'failed' })), ...stages({ status: 'failed' }) },
    chosen: FIRST
  },
  'a replica of others': { answers: { ...live(), ...replicas(follower({ tags: THEIRS })) }, chosen: FIRST },
  'a replica without an owner': { answers: { ...live(), ...replicas(follower({ tags: null })) }, chosen: FIRST },
  'one that was promoted': {
    answers: clusters(
      cluster({ tags: markTags(successor) }),
      promoted({ tags: markTags({ ...MARK, version: 2, name: 'orders-replica-1', promotedFrom: 'orders' }) })
    ),
    chosen: FIRST
  },
  'one that was promoted without tags': {
    answers: clusters(cluster({ tags: markTags(successor) }), promoted({ tags: null })),
    chosen: FIRST
  },
  'one that was promoted by hand': { answers: clusters(cluster(), promoted({ tags: null })), chosen: FIRST },
  'the cluster itself, which was promoted': {
    answers: live({ tags: markTags({ ...MARK, version: 2, promotedFrom: 'main' }) }),
    chosen: { replica: 'Orders' }
  },
  'the cluster itself, which was not': { answers: live(), chosen: { replica: 'orders' } }
};

const DRAFTS = [
  ['maintenance', MAINTENANCE],
  ['rotate', ROTATIONS],
  ['promote', PROMOTIONS]
] as const;

const WHOLE = {
  ...ASKED,
  allowed_cidr_blocks: '203.0.113.0/24',
  allocated_storage: '30',
  vpc_id: 'vpc-1',
  digitalocean_project: '9CC10173-0000-4000-8000-00000000BBBB'
};
const checked: Question = async context => {
  const observed = [...(await server.observe(context)), ...(await replica.observe(context))];
  const { problems, notices } = await check(context, observed, await lookUp(context, observed));
  return [...problems, ...notices];
};
const PROJECT = 'GET /projects/9cc10173-0000-4000-8000-00000000bbbb';
const SOURCE = cluster({ id: '6', name: 'main', storage_size_mib: 61_440, size: 'db-s-2vcpu-4gb' });
const FROM_MAIN = { ...ASKED, restore_source: 'Main', publicly_accessible: 'true' };
const FIRST_BACKUPS = {
  'GET /databases/6/backups': {
    backups: [{ created_at: '2025-12-31T00:00:00Z' }, { created_at: '2025-12-30T00:00:00Z' }]
  }
};

const CHECKS: readonly Case[] = [
  ['no cluster, without inputs', { ...NONE, ...OFFERS }],
  [
    'no cluster, with all',
    { ...NONE, ...OFFERS, 'GET /vpcs/vpc-1': { vpc: { region: 'nyc3' } }, [PROJECT]: {} },
    WHOLE
  ],
  ['no cluster, whose network and project are not there', { ...NONE, ...OFFERS }, WHOLE],
  [
    'no cluster, whose network is elsewhere',
    { ...NONE, ...OFFERS, 'GET /vpcs/vpc-1': { vpc: { region: 'sfo3' } }, [PROJECT]: {} },
    WHOLE
  ],
  ['no cluster, whose network says nothing', { ...NONE, ...OFFERS, 'GET /vpcs/vpc-1': {}, [PROJECT]: {} }, WHOLE],
  [
    'no cluster, whose parts may not be read',
    { ...NONE, 'GET /databases/options': denied, 'GET /vpcs/vpc-1': denied, [PROJECT]: denied },
    WHOLE
  ],
  ['no cluster, with a name of another engine', { ...clusters(cluster({ engine: 'mysql' })), ...OFFERS }, WHOLE],
  ['no cluster, open to all', { ...NONE, ...OFFERS }, { ...ASKED, publicly_accessible: 'true' }],
  [
    'no cluster, with what is not offered',
    { ...NONE, ...OFFERS },
    { ...WHOLE, digitalocean_region: 'ams3', engine_version: '15', multi_az: 'true', replica_region: 'lon1' }
  ],
  ['a copy of none', { ...NONE, ...OFFERS }, FROM_MAIN],
  ['a copy', { ...clusters(SOURCE), ...OFFERS }, { ...FROM_MAIN, allocated_storage: '60' }],
  ['a copy with less storage', { ...clusters(SOURCE), ...OFFERS }, { ...FROM_MAIN, allocated_storage: '50' }],
  [
    'a copy with the networks of its source',
    { ...clusters(SOURCE), ...OFFERS, 'GET /databases/6/firewall': { rules: [address('203.0.113.0/24')] } },
    { restore_source: 'main' }
  ],
  [
    'a copy with sources that are no networks',
    { ...clusters(SOURCE), ...OFFERS, 'GET /databases/6/firewall': { rules: [{ type: 'tag', value: 'web' }] } },
    { restore_source: 'main' }
  ],
  ...['latest', '2025-12-31T12:00:00Z', '2025-12-29T23:59:59Z', '2030-01-01T00:00:00Z'].map((time): Case => [
    `a copy as of ${time}`,
    { ...clusters(SOURCE), ...OFFERS, ...FIRST_BACKUPS },
    { ...FROM_MAIN, restore_to_time: time }
  ]),
  [
    'a copy of one without backups',
    { ...clusters(SOURCE), ...OFFERS, 'GET /databases/6/backups': {} },
    { ...FROM_MAIN, restore_to_time: '2025-12-31T12:00:00Z' }
  ],
  [
    'a copy whose backups may not be read',
    { ...clusters(SOURCE), ...OFFERS, 'GET /databases/6/backups': denied },
    { ...FROM_MAIN, restore_to_time: '2025-12-31T12:00:00Z' }
  ],
  [
    'a cluster as it is',
    { ...live(), ...sources(address('203.0.113.0/24', 'pgkeep')) },
    { ...ASKED, allowed_cidr_blocks: '203.0.113.0/24', allocated_storage: '30' }
  ],
  ['a cluster without sources', live(), ASKED],
  [
    'a cluster with sources of others',
    { ...live(), ...sources({ type: 'tag', value: 'web' }, address('198.51.100.0/24', 'theirs')) },
    { ...ASKED, allowed_cidr_blocks: '203.0.113.0/24' }
  ],
  [
    'a cluster that others opened to all',
    { ...live(), ...sources(address('0.0.0.0/0', 'theirs')) },
    { ...ASKED, allowed_cidr_blocks: '203.0.113.0/24' }
  ],
  [
    'a cluster with as many sources as there can be',
    { ...live(), ...sources({ type: 'tag', value: 'web' }) },
    {
      ...ASKED,
      allowed_cidr_blocks: MANY(99)
        .map((_, one) => `203.0.113.${one}/32`)
        .join('\n')
    }
  ],
  [
    'a cluster with more',
    { ...live(), ...sources({ type: 'tag', value: 'web' }) },
    {
      ...ASKED,
      allowed_cidr_blocks: MANY(100)
        .map((_, one) => `203.0.113.${one}/32`)
        .join('\n')
    }
  ],
  [
    'a cluster whose sources may not be read',
    { ...live(), [`GET ${at('firewall')}`]: denied },
    { ...ASKED, allowed_cidr_blocks: '203.0.113.0/24' }
  ],
  ['a cluster that moves', { ...live(), ...OFFERS }, { ...ASKED, digitalocean_region: 'sfo3', vpc_id: 'vpc-1' }],
  ['a cluster that stays in its network', live(), { ...ASKED, vpc_id: 'vpc-1' }],
  [
    'a cluster in its project',
    live({ project_id: '9cc10173-0000-4000-8000-00000000bbbb' }),
    { ...ASKED, digitalocean_project: '9CC10173-0000-4000-8000-00000000BBBB' }
  ],
  ...['20', '30', '31', '45'].map((allocated_storage): Case => [
    `a cluster with ${allocated_storage} of 30 GiB`,
    live(),
    { ...ASKED, allocated_storage }
  ]),
  ['a cluster that is upgraded', { ...live(), ...OFFERS }, { ...ASKED, engine_version: '17' }],
  [
    'a cluster whose version is not offered any more',
    { ...live({ version: '17' }), ...OFFERS },
    { ...ASKED, engine_version: '15' }
  ],
  ['a cluster whose older version is offered', { ...live({ version: '17' }), ...OFFERS }, ASKED],
  ['a cluster with a standby', { ...live(), ...OFFERS }, { ...ASKED, multi_az: 'true' }],
  ['a cluster that keeps its standbys', live({ num_nodes: 3 }), { ...ASKED, multi_az: 'true' }],
  [
    'a cluster with replicas',
    {
      ...live({ size: 'db-s-2vcpu-4gb' }),
      ...OFFERS,
      ...replicas(follower({ region: 'sfo3', name: 'orders-replica-sfo3' })),
      'GET /databases/8/firewall': {},
      ...sources(address('203.0.113.0/24'))
    },
    { ...ASKED, instance_class: 'db-s-2vcpu-4gb', replica_region: 'SFO3' }
  ],
  [
    'a cluster with an open replica of others',
    {
      ...live(),
      ...replicas(follower({ tags: THEIRS })),
      'GET /databases/8/firewall': {},
      ...sources(address('203.0.113.0/24'))
    },
    ASKED
  ],
  [
    'a cluster with an open replica of ours',
    { ...live(), ...replicas(follower()), 'GET /databases/8/firewall': {}, ...sources(address('203.0.113.0/24')) },
    ASKED
  ],
  [
    'a cluster with many new tags',
    live({ tags: [...TAGS, 'T1:X'] }),
    { ...ASKED, tags: Array.from({ length: 51 }, (_, one) => `T${one}: x`).join('\n') }
  ],
  ['a cluster with a pool', { ...live(), [`GET ${at('pools')}`]: { pools: [] } }, { ...ASKED, enable_proxy: 'true' }],
  ...['12', '13'].map((size): Case => [
    `a cluster with a pool of ${size} and one of others`,
    {
      ...live(),
      [`GET ${at('pools')}`]: { pools: [{ name: 'theirs', mode: 'session', size: 10, db: 'other', user: 'other' }] }
    },
    { ...ASKED, enable_proxy: 'true', proxy_config: `default_pool_size: ${size}` }
  ]),
  [
    'a cluster with a pool that is too large already',
    { ...live(), [`GET ${at('pools')}`]: { pools: [{ ...POOL, name: 'defaultdb-pool', size: 40 }] } },
    { ...ASKED, enable_proxy: 'true' }
  ],
  [
    'a cluster whose pools may not be read',
    { ...live(), [`GET ${at('pools')}`]: denied },
    { ...ASKED, enable_proxy: 'true', proxy_config: 'default_pool_size: 99' }
  ]
];

const wanted: Question = async context => {
  const observed = [...(await server.observe(context)), ...(await replica.observe(context))];
  return desired(context, observed, await lookUp(context, observed));
};
const REPLICATED = { create_read_replica: 'true', allowed_cidr_blocks: '203.0.113.0/24' };
const ADOPTED = markTags({ ...MARK, version: 2, ownTags: [tagHash('read replica orders-replica-1')] });
const OPEN: Answers = { 'GET /databases/8/firewall': {}, ...sources(address('203.0.113.0/24', 'pgkeep')) };
const WANTED: readonly Case[] = [
  ['a cluster of its own', NONE, { instance_class: 'db.m5.large' }],
  [
    'replicas of a new cluster',
    NONE,
    { ...WHOLE, ...REPLICATED, read_replica_count: '2', replica_region: 'SFO3', replica_names: 'a' }
  ],
  [
    'a replica of one that has grown',
    { ...live({ private_network_uuid: 'vpc' }), ...OPEN },
    { ...REPLICATED, allocated_storage: '20' }
  ],
  ['a replica of one that grows', live(), { create_read_replica: 'true', allocated_storage: '40' }],
  ['an open replica', { ...live(), ...replicas(follower()), ...OPEN }, REPLICATED],
  [
    'an open replica, where no input names networks',
    { ...live(), ...replicas(follower()), ...OPEN },
    { create_read_replica: 'true' }
  ],
  [
    'an open replica that was adopted',
    { ...live({ tags: ADOPTED }), ...replicas(follower({ tags: null })), ...OPEN },
    { create_read_replica: 'true' }
  ],
  [
    'an open replica of others',
    { ...live(), ...replicas(follower({ tags: THEIRS })), ...OPEN },
    { create_read_replica: 'true' }
  ],
  [
    'fewer replicas, of a larger cluster',
    { ...live(), ...replicas(follower(), follower({ name: 'orders-replica-2' })) },
    { create_read_replica: 'true', instance_class: 'db-s-2vcpu-4gb' }
  ],
  [
    'fewer replicas, of a smaller cluster',
    { ...live({ size: 'db-s-2vcpu-4gb' }), ...replicas(follower({ size: 'db-s-2vcpu-4gb' })) },
    { create_read_replica: 'true', instance_class: 'db-s-1vcpu-1gb' }
  ],
  [
    'a copy',
    {
      ...clusters(
        cluster({ ...SOURCE, private_network_uuid: 'vpc', maintenance_window: { day: 'monday', hour: '05:00:00' } })
      ),
      'GET /databases/6/firewall': { rules: [address('203.0.113.0/24')] },
      'GET /databases/6/autoscale': { autoscale: { storage: { enabled: true } } }
    },
    { restore_source: 'main', restore_to_time: 'latest' }
  ],
  [
    'a copy elsewhere',
    { ...clusters(cluster({ ...SOURCE, private_network_uuid: 'vpc' })) },
    { restore_source: 'main', restore_to_time: '2025-12-31T12:00:00Z', digitalocean_region: 'sfo3', multi_az: 'true' }
  ]
];

const imported: Question = async context =>
  inputsOf(context, [...(await server.observe(context)), ...(await replica.observe(context))]);
const PARTS: Answers = {
  [`GET ${at('dbs')}`]: { dbs: [{ name: 'defaultdb' }, { name: 'shop' }] },
  [`GET ${at('users')}`]: { users: [{ name: 'doadmin' }, { name: 'ann' }] },
  [`GET ${at('pools')}`]: { pools: [POOL] },
  [`GET ${at('logsink')}`]: { sinks: [{ sink_name: 'logs' }, {}] }
};
const IMPORTS: readonly Case[] = [
  ['of no cluster', NONE],
  ['of one with little', { ...live(), ...PARTS }],
  [
    'of one with much',
    {
      ...live({ num_nodes: 2, maintenance_window: { day: 'sunday', hour: '04:00:00' } }),
      ...PARTS,
      ...sources({ type: 'tag', value: 'web' }),
      ...replicas(follower({ name: 'b' }), follower({ name: 'a' }), follower({ name: 'c', region: 'sfo3' }))
    }
  ],
  [
    'of one with numbered replicas, which have less storage',
    { ...live(), ...PARTS, ...replicas(follower({ storage_size_mib: 1 }), follower({ name: 'orders-replica-2' })) }
  ],
  ['of one with half a GiB', { ...live({ storage_size_mib: 512 }), ...PARTS }],
  ['of one whose replicas may not be read', { ...live(), [`GET ${at('replicas')}`]: denied }],
  [
    'of one whose parts may not be read',
    {
      ...live(),
      ...replicas(),
      ...Object.fromEntries(['firewall', 'pools', 'logsink', 'dbs', 'users'].map(kind => [`GET ${at(kind)}`, denied]))
    }
  ]
];

const QUESTIONS: Readonly<Record<string, readonly [Question, readonly Case[]]>> = {
  'The outputs': [async context => outputsOf(context, await observeForOutputs(context)), OUTPUTS],
  Doctor: [examine, DOCTOR],
  'All servers': [listServers, SERVERS],
  'The newest backup': [newestBackup, BACKUPS],
  'The firewall': [read, FIREWALLS],
  'A runner is admitted': [admit, ADMISSIONS],
  'A runner is dismissed': [dismiss, DISMISSALS],
  'A mark is written': [async context => writeMark(context, await serverOf(context), NEW_MARK), MARKS],
  'Marks are removed': [async context => removeMarks(context, await serverOf(context)), MARKS],
  'What is found': [checked, CHECKS],
  'What is wanted': [wanted, WANTED],
  'The inputs of a live cluster': [imported, IMPORTS]
};

/** Each step: what is printed of it, where it stands, and what it sends, each until it has an end. */
async function walked(step: OperationStep): Promise<readonly unknown[]> {
  const tried = async (what: string, act: () => Promise<unknown>): Promise<string> => {
    try {
      return `${what}: ${JSON.stringify(await act()) ?? 'nothing'}`;
    } catch (thrown) {
      if (!(thrown instanceof ActionError)) throw thrown;
      return `${what} fails: ${thrown.message}`;
    }
  };
  const lines = [
    JSON.stringify(step),
    await tried('look', async () => step.look()),
    await tried('send', async () => step.send())
  ];
  for (let look = 0; look < 3; look += 1) lines.push(await tried('look', async () => step.look()));
  if (step.takeBack !== undefined) lines.push(await tried('take back', async () => step.takeBack?.()));
  return lines;
}

test('each answer of DigitalOcean is read as the golden file says', async () => {
  const page: string[] = [];
  const tell = async (
    cases: readonly (readonly [title: string, lines: () => Promise<readonly string[]>])[]
  ): Promise<void> => {
    let before: readonly string[] = [];
    for (const [title, lines] of cases) {
      const now = await lines();
      page.push(`# ${title}`, ...unlike(now, before), '');
      before = now;
    }
  };
  for (const [title, [question, cases]] of Object.entries(QUESTIONS)) {
    await tell(
      cases.map(([which, answers, inputs = {}]) => {
        const asking = contextOf(inputs, answers);
        return [`${title}: ${which}`, async () => told(asking, async () => question(asking.context))] as const;
      })
    );
  }
  await tell(
    TAGGINGS.map(([which, answers, tags]) => {
      const asking = contextOf({}, answers);
      return [`A tag ${which}`, async () => told(asking, async () => addTags(asking.context, '7', tags))] as const;
    })
  );
  for (const [name, scenes] of DRAFTS) {
    await tell(
      Object.entries(scenes).map(([which, { answers, inputs = {}, chosen }]: [string, Scene]) => {
        const asking = contextOf(inputs, answers);
        const drafted = async (): Promise<unknown> => {
          const operation = operations[name];
          if (!operation.can) return operation;
          const { steps, ...draft } = await operation.draft(asking.context, [], chosen);
          const lines: unknown[] = [draft];
          for (const step of steps) lines.push(...(await walked(step)));
          return lines;
        };
        return [`${name}: ${which}`, async () => told(asking, drafted)] as const;
      })
    );
  }
  expectGolden('questions-digitalocean.txt', page.join('\n'));
});
