import type { FirewallRule, Server } from '@azure/arm-postgresql-flexible';
import ipaddr from 'ipaddr.js';
import type { Facts, FieldTable, ResourceType, Work } from '../../../engine/resource.ts';
import type { Value } from '../../../engine/value.ts';
import { ignoring } from '../../failures.ts';
import { FIREWALL, SERVER, SERVER_GROUP } from '../addresses.ts';
import { networkOfRule, ruleName } from '../api/names.ts';
import { mutate } from '../api/operation.ts';
import { ownershipOf } from '../api/tags.ts';
import type { AzureContext } from '../context.ts';
import { SERVERS } from '../live-state.ts';

/** Rules are fields that begin so: `rules.203.0.113.0/24`. */
export const RULES = 'rules.';

/** The networks that are let in, each a rule. */
export const RULE_FIELDS: FieldTable = {
  'rules.*': {
    api: 'firewallRules',
    input: 'allowed_cidr_blocks',
    impact: ({ to }, live) => (to === null && live.facts['isLocked'] === true ? 'blocked' : 'online'),
    hint: 'A lock keeps rules from being deleted: apply with `enable_deletion_protection: false` first, and switch it on again afterwards.'
  }
};

/** The networks that are let in: rules of the server whose names are ours. All others are left alone. */
export const firewall: ResourceType<AzureContext> = {
  type: 'firewall',
  fields: RULE_FIELDS,
  permissions: {
    observe: [`${SERVERS}/firewallRules/read`],
    create: [`${SERVERS}/firewallRules/write`],
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
    return [
      {
        address: FIREWALL,
        type: 'firewall',
        title: firewallTitle(context),
        ownership: ownershipOf(live.tags, context.target),
        fields: ours,
        facts: { isLocked },
        isProtected: isLocked,
        deletedWith: SERVER,
        dependsOn: [SERVER],
        concurrencyGroup: SERVER_GROUP
      }
    ];
  },
  create: write,
  update: write,
  remove: async (context, work) => {
    const live = Object.keys(work.observed?.fields ?? {});
    await writeRules(
      context,
      context.names.server,
      live.map(field => [field, null])
    );
  }
};

export function firewallTitle({ names }: AzureContext): string {
  return `firewall of ${names.server}`;
}

/** First and last address of an IPv4 network: `10.0.0.0-10.0.255.255`. `undefined` for IPv6, which Azure's rules do not know. */
export function rangeOf(cidr: string): string | undefined {
  if (!ipaddr.IPv4.isValidCIDR(cidr)) return undefined;
  const first = ipaddr.IPv4.networkAddressFromCIDR(cidr).toString();
  const last = ipaddr.IPv4.broadcastAddressFromCIDR(cidr).toString();
  return `${first}-${last}`;
}

/** Whether a server is in a subnet of its own: it has no rules then. */
export function isPrivate({ network }: Server): boolean {
  return Boolean(network?.delegatedSubnetResourceId);
}

/** Those of a server's rules that are ours, as fields. */
export function rulesOf(rules: readonly FirewallRule[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    rules.flatMap(({ name = '', startIpAddress, endIpAddress }) => {
      const network = networkOfRule(name);
      return network === undefined ? [] : [[`${RULES}${network}`, `${startIpAddress}-${endIpAddress}`] as const];
    })
  );
}

async function write(context: AzureContext, { values }: Work): Promise<Facts> {
  await writeRules(context, context.names.server, Object.entries(values));
  return {};
}

/** One rule after the other: the server is busy with each. `null` takes one away. */
export async function writeRules(
  context: AzureContext,
  server: string,
  rules: readonly (readonly [field: string, range: Value])[]
): Promise<void> {
  const { resourceGroup } = context;
  for (const [field, value] of rules) {
    const rule = ruleName(field.slice(RULES.length));
    const common = { what: `firewall rule ${rule}`, usually: 'a minute', server };
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
}
