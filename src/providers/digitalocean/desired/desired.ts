import type { Desired, Observed } from '../../../engine/resource.ts';
import { directionOf, numberStep, orderReplicas, type OrderRules } from '../../replica-order.ts';
import { SERVER } from '../addresses.ts';
import { sizeStep } from '../api/sizes.ts';
import type { DigitalOceanContext } from '../context.ts';
import type { ServerFields } from '../resources/server/fields.ts';
import { desiredReplicas } from './replicas.ts';
import type { LookUps } from './restore-source.ts';
import { desiredServer } from './server.ts';
import { desiredSupporting } from './supporting.ts';

/** A replica must be at least as large as its cluster: it grows first. */
const SIZE_RULES: OrderRules<ServerFields> = { size: sizeStep, storage_size_mib: numberStep };

/** The spec in the resources of DigitalOcean. */
export function desired(
  context: DigitalOceanContext,
  observed: readonly Observed[],
  lookUps: LookUps
): readonly Desired[] {
  const server = desiredServer(context, observed, lookUps);
  const live = observed.find((one): one is Observed<ServerFields> => one.address === SERVER);
  const all = [server, ...desiredSupporting(context, observed), ...desiredReplicas(context, observed, server)];
  return orderReplicas(all, observed, SERVER, directionOf(server, live, SIZE_RULES));
}
