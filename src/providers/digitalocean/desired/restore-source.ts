import type { Observed } from '../../../engine/resource.ts';
import { SERVER } from '../addresses.ts';
import { offersOf } from '../api/offers.ts';
import { clusterNamed, rulesAt } from '../api/clusters.ts';
import { clusterName, majorOf } from '../api/names.ts';
import type { DigitalOceanContext } from '../context.ts';
import type { LiveCluster } from '../resources/server/field.ts';
import { autoscaleAt } from '../resources/server/autoscale.ts';

/** What `desired` needs besides the live resources. */
export interface LookUps {
  /** The cluster that a new one starts as a copy of. */
  readonly source: LiveCluster | undefined;
  /** The cluster is above the asked version, which DigitalOcean no longer offers. */
  readonly keepsVersion: boolean;
}

/** Asks for the cluster that `restore_source` names, once in a run, and only while there is no server. */
export async function lookUp(context: DigitalOceanContext, observed: readonly Observed[]): Promise<LookUps> {
  const name = context.settings.restore_source;
  const keepsVersion = await isRetired(context);
  if (name === undefined || observed.some(one => one.address === SERVER)) return { source: undefined, keepsVersion };
  return { source: await context.askOnce('source', async () => readSource(context, clusterName(name))), keepsVersion };
}

/** Asks what is on offer only where the cluster runs a newer version than the asked one. */
async function isRetired(context: DigitalOceanContext): Promise<boolean> {
  const [asked, now] = [majorOf(context.settings), (await context.live())?.version];
  if (asked === undefined || now === undefined || Number(asked) >= Number(now)) return false;
  return (await offersOf(context))?.versions?.includes(asked) === false;
}

async function readSource(context: DigitalOceanContext, name: string): Promise<LiveCluster | undefined> {
  const cluster = await clusterNamed(context, name);
  if (cluster === undefined) return undefined;
  const [rules, autoscale] = await Promise.all([
    rulesAt(context, `/databases/${cluster.id}`),
    autoscaleAt(context, cluster.id)
  ]);
  return { cluster, rules, autoscale };
}
