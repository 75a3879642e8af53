import type { DBInstance } from '@aws-sdk/client-rds';
import type { SecurityGroupRule } from '@aws-sdk/client-ec2';
import ipaddr from 'ipaddr.js';
import { isPrivateAddress } from '../private-address.ts';
import { ignoring } from '../failures.ts';
import type { Firewall, FirewallEntry, RunnerAccess } from '../runner-access.ts';
import { NOT_READY } from '../way-in.ts';
import { pages } from './api/pages.ts';
import { PREFIX } from '../mark-tags.ts';
import { fromList } from './api/tags.ts';
import type { AwsContext } from './context.ts';

/**
 * The tag of a rule for a runner, with the rule's name as its value. It is not the mark: no plan counts such a rule.
 */
export const RUNNER_TAG = `${PREFIX}runner-rule`;

/** The name of a rule that was opened for a runner; `undefined` for any other rule. */
export function runnerRuleName({ Tags: tags }: SecurityGroupRule): string | undefined {
  return fromList(tags)[RUNNER_TAG];
}

/**
 * The rules of the security groups that the server is in. A rule is removed by its id, so that an equal rule of others
 * never goes in its place: EC2 keeps one rule for each port and network.
 */
export const runnerAccess: RunnerAccess<AwsContext> = {
  settlesSeconds: 60,
  permissions: {
    observe: ['ec2:DescribeSecurityGroups', 'ec2:DescribeSecurityGroupRules'],
    create: ['ec2:AuthorizeSecurityGroupIngress', 'ec2:CreateTags'],
    update: [],
    delete: ['ec2:RevokeSecurityGroupIngress']
  },
  read: async (context, address): Promise<Firewall> => {
    const live = await context.liveState().main();
    if (live?.Endpoint?.Port === undefined) return { ...NOT_READY, kind: 'closed' };
    if (live.PubliclyAccessible !== true && address !== undefined && !isPrivateAddress(address)) {
      return {
        kind: 'closed',
        why: 'the server has no public address (`publicly_accessible` is false), so that no rule lets this runner in',
        hint: 'Run this job in the VPC (a self-hosted or VPC runner), or set `publicly_accessible: true`.'
      };
    }
    const rules = await rulesOf(context, groupsOf(live));
    return { kind: 'guarded', entries: rules.flatMap(rule => entryOf(rule, live.Endpoint?.Port ?? 0)) };
  },
  admit: async (context, { name, address }) => {
    const live = await context.liveState().main();
    const port = live?.Endpoint?.Port;
    const GroupId = live === undefined ? undefined : await groupFor(context, live);
    if (port === undefined || GroupId === undefined) return;
    await context.call('ec2', 'AuthorizeSecurityGroupIngress', {
      GroupId,
      IpPermissions: [
        {
          IpProtocol: 'tcp',
          FromPort: port,
          ToPort: port,
          IpRanges: [{ CidrIp: `${address}/32`, Description: name }]
        }
      ],
      TagSpecifications: [{ ResourceType: 'security-group-rule', Tags: [{ Key: RUNNER_TAG, Value: name }] }]
    });
  },
  dismiss: async (context, names) => {
    const live = await context.liveState().main();
    if (live === undefined) return;
    const rules = await rulesOf(context, groupsOf(live));
    for (const rule of rules) {
      const { GroupId, SecurityGroupRuleId: id } = rule;
      if (id === undefined || !names.includes(runnerRuleName(rule) ?? '')) continue;
      const input = { GroupId, SecurityGroupRuleIds: [id] };
      await ignoring(['not-found'], context.call('ec2', 'RevokeSecurityGroupIngress', input));
    }
  }
};

function groupsOf({ VpcSecurityGroups: groups = [] }: DBInstance): readonly string[] {
  return groups.flatMap(({ VpcSecurityGroupId: id }) => id ?? []);
}

/** Our group where the server is in it, else its first: the rule admits one address for a while. */
async function groupFor(context: AwsContext, live: DBInstance): Promise<string | undefined> {
  const attached = groupsOf(live);
  const ours = (await context.liveState().securityGroups()).map(({ GroupId: id = '' }) => id);
  return attached.find(id => ours.includes(id)) ?? attached[0];
}

async function rulesOf(context: AwsContext, groups: readonly string[]): Promise<readonly SecurityGroupRule[]> {
  if (groups.length === 0) return [];
  const Filters = [{ Name: 'group-id', Values: [...groups] }];
  return pages(
    async place => context.call('ec2', 'DescribeSecurityGroupRules', { Filters, ...place }),
    page => page.SecurityGroupRules
  );
}

/**
 * Nothing for a rule that lets no address in on this port, unless it is a runner's: the server may have had another
 * port when it was opened, and a sweep has to find it.
 */
function entryOf(rule: SecurityGroupRule, port: number): readonly FirewallEntry[] {
  const { IsEgress: isEgress, IpProtocol: protocol, FromPort: from = -1, ToPort: to = -1, CidrIpv4: network } = rule;
  if (isEgress === true || network === undefined) return [];
  const isOpen = protocol === '-1' || (protocol === 'tcp' && from <= port && port <= to);
  const name = runnerRuleName(rule);
  if (!isOpen && name === undefined) return [];
  return [
    {
      name: name ?? '',
      title: network,
      admits: address => isOpen && ipaddr.parse(address).match(ipaddr.parseCIDR(network))
    }
  ];
}
