import type { OperationDraft, OperationState, OperationStep } from '../../../engine/operation.ts';
import { asSentence } from '../../../engine/sentence.ts';
import type { Observed } from '../../../engine/resource.ts';
import { draftMaintenance } from '../../maintenance.ts';
import type { Chosen } from '../../operations.ts';
import { SERVER } from '../addresses.ts';
import { clusterOf, hopelessness, statusInWords } from '../api/clusters.ts';
import type { Cluster } from '../api/types.ts';
import type { DigitalOceanContext } from '../context.ts';

/**
 * Shows the updates that wait for the maintenance window of the cluster, or installs them now.
 * https://docs.digitalocean.com/products/databases/postgresql/how-to/upgrade-version/
 */
export async function maintenance(
  context: DigitalOceanContext,
  _observed: readonly Observed[],
  chosen: Chosen = {}
): Promise<OperationDraft> {
  const live = await context.live();
  const { pending = false, day = '', hour = '', description } = live?.maintenance_window ?? {};
  const updates = (description ?? []).join('; ');
  const end = live === undefined ? undefined : hopelessness(live.status);
  return draftMaintenance(
    {
      name: context.target.name,
      postponements: '',
      ...(end === undefined
        ? {}
        : { refusal: { message: `${context.target.name}: ${asSentence(end.message)}`, hint: end.hint } }),
      pending:
        live === undefined || !pending
          ? []
          : [
              {
                told: `DigitalOcean installs updates in the window of ${day} ${hour} UTC: ${updates === '' ? 'not described' : updates}.`,
                handle: choice =>
                  choice.kind === 'now'
                    ? { step: installStep(context, live), consequences: consequencesOf(live) }
                    : {
                        message: 'DigitalOcean does not put updates off.',
                        hint: 'Apply another `maintenance_window`: the updates wait for it. Remove `postpone_maintenance`.'
                      }
              }
            ]
    },
    chosen
  );
}

function consequencesOf({ num_nodes: nodes }: Cluster): readonly string[] {
  return [
    nodes > 1
      ? 'The updates roll through the nodes: connections are cut once, when a standby takes over.'
      : 'The cluster has one node: nothing connects while it is replaced, usually for some minutes.',
    'Updates cannot be taken back.'
  ];
}

function installStep(context: DigitalOceanContext, { id, name }: Cluster): OperationStep {
  let isSent = false;
  return {
    address: SERVER,
    title: `cluster ${name}`,
    summary: `install the updates of cluster ${name}`,
    call: 'PUT /databases/{id}/install_update',
    impact: 'restart',
    usually: '10–60 min',
    intervalSeconds: context.pollSeconds,
    // A cluster that is at it installs nothing twice.
    isRepeatable: true,
    look: async (): Promise<OperationState> => {
      const live = await clusterOf(context, id);
      if (live === undefined) return { state: 'failed', message: 'it does not exist any more' };
      const { status } = live;
      const end = hopelessness(status);
      if (end !== undefined) return end;
      if (status !== 'online') return { state: 'underway', detail: statusInWords(status) };
      if (live.maintenance_window?.pending !== true) return { state: 'done', detail: 'no updates wait' };
      return { state: isSent ? 'underway' : 'todo', detail: 'updates wait' };
    },
    send: async () => {
      await context.api.rest('PUT', `/databases/${id}/install_update`, {}, { idempotent: false });
      isSent = true;
    }
  };
}
