import type { DBInstance, PendingMaintenanceAction } from '@aws-sdk/client-rds';
import type { OperationDraft, OperationState, OperationStep } from '../../../engine/operation.ts';
import type { Observed } from '../../../engine/resource.ts';
import {
  draftMaintenance,
  type MaintenanceChoice,
  type MaintenanceStep,
  type PendingMaintenance
} from '../../maintenance.ts';
import { START_FIRST, type Chosen } from '../../operations.ts';
import { SERVER } from '../addresses.ts';
import { describeAction } from '../checks/pending-maintenance.ts';
import type { AwsContext } from '../context.ts';
import { pendingActions } from '../live-state.ts';
import { HOPELESS, isStopped } from '../resources/server/state.ts';
import { describeInstance } from '../resources/server/wait.ts';

/** RDS's word for each choice. */
const OPT_IN = { now: 'immediate', 'next-window': 'next-maintenance', undo: 'undo-opt-in' } as const;

type Choice = keyof typeof OPT_IN;

/**
 * Shows what AWS has pending for the server, applies it, or moves it to the maintenance window.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Maintenance.html
 */
export async function maintenance(
  context: AwsContext,
  _observed: readonly Observed[],
  chosen: Chosen = {}
): Promise<OperationDraft> {
  const { liveState, names } = context;
  const [live, actions] = await Promise.all([liveState().main(), liveState().pendingMaintenance()]);
  const refusal = live === undefined ? undefined : refusalOf(live);
  return draftMaintenance(
    {
      name: names.instance,
      pending: actions.map(action => pendingOf(context, live?.DBInstanceArn ?? '', action)),
      postponements: '`postpone_maintenance: next-window` or `undo`',
      ...(refusal === undefined ? {} : { refusal })
    },
    chosen
  );
}

function refusalOf({
  DBInstanceIdentifier: id = '',
  DBInstanceStatus: status = 'unknown'
}: DBInstance): { readonly message: string; readonly hint: string } | undefined {
  if (isStopped(status)) return { message: `${id} is stopped.`, hint: START_FIRST };
  if (!HOPELESS.includes(status)) return undefined;
  return { message: `${id} is \`${status}\`.`, hint: 'Run `command: plan`: it says what repairs it.' };
}

function pendingOf(context: AwsContext, arn: string, action: PendingMaintenanceAction): PendingMaintenance {
  const { Action: name = '', OptInStatus: status } = action;
  return {
    told: `AWS has maintenance waiting for the server: ${describeAction(action)}.`,
    handle: choice => handle(context, { arn, name, status }, choice)
  };
}

interface Pending {
  readonly arn: string;
  readonly name: string;
  readonly status: string | undefined;
}

function handle(context: AwsContext, pending: Pending, choice: MaintenanceChoice): MaintenanceStep {
  const { name, status } = pending;
  if (choice.kind === 'time') {
    const message = `RDS does not put off \`${name}\` to a time.`;
    const hint = 'Set `postpone_maintenance: next-window`; `maintenance_window` says when that is.';
    return { message, hint };
  }
  if (choice.kind !== 'now' && status === OPT_IN.now) {
    const message = `\`${name}\` is being applied, and RDS does not take that back.`;
    return { message, hint: 'Run `command: maintenance` without `postpone_maintenance`: it shows how far it is.' };
  }
  return { step: optInStep(context, pending, choice.kind), consequences: CONSEQUENCES[choice.kind] };
}

const CONSEQUENCES: Readonly<Record<Choice, readonly string[]>> = {
  now: [
    'Most maintenance restarts the server: all connections are cut, usually for some minutes. It cannot be taken back.',
    'With a standby (`multi_az: true`) the standby is changed first, and the server fails over to it.'
  ],
  'next-window': [
    'It is applied in the next maintenance window: `maintenance_window`. Nothing happens until then.',
    'What AWS forces on a date happens on that date, whatever was chosen.'
  ],
  undo: ['RDS does not apply it in the next window any more, unless AWS applies it by itself on a date.']
};

function optInStep(context: AwsContext, { arn, name }: Pending, choice: Choice): OperationStep {
  const { call, names, pollSeconds } = context;
  const what = {
    now: `apply \`${name}\` to server ${names.instance} now`,
    'next-window': `put off \`${name}\` of server ${names.instance} to the next maintenance window`,
    undo: `take back the choice of \`${name}\` of server ${names.instance}`
  };
  return {
    address: SERVER,
    title: `\`${name}\``,
    summary: what[choice],
    call: 'rds:ApplyPendingMaintenanceAction',
    impact: choice === 'now' ? 'restart' : 'online',
    usually: choice === 'now' ? '5–30 min' : 'a moment',
    intervalSeconds: pollSeconds,
    // It writes a choice: the same once more changes nothing.
    isRepeatable: true,
    look: async () => stateOf(context, name, choice),
    send: async () => {
      const input = { ResourceIdentifier: arn, ApplyAction: name, OptInType: OPT_IN[choice] };
      await call('rds', 'ApplyPendingMaintenanceAction', input, { attempts: 1 });
    }
  };
}

async function stateOf(context: AwsContext, name: string, choice: Choice): Promise<OperationState> {
  const id = context.names.instance;
  const [live, actions] = await Promise.all([describeInstance(context, { id }), pendingActions(context.call, id)]);
  if (live === undefined) return { state: 'failed', message: 'it does not exist any more' };
  const status = live.DBInstanceStatus ?? 'unknown';
  if (HOPELESS.includes(status)) {
    return { state: 'failed', message: `it is \`${status}\``, hint: 'Run `command: plan`: it says what repairs it.' };
  }
  const found = actions.find(({ Action: one }) => one === name);
  if (found === undefined) {
    // What is applied is off the list before the instance is available again.
    return status === 'available'
      ? { state: 'done', detail: 'nothing pending' }
      : { state: 'underway', detail: `\`${status}\`` };
  }
  const { OptInStatus: chosen = 'no choice' } = found;
  const detail = `\`${chosen}\``;
  if (choice === 'now') return { state: chosen === OPT_IN.now ? 'underway' : 'todo', detail };
  if (choice === 'next-window') return { state: chosen === OPT_IN['next-window'] ? 'done' : 'todo', detail };
  return { state: chosen === OPT_IN['next-window'] ? 'todo' : 'done', detail };
}
