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
    ['alarms', 'cpu, connections', { cpu: {}, connections: {} }]
  ])('in `%s` is read', (input, given, meant) => {
    expect(settingsOf({ [input]: given })).toMatchObject({ [input]: meant });
  });

  test('is refused where an item may hold one, with the reason', () => {
    expect(complaintsOf({ init_sql: 'db/schema.sql, db/seed.sql' })).toEqual([
      expect.stringContaining('has a comma, which an item may hold: write one item a line, or a YAML list')
    ]);
    expect(complaintsOf({ deploy_branches: 'main,release' })[0]).toContain('write one item a line');
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
    ]
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
  });
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
