import type { Settings } from '../../../../spec/catalogue.ts';
import type { Problem } from '../../../../spec/problem.ts';

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

/** What managed connection pooling can't do, as far as the inputs alone show it. */
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
    const why = 'is no mode of the pooler of Cloud SQL';
    problems.push({ input: 'proxy_config.pool_mode', value: 'statement', why, allowed: '`transaction`, `session`' });
  }
  return problems;
}
