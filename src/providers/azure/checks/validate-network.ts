import type { Spec } from '../../../spec/spec.ts';
import type { Validation } from '../../provider.ts';
import { rangeOf } from '../resources/firewall.ts';
import { gathered, nothing, refused, remarked } from './findings.ts';

/** Azure's limits for where a server is, and who may connect to it. */
export function validateNetwork(spec: Spec): Validation {
  const { port, vpc_id: network } = spec.settings;
  const elsewhere = 'A server on Azure is in the network of its subnet: `vpc_id` has no effect.';
  return gathered([
    port !== undefined && port !== 5432 ? refused(spec, 'port', "can't be chosen on Azure", '5432') : nothing,
    network === undefined ? nothing : remarked('vpc_id', 'value-ignored', elsewhere),
    subnet(spec),
    ...(spec.settings.allowed_cidr_blocks ?? []).map(cidr => allowed(spec, cidr))
  ]);
}

function subnet(spec: Spec): Validation {
  const {
    subnet_ids: subnets,
    private_dns_zone_id: zone,
    publicly_accessible: isPublic,
    allowed_cidr_blocks: networks = []
  } = spec.settings;
  if (subnets === undefined) {
    if (zone === undefined) return nothing;
    return remarked('private_dns_zone_id', 'value-ignored', 'A DNS zone has no effect without `subnet_ids`.');
  }
  const [one] = subnets;
  if (one === undefined || subnets.length > 1) {
    const id = 'the id of one subnet delegated to Microsoft.DBforPostgreSQL/flexibleServers';
    return refused(spec, 'subnet_ids', 'must be exactly one on Azure', id);
  }
  const noRules = 'A server in a subnet has no firewall rules: use a network security group.';
  return gathered([
    zone === undefined ? refused(spec, 'subnet_ids', 'needs `private_dns_zone_id`', undefined, one) : nothing,
    isPublic === true ? refused(spec, 'publicly_accessible', 'excludes `subnet_ids`', 'one of the two') : nothing,
    networks.length > 0 ? remarked('allowed_cidr_blocks', 'value-ignored', noRules) : nothing
  ]);
}

/** By the address 0.0.0.0 alone Azure understands everything that runs on it, whoever it belongs to. */
function allowed(spec: Spec, cidr: string): Validation {
  if (rangeOf(cidr) === undefined) {
    const why = "holds IPv6, which Azure's rules do not know";
    return refused(spec, 'allowed_cidr_blocks', why, 'IPv4 networks', cidr);
  }
  if (cidr === '0.0.0.0/32') {
    return refused(spec, 'allowed_cidr_blocks', 'would let in all of Azure', 'the networks that are meant', cidr);
  }
  if (cidr !== '0.0.0.0/0') return nothing;
  const message = '`allowed_cidr_blocks` lets everyone in (0.0.0.0/0).';
  return {
    problems: [],
    notices: [{ code: 'public-exposure', severity: 'danger', input: 'allowed_cidr_blocks', message }]
  };
}
