import { textOf } from '../../../engine/value.ts';
import type { Observed } from '../../../engine/resource.ts';
import { combineFindings, type Findings } from '../../findings.ts';
import type { DigitalOceanContext } from '../context.ts';
import { desiredServer } from '../desired/server.ts';
import type { LookUps } from '../desired/restore-source.ts';
import { availability } from './availability.ts';
import { liveProblems } from './live-problems.ts';
import { liveNotices } from './notices.ts';
import { upgradeNotices } from './upgrade.ts';

/** What DigitalOcean would refuse, and what the user should know, now that the live state is known. */
export async function check(
  context: DigitalOceanContext,
  observed: readonly Observed[],
  lookUps: LookUps
): Promise<Findings> {
  const { source, keepsVersion } = lookUps;
  const live = await context.live();
  const { size } = desiredServer(context, observed, lookUps).fields;
  const wanted = size?.managed === true || live === undefined ? size?.value : live.size;
  const [found, offered] = await Promise.all([
    liveProblems(context, live, source, typeof wanted === 'string' ? wanted : textOf(live?.size)),
    availability(context, live, observed, keepsVersion)
  ]);
  const notices = [...liveNotices(context, live, observed), ...upgradeNotices(context, live, keepsVersion)];
  return combineFindings([found, { problems: [], notices }, offered]);
}
