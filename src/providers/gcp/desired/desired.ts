import type { Desired, Observed } from '../../../engine/resource.ts';
import { directionOf, orderReplicas } from '../../replica-order.ts';
import { SERVER } from '../addresses.ts';
import type { GcpContext } from '../context.ts';
import { observedServer } from '../resources/server/fields.ts';
import { desiredReplicas, ORDER, withLimits } from './replicas.ts';
import { restoreOf, type Restore } from './restore-source.ts';
import { desiredServer } from './server.ts';
import { desiredSupporting } from './supporting.ts';

/** What `desired` needs and the live resources do not hold. */
export interface Lookups {
  /** What a new instance is restored from. */
  readonly restore: Restore;
}

/** Asks for the source of a copy. Where the server exists, nothing is asked. */
export async function lookUp(context: GcpContext, observed: readonly Observed[]): Promise<Lookups> {
  return { restore: await restoreOf(context, observedServer(observed) !== undefined) };
}

/** The inputs as resources of Cloud SQL. Pure. */
export function desired(context: GcpContext, observed: readonly Observed[], { restore }: Lookups): readonly Desired[] {
  const live = observedServer(observed);
  const server = desiredServer(context, live, restore);
  const all = [
    server,
    ...desiredSupporting(context, observed),
    ...desiredReplicas(context, observed, server, live?.fields ?? restore.values ?? {})
  ];
  return orderReplicas(all, observed, SERVER, directionOf(server, withLimits(live), ORDER));
}
