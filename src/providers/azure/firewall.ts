import ipaddr from 'ipaddr.js';
import type { Facts, FieldTable, ResourceType, Work } from '../../engine/resource.ts';
import { settled } from '../answers.ts';
import { FIREWALL, SERVER, SERVER_LANE } from './addresses.ts';
import { networkOfRule, ruleName } from './azure-names.ts';
import { mutate } from './azure-operation.ts';
import { ownershipOf } from './azure-tags.ts';
import type { AzureWorld } from './azure-world.ts';
import { SERVERS } from './reading.ts';

const PREFIX = 'rules.';

const fields: FieldTable = {
  'rules.*': {
    api: 'firewallRules',
    input: 'allowed_cidr_blocks',
    impact: ({ to }, live) => (to === null && live.facts['isLocked'] === true ? 'blocked' : 'online'),
    wayOut:
      'A lock keeps rules from being deleted: apply with `enable_deletion_protection: false` first, and switch it on again afterwards.'
  }
};

/** The networks that are let in: rules of the server whose names are ours. All others are left alone. */
export const firewall: ResourceType<AzureWorld> = {
  type: 'firewall',
  fields,
  permissions: {
    observe: [`${SERVERS}/firewallRules/read`],
    create: [`${SERVERS}/firewallRules/write`],
    update: [`${SERVERS}/firewallRules/write`, `${SERVERS}/firewallRules/delete`],
    delete: [`${SERVERS}/firewallRules/delete`]
  },
  observe: async world => {
    if (world.settings.allowed_cidr_blocks === undefined) return [];
    const live = await world.reading().main();
    const ours = (await world.reading().rules()).flatMap(({ name = '', startIpAddress, endIpAddress }) => {
      const network = networkOfRule(name);
      return network === undefined ? [] : [[`${PREFIX}${network}`, `${startIpAddress}-${endIpAddress}`] as const];
    });
    if (live === undefined || ours.length === 0) return [];
    const isLocked = await world.reading().isLocked();
    return [
      {
        address: FIREWALL,
        type: 'firewall',
        title: firewallTitle(world),
        ownership: ownershipOf(live.tags, world.target),
        fields: Object.fromEntries(ours),
        facts: { isLocked },
        isProtected: isLocked,
        goesWith: SERVER,
        dependsOn: [SERVER],
        lane: SERVER_LANE
      }
    ];
  },
  create: write,
  update: write,
  remove: async (world, work) => {
    const live = Object.keys(work.observed?.fields ?? {});
    await write(world, { ...work, values: Object.fromEntries(live.map(field => [field, null])) });
  }
};

export function firewallTitle({ names }: AzureWorld): string {
  return `firewall of ${names.server}`;
}

/** First and last address of an IPv4 network: `10.0.0.0-10.0.255.255`. `undefined` for IPv6, which Azure's rules do not know. */
export function rangeOf(cidr: string): string | undefined {
  if (!ipaddr.IPv4.isValidCIDR(cidr)) return undefined;
  const first = ipaddr.IPv4.networkAddressFromCIDR(cidr).toString();
  const last = ipaddr.IPv4.broadcastAddressFromCIDR(cidr).toString();
  return `${first}-${last}`;
}

/** One rule after the other: the server is busy with each. */
async function write(world: AzureWorld, work: Work): Promise<Facts> {
  const { resourceGroup, names } = world;
  const { server } = names;
  for (const [field, value] of Object.entries(work.values)) {
    const network = field.slice(PREFIX.length);
    const rule = ruleName(network);
    const common = { what: `firewall rule ${rule}`, usually: 'a minute', server };
    if (typeof value === 'string') {
      const [startIpAddress = '', endIpAddress = ''] = value.split('-');
      await mutate(world, {
        ...common,
        operation: `${SERVERS}/firewallRules/write`,
        send: async (client, options) =>
          client.firewallRules.beginCreateOrUpdate(
            resourceGroup,
            server,
            rule,
            { startIpAddress, endIpAddress },
            options
          )
      });
    } else {
      await settled(
        ['not-found'],
        mutate(world, {
          ...common,
          operation: `${SERVERS}/firewallRules/delete`,
          send: async (client, options) => client.firewallRules.beginDelete(resourceGroup, server, rule, options)
        })
      );
    }
  }
  return {};
}
