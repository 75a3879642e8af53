import type { DBInstance } from '@aws-sdk/client-rds';
import type { OperationDraft, OperationState, OperationStep } from '../../../engine/operation.ts';
import type { Refusal } from '../../../engine/plan.ts';
import { serverTime } from '../../../engine/server-time.ts';
import { NEW_PASSWORD, RECENT_MINUTES, START_FIRST, watchEvent, type EventReading } from '../../operations.ts';
import { SERVER } from '../addresses.ts';
import type { AwsContext } from '../context.ts';
import { HOPELESS, isStopped } from '../resources/server/state.ts';
import { describeInstance } from '../resources/server/wait.ts';

/**
 * Has RDS put a new master password into the secret that it keeps; with `rotation_days` sets when it does so by itself,
 * and rotates nothing now.
 */
export async function rotate(context: AwsContext): Promise<OperationDraft> {
  const { rotation_days: days } = context.settings;
  return days === undefined ? rotateNow(context) : schedule(context, days);
}

/**
 * Turns the rotation by itself on, or off with 0 days.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_managed.html
 */
async function schedule(context: AwsContext, days: number): Promise<OperationDraft> {
  const live = await context.liveState().main();
  const secret = live?.MasterUserSecret?.SecretArn;
  const user = `\`${live?.MasterUsername ?? 'the master user'}\``;
  return {
    steps: secret === undefined ? [] : [scheduleStep(context, secret, days)],
    consequences:
      days === 0
        ? [`AWS rotates the password of ${user} by itself no more. \`command: rotate\` without \`rotation_days\` does.`]
        : [
            `AWS rotates the password of ${user} by itself every ${days} days. Nothing is rotated now.`,
            'Applications that read the secret at each login go on. Those that keep the password fail after each rotation.'
          ],
    refusals: live === undefined || secret !== undefined ? [] : unmanaged(live)
  };
}

function scheduleStep({ call, names, pollSeconds }: AwsContext, secret: string, days: number): OperationStep {
  const isOff = days === 0;
  const when = isOff ? 'off' : `every ${days} days`;
  return {
    address: SERVER,
    title: `secret of server ${names.instance}`,
    summary: `set the rotation of the master password of server ${names.instance}: ${when}`,
    call: isOff ? 'secretsmanager:CancelRotateSecret' : 'secretsmanager:RotateSecret',
    impact: 'online',
    usually: 'a moment',
    intervalSeconds: pollSeconds,
    // It writes a setting: the same once more changes nothing.
    isRepeatable: true,
    look: async (): Promise<OperationState> => {
      const { RotationEnabled: isOn = false, RotationRules: rules } = await call('secretsmanager', 'DescribeSecret', {
        SecretId: secret
      });
      const now = rules?.AutomaticallyAfterDays;
      const detail = isOn ? `every ${now ?? rules?.ScheduleExpression ?? 'some'} days` : 'off';
      return { state: (isOff ? !isOn : isOn && now === days) ? 'done' : 'todo', detail };
    },
    send: async () => {
      // Also for a secret that RDS keeps: Terraform's provider turns its rotation off by the same call.
      // https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CancelRotateSecret.html
      if (isOff) {
        await call('secretsmanager', 'CancelRotateSecret', { SecretId: secret }, { attempts: 1 });
        return;
      }
      // New rules rotate at once, unless told not to.
      const input = { SecretId: secret, RotationRules: { AutomaticallyAfterDays: days }, RotateImmediately: false };
      await call('secretsmanager', 'RotateSecret', input, { attempts: 1 });
    }
  };
}

/**
 * Has RDS put a new master password into the secret that it keeps.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
 */
async function rotateNow(context: AwsContext): Promise<OperationDraft> {
  const live = await context.liveState().main();
  const refusals = live === undefined ? [] : refusalsOf(live);
  const secret = live?.MasterUserSecret?.SecretArn;
  return {
    steps: secret === undefined ? [] : [rotateStep(context, secret)],
    consequences: [
      `RDS makes a new password for \`${live?.MasterUsername ?? 'the master user'}\` and puts it into ${secret ?? 'its secret'}. It is written nowhere else.`,
      'The old password ends when RDS has set the new one, usually within a minute. Open sessions go on.',
      'Applications that read the secret at each login go on. Those that keep the password need the new one.'
    ],
    refusals
  };
}

function refusalsOf(live: DBInstance): readonly Refusal[] {
  const status = live.DBInstanceStatus ?? 'unknown';
  const id = live.DBInstanceIdentifier ?? '';
  const pending = Object.keys(live.PendingModifiedValues ?? {}).filter(name => name !== 'MasterUserPassword');
  const refused = (message: string, hint: string): Refusal => ({ rule: 'rotate', message, hint });
  if (live.MasterUserSecret === undefined) return unmanaged(live);
  if (isStopped(status)) return [refused(`${id} is stopped.`, START_FIRST)];
  if (HOPELESS.includes(status)) {
    return [refused(`${id} is \`${status}\`.`, 'Run `command: plan`: it says what repairs it.')];
  }
  // A rotation has to be applied at once, and what is applied at once takes everything with it that waits.
  if (pending.length > 0) {
    return [
      refused(
        `A rotation would also apply what waits for the maintenance window of ${id}: ${pending.join(', ')}.`,
        'Wait for the window, or apply it now with `apply_immediately: true`. Then run the command again.'
      )
    ];
  }
  return [];
}

function unmanaged({ DBInstanceIdentifier: id = '' }: DBInstance): readonly Refusal[] {
  const or = 'Or let RDS keep it: apply `manage_master_user_password: true` without `master_password`.';
  const message = `The workflow gives ${id} its master password, and RDS keeps none.`;
  return [{ rule: 'rotate', message, hint: `${NEW_PASSWORD} ${or}` }];
}

function rotateStep(context: AwsContext, secret: string): OperationStep {
  const { call, names, pollSeconds } = context;
  const id = names.instance;
  return {
    address: SERVER,
    title: `server ${id}`,
    summary: `rotate the master password of server ${id}`,
    call: 'rds:ModifyDBInstance',
    impact: 'online',
    usually: '1–2 min',
    intervalSeconds: pollSeconds,
    isRepeatable: false,
    look: watchRotation(async () => readRotation(context, id, secret)),
    send: async () => {
      const input = { DBInstanceIdentifier: id, RotateMasterUserPassword: true, ApplyImmediately: true };
      // A second call would rotate it once more.
      await call('rds', 'ModifyDBInstance', input, { attempts: 1 });
    }
  };
}

interface RotationReading extends EventReading {
  readonly isImpaired: boolean;
}

/** A secret that was impaired before may be rotated: that is how it recovers. One that became impaired has failed. */
function watchRotation(read: () => Promise<RotationReading>): () => Promise<OperationState> {
  let wasAtWork = false;
  return watchEvent(async () => {
    const reading = await read();
    if (wasAtWork && reading.isImpaired) {
      const message = 'RDS could not rotate the secret: it is `impaired`';
      const hint = 'Let RDS use the secret and its KMS key again, then run the command again.';
      return { ...reading, failed: { state: 'failed', message, hint } };
    }
    wasAtWork ||= reading.isAtWork;
    return reading;
  });
}

async function readRotation(context: AwsContext, id: string, secret: string): Promise<RotationReading> {
  const live = await describeInstance(context, { id });
  if (live === undefined) {
    const failed = { state: 'failed', message: 'it does not exist any more' } as const;
    return { failed, isAtWork: false, isImpaired: false, detail: '`gone`' };
  }
  const status = live.MasterUserSecret?.SecretStatus ?? 'gone';
  const detail = `its secret is \`${status}\``;
  const isImpaired = status === 'impaired';
  if (status === 'rotating' || isImpaired) return { isAtWork: status === 'rotating', isImpaired, detail };
  const { LastRotatedDate: last } = await context.call('secretsmanager', 'DescribeSecret', { SecretId: secret });
  const since = serverTime(context.execution).getTime() - RECENT_MINUTES * 60_000;
  const isRecent = last !== undefined && last.getTime() >= since;
  return { isAtWork: false, isImpaired, detail, ...(isRecent ? { recordedAt: last.toISOString() } : {}) };
}
