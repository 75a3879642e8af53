import type { Server } from '@azure/arm-postgresql-flexible';
import type { OperationDraft, OperationState, OperationStep } from '../../../engine/operation.ts';
import type { Refusal } from '../../../engine/plan.ts';
import { SERVER } from '../addresses.ts';
import { mutate } from '../api/operation.ts';
import { replicaOwner } from '../api/tags.ts';
import type { AzureContext } from '../context.ts';
import { SERVERS } from '../live-state.ts';
import { addressOf } from '../resources/replica.ts';
import { FINAL, hintOf } from '../resources/server/fields.ts';
import { readServer } from '../resources/server/wait.ts';

/**
 * Stops the server, then its replicas.
 * https://learn.microsoft.com/azure/postgresql/flexible-server/how-to-stop-start-server
 */
export async function stop(context: AzureContext): Promise<OperationDraft> {
  const replicas = await context.liveState().replicas();
  const steps = [powerStep(context, SERVER, context.names.server, 'stop'), ...replicaSteps(context, replicas, 'stop')];
  return {
    steps,
    consequences: [
      'All connections are cut. Nothing connects until `command: start`.',
      'Compute is not billed meanwhile. Storage and backups are.',
      'Azure starts it by itself 7 days later: run `stop` again after that.',
      'No backups are taken meanwhile. Maintenance that was missed runs at the start.'
    ],
    refusals: foreignReplicas(context, replicas)
  };
}

/** Starts the replicas of the stopped server, then the server. */
export async function start(context: AzureContext): Promise<OperationDraft> {
  const replicas = await context.liveState().replicas();
  return {
    steps: [...replicaSteps(context, replicas, 'start'), powerStep(context, SERVER, context.names.server, 'start')],
    consequences: ['Compute is billed from now on. Missed maintenance can make the start 5–8 min longer.'],
    refusals: []
  };
}

/** A replica of others would lose its source without its owner knowing. */
function foreignReplicas(context: AzureContext, replicas: readonly Server[]): readonly Refusal[] {
  return replicas
    .filter(one => replicaOwner(one.tags, one.name ?? '', context.target).kind !== 'ours')
    .map(({ name = '' }) => ({
      rule: 'not-ours',
      message: `The read replica ${name} of others follows this server.`,
      hint: `Delete ${name}, or let its owner promote it.`
    }));
}

function replicaSteps(
  context: AzureContext,
  replicas: readonly Server[],
  way: 'stop' | 'start'
): readonly OperationStep[] {
  return replicas
    .filter(one => replicaOwner(one.tags, one.name ?? '', context.target).kind === 'ours')
    .map(one => powerStep(context, addressOf(context, one), one.name ?? '', way));
}

function powerStep(context: AzureContext, address: string, name: string, way: 'stop' | 'start'): OperationStep {
  const summary = `${way} server ${name}`;
  const usually = way === 'stop' ? '1–5 min' : '1–10 min';
  const call = `${SERVERS}/${way}/action`;
  return {
    address,
    title: `server ${name}`,
    summary,
    call,
    impact: way === 'stop' ? 'restart' : 'online',
    usually,
    intervalSeconds: context.pollSeconds,
    isRepeatable: true,
    look: async () => stateOf(context, name, way),
    send: async () =>
      mutate(context, {
        what: summary,
        usually,
        operation: call,
        server: name,
        // The engine waits for the state: a stopped server never becomes ready.
        settles: false,
        send: async (client, options) =>
          way === 'stop'
            ? client.servers.beginStop(context.resourceGroup, name, options)
            : client.servers.beginStart(context.resourceGroup, name, options)
      })
  };
}

async function stateOf(context: AzureContext, name: string, way: 'stop' | 'start'): Promise<OperationState> {
  const live = await readServer(context, name);
  if (live === undefined) return { state: 'failed', message: 'it does not exist any more' };
  const state = live.state ?? 'Ready';
  const detail = `\`${state}\``;
  if (FINAL.includes(state)) return { state: 'failed', message: `it is \`${state}\``, hint: hintOf(state) };
  if (way === 'stop') {
    if (state === 'Stopped') return { state: 'done', detail };
    return { state: state === 'Stopping' ? 'underway' : 'todo', detail };
  }
  if (state === 'Stopped' || state === 'Stopping') return { state: 'todo', detail };
  return { state: state === 'Ready' ? 'done' : 'underway', detail };
}
