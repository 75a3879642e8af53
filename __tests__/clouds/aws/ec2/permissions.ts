import ipaddr from 'ipaddr.js';
import type { IpPermission, SecurityGroupRule } from '@aws-sdk/client-ec2';
import { AwsFault } from '../fault.ts';
import type { SecurityGroupRecord } from '../state.ts';

/** One rule with one peer. */
export interface FlatRule {
  readonly egress: boolean;
  readonly protocol: string;
  readonly from: number;
  readonly to: number;
  readonly cidr?: string;
  readonly groupId?: string;
  readonly prefixList?: string;
  readonly description?: string;
}

const CIDR = /^(\d{1,3}(\.\d{1,3}){3}\/([0-9]|[12]\d|3[0-2])|[0-9a-f:]+\/\d{1,3})$/i;
const PROTOCOLS: Readonly<Record<string, string>> = { '6': 'tcp', '17': 'udp', '1': 'icmp', all: '-1' };

/** A permission names many peers; EC2 keeps a rule for each. */
export function flatten(permissions: readonly IpPermission[], egress: boolean): readonly FlatRule[] {
  return permissions.flatMap(permission => {
    const given = permission.IpProtocol ?? '';
    const protocol = PROTOCOLS[given] ?? given;
    const all = protocol === '-1';
    if (!all && (permission.FromPort === undefined || permission.ToPort === undefined)) {
      throw new AwsFault(
        'InvalidParameterValue',
        `Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.`
      );
    }
    const [from, to] = [Number(permission.FromPort), Number(permission.ToPort)];
    if (!all && !/^(tcp|udp|icmp|icmpv6|\d{1,3})$/.test(protocol))
      throw new AwsFault('InvalidPermission.Malformed', `Unknown IP protocol: ${protocol}`);
    if (!all && (from > 65_535 || to > 65_535))
      throw new AwsFault('InvalidParameterValue', `Invalid value '${Math.max(from, to)}' for portRange.`);
    if (!all && from > to) throw new AwsFault('InvalidParameterValue', `Invalid TCP/UDP port range (${from}:${to})`);
    const base = {
      egress,
      protocol,
      from: all ? -1 : Number(permission.FromPort),
      to: all ? -1 : Number(permission.ToPort)
    };
    const rules: FlatRule[] = [
      ...(permission.IpRanges ?? []).map(one => ({
        ...base,
        cidr: checked(one.CidrIp),
        ...described(one.Description)
      })),
      ...(permission.Ipv6Ranges ?? []).map(one => ({
        ...base,
        cidr: checked(one.CidrIpv6),
        ...described(one.Description)
      })),
      ...(permission.UserIdGroupPairs ?? []).map(one => ({
        ...base,
        groupId: one.GroupId ?? '',
        ...described(one.Description)
      })),
      ...(permission.PrefixListIds ?? []).map(one => ({
        ...base,
        prefixList: one.PrefixListId ?? '',
        ...described(one.Description)
      }))
    ];
    if (rules.length === 0) throw new AwsFault('InvalidParameterValue', 'A rule needs a peer');
    return rules;
  });
}

export function sameRule(rule: SecurityGroupRule, wanted: FlatRule): boolean {
  return (
    rule.IsEgress === wanted.egress &&
    rule.IpProtocol === wanted.protocol &&
    rule.FromPort === wanted.from &&
    rule.ToPort === wanted.to &&
    (rule.CidrIpv4 ?? rule.CidrIpv6) === wanted.cidr &&
    rule.ReferencedGroupInfo?.GroupId === wanted.groupId &&
    rule.PrefixListId === wanted.prefixList
  );
}

/** The rules of one direction, gathered by protocol and ports as `DescribeSecurityGroups` shows them. */
export function asPermissions(record: SecurityGroupRecord, egress: boolean): IpPermission[] {
  const gathered = new Map<string, IpPermission>();
  for (const { rule } of record.rules.values()) {
    if (rule.IsEgress !== egress) continue;
    const key = `${rule.IpProtocol} ${rule.FromPort} ${rule.ToPort}`;
    const ports = rule.IpProtocol === '-1' ? {} : { FromPort: rule.FromPort, ToPort: rule.ToPort };
    const into = gathered.get(key) ?? {
      IpProtocol: rule.IpProtocol,
      ...ports,
      IpRanges: [],
      Ipv6Ranges: [],
      PrefixListIds: [],
      UserIdGroupPairs: []
    };
    gathered.set(key, into);
    const told = rule.Description === undefined ? {} : { Description: rule.Description };
    if (rule.CidrIpv4 !== undefined) into.IpRanges?.push({ CidrIp: rule.CidrIpv4, ...told });
    if (rule.CidrIpv6 !== undefined) into.Ipv6Ranges?.push({ CidrIpv6: rule.CidrIpv6, ...told });
    if (rule.PrefixListId !== undefined) into.PrefixListIds?.push({ PrefixListId: rule.PrefixListId, ...told });
    if (rule.ReferencedGroupInfo !== undefined) into.UserIdGroupPairs?.push({ ...rule.ReferencedGroupInfo, ...told });
  }
  return [...gathered.values()];
}

/**
 * EC2 keeps the network's address, whatever host of it was given and however it was spelled: `10.0.0.5/16` becomes
 * `10.0.0.0/16`.
 */
function checked(cidr: string | undefined): string {
  if (cidr === undefined || !CIDR.test(cidr))
    throw new AwsFault('InvalidParameterValue', `CIDR block ${cidr} is malformed`);
  const [address = '', length = '32'] = cidr.split('/');
  if (cidr.includes(':')) return `${ipaddr.parse(address).toString()}/${length}`;
  const bits = address.split('.').reduce((number, part) => number * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(length));
  const base = Math.floor(bits / size) * size;
  return `${[24, 16, 8, 0].map(shift => Math.floor(base / 2 ** shift) % 256).join('.')}/${length}`;
}

function described(text: string | undefined): { description?: string } {
  return text === undefined ? {} : { description: text };
}
