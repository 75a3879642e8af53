import type { DBInstance } from '@aws-sdk/client-rds';
import type { OperationDraft, OperationStep } from '../../../engine/operation.ts';
import type { Refusal } from '../../../engine/plan.ts';
import { RECENT_MINUTES, START_FIRST, watchEvent, type EventReading } from '../../operations.ts';
import { SERVER } from '../addresses.ts';
import type { AwsContext } from '../context.ts';
import { HOPELESS, isRebootPending, isStopped } from '../resources/server/state.ts';
import { describeInstance } from '../resources/server/wait.ts';

/** The events by which RDS records the end of each. */
const EVENTS = { restart: /\brestarted\b/i, failover: /failover.*completed/i } as const;

/**
 * Restarts the server where it is.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_RebootInstance.html
 */
export async function restart(context: AwsContext): Promise<OperationDraft> {
  const live = await context.liveState().main();
  return {
    steps: [rebootStep(context, 'restart')],
    consequences: [
      'All connections are cut, usually for 1–2 min. Read replicas are not restarted.',
      ...(live !== undefined && isRebootPending(live) ? ['Parameters that wait for a reboot take effect.'] : [])
    ],
    refusals: live === undefined ? [] : refusalsOf(live, 'restart')
  };
}

/** Restarts the server on its standby, which becomes the primary. */
export async function failover(context: AwsContext): Promise<OperationDraft> {
  const live = await context.liveState().main();
  const zones = [live?.AvailabilityZone ?? 'its zone', live?.SecondaryAvailabilityZone ?? 'that of the standby'];
  return {
    steps: [rebootStep(context, 'failover')],
    consequences: [
      'All connections are cut at once, usually for 1–2 min: transactions at work are rolled back.',
      `The primary moves from ${zones.join(' to ')}, and does not move back by itself. RDS shows the new zone some minutes later.`
    ],
    refusals: live === undefined ? [] : refusalsOf(live, 'failover')
  };
}

function refusalsOf(live: DBInstance, way: 'restart' | 'failover'): readonly Refusal[] {
  const status = live.DBInstanceStatus ?? 'unknown';
  const id = live.DBInstanceIdentifier ?? '';
  const refused = (message: string, hint: string): Refusal => ({ rule: way, message, hint });
  if (isStopped(status)) return [refused(`${id} is stopped.`, START_FIRST)];
  // A reboot is the way out of parameters that the instance did not start with.
  if (HOPELESS.includes(status) && !(way === 'restart' && status === 'incompatible-parameters')) {
    return [refused(`${id} is \`${status}\`.`, 'Run `command: plan`: it says what repairs it.')];
  }
  if (way === 'failover' && live.MultiAZ !== true) {
    return [refused(`${id} has no standby to fail over to.`, 'Apply `multi_az: true` first.')];
  }
  return [];
}

function rebootStep(context: AwsContext, way: 'restart' | 'failover'): OperationStep {
  const { call, names, pollSeconds } = context;
  const id = names.instance;
  return {
    address: SERVER,
    title: `server ${id}`,
    summary: way === 'restart' ? `restart server ${id}` : `fail over server ${id}`,
    call: 'rds:RebootDBInstance',
    impact: way,
    usually: '1–2 min',
    intervalSeconds: pollSeconds,
    isRepeatable: false,
    look: watchEvent(async () => readEvent(context, id, way)),
    send: async () => {
      const input = { DBInstanceIdentifier: id, ...(way === 'failover' ? { ForceFailover: true } : {}) };
      // RDS would restart it once more for a second call.
      await call('rds', 'RebootDBInstance', input, { attempts: 1 });
    }
  };
}

async function readEvent(context: AwsContext, id: string, way: 'restart' | 'failover'): Promise<EventReading> {
  const status = (await describeInstance(context, { id }))?.DBInstanceStatus;
  const detail = `\`${status ?? 'gone'}\``;
  if (status === undefined) {
    return { failed: { state: 'failed', message: 'it does not exist any more' }, isAtWork: false, detail };
  }
  if (status === 'rebooting') return { isAtWork: true, detail };
  const { Events: events = [] } = await context.call('rds', 'DescribeEvents', {
    SourceType: 'db-instance',
    SourceIdentifier: id,
    Duration: RECENT_MINUTES
  });
  const last = events.findLast(({ Message: words = '' }) => EVENTS[way].test(words));
  return { isAtWork: false, detail, ...(last?.Date === undefined ? {} : { recordedAt: last.Date.toISOString() }) };
}
