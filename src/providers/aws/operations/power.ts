import type { DBInstance } from '@aws-sdk/client-rds';
import type { OperationDraft, OperationState, OperationStep } from '../../../engine/operation.ts';
import type { Refusal } from '../../../engine/plan.ts';
import { serverTime } from '../../../engine/server-time.ts';
import { SERVER } from '../addresses.ts';
import type { AwsContext } from '../context.ts';
import { hintOf, HOPELESS, RECOVERABLE } from '../resources/server/state.ts';
import { describeInstance, lastEvents } from '../resources/server/wait.ts';

/** Days after which RDS starts a stopped instance, for the maintenance that it missed. */
const MOST_DAYS = 7;

/**
 * Stops the server.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_StopInstance.html
 */
export async function stop(context: AwsContext): Promise<OperationDraft> {
  const live = await context.liveState().main();
  const pending = Object.keys(live?.PendingModifiedValues ?? {});
  const back = new Date(serverTime(context.execution).getTime() + MOST_DAYS * 86_400_000);
  const until = live?.AutomaticRestartTime ?? back;
  return {
    steps: [powerStep(context, 'stop')],
    consequences: [
      'All connections are cut. Nothing connects until `command: start`.',
      'Instance hours are not billed meanwhile. Storage, IOPS and backups are.',
      `RDS starts it by itself after ${MOST_DAYS} days, at the latest on ${until.toISOString().slice(0, 10)}: run \`stop\` again after that.`,
      'No automated backups are taken meanwhile. A public address changes.',
      ...(live?.MultiAZ === true ? ['Stopping a Multi-AZ instance can take long.'] : []),
      ...(pending.length === 0 ? [] : [`These pending changes are dropped: ${pending.join(', ')}.`])
    ],
    refusals: live === undefined ? [] : stopRefusals(live)
  };
}

/** Starts the stopped server. */
export async function start(context: AwsContext): Promise<OperationDraft> {
  return {
    steps: [powerStep(context, 'start')],
    consequences: ['Instance hours are billed from now on, one full hour at least.'],
    refusals: []
  };
}

/** RDS stops neither a replica nor a server that has replicas. */
function stopRefusals(live: DBInstance): readonly Refusal[] {
  const replicas = live.ReadReplicaDBInstanceIdentifiers ?? [];
  const id = live.DBInstanceIdentifier ?? '';
  const source = live.ReadReplicaSourceDBInstanceIdentifier;
  const refused = (message: string, hint: string): Refusal => ({ rule: 'stop', message, hint });
  return [
    ...(replicas.length === 0
      ? []
      : [
          refused(
            `RDS does not stop ${id}, because it has read replicas: ${replicas.join(', ')}.`,
            'Remove them first: apply `create_read_replica: false` without `replica_region`.'
          )
        ]),
    ...(source === undefined
      ? []
      : [refused(`RDS does not stop ${id}, because it is a read replica of ${source}.`, 'Stop nothing, or delete it.')])
  ];
}

function powerStep(context: AwsContext, way: 'stop' | 'start'): OperationStep {
  const { call, names, pollSeconds } = context;
  const id = names.instance;
  return {
    address: SERVER,
    title: `server ${id}`,
    summary: `${way} server ${id}`,
    call: way === 'stop' ? 'rds:StopDBInstance' : 'rds:StartDBInstance',
    impact: way === 'stop' ? 'restart' : 'online',
    usually: way === 'stop' ? '1–10 min' : '3–15 min',
    intervalSeconds: pollSeconds,
    isRepeatable: true,
    look: async () => stateOf(context, id, way),
    send: async () => {
      // RDS refuses a second call by the state: the engine reads the state instead of sending again.
      const input = { DBInstanceIdentifier: id };
      await (way === 'stop'
        ? call('rds', 'StopDBInstance', input, { attempts: 1 })
        : call('rds', 'StartDBInstance', input, { attempts: 1 }));
    }
  };
}

async function stateOf(context: AwsContext, id: string, way: 'stop' | 'start'): Promise<OperationState> {
  const status = (await describeInstance(context, { id }))?.DBInstanceStatus;
  if (status === undefined) return { state: 'failed', message: 'it does not exist any more' };
  const detail = `\`${status}\``;
  // A start is what ends it, once the key is back.
  if (way === 'start' && status === RECOVERABLE) return { state: 'todo', detail };
  if (HOPELESS.includes(status) || status === 'deleting') {
    const words = await lastEvents(context, { id });
    return {
      state: 'failed',
      message: `it is \`${status}\`${words === '' ? '' : `. AWS says: ${words}`}`,
      hint: hintOf(status)
    };
  }
  if (way === 'stop') {
    if (status === 'stopped') return { state: 'done', detail };
    return { state: status === 'stopping' ? 'underway' : 'todo', detail };
  }
  if (status === 'stopped' || status === 'stopping') return { state: 'todo', detail };
  return { state: status === 'starting' || status === 'configuring-enhanced-monitoring' ? 'underway' : 'done', detail };
}
