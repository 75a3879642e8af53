import { defined } from '../../../../engine/defined.ts';
import { isUnfinished } from '../../../../engine/ownership.ts';
import { defineResource } from '../../../../engine/resource.ts';
import { ignoring, UNREADABLE } from '../../../failures.ts';
import { SERVER, SERVER_GROUP } from '../../addresses.ts';
import { operationAtWork } from '../../api/operation.ts';
import type { Instance, Operation } from '../../api/types.ts';
import type { GcpContext } from '../../context.ts';
import { flagsOf, operationsOf } from '../../live-state.ts';
import { instanceFacts } from './convert.ts';
import { ownershipIn } from './copy.ts';
import { createInstance } from './create.ts';
import { SERVER_KIND, stateOf, STOPPED, type ObservedServer } from './fields.ts';
import { removeServer } from './remove.ts';
import { updateInstance } from './update.ts';
import { liveValues } from './values.ts';

/** The PostgreSQL server: one instance of Cloud SQL. */
export const server = defineResource<GcpContext>()({
  ...SERVER_KIND,
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
    // Asked before it is known whether there is an instance. A failure shows where the answer is needed.
    operationsNow(context, context.name).catch(() => undefined);
    const live = await context.live();
    return live === undefined ? [] : [await observed(context, live)];
  },
  create: createInstance,
  update: updateInstance,
  remove: removeServer
});

async function observed(context: GcpContext, live: Instance): Promise<ObservedServer> {
  const [state, restarts] = await Promise.all([stateNow(context, live), restartFlags(context, live)]);
  return observedAs(context, live, state, restarts);
}

/** The server, as its outputs need it: without a call besides that for the instance. */
export async function foundServer(context: GcpContext): Promise<readonly ObservedServer[]> {
  const live = await context.live();
  return live === undefined ? [] : [observedAs(context, live, stateOf(live), [])];
}

function observedAs(
  context: GcpContext,
  live: Instance,
  state: string,
  restarts: readonly string[] | undefined
): ObservedServer {
  const ownership = ownershipIn(context, live);
  const isCopying = isUnfinished(ownership);
  const values = liveValues(context.settings, live);
  return {
    address: SERVER,
    type: 'server',
    title: `server ${context.name}`,
    ownership,
    fields: { ...values, state: isCopying && state !== 'FAILED' ? 'UNFINISHED_COPY' : state },
    facts: defined({ ...instanceFacts(live), restart_flags: restarts }),
    isProtected: values.deletion_protection === true && !isCopying,
    ...(stateOf(live) === STOPPED ? { stopped: {} } : {}),
    losesData: context.settings.skip_final_snapshot === true || live.state !== 'RUNNABLE',
    dependsOn: [],
    concurrencyGroup: SERVER_GROUP
  };
}

/**
 * `CHANGING` while an operation of an earlier run is at work: until it ends, the values shown may not be the final
 * ones.
 */
async function stateNow(context: GcpContext, live: Instance): Promise<string> {
  const state = stateOf(live);
  if (state !== 'RUNNABLE') return state;
  return operationAtWork(await operationsNow(context, live.name)) === undefined ? state : 'CHANGING';
}

async function operationsNow(context: GcpContext, name: string): Promise<readonly Operation[]> {
  const asked = context.ask(`operations ${name}`, async () => operationsOf(context, name));
  return (await ignoring(UNREADABLE, asked)) ?? [];
}

/** Flags whose change restarts the instance, by Cloud SQL's list; `undefined` where that can't be read. */
export async function restartFlags(context: GcpContext, live: Instance): Promise<readonly string[] | undefined> {
  if (context.settings.parameters === undefined || live.databaseVersion === undefined) return [];
  const known = await ignoring(UNREADABLE, flagsOf(context, live.databaseVersion));
  return known && [...known.values()].flatMap(flag => (flag.requiresRestart === true ? [flag.name] : []));
}
