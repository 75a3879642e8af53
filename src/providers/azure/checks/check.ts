import type { Observed } from '../../../engine/resource.ts';
import { combineFindings, NO_FINDINGS, type Findings } from '../../findings.ts';
import type { AzureContext } from '../context.ts';
import { translate } from '../desired/desired.ts';
import type { Lookups } from '../desired/look-up.ts';
import { versionOf } from '../desired/version.ts';
import { checkOffer, checkReplicaRegion } from './availability.ts';
import { liveNotices } from './notices.ts';
import { parameterNotices, parameterProblems, poolingProblems } from './parameters.ts';
import { goingAway, liveProblems, otherKind } from './live-problems.ts';
import { upgradeNotices } from './upgrade.ts';

/** What Azure would refuse, and what the user should know, now that the live state is known. */
export async function check(context: AzureContext, observed: readonly Observed[], lookups: Lookups): Promise<Findings> {
  const { live, restore } = lookups;
  const unusable = [...goingAway(context, live), ...otherKind(context, live)];
  if (unusable.length > 0) return { problems: unusable, notices: [] };
  const source = combineFindings([restore ?? NO_FINDINGS, versionOf(context, live ?? restore?.live)]);
  if (source.problems.length > 0) return source;
  const { server, problems } = translate(context, observed, lookups);
  const wanted = server.fields.instance_class?.value;
  const version = server.fields.engine_version?.value;
  const isUpgraded = typeof version === 'string' && version !== live?.version;
  const size = typeof wanted === 'string' ? wanted : ((live ?? restore?.live)?.sku?.name ?? '');
  const [offer, replicaRegion, notices] = await Promise.all([
    checkOffer(context, server, live, restore?.live),
    checkReplicaRegion(context, server, live ?? restore?.live, observed),
    liveNotices(context, server, live)
  ]);
  return combineFindings([
    source,
    { problems: liveProblems(context, observed, live, size), notices: [] },
    {
      problems: isUpgraded ? [] : [...parameterProblems(context, lookups), ...poolingProblems(context, lookups)],
      notices: parameterNotices(context, live)
    },
    offer,
    replicaRegion,
    { problems, notices: [...notices, ...upgradeNotices(context, live)] }
  ]);
}
