import type { IpPermission, SecurityGroupRule } from '@aws-sdk/client-ec2';
import type { DBInstance } from '@aws-sdk/client-rds';
import type { Settings } from '../../../spec/catalogue.ts';
import type { RULES } from '../desired/parts.ts';

type RuleInput = (typeof RULES)[number];

/** Inputs that list who may reach the server. */
const PEERS = [
  'allowed_cidr_blocks',
  'allowed_security_group_ids',
  'allowed_prefix_list_ids'
] as const satisfies readonly RuleInput[];

/** A rule of a security group. Its key holds everything that identifies it. */
export interface Rule {
  readonly key: string;
  readonly direction: 'ingress' | 'egress';
  readonly protocol: string;
  readonly from: number;
  readonly to: number;
  /** A network, the id of another security group or of a prefix list, or `self` for the group itself. */
  readonly peer: string;
  readonly description: string;
}

/** A rule with the input that asks for it. */
interface WantedRule extends Rule {
  readonly input: RuleInput | 'enable_proxy';
}

/** The port of the server: the given one, else that of the live server. */
export function portOf({ port }: Settings, live: DBInstance | undefined): number {
  return port ?? live?.Endpoint?.Port ?? 5432;
}

/** The rules that the inputs ask for. The proxy, if any, is in the same group and has to reach the server. */
export function wantedRules(settings: Settings, port: number): readonly WantedRule[] {
  const toServer = { direction: 'ingress', protocol: 'tcp', from: port, to: port } as const;
  const networks = PEERS.flatMap(input =>
    (settings[input] ?? []).map(peer => ({
      ...rule({ ...toServer, peer, description: `PostgreSQL from ${peer}` }),
      input
    }))
  );
  const given = (settings.security_group_rules ?? []).flatMap(one =>
    peersOf(one).map(peer => ({
      ...rule({
        direction: one.type,
        protocol: protocolOf(one.protocol),
        from: Number(one.from_port),
        to: Number(one.to_port),
        peer,
        description: one.description
      }),
      input: 'security_group_rules' as const
    }))
  );
  const self =
    settings.enable_proxy === true
      ? [
          {
            ...rule({ ...toServer, peer: 'self', description: 'PostgreSQL from the proxy' }),
            input: 'enable_proxy' as const
          }
        ]
      : [];
  return [...new Map([...networks, ...given, ...self].map(one => [one.key, one])).values()];
}

export type GivenRule = NonNullable<Settings['security_group_rules']>[number];

/** Everyone that a rule of the inputs lets through. */
export function peersOf(given: GivenRule): readonly string[] {
  const { source_security_group_id: group } = given;
  return [
    ...given.cidr_blocks,
    ...given.ipv6_cidr_blocks,
    ...given.prefix_list_ids,
    ...(group === undefined ? [] : [group]),
    ...(given.self === 'true' ? ['self'] : [])
  ];
}

/** Numbers that EC2 answers with names, in whichever form they were sent. */
const PROTOCOLS: Readonly<Record<string, string>> = { all: '-1', 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmpv6' };

/** As EC2 answers it. */
export function protocolOf(given: string): string {
  const protocol = given.trim().toLowerCase();
  return PROTOCOLS[protocol] ?? protocol;
}

/** A live rule in the same form; `undefined` for one whose peer this action never uses. */
export function liveRule(live: SecurityGroupRule, groupId: string): Rule | undefined {
  const group = live.ReferencedGroupInfo?.GroupId;
  const peer = live.CidrIpv4 ?? live.CidrIpv6 ?? live.PrefixListId ?? (group === groupId ? 'self' : group);
  if (peer === undefined) return undefined;
  return rule({
    direction: live.IsEgress === true ? 'egress' : 'ingress',
    protocol: live.IpProtocol ?? '-1',
    from: live.FromPort ?? -1,
    to: live.ToPort ?? -1,
    peer,
    description: live.Description ?? ''
  });
}

/** `ingress tcp 5432 10.0.0.0/16` back into a rule. */
export function ruleOf(key: string, description: string): Rule {
  const [direction = '', protocol = '', ports = '', peer = ''] = key.split(' ');
  const [from = '', to = from] = ports.split('–');
  return {
    key,
    direction: direction === 'egress' ? 'egress' : 'ingress',
    protocol,
    from: ports === 'all' ? -1 : Number(from),
    to: ports === 'all' ? -1 : Number(to),
    peer,
    description
  };
}

export function permissionOf(one: Rule, groupId: string): IpPermission {
  const description = one.description === '' ? {} : { Description: one.description };
  const ports = one.protocol === '-1' ? {} : { FromPort: one.from, ToPort: one.to };
  return { IpProtocol: one.protocol, ...ports, ...peerIn() };

  function peerIn(): Pick<IpPermission, 'IpRanges' | 'Ipv6Ranges' | 'PrefixListIds' | 'UserIdGroupPairs'> {
    switch (kindOf(one.peer)) {
      case 'group':
        return { UserIdGroupPairs: [{ GroupId: one.peer === 'self' ? groupId : one.peer, ...description }] };
      case 'prefix list':
        return { PrefixListIds: [{ PrefixListId: one.peer, ...description }] };
      case 'IPv6':
        return { Ipv6Ranges: [{ CidrIpv6: one.peer, ...description }] };
      case 'IPv4':
        return { IpRanges: [{ CidrIp: one.peer, ...description }] };
    }
  }
}

/** What EC2 takes a peer for. */
export function kindOf(peer: string): 'group' | 'prefix list' | 'IPv6' | 'IPv4' {
  if (peer === 'self' || peer.startsWith('sg-')) return 'group';
  if (peer.startsWith('pl-')) return 'prefix list';
  return peer.includes(':') ? 'IPv6' : 'IPv4';
}

function rule(parts: Omit<Rule, 'key'>): Rule {
  const ports =
    parts.protocol === '-1' ? 'all' : parts.from === parts.to ? `${parts.from}` : `${parts.from}–${parts.to}`;
  return { ...parts, key: `${parts.direction} ${parts.protocol} ${ports} ${parts.peer}` };
}

/**
 * EC2's default quota of rules in one direction of a group, for each family of addresses, and the most that it grants.
 */
export const MOST_RULES = { usual: 60, ever: 1000 } as const;

/** Numbers of rules by what EC2 counts together: `ingress IPv4`. */
export type RuleCounts = Readonly<Record<string, number>>;

/** Counts rules as EC2 does: a rule for a group or a prefix list counts for both families. */
export function countRules(rules: readonly { readonly direction: string; readonly peer: string }[]): RuleCounts {
  const counts: Record<string, number> = {};
  for (const { direction, peer } of rules) {
    const families = peer.includes(':') ? ['IPv6'] : peer.includes('/') ? ['IPv4'] : ['IPv4', 'IPv6'];
    for (const family of families) {
      const key = `${direction} ${family}`;
      counts[key] = (counts[key] ?? 0) + 1;
    }
  }
  return counts;
}

/** What `countRules` counts of a live rule, of any owner. */
export function countable({ IsEgress: isEgress, CidrIpv4, CidrIpv6 }: SecurityGroupRule): {
  readonly direction: string;
  readonly peer: string;
} {
  return { direction: isEgress === true ? 'egress' : 'ingress', peer: CidrIpv4 ?? CidrIpv6 ?? 'other' };
}

export function addCounts(a: RuleCounts, b: RuleCounts): RuleCounts {
  return Object.fromEntries([...Object.keys(a), ...Object.keys(b)].map(key => [key, (a[key] ?? 0) + (b[key] ?? 0)]));
}
