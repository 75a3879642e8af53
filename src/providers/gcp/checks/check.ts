import type { Observed } from '../../../engine/resource.ts';
import { roleSecretFindings } from '../../role-secrets.ts';
import { NO_FINDINGS, type Findings } from '../../findings.ts';
import { replicaAddress } from '../addresses.ts';
import type { GcpContext } from '../context.ts';
import type { Lookups } from '../desired/desired.ts';
import { askedTier, flagsFor, majorFor, tierFor } from '../desired/server.ts';
import { observedServer } from '../resources/server/fields.ts';
import { sizeProblems } from './replica-order.ts';
import { replicaNotices } from './replica-notices.ts';
import { availabilityFindings } from './availability.ts';
import { kindProblems, liveProblems } from './live-problems.ts';
import { passwordProblems } from './password-policy.ts';
import { newReplicaProblems } from './replica-backups.ts';
import { liveNotices, replicaNameNotices, standbyNotices, windowNotices } from './notices.ts';
import { upgradeFindings } from './upgrade.ts';

/** What Cloud SQL would refuse, and what the user should know, given the live instance. */
export async function check(
  context: GcpContext,
  observed: readonly Observed[],
  { restore }: Lookups
): Promise<Findings> {
  const live = await context.live();
  const other = kindProblems(context, live);
  if (other.length > 0) return { problems: other, notices: [] };
  const server = observedServer(observed);
  const isCopy = restore.source !== undefined || context.settings.restore_source !== undefined;
  const tier = live === undefined && !isCopy ? tierFor(context) : askedTier(context);
  const version = majorFor(context, server);
  const { replica_region: elsewhere = '' } = context.settings;
  const hasRemoteReplica = observed.some(({ address }) => address === replicaAddress(elsewhere.toLowerCase()));
  const order = { version, tier, flags: flagsFor(context, server).values, hasRemoteReplica };
  const [offer, notices, names] = await Promise.all([
    availabilityFindings(context, live, order),
    liveNotices(context, live, order),
    replicaNameNotices(context, observed)
  ]);
  // What is refused already needs no further check.
  const upgrade = offer.problems.length > 0 ? NO_FINDINGS : await upgradeFindings(context, live, version);
  return {
    problems: [
      ...upgrade.problems,
      ...restore.problems,
      ...offer.problems,
      ...liveProblems(context, live, restore),
      ...passwordProblems(context, live, observed, restore),
      ...newReplicaProblems(context, live, observed, restore),
      ...sizeProblems(context, observed, restore)
    ],
    notices: [
      ...restore.notices,
      ...notices,
      ...offer.notices,
      ...names,
      ...upgrade.notices,
      ...standbyNotices(context, live),
      ...windowNotices(context, live),
      ...replicaNotices(context, live, observed),
      ...roleSecretFindings(context, observed, 'Secret Manager bills each version of a secret by the month.').notices
    ]
  };
}
