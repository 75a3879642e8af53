import type { ManagedServer } from '../provider.ts';
import type { Instance } from './api/types.ts';
import { markOf } from './api/labels.ts';
import { instanceName } from './api/names.ts';
import type { GcpContext } from './context.ts';
import { isReplica } from './resources/server/convert.ts';
import { listInstances } from './live-state.ts';

/** Every instance of the project, on all pages, but for read replicas, which are deleted with their primary. */
export async function listServers(context: GcpContext): Promise<readonly ManagedServer[]> {
  const all = await listInstances(context);
  return all.filter(one => !isReplica(one)).map(one => ({ title: `server ${one.name}`, mark: ownMarkOf(one) }));
}

/** A copy begins with the labels of its source: a mark that names another instance does not count. */
function ownMarkOf({ name, settings }: Instance): ManagedServer['mark'] {
  const mark = markOf(settings?.userLabels ?? {});
  return mark !== undefined && instanceName(mark.name) === name ? mark : undefined;
}
