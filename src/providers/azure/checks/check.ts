import type { Observed } from '../../../engine/resource.ts';
import { combineFindings, NO_FINDINGS, type Findings } from '../../findings.ts';
import type { AzureContext } from '../context.ts';
import { translate } from '../desired/desired.ts';
import type { Lookups } from '../desired/look-up.ts';
import { versionOf } from '../desired/version.ts';
import { checkOffer, checkReplicaRegion } from './availability.ts';
import { liveNotices } from './live-notices.ts';
import { goingAway, liveProblems } from './live-problems.ts';

/** What Azure would refuse, and what the user should know, now that the live state is known. */
export async function check(context: AzureContext, observed: readonly Observed[], lookups: Lookups): Promise<Findings> {
  const { live, restore } = lookups;
  const gone = goingAway(context, live);
  if (gone.length > 0) return { problems: gone, notices: [] };
  const source = combineFindings([restore ?? NO_FINDINGS, versionOf(context, live ?? restore?.live)]);
  if (source.problems.length > 0) return source;
  const { server, problems } = translate(context, observed, lookups);
  const [offer, replicaRegion, notices] = await Promise.all([
    checkOffer(context, server, live, restore?.live),
    checkReplicaRegion(context, server, live ?? restore?.live, observed),
    liveNotices(context, live)
  ]);
  return combineFindings([
    source,
    { problems: liveProblems(context, live), notices: [] },
    offer,
    replicaRegion,
    { problems, notices }
  ]);
}
