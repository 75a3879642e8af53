import type { Spec } from '../../../spec/spec.ts';
import type { Findings } from '../../findings.ts';
import { serverName } from '../api/names.ts';
import { rangeOf } from '../resources/firewall.ts';
import { combineFindings, NO_FINDINGS, problemWith, noticeOn } from '../../findings.ts';

/** Azure's limits for the place of a server, and for the networks that may connect. */
export function validateNetwork(spec: Spec): Findings {
  const { port, vpc_id: network } = spec.settings;
  const elsewhere = '`vpc_id` has no effect: a server on Azure is in the network of its subnet.';
  return combineFindings([
    port !== undefined && port !== 5432 ? problemWith(spec, 'port', "can't be chosen on Azure", '5432') : NO_FINDINGS,
    network === undefined ? NO_FINDINGS : noticeOn('vpc_id', 'value-ignored', elsewhere),
    subnet(spec),
    ...(spec.settings.allowed_cidr_blocks ?? []).map(cidr => networkFindings(spec, cidr))
  ]);
}

function subnet(spec: Spec): Findings {
  const {
    subnet_ids: subnets,
    private_dns_zone_id: zone,
    publicly_accessible: isPublic,
    allowed_cidr_blocks: networks = []
  } = spec.settings;
  if (subnets === undefined) {
    if (zone === undefined) return NO_FINDINGS;
    return noticeOn(
      'private_dns_zone_id',
      'value-ignored',
      '`private_dns_zone_id` has no effect without `subnet_ids`.'
    );
  }
  const [one] = subnets;
  if (one === undefined || subnets.length > 1) {
    const id = 'the id of one subnet delegated to Microsoft.DBforPostgreSQL/flexibleServers';
    return problemWith(spec, 'subnet_ids', 'must be exactly one on Azure', id);
  }
  const noRules = '`allowed_cidr_blocks` has no effect with `subnet_ids`: use a network security group of the subnet.';
  return combineFindings([
    zone === undefined
      ? problemWith(spec, 'subnet_ids', 'needs `private_dns_zone_id`', undefined, one)
      : dnsZone(spec, zone),
    /^\/subscriptions\/.+\/virtualNetworks\/[^/]+\/subnets\/[^/]+$/i.test(one)
      ? NO_FINDINGS
      : problemWith(spec, 'subnet_ids', 'is not the id of a subnet', SUBNET_ID, one),
    isPublic === true
      ? problemWith(spec, 'publicly_accessible', 'excludes `subnet_ids`', 'one of the two')
      : NO_FINDINGS,
    networks.length > 0 ? noticeOn('allowed_cidr_blocks', 'value-ignored', noRules) : NO_FINDINGS
  ]);
}

const SUBNET_ID = '`/subscriptions/…/virtualNetworks/…/subnets/…`';

/**
 * Azure refuses any other zone, and one whose name is the host name of the server.
 * https://learn.microsoft.com/azure/postgresql/network/concepts-networking-private
 */
function dnsZone(spec: Spec, zone: string): Findings {
  const name = /\/privateDnsZones\/([^/]+)$/i.exec(zone)?.[1]?.toLowerCase() ?? '';
  const isOfService = /\.postgres\.database\.[a-z.]+$/.test(name);
  const allowed = 'the id of a zone whose name ends with `.postgres.database.azure.com`';
  if (!isOfService) return problemWith(spec, 'private_dns_zone_id', 'is not a zone of this service', allowed);
  if (!name.startsWith(`${serverName(spec.name)}.postgres.`)) return NO_FINDINGS;
  return problemWith(spec, 'private_dns_zone_id', "has the server's own host name", 'a zone with another name');
}

/** Azure reads the address 0.0.0.0 alone as every resource of Azure, in any subscription. */
function networkFindings(spec: Spec, cidr: string): Findings {
  if (rangeOf(cidr) === undefined) {
    const why = "holds an IPv6 network, which Azure's rules do not support";
    return problemWith(spec, 'allowed_cidr_blocks', why, 'IPv4 networks', cidr);
  }
  if (cidr === '0.0.0.0/32') {
    return problemWith(
      spec,
      'allowed_cidr_blocks',
      'would allow every resource of Azure',
      'the networks that may connect',
      cidr
    );
  }
  if (cidr !== '0.0.0.0/0') return NO_FINDINGS;
  const message = '`allowed_cidr_blocks` allows the whole internet (0.0.0.0/0).';
  return {
    problems: [],
    notices: [{ code: 'public-exposure', severity: 'danger', input: 'allowed_cidr_blocks', message }]
  };
}
