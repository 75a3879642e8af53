import ipaddr from 'ipaddr.js';
import { isPrivateAddress } from '../private-address.ts';
import type { Firewall, FirewallEntry, RunnerAccess } from '../runner-access.ts';
import { NOT_READY } from '../way-in.ts';
import type { AuthorizedNetwork, Instance } from './api/types.ts';
import type { GcpContext } from './context.ts';
import { readInstance } from './live-state.ts';
import { addressesOf, plainNetwork } from './resources/server/convert.ts';
import { patch } from './resources/server/patch.ts';

/**
 * Authorised networks by their names. Cloud SQL replaces the whole list: it is read again for each try, carries the
 * version of the settings, and holds the entries of others as they are. An entry also expires by itself.
 */
export const runnerAccess: RunnerAccess<GcpContext> = {
  settlesSeconds: 60,
  permissions: {
    observe: ['cloudsql.instances.get'],
    create: ['cloudsql.instances.update'],
    update: [],
    delete: ['cloudsql.instances.update']
  },
  read: async (context, address): Promise<Firewall> => {
    const live = await readInstance(context, context.name);
    if (live === undefined) return { ...NOT_READY, kind: 'closed' };
    // A client in the private network needs no entry, and Cloud SQL refuses private ones.
    if (address !== undefined && isPrivateAddress(address)) return { kind: 'open' };
    if (addressesOf(live).public === undefined) {
      return {
        kind: 'closed',
        why: 'the instance has no public address, so that no authorised network lets this runner in',
        hint: 'Set `connect_through: data-api`, which needs no network, or run this job in the VPC of the instance.'
      };
    }
    return { kind: 'guarded', entries: networksOf(live).map(entryOf) };
  },
  admit: async (context, { name, address, expiresAt }) => {
    const value = `${address}/32`;
    await change(context, `admit ${address} to ${context.name}`, networks =>
      networks.some(one => plainNetwork(one.value) === value)
        ? undefined
        : [...networks, { value, name, expirationTime: expiresAt }]
    );
  },
  dismiss: async (context, names) =>
    change(context, `remove a rule for a runner from ${context.name}`, networks => {
      const rest = networks.filter(({ name = '' }) => !names.includes(name));
      return rest.length === networks.length ? undefined : rest;
    })
};

function networksOf({ settings }: Instance): readonly AuthorizedNetwork[] {
  return settings?.ipConfiguration?.authorizedNetworks ?? [];
}

/** `undefined`: nothing is to be changed. */
async function change(
  context: GcpContext,
  what: string,
  next: (networks: readonly AuthorizedNetwork[]) => readonly AuthorizedNetwork[] | undefined
): Promise<void> {
  // An entry that is not awaited admits no runner.
  const waiting = { ...context, options: { ...context.options, wait: true } };
  await patch(waiting, context.name, what, live => {
    const networks = next(networksOf(live));
    return networks === undefined ? {} : { settings: { ipConfiguration: { authorizedNetworks: networks } } };
  });
}

function entryOf({ value, name = '' }: AuthorizedNetwork): FirewallEntry {
  const network = plainNetwork(value);
  return {
    name,
    title: network,
    admits: address => ipaddr.IPv4.isValidCIDR(network) && ipaddr.parse(address).match(ipaddr.parseCIDR(network))
  };
}
