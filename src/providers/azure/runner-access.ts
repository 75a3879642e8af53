import type { FirewallRule } from '@azure/arm-postgresql-flexible';
import ipaddr from 'ipaddr.js';
import { ignoring } from '../failures.ts';
import { isRunnerRule, type Firewall, type FirewallEntry, type RunnerAccess } from '../runner-access.ts';
import { NOT_READY } from '../way-in.ts';
import { mutate } from './api/operation.ts';
import type { AzureContext } from './context.ts';
import { listRules, SERVERS } from './live-state.ts';
import { isPrivate } from './resources/firewall.ts';

/** Firewall rules by their names. Azure writes one after the other, so that each call waits for its turn. */
export const runnerAccess: RunnerAccess<AzureContext> = {
  // https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-firewall-rules: up to five minutes.
  settlesSeconds: 300,
  permissions: {
    observe: [`${SERVERS}/firewallRules/read`],
    create: [`${SERVERS}/firewallRules/write`],
    update: [],
    delete: [`${SERVERS}/firewallRules/delete`]
  },
  read: async (context, _address): Promise<Firewall> => {
    const live = await context.liveState().main();
    if (live === undefined) return { ...NOT_READY, kind: 'closed' };
    if (isPrivate(live) || live.network?.publicNetworkAccess === 'Disabled') {
      return {
        kind: 'closed',
        why: 'the server has no public address, so that no rule lets this runner in',
        hint: 'Run this job in the virtual network of the server (a self-hosted runner, or Azure private networking for hosted ones).'
      };
    }
    return { kind: 'guarded', entries: (await listRules(context, context.names.server)).map(entryOf) };
  },
  admit: async (context, { name, address }) => change(context, name, address),
  dismiss: async (context, names) => {
    for (const name of names) if (isRunnerRule(name)) await ignoring(['not-found'], change(context, name, undefined));
  }
};

/** Writes a rule, or deletes it without an address. */
async function change(context: AzureContext, name: string, address: string | undefined): Promise<void> {
  const { names, resourceGroup } = context;
  const { server } = names;
  const body = { startIpAddress: address ?? '', endIpAddress: address ?? '' };
  await mutate(
    // A rule that is not awaited admits no runner.
    { ...context, options: { ...context.options, wait: true } },
    {
      what: `firewall rule ${name}`,
      usually: 'a minute',
      server,
      settles: false,
      operation: `${SERVERS}/firewallRules/${address === undefined ? 'delete' : 'write'}`,
      send: async ({ firewallRules }, options) =>
        address === undefined
          ? firewallRules.beginDelete(resourceGroup, server, name, options)
          : firewallRules.beginCreateOrUpdate(resourceGroup, server, name, body, options)
    }
  );
}

function entryOf({ name = '', startIpAddress: first, endIpAddress: last }: FirewallRule): FirewallEntry {
  return {
    name,
    title: first === last ? first : `${first}–${last}`,
    admits: address => isBetween(address, first, last)
  };
}

function isBetween(address: string, first: string, last: string): boolean {
  if (![first, last].every(one => ipaddr.IPv4.isValid(one))) return false;
  const number = (text: string): number => ipaddr.IPv4.parse(text).octets.reduce((sum, octet) => sum * 256 + octet, 0);
  return number(first) <= number(address) && number(address) <= number(last);
}
