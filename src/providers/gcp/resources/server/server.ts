import type { FieldTable, Observed, ResourceType, Work } from '../../../../engine/resource.ts';
import { textOf, type Value } from '../../../../engine/value.ts';
import { displayParameter } from '../../../../postgres/parameters/display.ts';
import { isKind, settled } from '../../../failures.ts';
import { timestamp } from '../../../names.ts';
import { SERVER, SERVER_LANE } from '../../addresses.ts';
import { isUnfinished, ownershipIn, unprotect } from './copy.ts';
import { flagsFrom, IAM_FLAG, isListed, PREFIX, sameSpelling } from '../../api/parameters.ts';
import type { Instance } from '../../api/types.ts';
import { instanceFacts, majorOf } from './convert.ts';
import { mutate, unfinishedIn, waitUntilGone } from '../../api/operation.ts';
import { TAG_FIELD, tagFields } from '../../api/tags.ts';
import { flagsOf, operationsOf, type GcpWorld } from '../../context.ts';
import { createInstance } from './create.ts';
import { INSTANCE_FIELDS, instanceValues, stateOf } from './fields.ts';
import { updateInstance } from './update.ts';

/** Days that a final backup is kept where no input says. */
export const FINAL_BACKUP_DAYS = 30;

const fields: FieldTable = {
  ...INSTANCE_FIELDS,
  iam_database_authentication_enabled: {
    api: `settings.databaseFlags.${IAM_FLAG}`,
    input: 'iam_database_authentication_enabled',
    impact: 'online'
  },
  'parameters.*': {
    api: 'settings.databaseFlags',
    input: 'parameters',
    impact: (change, live) => {
      const restarts = live.facts['restart_flags'];
      return Array.isArray(restarts) && restarts.includes(change.field.slice(PREFIX.length)) ? 'restart' : 'online';
    },
    normalise: (value, field) => (value === null ? value : sameSpelling(field.slice(PREFIX.length), textOf(value))),
    show: (value, field) => displayParameter(field.slice(PREFIX.length), textOf(value))
  },
  'pool.*': { api: 'settings.connectionPoolConfig.flags', input: 'proxy_config', impact: 'online' },
  'tags.*': TAG_FIELD
};

/** The PostgreSQL server: one instance of Cloud SQL. */
export const instance: ResourceType<GcpWorld> = {
  type: 'server',
  fields,
  permissions: {
    observe: ['cloudsql.instances.get', 'cloudsql.instances.list'],
    create: [
      'cloudsql.instances.create',
      'cloudsql.instances.clone',
      'cloudsql.instances.restoreBackup',
      'cloudsql.backupRuns.list',
      'compute.networks.get'
    ],
    update: ['cloudsql.instances.update'],
    delete: ['cloudsql.instances.delete', 'cloudsql.backupRuns.create']
  },
  observe: async world => {
    const live = await world.live();
    return live === undefined ? [] : [await observed(world, live)];
  },
  create: createInstance,
  update: updateInstance,
  remove
};

async function observed(world: GcpWorld, live: Instance): Promise<Observed> {
  const isBegun = isUnfinished(world, live);
  const values = liveValues(world, live);
  const [state, restarts] = await Promise.all([stateNow(world, live), restartFlags(world, live)]);
  return {
    address: SERVER,
    type: 'server',
    title: `server ${world.name}`,
    ownership: ownershipIn(world, live),
    fields: { ...values, state: isBegun && state !== 'FAILED' ? 'UNFINISHED_COPY' : state },
    facts: { ...instanceFacts(live), restart_flags: restarts },
    isProtected: values['deletion_protection'] === true && !isBegun,
    losesData: world.settings.skip_final_snapshot === true || live.state !== 'RUNNABLE',
    dependsOn: [],
    lane: SERVER_LANE
  };
}

/** An instance at work on what an earlier run has begun is not as it is to be before that has ended, whatever it shows. */
async function stateNow(world: GcpWorld, live: Instance): Promise<string> {
  const state = stateOf(live);
  if (state !== 'RUNNABLE') return state;
  const operations = await world.ask(`operations ${live.name}`, async () => operationsOf(world, live.name));
  return unfinishedIn(operations) === undefined ? state : 'CHANGING';
}

/** All of a live instance in the plan's words. */
export function liveValues(world: GcpWorld, live: Instance): Readonly<Record<string, Value>> {
  const labels = live.settings?.userLabels;
  return { ...instanceValues(live), ...flagValues(world, live), ...poolValues(live), ...tagFields(labels) };
}

function flagValues({ settings }: GcpWorld, live: Instance): Readonly<Record<string, Value>> {
  const asked = Object.keys(flagsFrom(settings.parameters ?? {}, majorOf(live.databaseVersion)).values);
  const all = (live.settings?.databaseFlags ?? []).map(({ name, value = '' }) => [name, value] as const);
  const shown = all.filter(([name]) => name !== IAM_FLAG && isListed(name, asked));
  return {
    iam_database_authentication_enabled: all.some(
      ([name, value]) => name === IAM_FLAG && sameSpelling(name, value) === 'on'
    ),
    ...Object.fromEntries(shown.map(([name, value]) => [`${PREFIX}${name}`, value]))
  };
}

function poolValues(live: Instance): Readonly<Record<string, Value>> {
  const flags = live.settings?.connectionPoolConfig?.flags ?? [];
  return Object.fromEntries(flags.map(({ name, value = '' }) => [`pool.${name}`, value]));
}

/** Flags whose change restarts the instance, as Cloud SQL says. */
export async function restartFlags(world: GcpWorld, live: Instance): Promise<readonly string[]> {
  if (world.settings.parameters === undefined || live.databaseVersion === undefined) return [];
  const known = await settled(['denied'], flagsOf(world, live.databaseVersion));
  return [...(known?.values() ?? [])].flatMap(flag => (flag.requiresRestart === true ? [flag.name] : []));
}

async function remove(world: GcpWorld, work: Work): Promise<void> {
  const skips = work.observed?.losesData === true || world.target.pullRequest !== undefined;
  await unprotect(world);
  await deleteInstance(world, world.name, !skips);
}

/** Deletes an instance, keeping a last backup where asked, and waits until it is gone. Gone already is a success. */
export async function deleteInstance(world: GcpWorld, name: string, keepsBackup: boolean): Promise<void> {
  const { project, settings, context } = world;
  const description = settings.final_snapshot_identifier ?? `${name}-final-${timestamp(context.clock.now())}`;
  const days = settings.final_backup_days ?? FINAL_BACKUP_DAYS;
  const query = {
    enableFinalBackup: 'true',
    finalBackupTtlDays: String(days),
    finalBackupDescription: description
  };
  await mutate(world, {
    what: `delete ${name}`,
    instance: name,
    usually: '1–5 min',
    permission: 'cloudsql.instances.delete',
    type: 'DELETE',
    send: async (sdk, options) => sdk.instances.delete({ project, instance: name }, options),
    ...(keepsBackup ? { query } : {}),
    reached: thrown => isKind(thrown, 'not-found')
  });
  await waitUntilGone(world, name);
}
