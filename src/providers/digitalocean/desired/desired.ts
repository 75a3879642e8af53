import type { Desired, Observed } from '../../../engine/resource.ts';
import type { DigitalOceanContext } from '../context.ts';
import { desiredReplicas } from './replicas.ts';
import type { LookUps } from './restore-source.ts';
import { desiredServer } from './server.ts';
import { desiredSupporting } from './supporting.ts';

/** The spec in the resources of DigitalOcean. */
export function desired(
  context: DigitalOceanContext,
  observed: readonly Observed[],
  { source }: LookUps
): readonly Desired[] {
  const server = desiredServer(context, observed, source);
  return [server, ...desiredSupporting(context, observed), ...desiredReplicas(context, observed, server)];
}
