import type { OperationDraft, OperationState, OperationStep } from '../../../engine/operation.ts';
import type { Observed } from '../../../engine/resource.ts';
import { serverTime } from '../../../engine/server-time.ts';
import {
  draftMaintenance,
  minuteOf,
  type MaintenanceChoice,
  type MaintenanceStep,
  type PendingMaintenance
} from '../../maintenance.ts';
import { RECENT_MINUTES, START_FIRST, type Chosen } from '../../operations.ts';
import { SERVER } from '../addresses.ts';
import { mutate } from '../api/operation.ts';
import type { Instance, Operation } from '../api/types.ts';
import type { GcpContext } from '../context.ts';
import { operationsOf, readInstance } from '../live-state.ts';
import { isBroken, stateOf, STOPPED } from '../resources/server/fields.ts';

const RESCHEDULE = 'cloudsql.instances.rescheduleMaintenance';

/** There is none of its own. */
const PERMISSION = 'cloudsql.instances.update';

/** Minutes until maintenance begins that was moved to now, with some to spare: Google says five. */
const SOON_MINUTES = 10;

/**
 * Shows what Google has scheduled for the instance, begins it, or moves it.
 * https://cloud.google.com/sql/docs/postgres/set-maintenance-windows
 */
export async function maintenance(
  context: GcpContext,
  _observed: readonly Observed[],
  chosen: Chosen = {}
): Promise<OperationDraft> {
  const [live, operations] = await Promise.all([context.live(), operationsOf(context, context.name)]);
  const wasMoved = wasJustMoved(context, operations);
  const refusal = live === undefined ? undefined : refusalOf(live);
  return draftMaintenance(
    {
      name: context.name,
      pending: live === undefined ? [] : pendingOf(context, live, wasMoved),
      postponements: '`postpone_maintenance: next-window` or a time',
      ...(refusal === undefined ? {} : { refusal })
    },
    chosen
  );
}

function refusalOf(live: Instance): { readonly message: string; readonly hint: string } | undefined {
  if (stateOf(live) === STOPPED) return { message: `${live.name} is stopped.`, hint: START_FIRST };
  if (!isBroken(live.state)) return undefined;
  return {
    message: `${live.name} is ${live.state}.`,
    hint: 'Open the instance in the Google Cloud console: it names the cause.'
  };
}

function pendingOf(context: GcpContext, live: Instance, wasMoved: boolean): readonly PendingMaintenance[] {
  const { scheduledMaintenance: scheduled } = live;
  const version = newestVersion(live);
  const startTime = scheduled?.startTime;
  if (startTime !== undefined) {
    const limit = scheduled?.scheduleDeadlineTime;
    const until = limit === undefined ? '' : `, to be moved to ${minuteOf(limit)} at the latest`;
    return [
      {
        told: `Google has maintenance scheduled for ${live.name}: ${minuteOf(startTime)}${until}.`,
        handle: choice => handleScheduled(context, { ...scheduled, live, startTime, wasMoved }, choice)
      }
    ];
  }
  if (version === undefined) return [];
  return [
    {
      told: `Google offers ${live.name} the maintenance version ${version}; it runs ${live.maintenanceVersion ?? 'an older one'}. Nothing is scheduled.`,
      handle: choice => handleOffered(context, version, choice)
    }
  ];
}

/** Versions end in a date: `POSTGRES_16_4.R20260914.00_01`. */
function newestVersion({
  availableMaintenanceVersions: all = [],
  maintenanceVersion: now = ''
}: Instance): string | undefined {
  const dateOf = (version: string): string => /\.R(\d{8}.*)$/.exec(version)?.[1] ?? '';
  const newest = all.toSorted((one, other) => dateOf(one).localeCompare(dateOf(other))).at(-1);
  return newest !== undefined && dateOf(newest) > dateOf(now) ? newest : undefined;
}

function handleOffered(context: GcpContext, version: string, choice: MaintenanceChoice): MaintenanceStep {
  if (choice.kind === 'now') return { step: versionStep(context, version), consequences: [DOWN] };
  const message = 'Nothing is scheduled, so there is nothing to put off.';
  return { message, hint: 'Remove `postpone_maintenance`. `apply_immediately: true` applies the version now.' };
}

const DOWN = 'The server restarts: all connections are cut, usually for 1–3 min. Maintenance cannot be taken back.';

interface Scheduled extends NonNullable<Instance['scheduledMaintenance']> {
  readonly live: Instance;
  readonly startTime: string;
  /** By an earlier run of the last minutes: Cloud SQL moves maintenance once. */
  readonly wasMoved: boolean;
}

function handleScheduled(
  context: GcpContext,
  { live, startTime, canReschedule = true, scheduleDeadlineTime: limit, wasMoved }: Scheduled,
  choice: MaintenanceChoice
): MaintenanceStep {
  const now = serverTime(context.execution);
  if (choice.kind === 'undo') {
    const message = 'Cloud SQL does not take maintenance off its schedule.';
    return { message, hint: 'Set `postpone_maintenance: next-window`, or a time.' };
  }
  const isReached =
    choice.kind === 'time' ? Date.parse(startTime) === Date.parse(choice.time) : choice.kind !== 'now' && wasMoved;
  if (!canReschedule && !isReached && !isSoon(startTime, now)) {
    const version = newestVersion(live);
    if (choice.kind === 'now' && version !== undefined) {
      return { step: versionStep(context, version), consequences: [DOWN] };
    }
    const message = `Cloud SQL moves this maintenance of ${live.name} no more.`;
    return { message, hint: `Remove \`postpone_maintenance\` and \`apply_immediately\`: it begins by itself.` };
  }
  if (choice.kind === 'time' && Date.parse(choice.time) <= now.getTime()) {
    const message = `\`postpone_maintenance\` is in the past: ${minuteOf(choice.time)}.`;
    return { message, hint: 'Set a later time; or remove it, and set `apply_immediately: true`.' };
  }
  if (choice.kind === 'time' && limit !== undefined && Date.parse(choice.time) > Date.parse(limit)) {
    const message = `Cloud SQL moves this maintenance to ${minuteOf(limit)} at the latest.`;
    return { message, hint: `Set \`postpone_maintenance: ${limit}\`, or an earlier time.` };
  }
  return {
    step: rescheduleStep(context, {
      kind: choice.kind,
      before: startTime,
      time: choice.kind === 'time' ? choice.time : undefined
    }),
    consequences: choice.kind === 'now' ? [DOWN] : ['Nothing happens until then. Cloud SQL may not move it again.']
  };
}

function isSoon(startTime: string, now: Date): boolean {
  return Date.parse(startTime) <= now.getTime() + SOON_MINUTES * 60_000;
}

const TYPES = { now: 'IMMEDIATE', 'next-window': 'NEXT_AVAILABLE_WINDOW', time: 'SPECIFIC_TIME' } as const;

interface Move {
  readonly kind: keyof typeof TYPES;
  /** When it was to begin, by the plan. */
  readonly before: string;
  readonly time: string | undefined;
}

function rescheduleStep(context: GcpContext, move: Move): OperationStep {
  const { name: instance, project, pollSeconds } = context;
  const { kind, time } = move;
  const when = time === undefined ? 'the next window' : minuteOf(time);
  const summary = kind === 'now' ? `begin the maintenance of server ${instance}` : `move the maintenance to ${when}`;
  const usually = kind === 'now' ? '10–30 min' : 'a moment';
  return {
    address: SERVER,
    title: `server ${instance}`,
    summary,
    call: RESCHEDULE,
    impact: kind === 'now' ? 'restart' : 'online',
    usually,
    intervalSeconds: pollSeconds,
    // A second one would move it by another week.
    isRepeatable: kind !== 'next-window',
    look: async () => scheduleState(context, move),
    send: async () => {
      await mutate(context, {
        what: summary,
        instance,
        usually,
        permission: PERMISSION,
        type: 'RESCHEDULE_MAINTENANCE',
        send: async (sdk, options) => sdk.instances.rescheduleMaintenance({ project, instance }, options),
        body: () => ({
          reschedule: { rescheduleType: TYPES[kind], ...(time === undefined ? {} : { scheduleTime: time }) }
        })
      });
    }
  };
}

async function scheduleState(context: GcpContext, { kind, before, time }: Move): Promise<OperationState> {
  const [live, operations] = await Promise.all([
    readInstance(context, context.name),
    operationsOf(context, context.name)
  ]);
  if (live === undefined) return { state: 'failed', message: 'it does not exist any more' };
  const startTime = live.scheduledMaintenance?.startTime;
  const detail = startTime === undefined ? 'nothing scheduled' : `scheduled for ${minuteOf(startTime)}`;
  const atWork = operations.find(({ status }) => status !== 'DONE');
  if (atWork !== undefined)
    return { state: 'underway', detail: `${atWork.operationType ?? 'an operation'} is running` };
  if (isBroken(live.state)) return { state: 'failed', message: `it is \`${live.state}\`` };
  if (live.state !== 'RUNNABLE' && stateOf(live) !== STOPPED) return { state: 'underway', detail: live.state ?? '' };
  if (startTime === undefined) return { state: 'done', detail };
  const now = serverTime(context.execution);
  switch (kind) {
    case 'now':
      return { state: isSoon(startTime, now) ? 'underway' : 'todo', detail };
    case 'time':
      return { state: Date.parse(startTime) === Date.parse(time ?? '') ? 'done' : 'todo', detail };
    case 'next-window': {
      const isLater = Date.parse(startTime) > Date.parse(before);
      return { state: isLater || wasJustMoved(context, operations) ? 'done' : 'todo', detail };
    }
  }
}

function wasJustMoved({ execution }: GcpContext, operations: readonly Operation[]): boolean {
  const since = serverTime(execution).getTime() - RECENT_MINUTES * 60_000;
  return operations.some(
    ({ operationType, insertTime = '', error }) =>
      operationType === 'RESCHEDULE_MAINTENANCE' && error === undefined && Date.parse(insertTime) >= since
  );
}

/** A version that is asked for is installed at once. */
function versionStep(context: GcpContext, maintenanceVersion: string): OperationStep {
  const { name: instance, project, pollSeconds } = context;
  const summary = `install ${maintenanceVersion} on server ${instance}`;
  const usually = '5–15 min';
  return {
    address: SERVER,
    title: `server ${instance}`,
    summary,
    call: 'cloudsql.instances.update',
    impact: 'restart',
    usually,
    intervalSeconds: pollSeconds,
    isRepeatable: true,
    look: async (): Promise<OperationState> => {
      const [live, operations] = await Promise.all([readInstance(context, instance), operationsOf(context, instance)]);
      if (live === undefined) return { state: 'failed', message: 'it does not exist any more' };
      const detail = live.maintenanceVersion ?? 'version not known';
      if (operations.some(({ status }) => status !== 'DONE')) return { state: 'underway', detail };
      return { state: detail === maintenanceVersion ? 'done' : 'todo', detail };
    },
    send: async () => {
      await mutate(context, {
        what: summary,
        instance,
        usually,
        permission: 'cloudsql.instances.update',
        type: ['SELF_SERVICE_MAINTENANCE', 'MAINTENANCE', 'UPDATE'],
        send: async (sdk, options) => sdk.instances.patch({ project, instance }, options),
        body: () => ({ maintenanceVersion })
      });
    }
  };
}
