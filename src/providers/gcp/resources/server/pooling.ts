import { textOf } from '../../../../engine/value.ts';
import type { Settings } from '../../../../spec/catalogue.ts';
import type { Problem } from '../../../../spec/problem.ts';
import type { ConnectionPoolConfig, Instance } from '../../api/types.ts';
import type { Body } from './field.ts';
import type { ServerValues } from './fields.ts';

const POOL = 'pool.';

/** Port of the pooler. */
export const POOL_PORT = 6432;

/** The pooler's flags, as fields of the instance. */
export function poolFlags({ proxy_config: config }: Settings): Readonly<Record<string, string>> {
  const flags: Readonly<Record<string, string | number | undefined>> = {
    'pool.pool_mode': config?.pool_mode,
    'pool.max_pool_size': config?.default_pool_size,
    'pool.max_client_connections': config?.max_client_conn
  };
  return Object.fromEntries(
    Object.entries(flags).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]))
  );
}

/** What managed connection pooling can't do, as far as the inputs show. */
export function poolProblems(
  { enable_proxy: enabled, proxy_config: config }: Settings,
  edition: string | undefined
): readonly Problem[] {
  const problems: Problem[] = [];
  if (enabled === true && edition === 'ENTERPRISE') {
    const why = 'is not available in the edition Enterprise, which the tier belongs to';
    problems.push({ input: 'enable_proxy', value: 'true', why, allowed: 'a tier such as `db-perf-optimized-N-2`' });
  }
  if (config?.pool_mode === 'statement') {
    const why = 'is not a mode of the pooler of Cloud SQL';
    problems.push({ input: 'proxy_config.pool_mode', value: 'statement', why, allowed: '`transaction`, `session`' });
  }
  return problems;
}

/** The pooler after a step; empty when the step does not change it. */
export function poolAfter(
  live: ConnectionPoolConfig | undefined,
  values: ServerValues
): { readonly connectionPoolConfig?: ConnectionPoolConfig } {
  const flags = new Map((live?.flags ?? []).map(one => [one.name, one]));
  const changed = Object.entries(values).filter(([field]) => field.startsWith(POOL));
  if (changed.length === 0 && values.enable_proxy === undefined) return {};
  for (const [field, value] of changed) {
    const name = field.slice(POOL.length);
    if (value === null) flags.delete(name);
    else flags.set(name, { name, value: textOf(value) });
  }
  const enabled = values.enable_proxy ?? live?.connectionPoolingEnabled === true;
  return { connectionPoolConfig: { connectionPoolingEnabled: enabled === true, flags: [...flags.values()] } };
}

/** The body of a change of the pooler, which Cloud SQL takes only together with the version. */
export function poolBody(values: ServerValues, live: Instance): Body {
  const part = poolAfter(live.settings?.connectionPoolConfig, values);
  if (part.connectionPoolConfig === undefined) return {};
  return { databaseVersion: live.databaseVersion, settings: { ...part } };
}
