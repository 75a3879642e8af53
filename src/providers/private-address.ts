import ipaddr from 'ipaddr.js';

/** Whether an address is one of a private network, so that no public route leads to it. */
export function isPrivateAddress(address: string): boolean {
  return ['private', 'uniqueLocal', 'carrierGradeNat'].includes(ipaddr.parse(address).range());
}
