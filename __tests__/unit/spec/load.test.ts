import { load, type Layer } from '../../../src/spec/load.ts';
import { describeProblem } from '../../../src/spec/problem.ts';
import { asks, replicaCount } from '../../../src/spec/spec.ts';

function given(values: Layer['values']): ReturnType<typeof load> {
  return load([{ values: { name: 'orders', ...values } }]);
}

function complaints(loaded: ReturnType<typeof load>): readonly string[] {
  return loaded.problems.map(describeProblem);
}

test('unset inputs are missing from the settings: they are unmanaged', () => {
  const { spec, problems } = given({ cloud_provider: 'local' });
  expect(problems).toEqual([]);
  expect(spec).toMatchObject({ provider: 'local', name: 'orders', environment: '', settings: { name: 'orders' } });
  expect(Object.keys(spec.settings)).toEqual(['name']);
});

test.each([
  ['instance_class', 'DBInstanceClass', true],
  ['port', 'Port', false],
  ['parameters', 'parameters.rds.force_ssl', true],
  ['parameters', 'parameters.rds', false],
  ['parameters', 'parameters.work_mem', false],
  ['alarms', 'alarms.cpu.threshold', true],
  ['alarms', 'threshold', true],
  ['databases', 'databases.app', true]
])('whether %s asks for %s: %s', (input, field, asked) => {
  const settings = {
    instance_class: 'a',
    parameters: { 'rds.force_ssl': '0' },
    alarms: { cpu: {} },
    databases: ['app']
  };
  expect(asks(settings)(input, field)).toBe(asked);
});

test('the provider is aws unless another one is named, and do means digitalocean', () => {
  expect(given({}).spec.provider).toBe('aws');
  expect(given({ cloud_provider: 'do' }).spec.provider).toBe('digitalocean');
});

test('reports all problems at once, each with value, allowed values and a suggestion', () => {
  const found = complaints(
    load([
      {
        values: {
          cloud_provider: 'locl',
          alocated_storage: '20',
          multi_az: 'yes',
          engine_version: '17.x',
          allocated_storage: 'lots'
        }
      }
    ])
  );
  expect(found).toEqual([
    '`alocated_storage`: is not an input of this action; did you mean `allocated_storage`?',
    '`cloud_provider`: "locl" is not one of them; allowed: `aws`, `gcp`, `azure`, `digitalocean`, `local`, `do`; did you mean `local`?',
    '`engine_version`: "17.x" is not of the allowed form; allowed: a PostgreSQL version such as `16` or `16.4`',
    '`allocated_storage`: "lots" is not a whole number; allowed: a whole number from 1 to 65536',
    '`multi_az`: "yes" is neither; allowed: `true` or `false`; did you mean `true`?',
    expect.stringContaining('`name`: is missing')
  ]);
});

describe('aliases', () => {
  test.each([
    ['enable_encryption', 'true', 'storage_encrypted', true, 'aws'],
    ['performance_insights_enabled', 'true', 'enable_performance_insights', true, 'aws'],
    ['database_version', 'POSTGRES_16', 'engine_version', '16', 'gcp'],
    ['tier', 'db-f1-micro', 'instance_class', 'db-f1-micro', 'gcp'],
    ['disk_size', '20', 'allocated_storage', 20, 'gcp'],
    ['backup_time', '03:00', 'backup_window', '03:00-04:00', 'gcp'],
    ['server_version', '16', 'engine_version', '16', 'azure'],
    ['storage_mb', '32768', 'allocated_storage', 32, 'azure'],
    ['storage_mb', '5120', 'allocated_storage', 5, 'azure'],
    ['backup_retention_days', '7', 'backup_retention_period', 7, 'azure']
  ])('%s: %s means %s: %s', (alias, raw, means, value, cloud_provider) => {
    const { spec, problems } = given({ cloud_provider, [alias]: raw });
    expect(problems).toEqual([]);
    expect(spec.settings).toMatchObject({ [means]: value });
    expect(spec.origins).toMatchObject({ [means]: alias });
  });

  test('two that disagree are a problem that names both', () => {
    expect(complaints(given({ cloud_provider: 'gcp', tier: 'db-f1-micro', instance_type: 'db-g1-small' }))).toEqual([
      '`instance_type`: "db-g1-small" disagrees with `tier` (db-f1-micro): the two mean the same thing; allowed: one of the two'
    ]);
  });

  test('two that agree in other spellings are valid', () => {
    const { spec, problems } = given({ cloud_provider: 'azure', storage_mb: '32768', allocated_storage: '32' });
    expect(problems).toEqual([]);
    expect(spec.settings.allocated_storage).toBe(32);
  });

  test("another cloud's input has no effect, with a notice", () => {
    const { spec, problems } = given({ cloud_provider: 'local', tier: 'db-f1-micro', aws_region: 'eu-west-1' });
    expect(problems).toEqual([]);
    expect(spec.settings).toEqual({ name: 'orders' });
    expect(spec.notices.map(notice => [notice.code, notice.input])).toEqual([
      ['other-provider', 'aws_region'],
      ['other-provider', 'tier']
    ]);
  });
});

describe('layers', () => {
  test('the nearest wins, and tags and parameters are merged key by key', () => {
    const { spec } = load([
      { values: { name: 'orders', tags: 'Team: web' } },
      {
        source: 'pgkeep.yml (environments.dev)',
        values: { allocated_storage: '20', tags: { Team: 'none', Harness: 'dev' } }
      },
      {
        source: 'pgkeep.yml',
        values: { allocated_storage: '500', multi_az: 'true', parameters: { work_mem: '8MB' }, tags: { Owner: 'a' } }
      }
    ]);
    expect(spec.settings).toMatchObject({
      allocated_storage: 20,
      multi_az: true,
      parameters: { work_mem: '8MB' },
      tags: { Owner: 'a', Harness: 'dev', Team: 'web' }
    });
  });

  test('a problem in a file names the file', () => {
    const loaded = load([
      { values: { name: 'orders' } },
      { source: 'pgkeep.yml', values: { multi_az: 'maybe', nmae: 'x' } }
    ]);
    expect(complaints(loaded)).toEqual([
      '`nmae` (in pgkeep.yml): is not an input of this action; did you mean `name`?',
      '`multi_az` (in pgkeep.yml): "maybe" is neither; allowed: `true` or `false`'
    ]);
  });

  test('a password in a file is refused, and not shown', () => {
    const loaded = load([
      { values: { name: 'orders' } },
      { source: 'pgkeep.yml', values: { master_password: 'hunter2' } }
    ]);
    expect(complaints(loaded).join()).toContain('must not be kept in a file');
    expect(JSON.stringify(loaded)).not.toContain('hunter2');
  });
});

test('secrets are kept apart from the settings', () => {
  const { spec, secrets } = given({ master_password: 'hunter2 "quoted"' });
  expect(secrets.get('master_password')).toBe('hunter2 "quoted"');
  expect(spec.settings.master_password).toBe(true);
  expect(JSON.stringify(spec)).not.toContain('hunter2');
});

describe('inputs that go together', () => {
  test.each([
    [{ allocated_storage: '100', max_allocated_storage: '50' }, /`max_allocated_storage`.*less than/],
    [{ read_replica_count: '2' }, /`read_replica_count`.*create_read_replica: true/],
    [{ create_read_replica: 'true', replica_names: 'reader\nOrders' }, /"Orders" is the `name` of the server itself/],
    [{ create_read_replica: 'true', replica_names: 'reader, Reader' }, /"Reader" is there twice/],
    [{ proxy_config: '{"pool_mode": "transaction"}' }, /`proxy_config`.*enable_proxy: true/],
    [{ restore_to_time: 'latest' }, /`restore_to_time`.*restore_source/],
    [{ restore_from_snapshot: 'a', restore_source: 'b' }, /`restore_source`.*excludes/],
    [{ master_password_version: '2' }, /`master_password_version`.*no effect without `master_password`/],
    [{ master_password: 'a long one', master_password_version: 'Two' }, /`master_password_version`.*allowed: 1–32 of/]
  ])('%j is refused', (values, why) => {
    expect(complaints(given(values)).join()).toMatch(why);
  });

  test.each([
    [{ allocated_storage: '100', max_allocated_storage: '0' }],
    [{ read_replica_count: '2', create_read_replica: 'false' }]
  ])('%j is valid', values => {
    expect(complaints(given(values))).toEqual([]);
  });
});

test.each([
  [{}, undefined],
  [{ create_read_replica: 'true' }, 1],
  [{ create_read_replica: 'true', read_replica_count: '3' }, 3],
  [{ create_read_replica: 'false', read_replica_count: '3' }, 0]
])('%j asks for %s replicas', (values, count) => {
  expect(replicaCount(given(values).spec.settings)).toBe(count);
});

test("the module's own nested inputs are read by their schema", () => {
  const rules =
    '[{"type":"ingress","from_port":5432,"to_port":5432,"protocol":"tcp","cidr_blocks":["10.0.0.0/16"],"description":"VPC","self":null}]';
  const { spec, problems } = given({
    security_group_rules: rules,
    enable_proxy: 'true',
    proxy_config: 'pool_mode: transaction\ndefault_pool_size: 20\nmax_client_conn: 100'
  });
  expect(problems).toEqual([]);
  expect(spec.settings.security_group_rules).toHaveLength(1);
  expect(spec.settings.proxy_config).toEqual({ pool_mode: 'transaction', default_pool_size: 20, max_client_conn: 100 });
  const networks = (one: string): string =>
    JSON.stringify([{ from_port: '5432', to_port: '5432', cidr_blocks: [one] }]);
  const spelled = given({ security_group_rules: networks('2001:DB8:0::/32') });
  expect(spelled.spec.settings.security_group_rules?.[0]?.cidr_blocks).toEqual(['2001:db8::/32']);
  expect(complaints(given({ security_group_rules: networks('10.0.0.1/8') })).join()).toMatch(/has host bits set/);
  expect(complaints(given({ enable_proxy: 'true', proxy_config: 'pool_mode: fast' })).join()).toMatch(
    /at `pool_mode`: is not one of/
  );
});

test('mask_sql says where it masks nothing, and warns of a copy that stays as it is', () => {
  const said = (values: Layer['values']): readonly string[] =>
    given({ mask_sql: 'update customer set card = null', ...values })
      .spec.notices.filter(({ code }) => code === 'not-masked')
      .map(({ severity }) => severity);
  expect(said({ command: 'apply' })).toEqual(['info']);
  expect(said({ command: 'apply', restore_source: 'production' })).toEqual(['warning']);
  expect(said({ command: 'restore-check' })).toEqual([]);
  expect(said({ ephemeral: 'clone', base_database: 'production' })).toEqual([]);
});
