import type { Configuration } from '@azure/arm-postgresql-flexible';
import type { Desired } from '../../../engine/resource.ts';
import { PARAMETERS, POOLING, QUERY_STORE } from '../addresses.ts';
import { azureParameter, joinLibraries, LIBRARIES } from '../api/parameters.ts';
import type { AzureContext } from '../context.ts';
import { parameters, parametersTitle, PREFIX } from '../resources/parameters.ts';
import { pooling, poolingTitle } from '../resources/pooling.ts';
import { queryStore, queryStoreTitle } from '../resources/query-store.ts';
import { childOfServer } from './child-resource.ts';

/** The most days that the query store keeps. */
export const MOST_INSIGHT_DAYS = 30;

/** The parameters that the inputs set. Libraries are added to those that Azure loads. */
export function desiredParameters(
  context: AzureContext,
  configurations: ReadonlyMap<string, Configuration>,
  major: number
): readonly Desired<typeof parameters.fields>[] {
  const { settings, options } = context;
  if (settings.parameters === undefined) return [];
  const values = Object.entries(settings.parameters).flatMap(([given, text]) => {
    const read = azureParameter(given, text, major);
    if (!read.ok) return [];
    const { name } = read;
    // The plan shows the whole list of libraries, as it is sent.
    const live = name === LIBRARIES ? (configurations.get(name)?.value ?? '') : '';
    return [[`${PREFIX}${name}`, name === LIBRARIES ? joinLibraries(live, read.value) : read.value] as const];
  });
  const restarts = options.allowRestart === true && configurations.size > 0 ? { restart_pending: false } : {};
  if (values.length === 0 && configurations.size === 0) return [];
  const fields = { ...Object.fromEntries(values), ...restarts };
  return [childOfServer(parameters, PARAMETERS, parametersTitle(context), fields, ['parameters'])];
}

/** The connection pooler. Its settings count only while it is on. */
export function desiredPooling(context: AzureContext): readonly Desired[] {
  const { enable_proxy: enabled, proxy_config: config } = context.settings;
  if (enabled === undefined) return [];
  const { pool_mode: mode, default_pool_size: size, max_client_conn: most } = (enabled ? config : undefined) ?? {};
  const values = { enabled, pool_mode: mode, default_pool_size: size, max_client_conn: most };
  return [childOfServer(pooling, POOLING, poolingTitle(context), values)];
}

/** The query store. */
export function desiredQueryStore(context: AzureContext): readonly Desired[] {
  const { enable_performance_insights: enabled, performance_insights_retention_period: days } = context.settings;
  if (enabled === undefined) return [];
  const kept = enabled && days !== undefined ? Math.min(days, MOST_INSIGHT_DAYS) : undefined;
  return [childOfServer(queryStore, QUERY_STORE, queryStoreTitle(context), { enabled, retention_days: kept })];
}
