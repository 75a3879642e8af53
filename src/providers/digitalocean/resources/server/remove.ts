import type { Work } from '../../../../engine/resource.ts';
import { textOf, textsOf } from '../../../../engine/value.ts';
import { waitUntil } from '../../../../engine/wait.ts';
import { isFailure } from '../../../failures.ts';
import { clusterOf, clusters } from '../../api/clusters.ts';
import { deleteUnused, dropMarks } from '../../api/tagging.ts';
import type { Cluster } from '../../api/types.ts';
import type { DigitalOceanContext } from '../../context.ts';
import type { ServerFields } from './fields.ts';
import { MOST_LOOKS } from './wait.ts';

/** Deletes the cluster, waits until it is gone, and deletes the tags that only it carried. */
export async function removeCluster(context: DigitalOceanContext, work: Work<ServerFields>): Promise<void> {
  const id = textOf(work.observed?.facts['id']);
  const { execution, options } = context;
  const tags = textsOf(work.observed?.facts['tags']);
  // Before the deletion: a later run still finds the cluster, and finishes what this one leaves.
  await dropRunTags(context, id, tags);
  // Also by a run that waits for nothing: a deletion that was not taken leaves a server that costs money.
  let isDeleting = false;
  for (let look = 1; !isDeleting && look <= MOST_LOOKS; look += 1) {
    if (look > 1) await execution.clock.sleep(context.pollSeconds, execution.signal);
    isDeleting = await sendDelete(context, id);
    if (!isDeleting && (await shown(context, id)) === undefined) break;
  }
  await waitUntil<true>(execution, {
    what: `delete ${context.target.name}`,
    intervalSeconds: context.pollSeconds,
    deadline: options.wait ? options.deadline : execution.clock.now(),
    look: async () => {
      isDeleting ||= await sendDelete(context, id);
      const live = await shown(context, id);
      return live === undefined ? { state: 'done', value: true } : { state: 'pending', detail: live.status };
    }
  });
  await deleteUnused(context, tags);
}

/** The cluster. A new one is listed before its id is found: it is gone only when neither shows it. */
async function shown(context: DigitalOceanContext, id: string): Promise<Cluster | undefined> {
  return (await clusterOf(context, id)) ?? (await clusters(context)).find(one => one.id === id);
}

/**
 * Tags of one run, and what they say no later run needs. The tags that name the owner stay until the cluster is gone.
 */
const OF_ONE_RUN = /^pgkeep:(run|applied|expires-at):/i;

async function dropRunTags(context: DigitalOceanContext, id: string, tags: readonly string[]): Promise<void> {
  try {
    await dropMarks(
      context,
      id,
      tags.filter(tag => OF_ONE_RUN.test(tag))
    );
  } catch (thrown) {
    if (!isFailure(thrown, 'denied')) throw thrown;
    context.execution.log.debug(`Could not remove the tags of earlier applies: ${thrown.message}`);
  }
}

/** Whether the cluster was found. */
async function sendDelete({ api }: DigitalOceanContext, id: string): Promise<boolean> {
  try {
    await api.dots(`DELETE /databases/${id}`, async dots =>
      dots.database.destroyDatabaseCluster({ database_cluster_id: id })
    );
    return true;
  } catch (thrown) {
    if (isFailure(thrown, 'not-found')) return false;
    throw thrown;
  }
}
