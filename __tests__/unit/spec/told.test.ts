import { DATABASE_INPUTS, PROVIDERS, RUN_INPUTS } from '../../../src/spec/catalogue.ts';
import { denyPeriod, periodParts } from '../../../src/spec/deny-period.ts';
import { didYouMean } from '../../../src/spec/did-you-mean.ts';
import { aliasesOf } from '../../../src/spec/aliases.ts';
import { INPUT_NAMES, SECRETS } from '../../../src/spec/input-names.ts';
import { holdsLogin, originOf } from '../../../src/spec/input-origins.ts';
import { load, type Layer } from '../../../src/spec/load.ts';
import { insteadOf, OTHER_FORMS, REPLACED } from '../../../src/spec/names-of-others.ts';
import type { Parser, Raw } from '../../../src/spec/parse.ts';
import { describeProblem } from '../../../src/spec/problem.ts';
import { rolePasswords } from '../../../src/spec/role-passwords.ts';
import { sizeOfClass } from '../../../src/spec/sizes.ts';
import { asks, replicaCount } from '../../../src/spec/spec.ts';
import { isObjectName, isReservedName } from '../../../src/spec/sql-objects.ts';
import { unquotedVersion } from '../../../src/spec/unquoted-version.ts';
import { backupWindow, maintenanceWindow, postponement } from '../../../src/spec/windows.ts';
import { expectGolden } from '../../support/golden.ts';
import { failureOf } from '../../support/refusal-in.ts';

/** What is said of inputs, and what is made of them: a line for each. `UPDATE_GOLDENS=1` writes the golden files. */
type Values = Layer['values'];

const spelled = (value: unknown): string => JSON.stringify(value) ?? 'nothing';
const readBy = (parser: Parser<unknown>, raw: Raw): string => {
  const read = parser.parse(raw);
  return `${spelled(raw)}: ${read.ok ? spelled(read.value) : `it ${read.why}`}`;
};

/** Values of the workflow, and of a file, that say something together. */
const TOLD: readonly (readonly [values: Values, file?: Values])[] = [
  [{}],
  [{ name: ' null ' }],
  [{ cloud_provider: 'local' }],
  [{ cloud_provider: ' do ', name: 'a', region: 'nyc3', size: 'x', tier: 'y', zone: 'z' }],
  [{ cloud_provider: 'amazon', name: 'a' }],
  [{ cloud_provider: 'gcp', name: 'a', subscription: 'x', nme: 'b', instance_typ: 'c', monitoring_role_name: 'd' }],
  [{ name: 'a', engine: 'postgres', deletion_protection: 'true', enable_deletion_protection: 'false' }],
  [{ cloud_provider: 'azure', name: 'a', deletion_protection: 'true', zone: '1', availability_zone: '2' }],
  [{ cloud_provider: 'gcp', name: 'a', deletion_protection: 'true', user_password: 'x', root_password: 'y' }],
  [{ name: 'a', allocated_storage: '40', max_allocated_storage: '39' }],
  [{ name: 'a', allocated_storage: '40', max_allocated_storage: '40' }],
  [{ name: 'a', allocated_storage: '40', max_allocated_storage: '0' }],
  [{ name: 'a', read_replica_count: '2', replica_names: 'b' }],
  [{ name: 'a', read_replica_count: '2', create_read_replica: 'true', replica_names: 'b\nc' }],
  [{ name: 'a', subnet_group_name: 'g', subnet_ids: 'subnet-1' }],
  [{ name: 'a', subnet_group_name: 'g', subnet_ids: '[]' }],
  [{ name: 'a', proxy_config: 'pool_mode: session' }],
  [{ name: 'a', master_password_version: '2' }],
  [{ name: 'a', master_password_version: '2', manage_master_user_password: 'true' }],
  [{ name: 'a', master_password_version: '2', manage_master_user_password: 'false' }],
  [{ name: 'a', restore_to_time: 'latest' }],
  [{ name: 'a', restore_to_time: 'latest', restore_source: 'b', restore_from_snapshot: 'c' }],
  [{ name: 'a', comment_group: 'g' }],
  [{ name: 'a', comment_group: 'g', comment_mode: 'new' }],
  [{ name: 'a', comment_group: 'g', comment_mode: 'update' }],
  [{ name: 'a', adopt_existing: 'b' }],
  [{ name: 'a', adopt_existing: 'A' }],
  [{ adopt_existing: 'b' }],
  [{ name: 'a', snapshot_identifier: 's' }],
  [{ name: 'a', snapshot_identifier: 's', command: 'snapshot' }],
  [{ name: 'a', mask_sql: 'select 1' }],
  [{ name: 'a', mask_sql: 'select 1', restore_from_snapshot: 'b' }],
  [{ name: 'a', mask_sql: 'select 1', restore_source: 'b' }],
  [{ name: 'a', mask_sql: 'select 1', command: 'restore-check' }],
  [{ name: 'a', mask_sql: 'select 1', ephemeral: 'clone' }],
  [{ name: 'a', engine_version: ' 16.1 ' }],
  [{ name: 'a', engine_version: '"16"', multi_az: 'yes', storage_type: 'gp33', master_password: 'x\ny' }],
  [{ name: 'a', master_password: { b: 'c' }, tags: '[a]', port: { b: 'c' } }],
  [{ cloud_provider: 'digitalocean', name: 'a', tags: '[a]', maintenance_window: 'sunday' }],
  [
    { name: 'a', tags: 'b: 1\nc: 2', parameters: '[{name: d, value: e}]' },
    { tags: 'b: 3\nf: 4', parameters: 'd: g\nh: i' }
  ],
  [
    { name: 'a', tags: '[', parameters: 'd: e' },
    { tags: 'b: 1', parameters: '[' }
  ],
  [{ name: 'a', tags: 'b: 1' }, { tags: '[' }],
  [{ port: '1' }, { name: 'in-file', port: '0', engine_version: '16.1', multi_az: 'nope' }],
  [{ name: 'a' }, { master_password: 'x', command: 'apply', vpc_id: '${{ vars.V }}', init_sql: 'postgres://a:b@c/d' }],
  [
    { name: 'a' },
    { tags: { 'https://a:b@c': 'd' }, subnet_ids: ['${{ vars.V }}', 'x'], nope: '1', runner_access: 'true' }
  ]
];

test('inputs that do not fit each other are told', () => {
  const told = TOLD.map(([values, file]) => {
    const layers = [{ values }, ...(file === undefined ? [] : [{ source: 'pgkeep.yml', values: file }])];
    const { problems, run, spec, secrets } = load(layers);
    return [
      `${spelled(values)}${file === undefined ? '' : ` in a file ${spelled(file)}`}`,
      ...problems.map(problem => `  ✕ ${describeProblem(problem)}`),
      ...spec.notices.map(({ code, severity, input = '', message }) => `  ! ${severity} ${code} ${input}: ${message}`),
      `  ${spec.provider} ${spec.name} ${spelled({ ...run, ...spec.settings })} from ${spelled(spec.origins)}, secret ${[...secrets].join()}`
    ].join('\n');
  });
  expectGolden('spec-told.txt', `${told.join('\n')}\n`);
});

const NESTED: Readonly<Record<string, readonly Raw[]>> = {
  alarms: [
    'cpu',
    'cpu, connections\nfree_storage',
    '[cpu, nope]',
    'cpu:\nconnections: {threshold: 80}',
    'cpu: {threshold: x, period: 0, evaluation_periods: 1000}',
    'cpu: {threshold: 1.5, period: 10, evaluation_periods: 999, treshold: 1}',
    '[{cpu: x}]',
    'cpu: x'
  ],
  databases: [
    'shop, billing',
    '[shop, {a: b}]',
    'shop:\nbilling: absent\nother: {extensions: "a, b", init_sql: "a.sql, b.sql", connection_limit: "-1"}',
    'shop: {extensions: [a, "b c"], connection_limit: 100000}',
    'shop: {connection_limit: 0}',
    'shop: {extension: a}',
    'postgres: {}',
    'shop: {extensions: {a: b}}',
    '1a:'
  ],
  roles: [
    'app:\nold: absent',
    'app: {access: {shop: write, billing: reed, log: x}}',
    'app: {access: {}, password: x}',
    'app: {access: {shop: owner}, connection_limit: 5, password_version: v2, login: cloud, principal: a@b, kind: user}',
    'app: {login: sso, kind: robot, object_id: x, password_version: "V 2", principal: "a b"}',
    'rds_admin: {access: {postgres: readonly}}',
    'app: x',
    '[app]',
    'a: {constructor: b}',
    'app: {access: {shop: owner, prototype: owner}}'
  ],
  security_group_rules: [
    '- {from_port: 1, to_port: 2, protocol: tcp, cidr_blocks: [10.0.0.0/8]}',
    '- {from_port: 70000, to_port: x, protocol: nope, cidr_blocks: [a]}',
    '- {from_port: 6000, to_port: 5000, cidr_blocks: [10.0.0.0/8]}',
    '- {from_port: 8, to_port: 0, protocol: icmp, cidr_blocks: [10.0.0.0/8]}',
    '- from_port: 1\n- x\n- 1\n- 2\n- 3\n- 4\n- 5',
    'a: b'
  ],
  proxy_config: [
    'pool_mode: session\ndefault_pool_size: 5',
    'pool_mode: fast\ndefault_pool_size: 0\nmax_client_conn: x',
    '[a]',
    'a'
  ],
  log_sink: [
    'server: a\nport: 514\ntls: false',
    'server: a\nport: 70000',
    'type: opensearch\nindex_prefix: a\nindex_days_max: 3',
    'server: a',
    'type: x',
    '[]'
  ],
  tags: [
    'a: {b: c}',
    'a: b',
    '[a]',
    'a: [b]',
    '# nothing',
    'null',
    'a: 1\nb: 2\na: 3',
    '&a {b: *a}',
    `a: "${'x'.repeat(70)}`
  ],
  parameters: [
    '- {name: a, value: b, aply_method: immediate}',
    '- {name: a, value: b, apply_method: [x]}',
    '- {name: a}',
    '- a',
    '- {name: a, value: b}\n- {name: a, value: c}'
  ],
  ttl: ['90m', '2 h', '3d', '1w', '99999m', '100000m', '0d'],
  init_sql: [
    'a.sql\nb/*.sql',
    'a.sql, b.sql',
    'select 1',
    '',
    'a.sql\nselect 1',
    '- a.sql\n- b',
    { a: 'b' },
    ['a', ['b']]
  ],
  allowed_cidr_blocks: [
    '10.0.0.0/8, 10.0.0.0/8',
    '::1',
    '2001:DB8::/32',
    '10.0.0.1/8',
    '2001:db8::1/32',
    '10.0.0.0/33',
    '10.0.0.0/x',
    '1.2.3/8'
  ],
  runner_address: ['203.0.113.7/32', '0.1.2.3', '255.255.255.255', '224.0.0.1', '::1', '203.0.113.007', '0.0.0.0'],
  runner_address_service: [
    'https://a',
    'http://127.0.0.1:1',
    'http://[::1]',
    'http://localhost',
    'http://a',
    'https://u@a',
    'ftp://a',
    'a'
  ],
  adopt_existing: ['True', 'a-b', '-a', `a${'b'.repeat(97)}`, `a${'b'.repeat(98)}`],
  runner_access: ['job', 'TRUE', 'False', 'step'],
  password_seed: ['x'.repeat(31), 'x'.repeat(32), ['a']]
};

test('nested values are read, or refused with the place', () => {
  const parsers: Readonly<Record<string, Parser<unknown>>> = { ...RUN_INPUTS, ...DATABASE_INPUTS };
  const told = Object.entries(NESTED).flatMap(([input, raws]) => {
    const parser = parsers[input];
    if (parser === undefined) throw new Error(`There is no input ${input}`);
    return [input, ...raws.map(raw => `  ${readBy(parser, raw)}`)];
  });
  const windows = [
    readBy(backupWindow(), '23:59'),
    ...['23:00-01:00', '01:00-01:00', '1:00'].map(raw => readBy(backupWindow(), raw)),
    ...['SUN:23:59-mon:00:00', 'sun:00:00-sun:00:00', 'sun:00:00-mon:00:00'].map(raw =>
      readBy(maintenanceWindow(), raw)
    ),
    ...['next-window', 'undo', 'latest', '2026-12-01T03:00:00+01:00', 'x'].map(raw => readBy(postponement(), raw)),
    ...[
      '11-20 to 02-18',
      '11-20 to 02-17',
      '2027-11-20 to 2028-02-29 at 23:59',
      '02-29 to 03-01',
      '12-31 to 01-01 at 00:00:60',
      '01-01 to 01-01',
      '[]',
      '[1]',
      '{"start_date": "01-01", "end_date": "01-02"}',
      '{"start_date": 1}',
      '[',
      ''
    ].map(raw => readBy(denyPeriod(), raw)),
    ...['01-01 to 01-02 at 00:00:00', '01-01 to 01-02', 'none'].map(
      one => `parts of ${one}: ${spelled(periodParts(one))}`
    )
  ];
  expectGolden('spec-nested.txt', `${[...told, ...windows].join('\n')}\n`);
});

test('names are known, nearly known, or those of others', () => {
  const others = [...new Set(REPLACED.map(({ name }) => name))].flatMap(name =>
    [...Map.groupBy(PROVIDERS, provider => insteadOf(name, provider))].map(
      ([instead = 'nothing', on]) => `${name}${on.length < PROVIDERS.length ? ` on ${on.join(', ')}` : ''}: ${instead}`
    )
  );
  const words = [
    'nme',
    'enigne_version',
    'password_id',
    'kms_key_arn',
    'ab',
    'abc',
    'subnet_id',
    'vpc',
    'multi-az',
    'MULTI_AZ',
    'zzz'
  ];
  const lines = [
    ...others,
    spelled(OTHER_FORMS),
    ...words.map(word => `${word}: ${didYouMean(word, INPUT_NAMES) ?? 'nothing'}`),
    ...['abcd', 'abcdefghi'].flatMap(word =>
      [0, 1, 2, 3].map(at => `${word} ${at}: ${didYouMean(word, [`${word.slice(at)}${'z'.repeat(at)}`])}`)
    ),
    ...Object.keys(DATABASE_INPUTS).flatMap(input => {
      const also = aliasesOf(input).map(({ name, on }) => `${name} (${on?.join() ?? 'all'})`);
      return also.length === 0 ? [] : [`${input}: ${also.join(', ')}`];
    }),
    `secrets: ${SECRETS.join(' ')}`,
    `in files: ${INPUT_NAMES.filter(name => originOf(name) === 'file').join(' ')}`,
    `by the author: ${INPUT_NAMES.filter(name => originOf(name) === 'with').join(' ')}`,
    ...['a://b:c@d', 'a://b@c', 'a://:c@d', ['x', { 'a://b:c@d': 'e' }], { e: ['a://b:c@d'] }, { e: 'f' }].map(
      (raw: Raw) => `${spelled(raw)} holds a login: ${holdsLogin(raw)}`
    ),
    ...[
      'public',
      'PG_x',
      'template2',
      'rdsadmin',
      'a',
      'a b',
      '1a',
      `a${'b'.repeat(51)}`,
      `a${'b'.repeat(52)}`,
      'doadmin',
      'doadmins'
    ].map(name => `${name}: ${isObjectName(name)} ${isReservedName(name)}`)
  ];
  expectGolden('spec-names.txt', `${lines.join('\n')}\n`);
});

test('versions, sizes and counts are worked out', async () => {
  const versions = Array.from({ length: 9 }, (_, at) => 10 + at).flatMap(major =>
    Array.from({ length: 9 }, (_, at) => unquotedVersion('engine_version', `${major}.${at + 1}`) ?? [])
  );
  const sizes = ['t', 'm', 'c', 'r', 'x'].flatMap(family =>
    ['micro', 'small', 'medium', 'large', 'xlarge', '2xlarge', '16xlarge', 'xxlarge'].map(
      size => `db.${family}6gd.${size}`
    )
  );
  const replicas = [{}, { create_read_replica: false, read_replica_count: 2 }, { create_read_replica: true }] as const;
  const more = [
    { create_read_replica: true, replica_names: ['a', 'b'] },
    { create_read_replica: true, read_replica_count: 3, replica_names: ['a'] }
  ] as const;
  const asked = asks({ tags: { a: '1', 'b.c': '2' }, port: 0, list: ['a'] });
  const refused = async (text: string): Promise<string> => failureOf(async () => void rolePasswords(text));
  const lines = [
    ...versions.flat(),
    ...[...sizes, 'db.t.micro', 'db.t3', 'DB.T3.MICRO'].map(size => `${size}: ${spelled(sizeOfClass(size))}`),
    ...[...replicas, ...more].map(one => `${spelled(one)}: ${spelled(replicaCount(one))}`),
    ...[
      ['tags', 'tags.a'],
      ['tags', 'tags.ab'],
      ['tags', 'tags.b.c'],
      ['tags', 'tags.b'],
      ['tags', 'tags'],
      ['port', 'port'],
      ['port', 'port.x'],
      ['list', 'list.a'],
      ['no', 'no'],
      ['no', 'no.a']
    ].map(([input = '', field = '']) => `${input} asks for ${field}: ${asked(input, field)}`),
    spelled([...rolePasswords('a: b\nc: d')]),
    spelled([...rolePasswords(undefined)]),
    await refused('a: {b: c}'),
    await refused('x')
  ];
  expectGolden('spec-numbers.txt', `${lines.join('\n')}\n`);
});
