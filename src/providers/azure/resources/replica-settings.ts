import type { Server } from '@azure/arm-postgresql-flexible';
import type { Facts, FieldTable, Observed, ResourceType, Work } from '../../../engine/resource.ts';
import { textOf, type Value } from '../../../engine/value.ts';
import { replicaAddress, replicaSettingsAddress, SERVER_LANE } from '../addresses.ts';
import { ownershipOf } from '../api/tags.ts';
import type { AzureWorld } from '../context.ts';
import {
  configure,
  freshConfiguration,
  READ_CONFIGURATIONS,
  restart,
  WRITE_CONFIGURATIONS
} from '../api/configuration.ts';
import { isPrivate, RULE_FIELDS, RULES, rulesOf, writeRules } from './firewall.ts';
import { PARAMETER_FIELDS, PREFIX } from './parameters.ts';
import { listRules, SERVERS } from '../live-state.ts';
import { addressOf, nameAt } from './replica.ts';

/**
 * Parameters that a replica must have at least as high as its server: otherwise it stops following. All need a restart.
 * https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-ADMIN
 */
export const SHARED: readonly string[] = [
  'max_connections',
  'max_locks_per_transaction',
  'max_prepared_transactions',
  'max_wal_senders',
  'max_worker_processes'
];

const fields: FieldTable = { ...RULE_FIELDS, ...PARAMETER_FIELDS };
const NUMBERED = /^replica\/(.+)$/;

type Entry = readonly [field: string, value: Value];

/**
 * What a replica gets from its server when it is made, and keeps for itself from then on: who may connect, and the parameters that it must
 * share. https://learn.microsoft.com/azure/postgresql/read-replica/concepts-read-replicas#configuration-management
 */
export const replicaSettings: ResourceType<AzureWorld> = {
  type: 'replica-settings',
  fields,
  permissions: {
    observe: [`${SERVERS}/firewallRules/read`, READ_CONFIGURATIONS],
    create: [`${SERVERS}/firewallRules/write`, `${SERVERS}/firewallRules/delete`, WRITE_CONFIGURATIONS],
    update: [`${SERVERS}/firewallRules/write`, `${SERVERS}/firewallRules/delete`, WRITE_CONFIGURATIONS],
    delete: []
  },
  observe: async world => {
    if (world.settings.allowed_cidr_blocks === undefined && sharedNames(world).length === 0) return [];
    const [replicas, isLocked] = await Promise.all([world.reading().replicas(), world.reading().isGroupLocked()]);
    const ours = replicas.filter(live => NUMBERED.test(addressOf(world, live)));
    return Promise.all(ours.map(async live => observed(world, live, isLocked)));
  },
  create: async (world, work) => {
    const name = serverOf(world, work);
    const rules = entries(work, RULES);
    const there = rules.length === 0 ? {} : rulesOf(await listRules(world, name));
    const strange = Object.keys(there).filter(field => !(field in work.values));
    await writeRules(world, name, [
      ...rules.filter(([field]) => !(field in there)),
      ...strange.map(field => [field, null] as const)
    ]);
    const differing: Entry[] = [];
    for (const [field, value] of entries(work, PREFIX)) {
      const live = await freshConfiguration(world, field.slice(PREFIX.length), name);
      if (live?.value !== textOf(value)) differing.push([field, value]);
    }
    return setParameters(world, name, differing, true);
  },
  update: async (world, work) => {
    const name = serverOf(world, work);
    await writeRules(world, name, entries(work, RULES));
    return setParameters(world, name, entries(work, PREFIX), world.options.allowRestart === true);
  },
  // They go with their replica.
  remove: async () => undefined
};

export function replicaSettingsTitle(replica: string): string {
  return `settings of read replica ${replica}`;
}

/** Those of the workflow's parameters that replicas must share. */
export function sharedNames({ settings }: AzureWorld): readonly string[] {
  return Object.keys(settings.parameters ?? {})
    .map(name => name.trim().toLowerCase())
    .filter(name => SHARED.includes(name));
}

async function observed(world: AzureWorld, live: Server, isLocked: boolean): Promise<Observed> {
  const name = live.name ?? '';
  const address = addressOf(world, live);
  const hasRules = world.settings.allowed_cidr_blocks !== undefined && !isPrivate(live);
  const [rules, known] = await Promise.all([
    hasRules ? world.reading().rulesAt(name) : [],
    sharedNames(world).length > 0 ? world.reading().configurationsAt(name) : []
  ]);
  const shared = known.filter(one => SHARED.includes(one.name ?? ''));
  return {
    address: replicaSettingsAddress(address.slice('replica/'.length)),
    type: 'replica-settings',
    title: replicaSettingsTitle(name),
    ownership: ownershipOf(live.tags, world.target),
    fields: {
      ...rulesOf(rules),
      ...Object.fromEntries(shared.map(one => [`${PREFIX}${one.name ?? ''}`, one.value ?? ''])),
      ...(shared.length === 0 ? {} : { restart_pending: known.some(one => one.isConfigPendingRestart === true) })
    },
    facts: { isLocked, static: [...SHARED], mayRestart: world.options.allowRestart === true },
    goesWith: address,
    dependsOn: [address],
    lane: SERVER_LANE
  };
}

function serverOf(world: AzureWorld, { address }: Work): string {
  return nameAt(world, replicaAddress(address.slice('replica-settings/'.length)));
}

function entries({ values }: Work, prefix: string): readonly Entry[] {
  return Object.entries(values).filter(([field]) => field.startsWith(prefix));
}

/** All of them, then one restart, where one is allowed and something waits for it. */
async function setParameters(
  world: AzureWorld,
  server: string,
  parameters: readonly Entry[],
  mayRestart: boolean
): Promise<Facts> {
  for (const [field, value] of parameters) {
    await configure(world, { [field.slice(PREFIX.length)]: value === null ? null : textOf(value) }, server);
  }
  if (!mayRestart) return {};
  for (const name of sharedNames(world)) {
    if ((await freshConfiguration(world, name, server))?.isConfigPendingRestart !== true) continue;
    await restart(world, server);
    break;
  }
  return {};
}
