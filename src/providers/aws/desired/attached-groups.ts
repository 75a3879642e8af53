import type { DBInstance } from '@aws-sdk/client-rds';
import type { Notice } from '../../../engine/plan.ts';
import { ignoring, UNREADABLE } from '../../failures.ts';
import { pages } from '../api/pages.ts';
import type { AwsContext } from '../context.ts';
import { ourGroup } from '../resources/security-group.ts';
import { liveRule, portOf, wantedRules, type Rule } from '../resources/security-rules.ts';
import { wants } from './parts.ts';

/** The security groups of others that are attached to a live server. */
export interface AttachedGroups {
  /** They already allow everything that the inputs ask for: no group of our own is wanted. */
  readonly isEnough: boolean;
  readonly notices: readonly Notice[];
}

const OPEN: readonly string[] = ['0.0.0.0/0', '::/0'];

/** Reads the rules of the attached groups, where a group of ours is asked for and none is attached. */
export async function attachedGroups(context: AwsContext, live: DBInstance | undefined): Promise<AttachedGroups> {
  const { settings } = context;
  const nothing: AttachedGroups = { isEnough: false, notices: [] };
  if (live === undefined || settings.create_security_group === true || !wants('security-group', settings))
    return nothing;
  const attached = (live.VpcSecurityGroups ?? []).flatMap(group => group.VpcSecurityGroupId ?? []);
  const groups = await ignoring(UNREADABLE, context.liveState().securityGroups());
  if (attached.length === 0 || groups === undefined || ourGroup(context, groups) !== undefined) return nothing;
  const port = portOf(settings, live);
  const wanted = wantedRules(settings, port);
  if (wanted.length === 0) return { isEnough: true, notices: [] };
  const rules = await ignoring(UNREADABLE, rulesOf(context, settings.security_group_ids ?? attached));
  if (rules === undefined) return nothing;
  return {
    isEnough: wanted.every(one => rules.some(rule => covers(rule, one))),
    notices: openTo(rules, port, settings.allowed_cidr_blocks ?? [])
  };
}

async function rulesOf(context: AwsContext, groups: readonly string[]): Promise<readonly Rule[]> {
  const Filters = [{ Name: 'group-id', Values: [...groups] }];
  const live = await pages(
    async place => context.call('ec2', 'DescribeSecurityGroupRules', { Filters, ...place }),
    page => page.SecurityGroupRules
  );
  return live.flatMap(rule => liveRule(rule, rule.GroupId ?? '') ?? []);
}

/** Whether a live rule allows what a wanted one would. */
function covers(live: Rule, wanted: Rule): boolean {
  return live.direction === wanted.direction && live.peer === wanted.peer && allowsPorts(live, wanted);
}

function allowsPorts(live: Rule, { protocol, from, to }: Pick<Rule, 'protocol' | 'from' | 'to'>): boolean {
  return live.protocol === '-1' || (live.protocol === protocol && live.from <= from && live.to >= to);
}

/** Groups of others are not changed: one that is open to the internet stays, and is told. */
function openTo(rules: readonly Rule[], port: number, asked: readonly string[]): readonly Notice[] {
  const open = rules.filter(
    rule =>
      rule.direction === 'ingress' &&
      OPEN.includes(rule.peer) &&
      !asked.includes(rule.peer) &&
      allowsPorts(rule, { protocol: 'tcp', from: port, to: port })
  );
  if (open.length === 0) return [];
  const peers = [...new Set(open.map(({ peer }) => peer))].join(' and ');
  return [
    {
      code: 'foreign-rules',
      severity: 'warning',
      input: 'allowed_cidr_blocks',
      message: `A security group of others on this server lets ${peers} in, and stays as it is. Set \`security_group_ids\` to take it off.`
    }
  ];
}
