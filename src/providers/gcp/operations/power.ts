import type { OperationDraft, OperationState, OperationStep } from '../../../engine/operation.ts';
import type { Refusal } from '../../../engine/plan.ts';
import { SERVER } from '../addresses.ts';
import { mutate } from '../api/operation.ts';
import type { Instance } from '../api/types.ts';
import type { GcpContext } from '../context.ts';
import { operationsOf, readInstance } from '../live-state.ts';
import { hintOf } from '../resources/server/fields.ts';

/**
 * Stops the server: activation policy NEVER, while its own state stays RUNNABLE.
 * https://cloud.google.com/sql/docs/postgres/start-stop-restart-instance
 */
export async function stop(context: GcpContext): Promise<OperationDraft> {
  const live = await context.live();
  const replicas = live?.replicaNames ?? [];
  return {
    steps: [powerStep(context, 'stop')],
    consequences: [
      'All connections are cut. Nothing connects until `command: start`.',
      'The machine is not billed meanwhile. Storage, backups and reserved addresses are.',
      'Cloud SQL does not start it by itself.',
      ...(replicas.length === 0
        ? []
        : [`These read replicas run on, are billed, and receive no changes: ${replicas.join(', ')}.`])
    ],
    refusals: live === undefined ? [] : stopRefusals(live)
  };
}

/** Starts the stopped server: activation policy ALWAYS, in a call of its own. */
export async function start(context: GcpContext): Promise<OperationDraft> {
  return { steps: [powerStep(context, 'start')], consequences: ['The machine is billed from now on.'], refusals: [] };
}

/** Cloud SQL stops no read replica. */
function stopRefusals({ name, instanceType, masterInstanceName = '' }: Instance): readonly Refusal[] {
  if (instanceType === 'READ_REPLICA_INSTANCE' && masterInstanceName !== '') {
    const message = `Cloud SQL does not stop ${name}, because it is a read replica of ${masterInstanceName}.`;
    return [{ rule: 'stop', message, hint: 'Stop nothing, or delete the replica.' }];
  }
  return [];
}

function powerStep(context: GcpContext, way: 'stop' | 'start'): OperationStep {
  const { gcp, name: instance, pollSeconds } = context;
  const activationPolicy = way === 'stop' ? 'NEVER' : 'ALWAYS';
  const summary = `${way} server ${instance}`;
  const usually = '1–5 min';
  return {
    address: SERVER,
    title: `server ${instance}`,
    summary,
    call: 'cloudsql.instances.update',
    impact: way === 'stop' ? 'restart' : 'online',
    usually,
    intervalSeconds: pollSeconds,
    isRepeatable: true,
    look: async () => stateOf(context, activationPolicy),
    send: async () => {
      await mutate(context, {
        what: summary,
        instance,
        usually,
        permission: 'cloudsql.instances.update',
        type: 'UPDATE',
        send: async (sdk, options) => sdk.instances.patch({ project: gcp.project, instance }, options),
        // Alone: Cloud SQL refuses other settings of a stopped instance.
        body: async () => ({
          settings: {
            activationPolicy,
            settingsVersion: (await readInstance(context, instance))?.settings?.settingsVersion
          }
        })
      });
    }
  };
}

async function stateOf(context: GcpContext, wanted: 'NEVER' | 'ALWAYS'): Promise<OperationState> {
  const [live, operations] = await Promise.all([
    readInstance(context, context.name),
    operationsOf(context, context.name)
  ]);
  if (live === undefined) return { state: 'failed', message: 'it does not exist any more' };
  const hint = hintOf(live.state);
  if (hint !== undefined) {
    const message = live.state === 'PENDING_DELETE' ? 'it is being deleted' : `it is ${live.state}`;
    return { state: 'failed', message, hint };
  }
  const policy = live.settings?.activationPolicy ?? 'ALWAYS';
  const detail = policy === 'NEVER' ? 'stopped' : 'running';
  const isReached = (policy === 'NEVER') === (wanted === 'NEVER');
  // The policy shows before the operation ends.
  const isAtWork = operations.some(({ status }) => status !== 'DONE');
  if (!isReached) return { state: 'todo', detail };
  return isAtWork || live.state !== 'RUNNABLE' ? { state: 'underway', detail: 'changing' } : { state: 'done', detail };
}
