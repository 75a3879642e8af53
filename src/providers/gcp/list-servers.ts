import { defined } from '../../engine/defined.ts';
import type { ManagedServer } from '../provider.ts';
import type { Instance } from './api/types.ts';
import { markOf } from './api/labels.ts';
import { instanceName } from './api/names.ts';
import type { GcpContext } from './context.ts';
import { isThrowawayName, pullRequestOfCopy } from '../throwaway-name.ts';
import { isReplica } from './resources/server/convert.ts';
import { listInstances } from './live-state.ts';

/** Every instance of the project, on all pages, but for read replicas, which are deleted with their primary. */
export async function listServers(context: GcpContext): Promise<readonly ManagedServer[]> {
  const all = await listInstances(context);
  return all.filter(one => !isReplica(one)).map(one => ({ title: `server ${one.name}`, ...ownMarkOf(one) }));
}

/** The longest time of a run, and then some: a copy that still has the labels of its source is then a leftover. */
const ABANDONED_HOURS = 48;

/**
 * A copy begins with the labels of its source: a mark that names another instance does not count. One that is named
 * like the throwaway server of a restore check of that source is one, or like its clone for a pull request, and
 * expires by its age.
 */
function ownMarkOf({ name, settings, createTime }: Instance): Pick<ManagedServer, 'mark' | 'copyOf'> {
  const mark = markOf(settings?.userLabels ?? {});
  if (mark === undefined || instanceName(mark.name) === name) return { mark };
  const source = instanceName(mark.name);
  const pullRequest = pullRequestOfCopy(name, source);
  const isAbandoned = pullRequest !== undefined || isThrowawayName(name, source);
  if (createTime === undefined || !isAbandoned) return { mark: undefined };
  const { ownTags: _tags, ...owner } = mark;
  const expiresAt = new Date(Date.parse(createTime) + ABANDONED_HOURS * 3_600_000).toISOString();
  return { mark: defined({ ...owner, name, expiresAt, pullRequest }), copyOf: mark.name };
}
