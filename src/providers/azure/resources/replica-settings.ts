import type { Server } from '@azure/arm-postgresql-flexible';
import { defineResource, type Facts, type FieldsOf, type Observed, type Work } from '../../../engine/resource.ts';
import { textOf, type Value } from '../../../engine/value.ts';
import { replicaAddress, replicaSettingsAddress, SERVER_GROUP } from '../addresses.ts';
import { replicaOwner } from '../api/tags.ts';
import type { AzureContext } from '../context.ts';
import {
  configure,
  freshConfiguration,
  READ_CONFIGURATIONS,
  restart,
  WRITE_CONFIGURATIONS
} from '../api/configuration.ts';
import { isPrivate, RULE_FIELDS, RULES, rulesOf, writeRules } from './firewall.ts';
import { PARAMETER_FIELDS, PREFIX } from './parameters.ts';
import { isProvisioning, listRules, SERVERS } from '../live-state.ts';
import { addressOf, nameAt } from './replica.ts';

/**
 * Parameters that a replica must have at least as high as its server, or it stops replaying. All need a restart.
 * https://www.postgresql.org/docs/current/hot-standby.html#HOT-STANDBY-ADMIN
 */
export const SHARED: readonly string[] = [
  'max_connections',
  'max_locks_per_transaction',
  'max_prepared_transactions',
  'max_wal_senders',
  'max_worker_processes'
];

const KIND = { type: 'replica-settings', fields: { ...RULE_FIELDS, ...PARAMETER_FIELDS } } as const;
const OURS = /^replica\/(.+)$/;

type SettingsTable = typeof KIND.fields;
type Entry = readonly [field: string, value: Value];

/**
 * What a replica copies from its server when it is made, and keeps by itself from then on: firewall rules, and the
 * parameters that must not be lower than the server's.
 * https://learn.microsoft.com/azure/postgresql/read-replica/concepts-read-replicas#configuration-management
 */
export const replicaSettings = defineResource<AzureContext>()({
  ...KIND,
  permissions: {
    observe: [`${SERVERS}/firewallRules/read`, READ_CONFIGURATIONS],
    create: [`${SERVERS}/firewallRules/write`, `${SERVERS}/firewallRules/delete`, WRITE_CONFIGURATIONS],
    update: [`${SERVERS}/firewallRules/write`, `${SERVERS}/firewallRules/delete`, WRITE_CONFIGURATIONS],
    delete: []
  },
  observe: async context => {
    if (context.settings.allowed_cidr_blocks === undefined && sharedNames(context).length === 0) return [];
    const [replicas, isLocked] = await Promise.all([
      context.liveState().replicas(),
      context.liveState().isGroupLocked()
    ]);
    const ours = replicas.filter(live => OURS.test(addressOf(context, live)));
    return Promise.all(ours.map(async live => observed(context, live, isLocked)));
  },
  create: async (context, work) => {
    const name = serverOf(context, work);
    const rules = entries(work, RULES);
    const present = rules.length === 0 ? {} : rulesOf(await listRules(context, name));
    const surplus = Object.keys(present).filter(field => !(field in work.values));
    await writeRules(
      context,
      name,
      rulesFrom([...rules.filter(([field]) => !(field in present)), ...surplus.map(field => [field, null] as const)])
    );
    const differing: Entry[] = [];
    for (const [field, value] of entries(work, PREFIX)) {
      const live = await freshConfiguration(context, field.slice(PREFIX.length), name);
      if (live?.value !== textOf(value)) differing.push([field, value]);
    }
    return setParameters(context, name, differing, true);
  },
  update: async (context, work) => {
    const name = serverOf(context, work);
    await writeRules(context, name, rulesFrom(entries(work, RULES)));
    return setParameters(context, name, entries(work, PREFIX), context.options.allowRestart === true);
  },
  // They are deleted with their replica.
  remove: async () => undefined
});

export function replicaSettingsTitle(replica: string): string {
  return `settings of read replica ${replica}`;
}

/** The names of the workflow's parameters that replicas must share. */
export function sharedNames({ settings }: AzureContext): readonly string[] {
  return Object.keys(settings.parameters ?? {})
    .map(name => name.trim().toLowerCase())
    .filter(name => SHARED.includes(name));
}

async function observed(context: AzureContext, live: Server, isLocked: boolean): Promise<Observed<SettingsTable>> {
  const name = live.name ?? '';
  const address = addressOf(context, live);
  const hasRules = context.settings.allowed_cidr_blocks !== undefined && !isPrivate(live);
  const [rules, known] = await Promise.all([
    hasRules ? context.liveState().rulesAt(name) : [],
    sharedNames(context).length > 0 && !isProvisioning(live) ? context.liveState().configurationsAt(name) : []
  ]);
  const shared = known.filter(one => SHARED.includes(one.name ?? ''));
  return {
    address: replicaSettingsAddress(address.slice('replica/'.length)),
    type: KIND.type,
    title: replicaSettingsTitle(name),
    ownership: replicaOwner(live.tags, live.name ?? '', context.target),
    fields: {
      ...rulesOf(rules),
      ...Object.fromEntries(shared.map(one => [`${PREFIX}${one.name ?? ''}`, one.value ?? ''])),
      ...(shared.length === 0 ? {} : { restart_pending: known.some(one => one.isConfigPendingRestart === true) })
    },
    facts: { isLocked, static: [...SHARED], mayRestart: context.options.allowRestart === true },
    deletedWith: address,
    dependsOn: [address],
    concurrencyGroup: SERVER_GROUP
  };
}

function serverOf(context: AzureContext, { address }: Pick<Work, 'address'>): string {
  return nameAt(context, replicaAddress(address.slice('replica-settings/'.length)));
}

function rulesFrom(rules: readonly Entry[]): FieldsOf<typeof RULE_FIELDS, Value> {
  return Object.fromEntries(rules);
}

function entries({ values }: Work<SettingsTable>, prefix: string): readonly Entry[] {
  return Object.entries(values).filter(([field]) => field.startsWith(prefix));
}

/** Sets the parameters, then restarts once, where that is allowed and a parameter waits for it. */
async function setParameters(
  context: AzureContext,
  server: string,
  parameters: readonly Entry[],
  mayRestart: boolean
): Promise<Facts> {
  for (const [field, value] of parameters) {
    await configure(context, { [field.slice(PREFIX.length)]: value === null ? null : textOf(value) }, server);
  }
  if (!mayRestart) return {};
  for (const name of sharedNames(context)) {
    if ((await freshConfiguration(context, name, server))?.isConfigPendingRestart !== true) continue;
    await restart(context, server);
    break;
  }
  return {};
}
