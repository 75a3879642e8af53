import type { Server } from '@azure/arm-postgresql-flexible';
import type { OperationDraft, OperationStep } from '../../../engine/operation.ts';
import type { Refusal } from '../../../engine/plan.ts';
import { OPTIONAL_SECONDS } from '../../../engine/run-operation.ts';
import { serverTime } from '../../../engine/server-time.ts';
import { RECENT_MINUTES, START_FIRST, watchEvent, type EventReading } from '../../operations.ts';
import { isRecent, noteOf, noteSteps, type NoteSteps, type OperationNote } from '../../operation-note.ts';
import type { MarkAccess } from '../../promotion.ts';
import { markOf } from '../../mark-tags.ts';
import { SERVER } from '../addresses.ts';
import { activityOf, isOf, lastOf, type Activity } from '../api/activity-log.ts';
import { mutate } from '../api/operation.ts';
import type { AzureContext } from '../context.ts';
import { SERVERS } from '../live-state.ts';
import { FINAL, stoppedState } from '../resources/server/fields.ts';
import { readServer } from '../resources/server/wait.ts';
import { markAccess } from './promote.ts';

const RESTART = `${SERVERS}/restart/action`;

/** Restarts PostgreSQL on the server. */
export async function restart(context: AzureContext): Promise<OperationDraft> {
  const live = await context.liveState().main();
  return {
    steps: [restartStep(context, live, 'restart')],
    consequences: ['All connections are cut, usually for a minute. Parameters that wait for a restart take effect.'],
    refusals: live === undefined ? [] : refusalsOf(live, 'restart')
  };
}

/**
 * Makes the standby the primary, planned or forced.
 * https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-high-availability
 */
export async function failover(context: AzureContext): Promise<OperationDraft> {
  const live = await context.liveState().main();
  const isForced = context.settings.failover_mode === 'forced';
  const note = live === undefined ? undefined : failoverNote(context, live);
  return {
    steps: [
      ...(note === undefined ? [] : [note.begin]),
      restartStep(context, live, 'failover'),
      ...(note === undefined ? [] : [note.end])
    ],
    consequences: [
      isForced
        ? 'The primary is ended at once: transactions at work are rolled back. Nothing connects for 1–2 min.'
        : 'The standby catches up first. Then all connections are cut, usually for less than a minute.',
      'The name of the server stays. Primary and standby change their zones, and do not change back by themselves.'
    ],
    refusals: live === undefined ? [] : refusalsOf(live, 'failover')
  };
}

/** Azure's log does not tell a failover from a restart: the zones do. */
function failoverNote(context: AzureContext, live: Server): NoteSteps {
  const isForced = context.settings.failover_mode === 'forced';
  return noteSteps(noteAccess(context), noteName(context), {
    before: live.availabilityZone ?? '',
    now: nowOf(context),
    // In a disaster the failover waits for nothing.
    isOptional: isForced,
    standing: async note => {
      const now = await readServer(context, context.names.server);
      if (now === undefined || isRestarting(now)) return 'begun';
      return failoverState(context, now, note);
    }
  });
}

/** A forced one after a planned one is another failover. */
function noteName({ settings }: AzureContext): string {
  return settings.failover_mode === 'forced' ? 'forced failover' : 'failover';
}

function noteAccess(context: AzureContext): MarkAccess {
  const access = (of: AzureContext): MarkAccess => markAccess(of, context.names.server, SERVER);
  if (context.settings.failover_mode !== 'forced') return access(context);
  // A change of the server gets no more time than an optional step has.
  return { ...access(context), write: async mark => access(briefly(context)).write(mark) };
}

function briefly(context: AzureContext): AzureContext {
  const { options, execution } = context;
  const most = execution.clock.now().getTime() + OPTIONAL_SECONDS * 1000;
  return { ...context, options: { ...options, deadline: new Date(Math.min(options.deadline.getTime(), most)) } };
}

function nowOf({ execution }: AzureContext): () => Date {
  return () => serverTime(execution);
}

function refusalsOf(live: Server, way: 'restart' | 'failover'): readonly Refusal[] {
  const { name = '', state = 'Ready' } = live;
  const refused = (message: string, hint: string): Refusal => ({ rule: way, message, hint });
  if (stoppedState(live) !== undefined) {
    return [refused(`${name} is stopped.`, START_FIRST)];
  }
  if (FINAL.includes(state)) {
    return [refused(`${name} is \`${state}\`.`, 'Read the activity log of the server in the Azure portal.')];
  }
  if (way === 'restart') return [];
  const { mode = 'Disabled', state: standby = 'NotEnabled' } = live.highAvailability ?? {};
  if (mode === 'Disabled') {
    return [refused(`${name} has no standby to fail over to.`, 'Apply `multi_az: true` first.')];
  }
  return ['Healthy', 'FailingOver'].includes(standby)
    ? []
    : [refused(`The standby of ${name} is \`${standby}\`.`, 'Wait until it is `Healthy`, then run the command again.')];
}

function restartStep(context: AzureContext, live: Server | undefined, way: 'restart' | 'failover'): OperationStep {
  const { names, resourceGroup, pollSeconds, settings } = context;
  const name = names.server;
  const isForced = settings.failover_mode === 'forced';
  const failing = isForced ? `force a failover of server ${name}` : `fail over server ${name}`;
  const summary = way === 'restart' ? `restart server ${name}` : failing;
  const usually = '1–3 min';
  const mode = isForced ? 'ForcedFailover' : 'PlannedFailover';
  const parameters = way === 'restart' ? {} : { restartWithFailover: true, failoverMode: mode };
  let isFinished = false;
  return {
    address: SERVER,
    title: `server ${name}`,
    summary,
    call: RESTART,
    impact: way,
    usually,
    intervalSeconds: pollSeconds,
    isRepeatable: false,
    look: watchEvent(
      async () => readEvent(context, name, way),
      () => isFinished,
      live !== undefined && isRestarting(live)
    ),
    send: async () => {
      await mutate(context, {
        what: summary,
        usually,
        operation: RESTART,
        server: name,
        // A second call would restart it once more.
        isRepeatable: false,
        send: async (client, options) => client.servers.beginRestart(resourceGroup, name, { ...options, parameters })
      });
      isFinished = true;
    }
  };
}

async function readEvent(context: AzureContext, name: string, way: 'restart' | 'failover'): Promise<EventReading> {
  const live = await readServer(context, name);
  const state = live?.state ?? 'gone';
  const detail = `\`${state}\``;
  if (live === undefined || FINAL.includes(state)) {
    const hint = 'Read the activity log of the server in the Azure portal.';
    return { failed: { state: 'failed', message: `it is ${detail}`, hint }, isAtWork: false, detail };
  }
  if (isRestarting(live)) return { isAtWork: true, detail };
  const recordedAt =
    way === 'restart' ? await recentRestart(context, live.id ?? '') : await lastFailover(context, live);
  return { isAtWork: false, detail, ...(recordedAt === undefined ? {} : { recordedAt }) };
}

/** When a failover ended, by the note of the run that began it; `undefined` for one that had no effect. */
async function lastFailover(context: AzureContext, live: Server): Promise<string | undefined> {
  const note = noteOf(markOf(live.tags ?? {}), noteName(context), serverTime(context.execution));
  if (note === undefined || note.endedAt !== undefined) return note?.endedAt;
  return (await failoverState(context, live, note)) === 'begun' ? note.at : undefined;
}

/**
 * The zones change by every failover, also by one of Azure's own. Of an older note the log, which is behind by minutes
 * only, tells whether a call followed it.
 */
async function failoverState(
  context: AzureContext,
  live: Server,
  { at, before }: OperationNote
): Promise<'begun' | 'nothing' | 'other'> {
  const isMoved = (live.availabilityZone ?? '') !== before;
  const isSameZone = live.highAvailability?.mode === 'SameZone';
  if (!isMoved && !isSameZone) return 'nothing';
  if (isMoved && isRecent(at, serverTime(context.execution))) return 'begun';
  const until = new Date(Date.parse(at) + RECENT_MINUTES * 60_000);
  const logged = await lastRestart(context, live.id ?? '', { since: new Date(at), until });
  if (logged !== undefined) return 'begun';
  return isMoved ? 'other' : 'nothing';
}

function isRestarting({ state, highAvailability }: Server): boolean {
  return state === 'Restarting' || highAvailability?.state === 'FailingOver';
}

async function recentRestart(context: AzureContext, id: string): Promise<string | undefined> {
  const until = serverTime(context.execution);
  return lastRestart(context, id, { since: new Date(until.getTime() - RECENT_MINUTES * 60_000), until });
}

/** When a restart ended, by the activity log, which can be some minutes behind. */
async function lastRestart(
  context: AzureContext,
  id: string,
  span: { readonly since: Date; readonly until: Date }
): Promise<string | undefined> {
  const calls = await activityOf(context, span);
  const isHere = ({ resourceId = '' }: Activity): boolean => resourceId.toLowerCase() === id.toLowerCase();
  return lastOf(calls.filter(one => isOf(one, RESTART) && isHere(one)).map(({ eventTimestamp: at }) => at));
}
