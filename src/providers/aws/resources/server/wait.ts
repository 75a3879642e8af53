import { defined } from '../../../../engine/defined.ts';
import type { DBInstance } from '@aws-sdk/client-rds';
import type { Execution } from '../../../../engine/execution.ts';
import { waitUntil, type Look } from '../../../../engine/wait.ts';
import { ProviderError } from '../../../../errors.ts';
import { orUndefined } from '../../../failures.ts';
import { GONE_FIRST, START_IT } from '../../../operations.ts';
import { retryWhileBusy as onceFree } from '../../../retry-while-busy.ts';
import type { AwsContext } from '../../context.ts';
import { brokenReplication, hintOf, HOPELESS, REPAIRABLE, REPLACE_REPLICA, WORKING } from './state.ts';

/** Which instance, and where. */
export interface InstanceRef {
  readonly id: string;
  /** Another region than the run's own. */
  readonly region?: string;
}

interface Settling {
  readonly what: string;
  /** How long it usually takes, in words. */
  readonly usually: string;
  /** It was created a moment ago: reads may not show it yet. https://github.com/aws/aws-cdk/issues/20205 */
  readonly isNew?: true;
  /** Everything queued must be in effect too: the changes were asked for now. */
  readonly now?: boolean;
  /** States that end other waits at once, but that this change repairs. */
  readonly bearable?: readonly string[];
  /** States that end this wait well: RDS takes the change that repairs them. */
  readonly accepts?: readonly string[];
  /** Whether an accepted state is of after the change: reads show the state before it for a while. Default: always. */
  readonly shows?: (live: DBInstance) => boolean;
}

/**
 * RDS says `available` for some seconds after a change was accepted and before it begins, so one such answer means
 * nothing.
 */
const CONSECUTIVE = 3;

/** Reads that may still show the state before a call. */
export const MOST_STALE = 12;

/** Seconds after which a replication that fails does not recover by itself. */
const REPLICATION_SECONDS = 600;

/** What the reads of a wait have shown in a row. */
interface Seen {
  /** That there is none, before the first read that shows it. Absent once it was shown. */
  missing: number | undefined;
  /** That it is being deleted: of an earlier instance of this name, a read shows it for a while. */
  deleting: number;
  /** That its replication fails. */
  failing: number;
}

/** The instance as it is now; `undefined` when there is none. */
export async function describeInstance(
  context: AwsContext,
  { id, region }: InstanceRef
): Promise<DBInstance | undefined> {
  const answer = await orUndefined(
    context.call('rds', 'DescribeDBInstances', { DBInstanceIdentifier: id }, defined({ region }))
  );
  return answer?.DBInstances?.[0];
}

/**
 * Waits until the instance is usable and no change is pending: status, replication, parameters, security groups,
 * managed secret. Throws `provider-failed` with the last events when it cannot recover, `in-progress` at the deadline.
 */
export async function waitForInstance(
  context: AwsContext,
  execution: Execution,
  ref: InstanceRef,
  settling: Settling
): Promise<DBInstance> {
  const { wait, deadline } = context.options;
  const seen: Seen = { missing: settling.isNew === true ? 0 : undefined, deleting: 0, failing: 0 };
  return waitUntil<DBInstance>(execution, {
    what: settling.what,
    usually: settling.usually,
    intervalSeconds: context.pollSeconds,
    deadline: wait ? deadline : execution.clock.now(),
    consecutive: wait ? CONSECUTIVE : 1,
    look: async () => lookAt(context, ref, settling, seen)
  });
}

/** Waits until the instance is gone. Throws `provider-failed` when RDS has given the deletion up. */
export async function waitUntilGone(
  context: AwsContext,
  execution: Execution,
  ref: InstanceRef,
  what: string
): Promise<void> {
  const { wait, deadline } = context.options;
  let stays = 0;
  await waitUntil<true>(execution, {
    what,
    usually: '5–10 min, with its final snapshot longer',
    intervalSeconds: context.pollSeconds,
    deadline: wait ? deadline : execution.clock.now(),
    look: async () => {
      const live = await describeInstance(context, ref);
      if (live === undefined) return { state: 'done', value: true };
      const status = live.DBInstanceStatus ?? 'unknown';
      stays = WORKING.includes(status) || HOPELESS.includes(status) ? stays + 1 : 0;
      if (stays <= MOST_STALE) return { state: 'pending', detail: status };
      const words = await lastEvents(context, ref);
      return {
        state: 'failed',
        message: `RDS accepted the deletion and gave it up: it is \`${status}\`${words === '' ? '' : `. AWS says: ${words}`}`,
        hint: 'Remove the cause that the events of the instance name, then run the workflow again.'
      };
    }
  });
}

/**
 * Sends a mutation when the instance can take it: RDS does one thing at a time, and answers `InvalidDBInstanceState` to
 * a second.
 */
export async function retryWhileModifying<T>(
  context: AwsContext,
  execution: Execution,
  ref: InstanceRef,
  mutate: () => Promise<T>
): Promise<T> {
  const what = `instance ${ref.id}`;
  const free = async (): Promise<unknown> =>
    waitForInstance(context, execution, ref, { what, usually: 'some minutes', accepts: REPAIRABLE });
  return onceFree({ what, execution, pollSeconds: context.pollSeconds, free }, mutate);
}

/** The latest messages of the instance's event log, newest last; empty when they may not be read. */
export async function lastEvents(context: AwsContext, { id, region }: InstanceRef): Promise<string> {
  try {
    const answer = await context.call(
      'rds',
      'DescribeEvents',
      { SourceType: 'db-instance', SourceIdentifier: id, Duration: 180 },
      defined({ region })
    );
    const words = (answer.Events ?? []).flatMap(event => event.Message ?? []);
    return words.slice(-3).join(' ');
  } catch (thrown) {
    if (thrown instanceof ProviderError) return '';
    throw thrown;
  }
}

async function lookAt(
  context: AwsContext,
  ref: InstanceRef,
  settling: Settling,
  seen: Seen
): Promise<Look<DBInstance>> {
  const live = await describeInstance(context, ref);
  if (live === undefined) {
    if (seen.missing !== undefined && seen.missing < MOST_STALE) {
      seen.missing += 1;
      return { state: 'pending', detail: 'not shown yet' };
    }
    return {
      state: 'failed',
      message: 'it does not exist any more',
      hint: 'Apply again: the instance was deleted during the run.'
    };
  }
  seen.missing = undefined;
  const status = live.DBInstanceStatus ?? 'unknown';
  seen.deleting = status === 'deleting' ? seen.deleting + 1 : 0;
  if (seen.deleting > MOST_STALE) {
    return { state: 'failed', message: 'it is being deleted', hint: GONE_FIRST };
  }
  const broken = brokenReplication(live);
  seen.failing = broken === undefined ? 0 : seen.failing + 1;
  if (broken !== undefined && (broken.isFinal || seen.failing * context.pollSeconds > REPLICATION_SECONDS)) {
    return { state: 'failed', message: broken.message, hint: REPLACE_REPLICA };
  }
  if (settling.accepts?.includes(status) === true) {
    const isCurrent = settling.shows?.(live) ?? true;
    return isCurrent ? { state: 'done', value: live } : { state: 'pending', detail: `\`${status}\`, as before` };
  }
  if (HOPELESS.includes(status) && settling.bearable?.includes(status) !== true) {
    const words = await lastEvents(context, ref);
    return {
      state: 'failed',
      message: `it is \`${status}\`${words === '' ? '' : `. AWS says: ${words}`}`,
      hint: hintOf(status)
    };
  }
  if (status === 'stopped') {
    return {
      state: 'failed',
      message: 'it is `stopped`',
      hint: START_IT
    };
  }
  const changing = changingPart(live, settling.now === true);
  return changing === undefined ? { state: 'done', value: live } : { state: 'pending', detail: changing };
}

/** The first pending change; `undefined` when there is none. */
function changingPart(live: DBInstance, now: boolean): string | undefined {
  const status = live.DBInstanceStatus ?? 'unknown';
  if (!WORKING.includes(status)) {
    return live.PercentProgress === undefined ? status : `${status} ${live.PercentProgress} %`;
  }
  if (live.Endpoint?.Address === undefined) return 'waiting for its endpoint';
  const replication = (live.StatusInfos ?? []).find(info => info.StatusType === 'read replication');
  if (replication !== undefined && replication.Status !== 'replicating')
    return `replication ${replication.Status ?? 'unknown'}`;
  if ((live.DBParameterGroups ?? []).some(group => group.ParameterApplyStatus === 'applying'))
    return 'applying parameters';
  const group = (live.VpcSecurityGroups ?? []).find(one => one.Status !== undefined && one.Status !== 'active');
  if (group !== undefined) return `security group ${group.Status ?? ''}`;
  const secret = live.MasterUserSecret?.SecretStatus;
  if (secret === 'creating' || secret === 'rotating') return `${secret} its secret`;
  if (live.PendingModifiedValues?.MasterUserPassword !== undefined) return 'setting the master password';
  const pending = Object.entries(live.PendingModifiedValues ?? {}).filter(([, value]) => !isEmpty(value));
  if (now && pending.length > 0) return `applying ${pending.map(([name]) => name).join(', ')}`;
  return undefined;
}

function isEmpty(value: unknown): boolean {
  return value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
}

/** For resources that a deleted instance still seems to use: AWS releases them within a few minutes. */
export const RELEASED = { also: ['busy'], attempts: 14 } as const;
