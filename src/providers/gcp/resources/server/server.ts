import type { FieldTable, Observed, ResourceType, Work } from '../../../../engine/resource.ts';
import { textOf, type Value } from '../../../../engine/value.ts';
import { displayParameter } from '../../../../postgres/parameters/display.ts';
import { isFailure, ignoring } from '../../../failures.ts';
import { timestamp } from '../../../names.ts';
import { SERVER, SERVER_GROUP } from '../../addresses.ts';
import { isUnfinished, ownershipIn, unprotect } from './copy.ts';
import { flagsFrom, IAM_FLAG, isListed, PREFIX, sameSpelling } from '../../api/parameters.ts';
import type { Instance } from '../../api/types.ts';
import { instanceFacts, majorOf } from './convert.ts';
import { mutate, unfinishedIn, waitUntilGone } from '../../api/operation.ts';
import { TAG_FIELD, tagFields } from '../../api/tags.ts';
import { flagsOf, operationsOf, type GcpContext } from '../../context.ts';
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
export const instance: ResourceType<GcpContext> = {
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
  observe: async context => {
    const live = await context.live();
    return live === undefined ? [] : [await observed(context, live)];
  },
  create: createInstance,
  update: updateInstance,
  remove
};

async function observed(context: GcpContext, live: Instance): Promise<Observed> {
  const isBegun = isUnfinished(context, live);
  const values = liveValues(context, live);
  const [state, restarts] = await Promise.all([stateNow(context, live), restartFlags(context, live)]);
  return {
    address: SERVER,
    type: 'server',
    title: `server ${context.name}`,
    ownership: ownershipIn(context, live),
    fields: { ...values, state: isBegun && state !== 'FAILED' ? 'UNFINISHED_COPY' : state },
    facts: { ...instanceFacts(live), restart_flags: restarts },
    isProtected: values['deletion_protection'] === true && !isBegun,
    losesData: context.settings.skip_final_snapshot === true || live.state !== 'RUNNABLE',
    dependsOn: [],
    concurrencyGroup: SERVER_GROUP
  };
}

/** An instance at work on what an earlier run has begun is not as it is to be before that has ended, whatever it shows. */
async function stateNow(context: GcpContext, live: Instance): Promise<string> {
  const state = stateOf(live);
  if (state !== 'RUNNABLE') return state;
  const operations = await context.ask(`operations ${live.name}`, async () => operationsOf(context, live.name));
  return unfinishedIn(operations) === undefined ? state : 'CHANGING';
}

/** All of a live instance in the plan's words. */
export function liveValues(context: GcpContext, live: Instance): Readonly<Record<string, Value>> {
  const labels = live.settings?.userLabels;
  return { ...instanceValues(live), ...flagValues(context, live), ...poolValues(live), ...tagFields(labels) };
}

function flagValues({ settings }: GcpContext, live: Instance): Readonly<Record<string, Value>> {
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
export async function restartFlags(context: GcpContext, live: Instance): Promise<readonly string[]> {
  if (context.settings.parameters === undefined || live.databaseVersion === undefined) return [];
  const known = await ignoring(['denied'], flagsOf(context, live.databaseVersion));
  return [...(known?.values() ?? [])].flatMap(flag => (flag.requiresRestart === true ? [flag.name] : []));
}

async function remove(context: GcpContext, work: Work): Promise<void> {
  const skips = work.observed?.losesData === true || context.target.pullRequest !== undefined;
  await unprotect(context);
  await deleteInstance(context, context.name, !skips);
}

/** Deletes an instance, keeping a last backup where asked, and waits until it is gone. Gone already is a success. */
export async function deleteInstance(context: GcpContext, name: string, keepsBackup: boolean): Promise<void> {
  const { project, settings, execution } = context;
  const description = settings.final_snapshot_identifier ?? `${name}-final-${timestamp(execution.clock.now())}`;
  const days = settings.final_backup_days ?? FINAL_BACKUP_DAYS;
  const query = {
    enableFinalBackup: 'true',
    finalBackupTtlDays: String(days),
    finalBackupDescription: description
  };
  await mutate(context, {
    what: `delete ${name}`,
    instance: name,
    usually: '1–5 min',
    permission: 'cloudsql.instances.delete',
    type: 'DELETE',
    send: async (sdk, options) => sdk.instances.delete({ project, instance: name }, options),
    ...(keepsBackup ? { query } : {}),
    reached: thrown => isFailure(thrown, 'not-found')
  });
  await waitUntilGone(context, name);
}
