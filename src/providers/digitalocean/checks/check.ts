import { textOf } from '../../../engine/value.ts';
import type { Desired, Observed } from '../../../engine/resource.ts';
import type { Problem } from '../../../spec/problem.ts';
import { combineFindings, type Findings } from '../../findings.ts';
import { directionOf, outgrown } from '../../replica-order.ts';
import { SERVER } from '../addresses.ts';
import { sizeStep } from '../api/sizes.ts';
import type { DigitalOceanContext } from '../context.ts';
import { desiredReplicas } from '../desired/replicas.ts';
import { desiredServer } from '../desired/server.ts';
import type { LookUps } from '../desired/restore-source.ts';
import type { ServerFields } from '../resources/server/fields.ts';
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
  const server = desiredServer(context, observed, lookUps);
  const { size } = server.fields;
  const wanted = size?.managed === true || live === undefined ? size?.value : live.size;
  const [found, offered] = await Promise.all([
    liveProblems(context, live, source, typeof wanted === 'string' ? wanted : textOf(live?.size)),
    availability(context, live, observed, keepsVersion)
  ]);
  const notices = [...liveNotices(context, live, observed), ...upgradeNotices(context, live, keepsVersion)];
  return combineFindings([found, { problems: smallReplica(context, observed, server), notices }, offered]);
}

/** A replica has at least the size of its cluster. Its storage may be smaller. */
function smallReplica(
  context: DigitalOceanContext,
  observed: readonly Observed[],
  server: Desired<ServerFields>
): readonly Problem[] {
  const live = observed.find((one): one is Observed<ServerFields> => one.address === SERVER);
  const rules = { size: sizeStep };
  const { up } = directionOf(server, live, rules);
  const desired = desiredReplicas(context, observed, server);
  return outgrown(server, observed, desired, { rules, up, inputOf: { size: 'instance_class' } });
}
