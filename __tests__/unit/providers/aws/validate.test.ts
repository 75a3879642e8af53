import { validate } from '../../../../src/providers/aws/checks/validate.ts';
import { passwordProblem } from '../../../../src/providers/aws/checks/password.ts';
import { windowsOverlap } from '../../../../src/providers/aws/checks/windows-overlap.ts';
import { load } from '../../../../src/spec/load.ts';

function problemsOf(inputs: Readonly<Record<string, string>>): readonly string[] {
  const { spec, problems } = load([{ values: { cloud_provider: 'aws', name: 'orders', ...inputs } }]);
  return [...problems, ...validate(spec).problems].map(problem => `${problem.input} ${problem.why}`);
}

function noticesOf(inputs: Readonly<Record<string, string>>): readonly string[] {
  const { spec } = load([{ values: { cloud_provider: 'aws', name: 'orders', ...inputs } }]);
  return validate(spec).notices.map(notice => `${notice.severity} ${notice.code} ${notice.input ?? ''}`);
}

test.each<[string, Readonly<Record<string, string>>, RegExp]>([
  ['a name with two hyphens in a row', { name: 'or--ders' }, /^name is not an identifier/],
  ['a class of another cloud', { instance_class: 'db-f1-micro' }, /^instance_class is not a class/],
  [
    'IOPS for gp2',
    { storage_type: 'gp2', allocated_storage: '100', storage_iops: '12000' },
    /^storage_iops can't be chosen for gp2/
  ],
  [
    'IOPS for gp3 below 400 GiB',
    { storage_type: 'gp3', allocated_storage: '100', storage_iops: '12000' },
    /below 400 GiB/
  ],
  [
    'too much throughput for the IOPS',
    { storage_type: 'gp3', allocated_storage: '500', storage_iops: '12000', storage_throughput: '4000' },
    /storage_throughput is too much/
  ],
  ['io1 without IOPS', { storage_type: 'io1', allocated_storage: '200' }, /storage_iops is missing/],
  [
    'a ceiling too near',
    { allocated_storage: '100', max_allocated_storage: '105' },
    /max_allocated_storage is less than a tenth/
  ],
  ['a zone and Multi-AZ', { multi_az: 'true', availability_zone: 'us-east-1a' }, /availability_zone excludes/],
  ['one subnet', { subnet_ids: 'subnet-1' }, /subnet_ids is too few/],
  [
    'windows that overlap',
    { backup_window: '04:30-05:30', maintenance_window: 'sun:04:00-sun:05:00' },
    /backup_window overlaps/
  ],
  [
    'replicas without backups',
    { backup_retention_period: '0', create_read_replica: 'true' },
    /read replicas need them/
  ],
  ['a retention of Performance Insights', { performance_insights_retention_period: '94' }, /is not a retention/],
  ['an interval of enhanced monitoring', { monitoring_interval: '7' }, /monitoring_interval is not an interval/],
  ['the reserved user', { master_username: 'admin' }, /master_username can't be the master user/],
  [
    'a long user name',
    { master_username: 'a_name_of_64'.padEnd(64, 'x') },
    /master_username is not of the allowed form/
  ],
  ['a family of another version', { engine_version: '16', parameter_group_family: 'postgres15' }, /does not fit/],
  ['a parameter that does not exist', { engine_version: '16', parameters: 'shared_bufers: 1GB' }, /shared_buffers/],
  ['a tag of AWS', { tags: 'aws:owner: me' }, /tags holds a key/],
  ['a period between two of CloudWatch', { alarms: 'cpu: {period: 15}' }, /alarms has a period/],
  ['a tag of two lines', { tags: 'Owner: "me\\nyou"' }, /tags holds what RDS does not allow/],
  [
    'a protocol that EC2 does not know',
    { security_group_rules: '- {from_port: 1, to_port: 1, protocol: sctp2, cidr_blocks: [10.0.0.0/8]}' },
    /security_group_rules is not a protocol/
  ],
  [
    'a description that EC2 refuses',
    { security_group_rules: '- {from_port: 1, to_port: 1, description: "Büro <1>", cidr_blocks: [10.0.0.0/8]}' },
    /security_group_rules is a description that EC2 does not take/
  ],
  ['a tag with a bracket', { tags: 'Owner: <me>' }, /tags holds what RDS does not allow/],
  [
    'a version of a password that RDS keeps itself',
    { manage_master_user_password: 'true', master_password_version: '2' },
    /^master_password_version excludes `manage_master_user_password`[^\n]*$/
  ],
  ['a proxy without a login', { enable_proxy: 'true' }, /enable_proxy needs a login/],
  [
    'a purchase of another offering',
    { reserved_offering_id: 'a', confirm_purchase: 'b' },
    /confirm_purchase is not the offering/
  ],
  ['a retention of logs', { log_retention_days: '8' }, /log_retention_days is not a retention/],
  ['an odd period of an alarm', { alarms: 'cpu: {period: 90}' }, /alarms has a period/],
  [
    'an alarm that is watched for long',
    { alarms: 'cpu: {period: 300, evaluation_periods: 289}' },
    /alarms is watched for longer than CloudWatch does/
  ],
  ['a low port', { port: '1000' }, /port is not a port/],
  ['a database of the server itself', { database_name: 'template0' }, /database_name can't be a database/],
  ['a snapshot named with a blank', { snapshot_identifier: 'before release' }, /snapshot_identifier is not a name/],
  [
    'a last snapshot named with two hyphens',
    { final_snapshot_identifier: 'the--last' },
    /final_snapshot_identifier is not/
  ]
])('%s is refused before anything is contacted', (_what, inputs, expected) => {
  expect(problemsOf(inputs).join('\n')).toMatch(expected);
});

test('the advanced example is valid', () => {
  const inputs = {
    engine_version: '14.9',
    instance_class: 'db.r5.xlarge',
    allocated_storage: '500',
    max_allocated_storage: '1000',
    storage_type: 'gp3',
    storage_throughput: '3000',
    storage_iops: '12000',
    backup_window: '03:00-04:00',
    maintenance_window: 'sun:04:00-sun:05:00'
  };
  expect(problemsOf({ ...inputs, alarms: 'cpu: {period: 300, evaluation_periods: 288}' })).toEqual([]);
});

test.each([
  ['03:00-04:00', 'sun:04:00-sun:05:00', false],
  ['03:30-04:01', 'sun:04:00-sun:05:00', true],
  ['23:30-00:30', 'mon:00:00-mon:01:00', true],
  ['23:30-00:30', 'sun:23:45-mon:00:15', true],
  ['00:00-00:30', 'sun:23:00-mon:00:30', true],
  ['12:00-13:00', 'sat:23:00-sun:01:00', false],
  ['12:00-13:00', 'sat:23:00-mon:01:00', true]
])('backups at %s and maintenance at %s: overlapping is %s', (daily, weekly, overlap) => {
  expect(windowsOverlap(daily, weekly)).toBe(overlap);
});

test.each(['short', 'with space in it', 'with/slash/in', 'with@at-sign', 'with"quote"', 'ümläut-password'])(
  'a password like %p is refused, and not repeated',
  password => {
    const [problem] = passwordProblem(password);
    expect(problem?.input).toBe('master_password');
    expect(JSON.stringify(problem)).not.toContain(password);
  }
);

test.each<[Readonly<Record<string, string>>, string]>([
  [{ allowed_cidr_blocks: '0.0.0.0/0', publicly_accessible: 'true' }, 'danger public-exposure allowed_cidr_blocks'],
  [{ allowed_cidr_blocks: '10.0.0.0/8', publicly_accessible: 'true' }, 'warning contradiction publicly_accessible'],
  [{ enable_enhanced_monitoring: 'true' }, 'info value-mapped monitoring_interval'],
  [{ parameters: 'ssl: on' }, 'info value-mapped parameters'],
  [{ engine_version: '14' }, 'warning extended-support engine_version'],
  [{ storage_type: 'standard' }, 'warning legacy storage_type'],
  [{ alarms: 'connections' }, 'info alarm-threshold alarms'],
  [
    {
      enable_proxy: 'true',
      manage_master_user_password: 'true',
      proxy_config: 'default_pool_size: 20',
      parameters: 'max_connections: "200"'
    },
    'info value-mapped proxy_config'
  ]
])('%j causes the notice %s', (inputs, expected) => {
  expect(noticesOf(inputs)).toContain(expected);
});
