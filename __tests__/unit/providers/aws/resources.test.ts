import type { CreationWork, Observed, ResourceType } from '../../../../src/engine/resource.ts';
import { markFor, type Mark } from '../../../../src/engine/ownership.ts';
import type { Value } from '../../../../src/engine/value.ts';
import { ProviderError, type FailureKind } from '../../../../src/errors.ts';
import { markTags, toList } from '../../../../src/providers/aws/api/tags.ts';
import type { AwsContext } from '../../../../src/providers/aws/context.ts';
import { TYPES } from '../../../../src/providers/aws/provider.ts';
import { contextOf, NOW, TARGET, type Account } from '../../../support/aws-answers.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { fakeContext } from '../../../support/fake-context.ts';
import { expectGolden } from '../../../support/golden.ts';
import { failureOf } from '../../../support/refusal-in.ts';

/**
 * What each supporting resource is observed as, for answers of AWS that an account seldom gives; and each request that
 * makes, changes or removes one. No fake is asked. `UPDATE_GOLDENS=1` writes the golden file, to be read.
 */
type With = Readonly<Record<string, string>>;
type Answers = NonNullable<Account['calls']>;

const MARK = markFor(TARGET);
const OURS = markTags(MARK);
const OTHERS = markTags({ ...MARK, repository: 'acme/other' } satisfies Mark);
const [ours, others, none] = [toList({ ...OURS, Team: 'shop', 'aws:x': '1' }), toList(OTHERS), []];

interface Scene {
  readonly title: string;
  readonly type: string;
  readonly address: string;
  readonly given?: With;
  readonly calls?: Answers;
  readonly state?: Answers;
  readonly offerings?: Answers;
  readonly values?: Readonly<Record<string, Value>>;
  readonly observed?: Partial<Observed>;
  readonly changes?: readonly object[];
  /** Changes are applied at once, with a restart where one is needed. */
  readonly now?: boolean;
}

function typeOf(name: string): ResourceType<AwsContext> {
  const found = TYPES.find(({ type }) => type === name);
  if (found === undefined) throw new Error(`no type ${name}`);
  return found;
}

const failing = (kind: FailureKind): ProviderError => new ProviderError('AWS refused it', { kind });

/** A reading: the observed resources, or why there are none. */
async function seen(scene: Scene): Promise<readonly string[]> {
  const { title, type, given = {}, calls = {}, state = {}, offerings = {} } = scene;
  const heard: string[] = [];
  const lines: string[] = [];
  const context = contextOf(given, { calls, offerings, heard, state: { looksFor: true, ...state } });
  const failed = await failureOf(async () => {
    for (const { ownership, ...one } of await typeOf(type).observe(context)) {
      lines.push(
        `  ${ownership.kind}${JSON.stringify(ownership).includes('"unfinished":true') ? ', unfinished' : ''} ${JSON.stringify(one)}`
      );
    }
  });
  return [`${type}, ${title}: ${failed === '' ? lines.length : failed}`, ...lines, ...heard.map(line => `  ? ${line}`)];
}

/** The requests of one way to change it. */
async function sent(way: 'create' | 'update' | 'remove', scene: Scene): Promise<readonly string[]> {
  const { title, type, address, given = {}, calls = {}, state = {}, offerings = {}, values = {}, changes = [] } = scene;
  const heard: string[] = [];
  const [now, execution] = [scene.now ?? false, fakeContext({ clock: new FakeClock(NOW.toISOString()) })];
  const account = { calls, offerings, heard, state, execution, applyImmediately: now, allowRestart: now };
  const context = contextOf(given, account);
  const observed =
    way === 'create' ? undefined : { ownership: { kind: 'ours' }, facts: {}, fields: {}, ...scene.observed };
  const foundExisting = (): void => context.execution.log.info('to be compared with the plan');
  const common = { address, values, changes, observed, mark: MARK, execution: context.execution };
  const work = { ...common, foundExisting } as unknown as CreationWork;
  let facts: unknown;
  const failed = await failureOf(async () => {
    facts = await typeOf(type)[way](context, work);
  });
  const known = new Map<string, number>();
  const steady = (line: string): string =>
    line
      .replaceAll(
        /[\da-f]{8}-[\da-f]{4}-4[\da-f-]{21}/g,
        id => `<id ${known.set(id, known.get(id) ?? known.size + 1).get(id) ?? 0}>`
      )
      .replaceAll(/(?<=password\\+":\\+")[^\\]{20,}/g, '<password>');
  return [
    `${way} ${type}, ${title}: ${steady(failed === '' ? (JSON.stringify(facts) ?? 'done') : failed)}`,
    ...heard.map(line => `  > ${steady(line)}`),
    ...new Set(execution.lines.map(line => `  ${line.replace(/\d+ (?:s|min)(?: \d+ s)?,/, '<time>,')}`))
  ];
}

const SUBNETS: Scene = { title: '', type: 'subnet-group', address: 'subnet-group' };
const GROUP: Scene = { title: '', type: 'security-group', address: 'security-group' };
const PARAMETERS: Scene = { title: '', type: 'parameter-group', address: 'parameter-group/postgres16' };
const ROLE: Scene = { title: '', type: 'monitoring-role', address: 'monitoring-role' };
const PROXY_ROLE: Scene = { title: '', type: 'proxy-role', address: 'proxy-role' };
const SECRET: Scene = { title: '', type: 'proxy-secret', address: 'proxy-secret' };
const PROXY: Scene = { title: '', type: 'proxy', address: 'proxy' };
const ALARM: Scene = { title: '', type: 'alarm', address: 'alarm/cpu' };
const LOG: Scene = { title: '', type: 'log-group', address: 'log-group/postgresql' };
const BACKUPS: Scene = { title: '', type: 'backup-replication', address: 'backup-replication' };
const ROLE_SECRET: Scene = { title: '', type: 'role-secret', address: 'role-secret/app' };
const REPLICA: Scene = { title: '', type: 'replica', address: 'replica/1' };
const SERVER: Scene = { title: '', type: 'server', address: 'server' };

const TAGGED = { 'tags.Team': 'shop', 'tags.Old': null };
const ADOPTED = { ownership: { kind: 'unmarked' } } as const;

function tagsOf(of: string): unknown {
  return of === 'ours' ? { ...OURS, Team: 'shop' } : of === 'others' ? OTHERS : {};
}

async function network(): Promise<readonly string[]> {
  const subnets = {
    DBSubnetGroupName: 'orders-subnets',
    DBSubnetGroupArn: 'arn:group',
    VpcId: 'vpc-1',
    Subnets: [{ SubnetIdentifier: 'b' }, {}, { SubnetIdentifier: 'a' }]
  };
  const answer = { DescribeDBSubnetGroups: { DBSubnetGroups: [subnets] } };
  const rule = (id: string, more: object): object => ({
    SecurityGroupRuleId: id,
    IpProtocol: 'tcp',
    FromPort: 5432,
    ToPort: 5432,
    ...more
  });
  const rules = [
    rule('r1', { CidrIpv4: '10.0.0.0/16', Tags: ours, Description: 'ours' }),
    rule('r2', { CidrIpv4: '10.1.0.0/16', Description: 'of others, as wanted' }),
    rule('r3', { CidrIpv4: '10.2.0.0/16' }),
    rule('r4', { CidrIpv4: '10.3.0.0/16', Tags: others }),
    rule('r5', { CidrIpv4: '0.0.0.0/0', IpProtocol: '-1', IsEgress: true }),
    rule('r6', { CidrIpv6: '::/0', IpProtocol: '-1', IsEgress: true }),
    rule('r7', { CidrIpv4: '198.51.100.7/32', Tags: toList({ 'pgkeep:runner': 'x' }) }),
    rule('r8', {}),
    rule('', { CidrIpv6: '::/0', IpProtocol: 'tcp', IsEgress: true, Tags: ours, SecurityGroupRuleId: undefined })
  ];
  const given = { allowed_cidr_blocks: '10.0.0.0/16\n10.1.0.0/16' };
  const seenWith = (securityGroups: readonly object[], more: With = {}): Partial<Scene> => ({
    given: { ...given, ...more },
    state: { securityGroups, main: undefined },
    calls: { DescribeSecurityGroupRules: { SecurityGroupRules: rules } }
  });
  const group = (GroupId: string | undefined, VpcId: string, Tags: readonly object[]): object => ({
    GroupId,
    VpcId,
    Tags
  });
  const wanted = {
    'rules.ingress tcp 5432 10.0.0.0/16': 'a',
    'rules.ingress tcp 5432 sg-9': 'b',
    'rules.ingress tcp 5432 self': 'c',
    'rules.ingress tcp 5432 pl-1': 'd',
    'rules.egress -1 all ::/0': 'e'
  };
  const ruleIds = Object.fromEntries(Object.keys(wanted).map((key, at) => [key.slice(6), `r${at}`]));
  const gone = Object.fromEntries(Object.keys(wanted).map(key => [key, null]));
  const facts = (more: object = {}): Partial<Observed> => ({ facts: { id: 'sg-own', ruleIds, ...more } });
  const added = { 'rules.ingress tcp 5432 10.8.0.0/16': 'new', ...gone };
  return (
    await Promise.all([
      seen({ ...SUBNETS, title: 'ours', calls: answer, state: { tags: tagsOf('ours') } }),
      seen({ ...SUBNETS, title: 'of others', calls: answer, state: { tags: tagsOf('others') } }),
      seen({ ...SUBNETS, title: 'gone meanwhile', calls: answer }),
      seen({ ...SUBNETS, title: 'without an ARN', calls: { DescribeDBSubnetGroups: { DBSubnetGroups: [{}] } } }),
      seen({ ...SUBNETS, title: 'none', calls: { DescribeDBSubnetGroups: failing('not-found') } }),
      seen({
        ...SUBNETS,
        title: 'denied',
        given: { subnet_ids: 'subnet-11111111' },
        calls: { DescribeDBSubnetGroups: failing('denied') }
      }),
      seen({ ...SUBNETS, title: 'denied, not asked for', calls: { DescribeDBSubnetGroups: failing('denied') } }),
      seen({ ...SUBNETS, title: 'not looked for', state: { looksFor: false } }),
      sent('create', {
        ...SUBNETS,
        title: 'new',
        values: { subnet_ids: ['a', 1, 'b'], ...TAGGED },
        calls: { CreateDBSubnetGroup: { DBSubnetGroup: subnets } }
      }),
      sent('create', {
        ...SUBNETS,
        title: 'there',
        values: { subnet_ids: ['a'] },
        calls: { ...answer, CreateDBSubnetGroup: failing('already-exists') },
        state: { tags: tagsOf('ours') }
      }),
      sent('create', {
        ...SUBNETS,
        title: 'there, of others',
        values: { subnet_ids: ['a'] },
        calls: { ...answer, CreateDBSubnetGroup: failing('already-exists') },
        state: { tags: tagsOf('others') }
      }),
      sent('update', { ...SUBNETS, title: 'subnets', values: { subnet_ids: ['a', 'c'] } }),
      sent('update', { ...SUBNETS, title: 'tags', values: TAGGED, observed: { facts: { arn: 'arn:group' } } }),
      sent('update', { ...SUBNETS, title: 'adopted', observed: { facts: { arn: 'arn:group' }, ...ADOPTED } }),
      sent('remove', SUBNETS),
      sent('remove', { ...SUBNETS, title: 'gone', calls: { DeleteDBSubnetGroup: failing('not-found') } }),
      seen({ ...GROUP, title: 'ours', ...seenWith([group('sg-2', 'vpc-2', none), group('sg-1', 'vpc-1', ours)]) }),
      seen({ ...GROUP, title: 'of others', ...seenWith([group('sg-1', 'vpc-1', others)]) }),
      seen({
        ...GROUP,
        title: 'in another VPC',
        ...seenWith([group('sg-1', 'vpc-11111111', ours)], { vpc_id: 'vpc-22222222' })
      }),
      seen({
        ...GROUP,
        title: 'unmarked, in the VPC',
        ...seenWith([group('sg-1', 'vpc-22222222', none)], { vpc_id: 'vpc-22222222' })
      }),
      seen({ ...GROUP, title: 'without an id', ...seenWith([group(undefined, 'vpc-1', ours)]) }),
      sent('create', {
        ...GROUP,
        title: 'new',
        values: { vpc_id: 'vpc-1', ...wanted, ...TAGGED },
        calls: { CreateSecurityGroup: { GroupId: 'sg-new' } }
      }),
      sent('create', { ...GROUP, title: 'in the default VPC', calls: { CreateSecurityGroup: { GroupId: 'sg-new' } } }),
      sent('create', {
        ...GROUP,
        title: 'there',
        calls: {
          CreateSecurityGroup: failing('already-exists'),
          DescribeSecurityGroups: { SecurityGroups: [group('sg-1', 'vpc-1', ours)] }
        }
      }),
      sent('create', {
        ...GROUP,
        title: 'with a rule that is there',
        values: wanted,
        calls: { CreateSecurityGroup: { GroupId: 'sg-new' }, AuthorizeSecurityGroupIngress: failing('already-exists') }
      }),
      sent('update', { ...GROUP, title: 'descriptions', values: { ...wanted, ...TAGGED }, observed: facts() }),
      sent('update', { ...GROUP, title: 'rules', values: added, observed: facts() }),
      sent('update', {
        ...GROUP,
        title: 'rules of a full group',
        values: added,
        observed: facts({ ruleCounts: { 'ingress IPv4': 60 } })
      }),
      sent('update', {
        ...GROUP,
        title: 'rules of a group with one left',
        values: added,
        observed: facts({ ruleCounts: { 'ingress IPv4': 59, 'egress IPv4': 99 } })
      }),
      sent('update', {
        ...GROUP,
        title: 'rules that are gone',
        values: added,
        observed: facts(),
        calls: { RevokeSecurityGroupIngress: failing('not-found'), RevokeSecurityGroupEgress: failing('not-found') }
      }),
      sent('remove', { ...GROUP, observed: facts() }),
      sent('remove', { ...GROUP, title: 'without an id' }),
      sent('remove', {
        ...GROUP,
        title: 'in use',
        observed: facts(),
        calls: {
          DeleteSecurityGroup: failing('busy'),
          DescribeNetworkInterfaces: {
            NetworkInterfaces: [
              { NetworkInterfaceId: 'eni-1', Attachment: { InstanceId: 'i-1' }, Description: 'words' },
              { NetworkInterfaceId: 'eni-2', Description: 'words' },
              { NetworkInterfaceId: 'eni-3' },
              { NetworkInterfaceId: 'eni-4', RequesterId: 'amazon-rds' },
              { NetworkInterfaceId: 'eni-5', Description: 'RDSNetworkInterface' },
              { NetworkInterfaceId: 'eni-6', Description: 'Created by DBProxy' }
            ]
          },
          DescribeDBProxies: {
            DBProxies: [
              { DBProxyName: 'orders-proxy', VpcSecurityGroupIds: ['sg-own'] },
              { DBProxyName: 'a', VpcSecurityGroupIds: ['sg-own'] },
              { DBProxyName: 'b' }
            ]
          },
          DescribeSecurityGroups: {
            SecurityGroups: [
              { GroupId: 'sg-own', GroupName: 'orders-db' },
              { GroupId: 'sg-7', GroupName: 'web' }
            ]
          }
        }
      }),
      sent('remove', {
        ...GROUP,
        title: 'in use, unreadable',
        observed: facts(),
        calls: {
          DeleteSecurityGroup: failing('busy'),
          DescribeNetworkInterfaces: failing('denied'),
          DescribeDBProxies: failing('transient'),
          DescribeSecurityGroups: failing('invalid')
        }
      })
    ])
  ).flat();
}

async function settings(): Promise<readonly string[]> {
  const group = {
    DBParameterGroupName: 'orders-postgres16',
    DBParameterGroupFamily: 'postgres16',
    DBParameterGroupArn: 'arn:group'
  };
  const facts = [
    { ParameterName: 'work_mem', ApplyType: 'dynamic' },
    { ParameterName: 'shared_buffers', ApplyType: 'static' },
    { ApplyType: 'static' }
  ];
  const values = {
    family: 'postgres16',
    'parameters.work_mem': '8192',
    'parameters.shared_buffers': '100',
    'parameters.max_connections': '9',
    'parameters.jit': null,
    'parameters.max_wal_size': null
  };
  const [offerings, known] = [
    { parameterFacts: facts },
    { facts: { name: 'orders-postgres16', arn: 'arn:group', family: 'postgres16' } }
  ];
  const users = [
    {
      DBInstanceIdentifier: 'orders',
      DBInstanceStatus: 'available',
      DBParameterGroups: [{ DBParameterGroupName: 'orders-postgres16' }]
    },
    { DBInstanceIdentifier: 'other', DBParameterGroups: [{ DBParameterGroupName: 'x' }] },
    {}
  ];
  const inUse = { DeleteDBParameterGroup: failing('busy'), DescribeDBInstances: { DBInstances: users } };
  return (
    await Promise.all([
      seen({
        ...PARAMETERS,
        title: 'ours',
        given: { parameters: 'work_mem: 8MB' },
        offerings,
        state: {
          tags: tagsOf('ours'),
          parameterGroups: [group],
          userParameters: [
            { ParameterName: 'shared_buffers', ParameterValue: '32768', ApplyType: 'static' },
            { ParameterName: 'jit' },
            { ParameterValue: '1' },
            { ParameterName: 'jit', ParameterValue: 'on', ApplyType: 'dynamic' }
          ]
        }
      }),
      seen({
        ...PARAMETERS,
        title: 'gone meanwhile',
        offerings,
        state: { parameterGroups: [group], userParameters: [] }
      }),
      seen({
        ...PARAMETERS,
        title: 'denied',
        given: { parameters: 'jit: on', engine_version: '15.2' },
        state: { parameterGroups: failing('denied') }
      }),
      seen({
        ...PARAMETERS,
        title: 'denied, by a family',
        given: { parameter_group_family: 'postgres14' },
        state: { parameterGroups: failing('denied') }
      }),
      seen({
        ...PARAMETERS,
        title: 'denied, by default',
        given: { parameters: 'jit: on' },
        state: { parameterGroups: failing('denied') }
      }),
      sent('create', {
        ...PARAMETERS,
        title: 'new',
        offerings,
        values: { ...values, ...TAGGED },
        calls: { CreateDBParameterGroup: { DBParameterGroup: { DBParameterGroupArn: 'arn:new' } } }
      }),
      sent('create', {
        ...PARAMETERS,
        title: 'there',
        offerings,
        values: { family: 'postgres16' },
        state: { tags: tagsOf('ours') },
        calls: {
          CreateDBParameterGroup: failing('already-exists'),
          DescribeDBParameterGroups: { DBParameterGroups: [group] }
        }
      }),
      sent('update', {
        ...PARAMETERS,
        title: 'parameters',
        offerings,
        values: { ...values, family: null, ...TAGGED },
        observed: known,
        state: { instances: new Map() }
      }),
      sent('update', { ...PARAMETERS, title: 'tags', offerings, values: TAGGED, observed: known }),
      ...[undefined, 'deleting', 'incompatible-parameters', 'available'].flatMap(status =>
        [true, false].map(async now =>
          sent('update', {
            ...PARAMETERS,
            title: `of instances that are ${status ?? 'gone'}${now ? ', at once' : ''}`,
            offerings,
            values: { 'parameters.work_mem': '8192' },
            observed: known,
            state: {
              instances: new Map<string, unknown>([
                ['orders', users[0]],
                [
                  'orders-replica-1',
                  {
                    ...users[0],
                    DBInstanceIdentifier: 'orders-replica-1',
                    ReadReplicaSourceDBInstanceIdentifier: 'orders'
                  }
                ],
                ['other', users[1]]
              ])
            },
            calls: {
              DescribeDBInstances: {
                DBInstances:
                  status === undefined
                    ? []
                    : [
                        {
                          ...INSTANCE,
                          DBInstanceStatus: status,
                          DBParameterGroups: [{ ParameterApplyStatus: 'pending-reboot' }]
                        }
                      ]
              }
            },
            now
          })
        )
      ),
      sent('remove', { ...PARAMETERS, observed: known }),
      sent('remove', { ...PARAMETERS, title: 'in use', observed: known, calls: inUse }),
      sent('remove', {
        ...PARAMETERS,
        title: 'in use, unreadable',
        observed: known,
        calls: { ...inUse, DescribeDBInstances: failing('denied') }
      })
    ])
  ).flat();
}

const MONITORING = 'arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole';

async function roles(): Promise<readonly string[]> {
  const role = (Tags: readonly object[]): Answers => ({
    GetRole: { Role: { Arn: 'arn:role', Tags } },
    ListAttachedRolePolicies: { AttachedPolicies: [{ PolicyArn: 'arn:policy' }, {}] },
    ListRolePolicies: { PolicyNames: ['pgkeep-6b50d9d821c84249', 'other'] }
  });
  const known = { main: { MasterUserSecret: { SecretArn: 'arn:of-rds' } }, proxySecret: { ARN: 'arn:own' } };
  const made = { CreateRole: { Role: { Arn: 'arn:new' } } };
  return (
    await Promise.all(
      [ROLE, PROXY_ROLE].flatMap(scene => [
        seen({ ...scene, title: 'ours', calls: role(ours), state: known }),
        seen({
          ...scene,
          title: 'ours, after a policy of others',
          calls: {
            ...role(ours),
            ListAttachedRolePolicies: {
              AttachedPolicies: ['arn:others', MONITORING].map(PolicyArn => ({ PolicyArn }))
            },
            ListRolePolicies: { PolicyNames: ['others', 'pgkeep-6b50d9d821c84249'] }
          },
          state: known
        }),
        seen({ ...scene, title: 'of others, without policies', calls: { GetRole: { Role: { Tags: others } } } }),
        seen({ ...scene, title: 'none', calls: { GetRole: failing('not-found') } }),
        seen({
          ...scene,
          title: 'none, whose policies may not be read',
          given: { enable_proxy: 'true', monitoring_interval: '30' },
          calls: {
            GetRole: failing('not-found'),
            ListAttachedRolePolicies: failing('denied'),
            ListRolePolicies: failing('denied')
          }
        }),
        seen({
          ...scene,
          title: 'denied',
          given: { enable_proxy: 'true', monitoring_interval: '30' },
          calls: { GetRole: failing('denied') }
        }),
        sent('create', {
          ...scene,
          title: 'new',
          values: { policy_arn: 'arn:policy', secret_arn: 'arn:own', ...TAGGED },
          calls: made
        }),
        sent('create', { ...scene, title: 'there', calls: { ...role(ours), CreateRole: failing('already-exists') } }),
        sent('update', {
          ...scene,
          title: 'policies and tags',
          values: { policy_arn: 'arn:policy', secret_arn: 'arn:own', ...TAGGED },
          calls: role(ours)
        }),
        sent('update', { ...scene, title: 'adopted', observed: ADOPTED, calls: role(none) }),
        sent('remove', { ...scene, calls: role(ours) }),
        sent('remove', {
          ...scene,
          title: 'gone',
          calls: {
            ListAttachedRolePolicies: failing('not-found'),
            ListRolePolicies: failing('not-found'),
            DeleteRole: failing('not-found')
          }
        })
      ])
    )
  ).flat();
}

async function secrets(): Promise<readonly string[]> {
  const secret = (Tags: readonly object[], more: object = {}): object => ({
    Name: 'pgkeep/orders/proxy',
    ARN: 'arn:secret',
    Tags,
    ...more
  });
  const version = toList({ 'pgkeep:password-version': '3', 'pgkeep:secret-id': 'id-1' });
  const login = {
    username: 'app',
    password: 'correct-horse',
    master_password: 'correct-horse',
    master_password_version: '3'
  };
  const given = { roles: 'app: {}', keep_role_passwords: 'true' };
  const deleted = (Tags: readonly object[]): Answers => ({
    CreateSecret: failing('invalid'),
    DescribeSecret: secret(Tags, { DeletedDate: new Date(0) })
  });
  const renewed = [{ field: 'password_version', from: '1', to: '2' }];
  return (
    await Promise.all([
      seen({ ...SECRET, title: 'ours', state: { proxySecret: secret([...ours, ...version]) } }),
      seen({ ...SECRET, title: 'being deleted', state: { proxySecret: secret(ours, { DeletedDate: new Date(0) }) } }),
      seen({ ...SECRET, title: 'denied', given: { enable_proxy: 'true' }, state: { proxySecret: failing('denied') } }),
      sent('create', {
        ...SECRET,
        title: 'new',
        values: { ...login, ...TAGGED },
        calls: { CreateSecret: { ARN: 'arn:new' } }
      }),
      sent('create', {
        ...SECRET,
        title: 'there',
        values: login,
        calls: { CreateSecret: failing('already-exists'), DescribeSecret: secret(ours) }
      }),
      sent('create', { ...SECRET, title: 'being deleted, ours', values: login, calls: deleted(ours) }),
      sent('create', { ...SECRET, title: 'being deleted, of others', values: login, calls: deleted(others) }),
      sent('create', {
        ...SECRET,
        title: 'refused',
        values: login,
        calls: { CreateSecret: failing('invalid'), DescribeSecret: secret(ours) }
      }),
      sent('create', { ...SECRET, title: 'failed', values: login, calls: { CreateSecret: failing('denied') } }),
      sent('update', { ...SECRET, title: 'its password', values: login, state: { main: { MasterUsername: 'admin' } } }),
      sent('update', {
        ...SECRET,
        title: 'its password, of a named user',
        given: { master_username: 'boss' },
        values: login
      }),
      sent('update', { ...SECRET, title: 'its password, of no known user', values: login }),
      sent('update', { ...SECRET, title: 'tags', values: TAGGED }),
      sent('remove', SECRET),
      seen({
        ...ROLE_SECRET,
        title: 'ours',
        given,
        state: { roleSecrets: ['app', 'left'], roleSecret: secret([...ours, ...version]), main: { TagList: ours } }
      }),
      seen({ ...ROLE_SECRET, title: 'none', given, state: { roleSecrets: [], main: undefined } }),
      seen({
        ...ROLE_SECRET,
        title: 'denied',
        given,
        state: { roleSecrets: failing('denied'), roleSecret: failing('denied'), main: { TagList: ours } }
      }),
      sent('create', { ...ROLE_SECRET, title: 'new', values: { role: 'app', password_version: '2', ...TAGGED } }),
      sent('create', { ...ROLE_SECRET, title: 'without a version', values: { role: 'app' } }),
      sent('update', {
        ...ROLE_SECRET,
        title: 'its password',
        values: { password_version: '2' },
        changes: renewed,
        observed: { facts: { id: 'id-1' } }
      }),
      sent('update', {
        ...ROLE_SECRET,
        title: 'its password, without an id',
        values: { password_version: '2' },
        changes: renewed
      }),
      sent('update', {
        ...ROLE_SECRET,
        title: 'its version is no more',
        values: { password_version: null },
        changes: [{ field: 'password_version', from: '1', to: null }],
        observed: { facts: { id: 'id-1' } }
      }),
      sent('update', { ...ROLE_SECRET, title: 'tags', values: TAGGED, observed: { facts: { id: 'id-1' } } }),
      sent('update', {
        ...ROLE_SECRET,
        title: 'released',
        values: { 'tags.pgkeep:secret-id': null, 'tags.Team': 'x' },
        observed: { facts: { id: 'id-1' } }
      }),
      sent('remove', ROLE_SECRET)
    ])
  ).flat();
}

async function proxies(): Promise<readonly string[]> {
  const live = {
    DBProxyName: 'orders-proxy',
    DBProxyArn: 'arn:proxy',
    Endpoint: 'proxy.example',
    Status: 'available',
    Auth: [{ SecretArn: 'arn:secret' }],
    RoleArn: 'arn:role',
    VpcSubnetIds: ['b', 'a'],
    VpcSecurityGroupIds: ['sg-1', 'sg-2']
  };
  const asked = (status: string, health?: object): Answers => ({
    DescribeDBProxies: { DBProxies: [{ ...live, Status: status }] },
    DescribeDBProxyTargetGroups: { TargetGroups: [{ ConnectionPoolConfig: { MaxConnectionsPercent: 70 } }] },
    DescribeDBProxyTargets: { Targets: [{ RdsResourceId: 'orders', TargetHealth: health }] }
  });
  const healths = [
    { State: 'AVAILABLE' },
    { State: 'UNAVAILABLE' },
    { State: 'UNAVAILABLE', Reason: 'PENDING_PROXY_CAPACITY' },
    { State: 'UNAVAILABLE', Reason: 'AUTH_FAILURE', Description: 'Words' },
    { State: 'REGISTERING', Reason: 'UNREACHABLE' }
  ];
  const values = {
    secret_arn: 'arn:secret',
    role_arn: 'arn:role',
    subnet_ids: ['a', 'b'],
    security_group: 'sg-1',
    target: 'orders',
    max_connections_percent: 50
  };
  const tags = { tags: tagsOf('ours') };
  return (
    await Promise.all([
      ...healths.map(async health =>
        seen({ ...PROXY, title: JSON.stringify(health), calls: asked('available', health), state: tags })
      ),
      seen({
        ...PROXY,
        title: 'bare',
        calls: { DescribeDBProxies: { DBProxies: [{}] } },
        state: { tags: tagsOf('others') }
      }),
      seen({ ...PROXY, title: 'gone meanwhile', calls: asked('available') }),
      seen({
        ...PROXY,
        title: 'none',
        calls: {
          DescribeDBProxies: failing('not-found'),
          DescribeDBProxyTargets: failing('not-found'),
          DescribeDBProxyTargetGroups: failing('not-found')
        }
      }),
      seen({
        ...PROXY,
        title: 'denied',
        given: { enable_proxy: 'true' },
        calls: { DescribeDBProxies: failing('denied') }
      }),
      sent('create', { ...PROXY, title: 'new', values: { ...values, ...TAGGED }, calls: asked('available') }),
      sent('create', {
        ...PROXY,
        title: 'without a group',
        values: { secret_arn: 'arn:secret', role_arn: 'arn:role', subnet_ids: ['a'] },
        calls: asked('available')
      }),
      sent('create', {
        ...PROXY,
        title: 'there',
        values,
        calls: {
          ...asked('available'),
          CreateDBProxy: failing('already-exists'),
          RegisterDBProxyTargets: failing('already-exists')
        },
        state: tags
      }),
      ...['incompatible-network', 'insufficient-resource-limits', 'suspended'].map(async status =>
        sent('create', { ...PROXY, title: status, values: {}, calls: asked(status) })
      ),
      sent('create', { ...PROXY, title: 'gone', values: {}, calls: { DescribeDBProxies: {} } }),
      sent('update', {
        ...PROXY,
        title: 'everything',
        values: { ...values, security_group: ['sg-1', 'sg-2'], ...TAGGED },
        calls: asked('available'),
        observed: { facts: { arn: 'arn:proxy' } }
      }),
      ...(['secret_arn', 'role_arn', 'security_group', 'target', 'max_connections_percent'] as const).map(async field =>
        sent('update', { ...PROXY, title: field, values: { [field]: values[field] }, calls: asked('available') })
      ),
      sent('update', {
        ...PROXY,
        title: 'its login, beside one of others',
        values: { secret_arn: 'arn:secret' },
        calls: {
          ...asked('available'),
          DescribeDBProxies: {
            DBProxies: [
              {
                ...live,
                Auth: ['app-AbCdEf', 'rds!db-1-AbCdEf', 'pgkeep/orders/proxy-AbCdEf'].map(name => ({
                  SecretArn: `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}`,
                  IAMAuth: 'REQUIRED'
                }))
              }
            ]
          }
        }
      }),
      sent('update', {
        ...PROXY,
        title: 'its group, beside one of others',
        values: { security_group: 'sg-1' },
        observed: { fields: { security_group: ['sg-2'] } },
        calls: asked('available')
      }),
      sent('remove', { ...PROXY, title: 'gone', calls: { DescribeDBProxies: {}, DeleteDBProxy: failing('not-found') } })
    ])
  ).flat();
}

async function logs(): Promise<readonly string[]> {
  const alarm = {
    AlarmName: 'orders-cpu',
    AlarmArn: 'arn:alarm',
    Threshold: 90,
    Period: 60,
    EvaluationPeriods: 3,
    AlarmActions: ['arn:b', 'arn:a']
  };
  const alarms = (Tags: readonly object[]): Answers => ({
    DescribeAlarms: { MetricAlarms: [alarm, { AlarmName: 'strange' }] },
    ListTagsForResource: { Tags }
  });
  const asAsked = { threshold: 90, period: 60, evaluation_periods: 3, actions: ['arn:a'] };
  const group = (logGroupName: string, retentionInDays?: number): object => ({ logGroupName, retentionInDays });
  const groups = [
    group('/aws/rds/instance/orders/postgresql', 7),
    group('/aws/rds/instance/orders/upgrade'),
    group('/aws/rds/instance/orders/strange', 7),
    group('/aws/rds/instance/orders-replica-1/postgresql', 7),
    group('/aws/rds/instance/orders-replica-2/postgresql', 7),
    group('/aws/rds/instance/orders-replica-eu-west-1/postgresql', 7)
  ];
  const listed = (tags: unknown): Answers => ({
    DescribeLogGroups: { logGroups: groups },
    ListTagsForResource: { tags }
  });
  const far = { replica_region: 'eu-west-1', create_read_replica: 'true' };
  const there = { instances: new Map([['orders-replica-1', {}]]) };
  const remote = { ...LOG, address: 'log-group/orders-replica-eu-west-1/postgresql', given: far };
  return (
    await Promise.all([
      seen({ ...ALARM, title: 'ours', calls: alarms(ours) }),
      seen({ ...ALARM, title: 'of others', calls: alarms(others) }),
      seen({
        ...ALARM,
        title: 'gone meanwhile',
        calls: { ...alarms(ours), ListTagsForResource: failing('not-found') }
      }),
      seen({ ...ALARM, title: 'none' }),
      seen({
        ...ALARM,
        title: 'denied',
        given: { alarms: 'cpu\nconnections' },
        calls: { DescribeAlarms: failing('denied') }
      }),
      ...['cpu', 'connections', 'read_latency', 'free_storage', 'freeable_memory'].map(async name =>
        sent('create', { ...ALARM, address: `alarm/${name}`, title: name, values: asAsked })
      ),
      sent('update', {
        ...ALARM,
        title: 'its threshold',
        values: { threshold: 95 },
        observed: { fields: { ...asAsked, 'tags.Team': 'x' } }
      }),
      sent('update', {
        ...ALARM,
        title: 'its threshold, with settings of others',
        values: { threshold: 95 },
        observed: { fields: asAsked },
        calls: {
          DescribeAlarms: {
            MetricAlarms: [
              { ...alarm, MetricName: 'CPUUtilization', Statistic: 'Maximum', DatapointsToAlarm: 2, Unit: 'Percent' }
            ]
          }
        }
      }),
      ...[ours, others].map(async (tags, at) =>
        sent('create', {
          ...ALARM,
          title: `made since, ${at === 0 ? 'ours' : 'of others'}`,
          values: asAsked,
          calls: alarms(tags)
        })
      ),
      sent('update', { ...ALARM, title: 'tags', values: TAGGED }),
      sent('update', { ...ALARM, title: 'adopted', observed: ADOPTED }),
      sent('remove', ALARM),
      seen({ ...LOG, title: 'ours', given: { enable_logging: 'true' }, calls: listed(tagsOf('ours')), state: there }),
      seen({ ...LOG, title: 'of others', calls: listed(tagsOf('others')), state: there }),
      seen({
        ...LOG,
        title: 'of named replicas',
        given: { create_read_replica: 'true', replica_names: 'Reports' },
        calls: listed(tagsOf('ours')),
        state: { instances: new Map() }
      }),
      seen({ ...LOG, title: 'of a region', given: far, calls: listed(tagsOf('ours')), state: there }),
      seen({
        ...LOG,
        title: 'of a region that has its replica',
        given: far,
        calls: listed(tagsOf('ours')),
        state: { ...there, remote: {} }
      }),
      seen({
        ...LOG,
        title: 'gone meanwhile',
        calls: { ...listed({}), ListTagsForResource: failing('not-found') },
        state: there
      }),
      seen({
        ...LOG,
        title: 'denied',
        given: { enable_logging: 'true' },
        calls: { DescribeLogGroups: failing('denied') },
        state: there
      }),
      sent('create', { ...LOG, title: 'new', values: { retention_days: 30, ...TAGGED } }),
      sent('create', { ...LOG, title: 'for ever', values: { retention_days: 0 } }),
      sent('create', { ...remote, title: 'of a replica far away', values: { retention_days: 30 } }),
      sent('create', {
        ...LOG,
        title: 'there',
        values: {},
        calls: { CreateLogGroup: failing('already-exists'), ListTagsForResource: { tags: tagsOf('ours') } }
      }),
      sent('update', { ...LOG, title: 'days and tags', values: { retention_days: 7, ...TAGGED } }),
      sent('update', { ...remote, title: 'days and tags, far away', values: { retention_days: 7, ...TAGGED } }),
      sent('update', { ...LOG, title: 'adopted', observed: ADOPTED }),
      sent('remove', LOG),
      sent('remove', { ...remote, title: 'far away', calls: { DeleteLogGroup: failing('not-found') } })
    ])
  ).flat();
}

const INSTANCE = {
  DBInstanceIdentifier: 'orders',
  DBInstanceArn: 'arn:aws:rds:us-east-1:123456789012:db:orders',
  DBInstanceStatus: 'available',
  Endpoint: { Address: 'orders.example', Port: 5432 },
  EngineVersion: '16.4',
  AllocatedStorage: 100,
  StorageType: 'gp3',
  DBInstanceClass: 'db.r5.large',
  TagList: ours
};

async function instances(): Promise<readonly string[]> {
  const backup = {
    DBInstanceArn: INSTANCE.DBInstanceArn,
    DBInstanceAutomatedBackupsArn: 'arn:aws:rds:eu-west-1:1:auto-backup:ab',
    BackupRetentionPeriod: 9,
    KmsKeyId: 'arn:key',
    TagList: ours
  };
  const backups = (...all: readonly object[]): Answers => ({
    DescribeDBInstanceAutomatedBackups: { DBInstanceAutomatedBackups: all }
  });
  const EU = { backup_region: 'eu-west-1' };
  const kept = { facts: { arn: 'arn:backup', region: 'eu-west-1' } };
  const live = (more: object = {}): Answers => ({ DescribeDBInstances: { DBInstances: [{ ...INSTANCE, ...more }] } });
  const replica = {
    ...INSTANCE,
    DBInstanceIdentifier: 'orders-replica-1',
    ReadReplicaSourceDBInstanceIdentifier: 'orders',
    DBParameterGroups: [{ DBParameterGroupName: 'orders-postgres16' }, { DBParameterGroupName: 'x' }]
  };
  const main = {
    ...INSTANCE,
    ReadReplicaDBInstanceIdentifiers: [
      'orders-replica-1',
      'arn:aws:rds:eu-west-1:1:db:orders-replica-eu-west-1',
      'arn:aws:rds:ap-south-1:1:db:x'
    ]
  };
  const both = (one: object): Answers => ({
    instances: new Map([
      ['orders', main],
      ['orders-replica-1', one]
    ]),
    main,
    remote: { ...replica, DBInstanceIdentifier: 'orders-replica-eu-west-1' }
  });
  const values = {
    instance_class: 'db.r5.large',
    enabled_cloudwatch_logs_exports: ['postgresql'],
    source_arn: 'arn:source',
    ...TAGGED
  };
  const fails = live({ DBInstanceStatus: 'failed' });
  const change = async (
    title: string,
    of: Readonly<Record<string, Value>>,
    more: Partial<Scene> = {}
  ): Promise<readonly string[]> =>
    sent('update', {
      ...SERVER,
      title,
      values: of,
      calls: live({ DBInstanceClass: 'db.r5.xlarge', MultiAZ: true, StorageType: 'io1' }),
      given: {},
      ...more
    });
  return (
    await Promise.all([
      seen({
        ...BACKUPS,
        title: 'ours',
        given: EU,
        calls: backups({ ...backup, DBInstanceArn: 'arn:x' }, { ...backup, Status: 'deleting', KmsKeyId: 'x' }, backup)
      }),
      seen({ ...BACKUPS, title: 'being deleted', given: EU, calls: backups({ ...backup, Status: 'deleting' }) }),
      seen({
        ...BACKUPS,
        title: 'where the server says',
        calls: backups(backup),
        state: { main: { DBInstanceAutomatedBackupsReplications: [backup] } }
      }),
      seen({ ...BACKUPS, title: 'nowhere', state: { main: {} } }),
      seen({
        ...BACKUPS,
        title: 'denied',
        given: EU,
        calls: { DescribeDBInstanceAutomatedBackups: failing('denied') }
      }),
      sent('create', {
        ...BACKUPS,
        title: 'new',
        values: { region: 'eu-west-1', retention_days: 7, kms_key_id: 'alias/x', ...TAGGED },
        calls: { StartDBInstanceAutomatedBackupsReplication: { DBInstanceAutomatedBackup: backup } }
      }),
      sent('create', { ...BACKUPS, title: 'plain', values: { region: 'eu-west-1' } }),
      sent('create', { ...BACKUPS, title: 'there', values: { region: 'eu-west-1' }, calls: backups(backup) }),
      sent('update', { ...BACKUPS, title: 'tags', values: TAGGED, observed: kept }),
      sent('update', { ...BACKUPS, title: 'adopted', observed: { ...kept, ...ADOPTED } }),
      sent('remove', { ...BACKUPS, observed: kept }),
      sent('remove', {
        ...BACKUPS,
        title: 'gone',
        observed: kept,
        calls: { StopDBInstanceAutomatedBackupsReplication: failing('not-found') }
      }),
      seen({ ...REPLICA, title: 'two', state: both(replica) }),
      seen({ ...REPLICA, title: 'promoted', state: both({ ...INSTANCE, DBInstanceIdentifier: 'orders-replica-1' }) }),
      sent('create', { ...REPLICA, title: 'near', values, calls: live() }),
      sent('create', {
        ...REPLICA,
        address: 'replica/eu-west-1',
        title: 'far away',
        given: { log_retention_days: '5' },
        values,
        calls: live()
      }),
      sent('create', {
        ...REPLICA,
        title: 'with logs that are there',
        values: { ...values, source_arn: null },
        calls: { ...live(), CreateLogGroup: failing('already-exists') }
      }),
      sent('create', {
        ...REPLICA,
        title: 'with logs that may not be kept',
        values,
        calls: { ...live(), PutRetentionPolicy: failing('denied') }
      }),
      sent('remove', {
        ...REPLICA,
        title: 'with logs',
        observed: { fields: { enabled_cloudwatch_logs_exports: ['postgresql', 'upgrade'] } },
        calls: { DescribeDBInstances: {}, ListTagsForResource: { tags: tagsOf('ours') } }
      }),
      sent('remove', {
        ...REPLICA,
        title: 'with logs of others',
        observed: { fields: { enabled_cloudwatch_logs_exports: ['postgresql'] } },
        calls: { DescribeDBInstances: {}, ListTagsForResource: { tags: tagsOf('others') } }
      }),
      sent('create', {
        ...SERVER,
        title: 'new',
        values: { ...values, source_arn: null, multi_az: true },
        calls: live()
      }),
      sent('create', {
        ...SERVER,
        title: 'of a snapshot',
        values: {
          source: { snapshot: 'nightly' },
          instance_class: 'db.r5.large',
          master_password: 'correct-horse',
          storage_encrypted: true,
          max_allocated_storage: 200
        },
        calls: live()
      }),
      sent('create', {
        ...SERVER,
        title: 'of a moment',
        values: { source: { instance: 'shop', time: '2026-02-01T00:00:00Z' } },
        calls: live()
      }),
      sent('create', {
        ...SERVER,
        title: 'of the latest moment',
        values: { source: { instance: 'shop', time: 'latest' } },
        calls: live()
      }),
      sent('create', {
        ...SERVER,
        title: 'of kept backups',
        values: { source: { backup: 'arn:backup', time: 'latest' } },
        calls: live()
      }),
      sent('create', { ...SERVER, title: 'that fails', values: {}, calls: fails }),
      change(
        'a class that is ignored',
        { instance_class: 'db.r5.4xlarge' },
        { calls: { ...live(), DescribeEvents: { Events: [{ Message: 'Words.' }] } } }
      ),
      change('a standby that is ignored', { multi_az: true }, { calls: live({ MultiAZ: false }) }),
      change('a storage that is ignored', { storage_type: 'io2' }, { now: true }),
      change('a standby that is ignored now', { multi_az: true }, { now: true, calls: live({ MultiAZ: false }) }),
      change(
        'a reboot',
        {},
        {
          now: true,
          calls: live({ DBParameterGroups: [{ ParameterApplyStatus: 'pending-reboot' }] })
        }
      ),
      change(
        'a certificate without a restart',
        { ca_certificate_identifier: 'x' },
        {
          now: true,
          observed: { facts: { rotatesWithoutRestart: true } }
        }
      ),
      change(
        'a class that is ignored now',
        { instance_class: 'x', master_password: 'correct-horse' },
        {
          now: true,
          calls: { ...live(), DescribeEvents: { Events: [{ Message: 'Words.' }] } }
        }
      ),
      change('a class', { instance_class: 'DB.R5.XLARGE' }),
      change('a password', { master_password: 'correct-horse', master_password_version: '4' }),
      change('tags', TAGGED),
      change(
        'of one that is being deleted',
        { instance_class: 'x' },
        { calls: live({ DBInstanceStatus: 'deleting' }) }
      ),
      change(
        'of one that waits for a reboot',
        {},
        { calls: live({ DBParameterGroups: [{ ParameterApplyStatus: 'pending-reboot' }] }) }
      ),
      change('an upgrade', { engine_version: '17.1', parameter_group: 'g', instance_class: 'db.r5.xlarge' }),
      sent('remove', { ...SERVER, title: 'with a snapshot', calls: { DescribeDBInstances: {} } }),
      sent('remove', {
        ...SERVER,
        title: 'without',
        observed: { losesData: true },
        calls: { DescribeDBInstances: {} }
      }),
      sent('remove', {
        ...SERVER,
        title: 'with a named snapshot that is there',
        given: { final_snapshot_identifier: 'last' },
        calls: {
          DescribeDBInstances: {},
          DeleteDBInstance: ({ FinalDBSnapshotIdentifier: id }: With) => {
            if (id === 'last') throw failing('already-exists');
          }
        }
      }),
      sent('remove', {
        ...SERVER,
        title: 'with logs',
        observed: { fields: { enabled_cloudwatch_logs_exports: ['postgresql'] } },
        calls: { DescribeDBInstances: {}, ListTagsForResource: { tags: tagsOf('ours') } }
      }),
      sent('remove', {
        ...SERVER,
        title: 'with logs that an input names',
        given: { enable_logging: 'true' },
        observed: { fields: { enabled_cloudwatch_logs_exports: ['postgresql'] } },
        calls: { DescribeDBInstances: {} }
      })
    ])
  ).flat();
}

test('supporting resources are observed, made, changed and removed as the golden file says', async () => {
  const page: string[] = [];
  for (const part of [network, settings, roles, secrets, proxies, logs, instances]) page.push(...(await part()), '');
  expectGolden('resources-aws.txt', page.join('\n'));
});
