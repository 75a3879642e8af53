import type { Observed } from '../../../engine/resource.ts';
import { SERVER } from '../addresses.ts';
import { clusterNamed } from '../api/clusters.ts';
import { clusterName } from '../api/names.ts';
import type { Cluster } from '../api/types.ts';
import type { DigitalOceanContext } from '../context.ts';

/** What `desired` needs besides the live resources. */
export interface LookUps {
  /** The cluster that a new one starts as a copy of. */
  readonly source: Cluster | undefined;
}

/** Asks for the cluster that `restore_source` names, once in a run, and only while there is no server. */
export async function lookUp(context: DigitalOceanContext, observed: readonly Observed[]): Promise<LookUps> {
  const name = context.settings.restore_source;
  if (name === undefined || observed.some(one => one.address === SERVER)) return { source: undefined };
  return { source: await context.askOnce('source', async () => clusterNamed(context, clusterName(name))) };
}
