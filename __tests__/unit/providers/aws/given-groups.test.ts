import { PROMPT, startAws, type FakeAws } from '../../../clouds/aws/fake-aws.ts';
import { basic } from '../../../support/aws-inputs.ts';
import { awsRun, told } from '../../../support/aws-run.ts';
import { keptAccount } from '../../../support/kept-account.ts';

let cloud: FakeAws;
const existing = keptAccount(
  async () => (cloud = await startAws(PROMPT)),
  async inputs => awsRun(cloud, { ...basic(cloud), ...inputs })
);

const { applied, planned, notices } = told(async inputs => awsRun(cloud, { ...basic(cloud), ...inputs }));

const KEY = 'arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-4000-8000-00000000cccc';

const live = () => cloud.state().instances.get('orders')?.live;

test('groups that are given by name are used as they are', async () => {
  const given = { parameter_group_name: 'Default.Postgres16', option_group_name: 'Team-Postgres-16' };
  await applied(given);
  expect(live()?.OptionGroupMemberships).toEqual([{ OptionGroupName: 'team-postgres-16', Status: 'in-sync' }]);
  expect(live()?.DBParameterGroups?.[0]?.DBParameterGroupName).toBe('default.postgres16');
  expect(await planned(given)).toEqual([]);
});

test('another option group waits for the maintenance window, and is not proposed again meanwhile', async () => {
  await existing({});
  const other = { option_group_name: 'team-postgres-16' };
  expect(await applied(other)).toEqual([
    'update server: option_group "default:postgres-16" → "team-postgres-16" (deferred)'
  ]);
  expect(await planned(other)).toEqual([]);
  cloud.maintenance('orders');
  expect(await planned(other)).toEqual([]);
  const back = { option_group_name: 'default:postgres-16', apply_immediately: 'true' };
  expect(await applied(back)).toHaveLength(1);
  expect(await planned(back)).toEqual([]);
});

test('an upgrade includes an option group of the new version', async () => {
  await existing({ option_group_name: 'team-postgres-16' });
  const up = {
    engine_version: '17',
    allow_major_version_upgrade: 'true',
    apply_immediately: 'true',
    option_group_name: 'team-postgres-17'
  };
  await applied(up);
  expect(live()?.OptionGroupMemberships).toEqual([{ OptionGroupName: 'team-postgres-17', Status: 'in-sync' }]);
  expect(await planned(up)).toEqual([]);
});

test.each([
  [{ parameter_group_name: 'nobodys' }, /parameter_group_name.*does not exist in us-east-1/],
  [{ parameter_group_name: 'default.postgres14' }, /parameter_group_name.*is for 14.*gets 16/],
  [{ option_group_name: 'nobodys' }, /option_group_name.*does not exist in us-east-1/],
  [{ option_group_name: 'team-postgres-14' }, /option_group_name.*is for 14.*gets 16/],
  [{ backup_region: 'us-west-2', replica_kms_key_id: KEY }, /is a key of eu-west-1; allowed: a key of us-west-2/],
  [{ replica_region: 'us-west-2', replica_kms_key_id: KEY }, /is a key of eu-west-1; allowed: a key of us-west-2/],
  [
    { replica_region: 'eu-west-1', backup_region: 'us-west-2', replica_kms_key_id: KEY },
    /is a key of eu-west-1; allowed: an alias that eu-west-1 and us-west-2 have/
  ]
])('%j is refused in the plan', async (given, says) => {
  await expect(planned(given)).rejects.toMatchObject({
    code: 'input-invalid',
    message: expect.stringMatching(says) as string
  });
  expect(cloud.mutations()).toEqual([]);
});

test('a notice names groups that may not be read', async () => {
  cloud.fault({ action: 'DescribeOptionGroups', times: 9, code: 'AccessDenied', status: 403 });
  expect(await notices({ option_group_name: 'team-postgres-16' })).toContain('warning not-checked');
});

describe('peers of the rules', () => {
  const theirs = (): string => [...cloud.state().securityGroups.keys()][0] ?? '';
  const asked = (): Readonly<Record<string, string>> => ({
    allowed_cidr_blocks: '10.0.0.0/16\n2001:DB8::/32',
    allowed_security_group_ids: theirs(),
    allowed_prefix_list_ids: 'pl-0a1b2c3d',
    security_group_rules: JSON.stringify([
      { from_port: '5432', to_port: '5432', cidr_blocks: '192.0.2.0/24, 198.51.100.0/24', description: 'offices' },
      {
        from_port: '6432',
        to_port: '6432',
        ipv6_cidr_blocks: ['2001:db8:1::/48'],
        prefix_list_ids: ['pl-1a1b2c3d'],
        description: 'pooler'
      },
      { from_port: '6432', to_port: '6432', source_security_group_id: theirs(), self: 'true', description: 'pooler' }
    ])
  });
  const rules = (): readonly string[] =>
    [...cloud.state().securityGroups.values()]
      .filter(({ name }) => name === 'orders-db')
      .flatMap(group => [...group.rules.values()].map(one => ({ own: group.id, ...one.rule })))
      .filter(({ IsEgress }) => IsEgress !== true)
      .map(({ own, CidrIpv4, CidrIpv6, PrefixListId, ReferencedGroupInfo: group, FromPort, Description = '' }) => {
        const peer = CidrIpv4 ?? CidrIpv6 ?? PrefixListId ?? (group?.GroupId === own ? 'self' : group?.GroupId);
        return `${peer ?? ''} ${FromPort ?? ''} ${Description}`;
      })
      .toSorted();

  test('are networks of both families, groups, prefix lists and the group itself, and change one by one', async () => {
    await existing(asked());
    const group = theirs();
    const made = [
      '10.0.0.0/16 5432 PostgreSQL from 10.0.0.0/16',
      '192.0.2.0/24 5432 offices',
      '198.51.100.0/24 5432 offices',
      '2001:db8::/32 5432 PostgreSQL from 2001:db8::/32',
      'pl-0a1b2c3d 5432 PostgreSQL from pl-0a1b2c3d',
      '2001:db8:1::/48 6432 pooler',
      'pl-1a1b2c3d 6432 pooler',
      'self 6432 pooler',
      `${group} 5432 PostgreSQL from ${group}`,
      `${group} 6432 pooler`
    ];
    expect(rules()).toEqual(made.toSorted());
    expect(await planned(asked())).toEqual([]);
    const fewer = {
      ...asked(),
      allowed_prefix_list_ids: '[]',
      security_group_rules: asked()['security_group_rules'] ?? ''
    };
    expect(await applied(fewer)).toEqual([
      'update security-group: rules.ingress tcp 5432 pl-0a1b2c3d "PostgreSQL from pl-0a1b2c3d" → null (online)'
    ]);
    const renamed = { ...fewer, security_group_rules: fewer.security_group_rules.replaceAll('pooler', 'PgBouncer') };
    expect(await applied(renamed)).toHaveLength(4);
    expect(rules()).toEqual(
      made
        .filter(one => !one.startsWith('pl-0'))
        .map(one => one.replace('pooler', 'PgBouncer'))
        .toSorted()
    );
  });

  test('are in a group of the VPC of the server, where no input names one', async () => {
    const { vpc_id, subnet_ids, ...rest } = basic(cloud);
    await (await awsRun(cloud, { ...rest, subnet_ids: subnet_ids ?? '', create_security_group: 'false' })).apply();
    const vpcs = (): readonly string[] =>
      [...cloud.state().securityGroups.values()].flatMap(({ name, vpcId }) => (name === 'orders-db' ? [vpcId] : []));
    expect(vpcs()).toEqual([]);
    await (await awsRun(cloud, rest)).apply();
    expect(vpcs()).toEqual([vpc_id]);
  });

  test.each([
    [
      'allowed_security_group_ids',
      'sg-0123456789',
      /names sg-0123456789, which this account does not see in us-east-1/
    ],
    ['security_group_rules', '[{"from_port":"1","to_port":"2"}]', /has no peer/],
    ['allowed_prefix_list_ids', 'office', /allowed: .*such as `pl-/]
  ])('%s: %s is refused in the plan', async (input, value, says) => {
    await expect(planned({ [input]: value })).rejects.toThrow(says);
  });
});
