import type { Configuration, Server } from '@azure/arm-postgresql-flexible';
import type { Observed } from '../../../engine/resource.ts';
import { ignoring, UNREADABLE } from '../../failures.ts';
import { configurationsByName } from '../api/configuration.ts';
import type { AzureContext } from '../context.ts';
import { partsOfOthers, type PartsOfOthers } from './parts-of-others.ts';
import { restoreFrom, type Restore } from './restore-source.ts';

/** What the translation of a spec needs to know, and the observed resources do not hold. */
export interface Lookups {
  readonly live: Server | undefined;
  /** The source of a new server's data. */
  readonly restore: Restore | undefined;
  /** The live configurations by name; empty where there is no server yet, or no input names one. */
  readonly configurations: ReadonlyMap<string, Configuration>;
  readonly others: PartsOfOthers;
}

/** Asks for what the observation has not read. The source of a restore is asked for once in a run. */
export async function lookUp(context: AzureContext, observed: readonly Observed[]): Promise<Lookups> {
  const live = await context.liveState().main();
  const [restore, configurations, others] = await Promise.all([
    live === undefined ? context.once('restore source', async () => restoreFrom(context))() : undefined,
    liveConfigurations(context, live),
    partsOfOthers(context, observed, live)
  ]);
  return { live, restore, configurations, others };
}

async function liveConfigurations(
  context: AzureContext,
  live: Server | undefined
): Promise<ReadonlyMap<string, Configuration>> {
  const { parameters, enable_proxy: hasPooler } = context.settings;
  if (live === undefined || (parameters === undefined && hasPooler !== true)) return new Map();
  return (await ignoring(UNREADABLE, configurationsByName(context))) ?? new Map();
}
