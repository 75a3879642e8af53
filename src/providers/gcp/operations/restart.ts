import type { OperationDraft, OperationStep } from '../../../engine/operation.ts';
import type { Refusal } from '../../../engine/plan.ts';
import { serverTime } from '../../../engine/server-time.ts';
import { RECENT_MINUTES, START_FIRST, watchEvent, type EventReading } from '../../operations.ts';
import { SERVER } from '../addresses.ts';
import { mutate } from '../api/operation.ts';
import type { Instance } from '../api/types.ts';
import type { GcpContext } from '../context.ts';
import { operationsOf, readInstance } from '../live-state.ts';
import { stateOf, STOPPED } from '../resources/server/fields.ts';

/** Cloud SQL's type of each operation. */
const TYPES = { restart: 'RESTART', failover: 'FAILOVER' } as const;

/** Restarts the server where it is. */
export async function restart(context: GcpContext): Promise<OperationDraft> {
  const live = await context.live();
  return {
    steps: [restartStep(context, 'restart')],
    consequences: ['All connections are cut, usually for a minute. Read replicas are not restarted.'],
    refusals: live === undefined ? [] : refusalsOf(live, 'restart')
  };
}

/**
 * Makes the standby of a regional instance the primary.
 * https://cloud.google.com/sql/docs/postgres/high-availability
 */
export async function failover(context: GcpContext): Promise<OperationDraft> {
  const live = await context.live();
  return {
    steps: [restartStep(context, 'failover')],
    consequences: [
      'All connections are cut, usually for a minute: transactions at work are rolled back. The address stays.',
      'The primary moves to the other zone, and does not move back by itself.'
    ],
    refusals: live === undefined ? [] : refusalsOf(live, 'failover')
  };
}

function refusalsOf(live: Instance, way: 'restart' | 'failover'): readonly Refusal[] {
  const refused = (message: string, hint: string): Refusal => ({ rule: way, message, hint });
  const state = stateOf(live);
  if (state === STOPPED) return [refused(`${live.name} is stopped.`, START_FIRST)];
  if (state !== 'RUNNABLE') {
    return [refused(`${live.name} is ${state}.`, 'Open the instance in the Google Cloud console: it names the cause.')];
  }
  if (way === 'failover' && live.settings?.availabilityType !== 'REGIONAL') {
    return [refused(`${live.name} has no standby to fail over to.`, 'Apply `multi_az: true` first.')];
  }
  return [];
}

function restartStep(context: GcpContext, way: 'restart' | 'failover'): OperationStep {
  const { name: instance, project, pollSeconds } = context;
  const summary = way === 'restart' ? `restart server ${instance}` : `fail over server ${instance}`;
  const usually = '1–3 min';
  const place = { project, instance };
  const call = way === 'restart' ? 'cloudsql.instances.restart' : 'cloudsql.instances.failover';
  let isFinished = false;
  return {
    address: SERVER,
    title: `server ${instance}`,
    summary,
    call,
    impact: way,
    usually,
    intervalSeconds: pollSeconds,
    isRepeatable: false,
    look: watchEvent(
      async () => readEvent(context, way),
      () => isFinished
    ),
    send: async () => {
      await mutate(context, {
        what: summary,
        instance,
        usually,
        permission: call,
        type: TYPES[way],
        send: async (sdk, options) =>
          way === 'restart' ? sdk.instances.restart(place, options) : sdk.instances.failover(place, options),
        ...(way === 'restart' ? {} : { body: async () => failoverBody(context) })
      });
      isFinished = true;
    }
  };
}

/** The version says which state of the instance was looked at. */
async function failoverBody(context: GcpContext): Promise<object> {
  const live = await readInstance(context, context.name);
  return { failoverContext: { settingsVersion: live?.settings?.settingsVersion } };
}

async function readEvent(context: GcpContext, way: 'restart' | 'failover'): Promise<EventReading> {
  const [live, operations] = await Promise.all([
    readInstance(context, context.name),
    operationsOf(context, context.name)
  ]);
  if (live === undefined) {
    return { failed: { state: 'failed', message: 'it does not exist any more' }, isAtWork: false, detail: 'gone' };
  }
  const own = operations.filter(({ operationType }) => operationType === TYPES[way]);
  const detail = stateOf(live);
  if (own.some(({ status }) => status !== 'DONE')) return { isAtWork: true, detail };
  const since = serverTime(context.execution).getTime() - RECENT_MINUTES * 60_000;
  const last = own.find(
    ({ insertTime = '', error }) => error === undefined && Date.parse(insertTime) >= since
  )?.insertTime;
  return { isAtWork: false, detail, ...(last === undefined ? {} : { recordedAt: last }) };
}
