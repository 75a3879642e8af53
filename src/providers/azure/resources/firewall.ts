import type { FirewallRule, Server } from '@azure/arm-postgresql-flexible';
import ipaddr from 'ipaddr.js';
import { defineResource, type FieldsOf, type FieldTable } from '../../../engine/resource.ts';
import type { Value } from '../../../engine/value.ts';
import { ignoring } from '../../failures.ts';
import { FIREWALL } from '../addresses.ts';
import { networkOfRule, ruleName } from '../api/names.ts';
import { mutate } from '../api/operation.ts';
import type { AzureContext } from '../context.ts';
import { listRules, SERVERS } from '../live-state.ts';
import { waitForServer } from './server/wait.ts';
import { childResource } from './child-resource.ts';

/** The prefix of a rule's field: `rules.203.0.113.0/24`. */
export const RULES = 'rules.';

/** The networks that may connect, a firewall rule each. */
export const RULE_FIELDS = {
  'rules.*': {
    api: 'firewallRules',
    input: 'allowed_cidr_blocks',
    impact: ({ to }, live) => (to === null && live.facts['isLocked'] === true ? 'blocked' : 'online'),
    hint: 'A lock prevents the deletion of rules: apply `enable_deletion_protection: false` first, and switch it on again afterwards.'
  }
} as const satisfies FieldTable;

/** The firewall as a plan names it. */
const KIND = { type: 'firewall', fields: RULE_FIELDS } as const;

type Rules = FieldsOf<typeof RULE_FIELDS, Value>;

/** The networks that may connect: the server's rules with names of ours. All other rules are left alone. */
export const firewall = defineResource<AzureContext>()({
  ...KIND,
  permissions: {
    observe: [`${SERVERS}/firewallRules/read`],
    create: [`${SERVERS}/firewallRules/write`, `${SERVERS}/firewallRules/delete`],
    update: [`${SERVERS}/firewallRules/write`, `${SERVERS}/firewallRules/delete`],
    delete: [`${SERVERS}/firewallRules/delete`]
  },
  observe: async context => {
    if (context.settings.allowed_cidr_blocks === undefined) return [];
    const live = await context.liveState().main();
    if (live === undefined || isPrivate(live)) return [];
    const ours = rulesOf(await context.liveState().rules());
    if (Object.keys(ours).length === 0) return [];
    const isLocked = await context.liveState().isLocked();
    const own = { address: FIREWALL, title: firewallTitle(context), fields: ours, facts: { isLocked } };
    return [childResource(context, live, KIND, { ...own, isProtected: isLocked })];
  },
  create: async (context, work) => {
    // Rules of our names that appeared after the plan are of another run: with others than ours, the run is refused.
    const present: FieldsOf<FieldTable, Value> = rulesOf(await listRules(context, context.names.server));
    const wanted: FieldsOf<FieldTable, Value> = work.values;
    const missing = Object.entries(wanted).filter(([field, range]) => present[field] !== range);
    const surplus = Object.keys(present).filter(field => !(field in wanted));
    const isRestored = context.settings.restore_source !== undefined;
    if (!isRestored && Object.keys(present).length > 0) {
      work.foundExisting();
      if (surplus.length > 0 || missing.some(([field]) => field in present)) return {};
    }
    await writeRules(context, context.names.server, Object.fromEntries(missing));
    // A restored server has the rules of its source. A lock keeps them: the next plan tells of them.
    // https://github.com/MicrosoftDocs/azure-docs/issues/113485
    const gone = Object.fromEntries(surplus.map(field => [field, null]));
    await ignoring(['protected'], writeRules(context, context.names.server, gone));
    return {};
  },
  update: async (context, { values }) => {
    await writeRules(context, context.names.server, values);
    return {};
  },
  remove: async (context, work) => {
    const live = Object.keys(work.observed?.fields ?? {});
    await writeRules(context, context.names.server, Object.fromEntries(live.map(field => [field, null])));
  }
});

export function firewallTitle({ names }: AzureContext): string {
  return `firewall of ${names.server}`;
}

/**
 * First and last address of an IPv4 network: `10.0.0.0-10.0.255.255`. `undefined` for IPv6, which Azure's rules lack.
 */
export function rangeOf(cidr: string): string | undefined {
  if (!ipaddr.IPv4.isValidCIDR(cidr)) return undefined;
  const first = ipaddr.IPv4.networkAddressFromCIDR(cidr).toString();
  const last = ipaddr.IPv4.broadcastAddressFromCIDR(cidr).toString();
  return `${first}-${last}`;
}

/** Whether a server is in a subnet of its own, where it has no rules. */
export function isPrivate({ network }: Server): boolean {
  return Boolean(network?.delegatedSubnetResourceId);
}

/** The rules of ours among a server's, as fields. */
export function rulesOf(rules: readonly FirewallRule[]): Rules {
  return Object.fromEntries(
    rules.flatMap(({ name = '', startIpAddress, endIpAddress }) => {
      const network = networkOfRule(name);
      return network === undefined ? [] : [[`${RULES}${network}`, `${startIpAddress}-${endIpAddress}`] as const];
    })
  );
}

/** Writes one rule after the other, since the server is busy with each. `null` deletes a rule. */
export async function writeRules(context: AzureContext, server: string, rules: Rules): Promise<void> {
  const { resourceGroup } = context;
  for (const [field, value] of Object.entries(rules)) {
    const rule = ruleName(field.slice(RULES.length));
    const common = { what: `firewall rule ${rule}`, usually: 'a minute', server, settles: false };
    if (typeof value === 'string') {
      const [startIpAddress = '', endIpAddress = ''] = value.split('-');
      const body = { startIpAddress, endIpAddress };
      await mutate(context, {
        ...common,
        operation: `${SERVERS}/firewallRules/write`,
        send: async (client, options) =>
          client.firewallRules.beginCreateOrUpdate(resourceGroup, server, rule, body, options)
      });
    } else {
      await ignoring(
        ['not-found'],
        mutate(context, {
          ...common,
          operation: `${SERVERS}/firewallRules/delete`,
          send: async (client, options) => client.firewallRules.beginDelete(resourceGroup, server, rule, options)
        })
      );
    }
  }
  if (Object.keys(rules).length > 0) await waitForServer(context, server);
}
