import type { Desired, Observed } from '../../../engine/resource.ts';
import { directionOf, minorVersionStep, numberStep, orderReplicas } from '../../replica-order.ts';
import { SERVER } from '../addresses.ts';
import type { AwsContext } from '../context.ts';
import type { Lookups } from './look-up.ts';
import { desiredReplicas } from './replicas.ts';
import { desiredServer } from './server.ts';
import { desiredSupporting } from './supporting.ts';

/** A replica is never smaller or older than its server. A major upgrade is the exception: the server goes first. */
const REPLICA_ORDER = { allocated_storage: numberStep, engine_version: minorVersionStep };

/** The inputs in RDS's resources. Pure. */
export function desired(context: AwsContext, observed: readonly Observed[], lookups: Lookups): readonly Desired[] {
  const server = desiredServer(context, lookups);
  const live = observed.find(({ address }) => address === SERVER);
  const all: readonly Desired[] = [
    ...desiredSupporting(context, observed, lookups),
    server,
    ...desiredReplicas(context, server, observed, lookups),
    ...lookups.reservation.desired
  ] as readonly Desired[];
  return orderReplicas(all, observed, SERVER, directionOf(server, live, REPLICA_ORDER));
}
