import { DATABASE_INPUTS, RUN_INPUTS } from '../../../src/spec/catalogue.ts';
import { load } from '../../../src/spec/load.ts';
import { describeProblem } from '../../../src/spec/problem.ts';

const LOCAL = { cloud_provider: 'local', name: 'orders' };

function complaintsOf(values: Readonly<Record<string, string>>): readonly string[] {
  return load([{ values: { ...LOCAL, ...values } }]).problems.map(describeProblem);
}

function settingsOf(values: Readonly<Record<string, string>>): object {
  const { problems, spec } = load([{ values: { ...LOCAL, ...values } }]);
  expect(problems).toEqual([]);
  return spec.settings;
}

describe('a list with commas', () => {
  test.each([
    ['allowed_cidr_blocks', '10.0.0.0/16, 172.16.0.0/12', ['10.0.0.0/16', '172.16.0.0/12']],
    ['subnet_ids', 'subnet-1,subnet-2,', ['subnet-1', 'subnet-2']],
    ['extensions', 'pgcrypto, pg_trgm\nvector', ['pgcrypto', 'pg_trgm', 'vector']],
    ['enabled_cloudwatch_logs_exports', 'postgresql, upgrade', ['postgresql', 'upgrade']],
    ['alarms', 'cpu, connections', { cpu: {}, connections: {} }],
    ['databases', 'shop, billing', { shop: {}, billing: {} }],
    ['databases', 'shop\nbilling', { shop: {}, billing: {} }],
    ['databases', 'shop: { extensions: "pgcrypto, pg_trgm" }', { shop: { extensions: ['pgcrypto', 'pg_trgm'] } }]
  ])('in `%s` is read', (input, given, meant) => {
    expect(settingsOf({ [input]: given })).toMatchObject({ [input]: meant });
  });

  test('is refused where an item may hold one, with the reason', () => {
    expect(complaintsOf({ init_sql: 'db/schema.sql, db/seed.sql' })).toEqual([
      expect.stringContaining('has a comma, which an item may hold: write one item a line, or a YAML list')
    ]);
    expect(complaintsOf({ deploy_branches: 'main,release' })[0]).toContain('write one item a line');
    expect(complaintsOf({ databases: 'shop: { init_sql: "a.sql, b.sql" }' })[0]).toContain(
      'at `shop`, `init_sql`: has a comma, which an item may hold'
    );
  });

  test('is read or refused with the reason in every input that is a list', () => {
    const lists = Object.entries({ ...RUN_INPUTS, ...DATABASE_INPUTS }).filter(([, { kind }]) =>
      kind.startsWith('list (')
    );
    expect(lists.length).toBeGreaterThan(10);
    for (const [name, parser] of lists) {
      const parsed = parser.parse('1\u0000,2\u0000');
      const why = parsed.ok ? '' : parsed.why;
      // The item is what stood before the comma, or the comma is what the message is about.
      expect([name, parsed.ok || why.includes(': "1\\u0000"') || why.startsWith('has a comma')]).toEqual([name, true]);
    }
  });

  test('is one item where it stands in a pattern, or in a YAML list', () => {
    expect(settingsOf({ init_sql: 'db/{schema,seed}.sql' })).toMatchObject({ init_sql: ['db/{schema,seed}.sql'] });
    expect(settingsOf({ init_sql: '- "a,b.sql"' })).toMatchObject({ init_sql: ['a,b.sql'] });
  });
});

describe('a key that is not known', () => {
  test.each([
    ['parameters', '- name: work_mem\n  valeu: 8MB', 'at item 1: `valeu` is not one of its keys', 'value'],
    ['alarms', 'cpu: { treshold: 80 }', 'at `cpu`: `treshold` is not one of its keys', 'threshold'],
    ['alarms', 'cpus: { threshold: 80 }', '`cpus` is not one of its keys', 'cpu'],
    ['proxy_config', 'pool_mod: session', '`pool_mod` is not one of its keys', 'pool_mode'],
    [
      'security_group_rules',
      '- from_port: 5432\n  to_port: 5432\n  cidr_block: [10.0.0.0/8]',
      'at item 1: `cidr_block` is not one of its keys',
      'cidr_blocks'
    ],
    ['roles', 'app: { acess: { shop: owner } }', 'at `app`: `acess` is not one of its keys', 'access'],
    ['databases', 'shop: { extension: [vector] }', 'at `shop`: `extension` is not one of its keys', 'extensions']
  ])('in `%s` is refused: %s', (input, given, what, meant) => {
    const [complaint = '', ...more] = complaintsOf({ [input]: given, enable_proxy: 'true' });
    expect(more).toEqual([]);
    expect(complaint).toContain(what);
    expect(complaint).toContain(`did you mean \`${meant}\`?`);
  });

  test('of Terraform’s module is answered with the input that does it', () => {
    const values = { cloud_provider: 'aws', monitoring_role_name: 'rds' };
    expect(complaintsOf(values)).toEqual([
      '`monitoring_role_name`: is not an input of this action; set `monitoring_role_arn`; unset, a role is made'
    ]);
    // Spelled nearly the same, and another thing.
    expect(complaintsOf({ monitoring_role_id: 'rds' })[0]).not.toContain('did you mean');
  });
});

test.each(['max_connections', 'work_mem', 'wal_level'])(
  'a parameter of PostgreSQL as an input is answered: %s',
  name => {
    expect(complaintsOf({ [name]: '4' })).toEqual([
      `\`${name}\`: is not an input of this action; it is a parameter of PostgreSQL: set it in \`parameters\``
    ]);
  }
);

test.each([
  ['roles', '[{ name: app }]', 'is not a map'],
  ['roles', 'constructor: { access: { shop: owner } }', "`constructor` can't be a name in it"],
  ['roles', '{"__proto__": {"access": {"shop": "owner"}}}', "`__proto__` can't be a name in it"],
  ['roles', 'app: { access: { prototype: owner } }', "`prototype` can't be a name in it"],
  ['databases', 'constructor: {}', "`constructor` can't be a name in it"],
  [
    'roles',
    'a: { access: { shop: write } }',
    'at `a`, `access`, `shop`: is not one of owner, readwrite, readonly; did'
  ],
  ['roles', 'app: { access: { shop: read-only } }', 'readonly; did you mean `readonly`?'],
  ['roles', 'app: { access: { shop: DBA } }', 'is not one of owner, readwrite, readonly; allowed'],
  ['roles', 'app: { password: x }', '`password` does not stand here: `role_passwords` gives'],
  ['roles', 'app: yes', 'at `app`: is neither a map nor `absent`'],
  ['databases', '[{ name: shop }]', 'is neither a list of names nor a map of databases'],
  ['databases', '[shop, 1st]', 'at item 2: is not a name'],
  ['proxy_config', '[session]', 'is not a map']
])('`%s` of another shape is refused without words of a library: %s', (input, given, what) => {
  const [complaint = ''] = complaintsOf({ [input]: given, enable_proxy: 'true' });
  expect(complaint).toContain(` ${what}`);
  expect(complaint).not.toMatch(/Invalid|Expected|received|at `?0\b/);
});

test.each([
  ['PostgreSQL', ['postgres', 'template1', 'public', 'none', 'pg_app', 'PG_app', 'current_user', 'session_user']],
  ['aws', ['rdsadmin', 'rds_superuser']],
  ['azure', ['azuresu', 'azure_pg_admin', 'azure_sys']],
  ['gcp', ['cloudsqladmin', 'cloudsqlsuperuser']],
  ['digitalocean', ['doadmin', '_doadmin_managed']]
])('names that %s keeps for itself are refused as databases and as roles', (_owner, names) => {
  const kept = 'is a name that PostgreSQL or the cloud keeps for itself';
  for (const name of names) {
    expect(complaintsOf({ databases: `[${name}]` })).toEqual([expect.stringContaining(kept)]);
    expect(complaintsOf({ roles: `${name}: { access: { shop: owner } }` })).toEqual([expect.stringContaining(kept)]);
  }
});

test.each([
  [{ multi_az: 'yes' }, 'did you mean `true`?'],
  [{ multi_az: 'Off' }, 'did you mean `false`?'],
  [{ cloud_provider: 'RDS' }, 'did you mean `aws`?'],
  [{ cloud_provider: 'google' }, 'did you mean `gcp`?'],
  [{ resource_group: 'shop' }, 'did you mean `resource_group_name`?'],
  [{ subscription_id: 'x' }, 'did you mean `azure_subscription_id`?'],
  [{ allocated_storage: '"50"' }, 'leave out the quotes, which are part of the value here'],
  [{ allowed_cidr_blocks: '"10.0.0.0/16", "10.1.0.0/16"' }, 'leave out the quotes, which are part of the value here']
])('%j is answered with what was probably meant', (values, answer) => {
  expect(complaintsOf(values as unknown as Readonly<Record<string, string>>)).toEqual([
    expect.stringContaining(answer)
  ]);
});

test('quotes are named only where they are the problem, and a part of a name only where one input has it', () => {
  expect(complaintsOf({ allocated_storage: '"lots"' })[0]).not.toContain('quotes');
  expect(complaintsOf({ window: 'x' })[0]).toMatch(/: is not an input of this action$/);
});

test('an expression in a file is told as one, which no file has', () => {
  const values = { vpc_id: '${{ vars.VPC_ID }}', subnet_ids: ['${{ vars.SUBNET }}'], tags: { team: '$' } };
  const { problems } = load([{ values: LOCAL }, { source: 'orders.yml', values }]);
  expect(problems.map(({ input }) => input)).toEqual(['vpc_id', 'subnet_ids']);
  expect(describeProblem(problems[0] ?? { input: '', why: '' })).toContain('which GitHub works out in workflows');
});

test('Terraform’s apply_method is understood', () => {
  const parameter = (method: string): string => `- name: work_mem\n  value: 8MB\n  apply_method: ${method}`;
  expect(settingsOf({ parameters: parameter('pending-reboot') })).toMatchObject({ parameters: { work_mem: '8MB' } });
  expect(complaintsOf({ parameters: parameter('later') })[0]).toContain(
    'at item 1, `apply_method`: is not one of immediate, pending-reboot'
  );
});

test('a place in nested data is named as a person counts, and all problems of it are told', () => {
  const rules = '- from_port: 5432\n  cidr_blocks: [10.0.0.0/8]\n- from_port: x\n  to_port: 5432\n  cidr_blocks: []';
  expect(complaintsOf({ security_group_rules: rules })[0]).toContain(
    'at item 1: `to_port` is missing; at item 2, `from_port`: is not a port'
  );
});

describe('a version that YAML has read as a number', () => {
  test.each([
    ['16.1', '16.10'],
    ['14.2', '14.20'],
    ['17.1', '17.10']
  ])('%s may be %s without quotes', (read, meant) => {
    const { notices } = load([{ values: { ...LOCAL, engine_version: read } }]).spec;
    expect(notices).toEqual([expect.objectContaining({ code: 'unquoted-version', input: 'engine_version' })]);
    expect(notices[0]?.message).toContain(`write \`engine_version: '${meant}'\``);
    const complaint = describeProblem({ input: 'engine_version', value: read, why: 'is not offered' });
    expect(complaint).toContain(`YAML reads ${meant} without quotes as the number ${read}`);
  });

  test.each(['16.4', '18.1', '16', '16.10'])('%s is what it says', version => {
    expect(load([{ values: { ...LOCAL, engine_version: version } }]).spec.notices).toEqual([]);
  });

  test('is no number in a file, whose scalars stay text', () => {
    const layers = [{ values: LOCAL }, { source: 'orders.yml', values: { engine_version: '16.1' } }];
    expect(load(layers).spec.notices).toEqual([]);
  });
});

test('a secret that is missing is told as what it usually is', () => {
  const complaint = describeProblem({ input: 'master_password', why: 'is missing: Azure generates none' });
  expect(complaint).toContain('A secret is empty in runs of forks and of Dependabot');
  expect(complaint).toContain('`environment:`');
});
