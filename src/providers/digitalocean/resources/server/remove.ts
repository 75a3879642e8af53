import type { Work } from '../../../../engine/resource.ts';
import { textOf, textsOf } from '../../../../engine/value.ts';
import { waitUntil } from '../../../../engine/wait.ts';
import { isFailure } from '../../../failures.ts';
import { clusterOf, clusters } from '../../api/clusters.ts';
import { deleteUnused, dropMarks } from '../../api/tagging.ts';
import type { DigitalOceanContext } from '../../context.ts';
import type { ServerFields } from './fields.ts';

/** Deletes the cluster, waits until it is gone, and deletes the tags that only it carried. */
export async function removeCluster(context: DigitalOceanContext, work: Work<ServerFields>): Promise<void> {
  const id = textOf(work.observed?.facts['id']);
  const { execution, options } = context;
  const tags = textsOf(work.observed?.facts['tags']);
  // Before the deletion: a later run still finds the cluster, and finishes what this one leaves.
  await dropRunTags(context, id, tags);
  let isDeleting = false;
  await waitUntil<true>(execution, {
    what: `delete ${context.target.name}`,
    intervalSeconds: context.pollSeconds,
    deadline: options.wait ? options.deadline : execution.clock.now(),
    look: async () => {
      isDeleting ||= await sendDelete(context, id);
      // A new cluster is listed before its id is found: it is gone only when neither shows it.
      const live = (await clusterOf(context, id)) ?? (await clusters(context)).find(one => one.id === id);
      return live === undefined ? { state: 'done', value: true } : { state: 'pending', detail: live.status ?? '?' };
    }
  });
  await deleteUnused(context, tags);
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
