import type { NetworkInterface } from '@aws-sdk/client-ec2';
import type { Observed } from '../../../engine/resource.ts';
import { ignoring } from '../../failures.ts';
import { stringOf } from '../../../engine/value.ts';
import { PROXY, SECURITY_GROUP } from '../addresses.ts';
import { pages } from '../api/pages.ts';
import type { AwsContext } from '../context.ts';

/** What a read of users may fail with: EC2 then decides, when the group is deleted. */
const UNREADABLE = ['denied', 'transient', 'throttled', 'invalid', 'failed'] as const;

/** A user of a security group, as a plan names it. */
export interface GroupUser {
  readonly id: string;
  readonly title: string;
}

/**
 * What of others keeps a security group from being deleted: network interfaces and proxies in it, and rules of other
 * groups that name it. Instances of RDS are not among them: those are observed by themselves.
 */
export async function usersOfGroup(
  context: AwsContext,
  groupId: string,
  ownProxy: string = context.names.proxy
): Promise<readonly GroupUser[]> {
  const filter = (name: string) => ({ Filters: [{ Name: name, Values: [groupId] }] });
  const interfaces = pages(
    async place => context.call('ec2', 'DescribeNetworkInterfaces', { ...filter('group-id'), ...place }),
    page => page.NetworkInterfaces
  );
  const naming = ['ip-permission.group-id', 'egress.ip-permission.group-id'].map(async name =>
    pages(
      async place => context.call('ec2', 'DescribeSecurityGroups', { ...filter(name), ...place }),
      page => page.SecurityGroups
    )
  );
  // Of the interfaces of a proxy no read says whose it is.
  const proxies = pages(
    async place => context.call('rds', 'DescribeDBProxies', place),
    page => page.DBProxies
  );
  const [cards = [], served = [], ...groups] = await Promise.all([
    ignoring(UNREADABLE, interfaces),
    ignoring(UNREADABLE, proxies),
    ...naming.map(async one => (await ignoring(UNREADABLE, one)) ?? [])
  ]);
  const others = new Map(groups.flat().map(one => [one.GroupId ?? '', one.GroupName ?? '']));
  others.delete(groupId);
  return [
    ...cards.filter(one => !isOfRds(one)).map(one => ({ id: one.NetworkInterfaceId ?? '', title: titleOf(one) })),
    ...served
      .filter(one => one.DBProxyName !== ownProxy && one.VpcSecurityGroupIds?.includes(groupId) === true)
      .map(({ DBProxyName: name = '' }) => ({ id: `proxy/${name}`, title: `proxy ${name}` })),
    ...[...others].map(([id, name]) => ({ id, title: `a rule of security group ${name} (${id})` }))
  ];
}

/** The same as observed resources, where the group is ours: a removal names them before anything is deleted. */
export async function observedUsers(context: AwsContext, observed: readonly Observed[]): Promise<readonly Observed[]> {
  const group = observed.find(({ address }) => address === SECURITY_GROUP);
  const groupId = group?.facts['id'];
  if (group?.ownership.kind !== 'ours' || typeof groupId !== 'string') return [];
  const proxy = stringOf(observed.find(({ address }) => address === PROXY)?.facts['name']);
  return (await usersOfGroup(context, groupId, proxy)).map(({ id, title }) => ({
    address: `security-group-user/${id}`,
    type: 'security-group',
    title,
    ownership: { kind: 'unmarked' },
    fields: {},
    facts: { id },
    dependsOn: [SECURITY_GROUP],
    concurrencyGroup: `security-group-user/${id}`
  }));
}

function titleOf({
  NetworkInterfaceId: id = '',
  Attachment: attachment,
  Description: words = ''
}: NetworkInterface): string {
  const whose = attachment?.InstanceId ?? words;
  return `network interface ${id}${whose === '' ? '' : ` (${whose})`}`;
}

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/requester-managed-eni.html */
function isOfRds({ RequesterId: requester, Description: words = '' }: NetworkInterface): boolean {
  return requester === 'amazon-rds' || /^RDSNetworkInterface|DBProxy/.test(words);
}
