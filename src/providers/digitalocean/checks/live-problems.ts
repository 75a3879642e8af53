import { defined } from '../../../engine/defined.ts';
import type { Settings } from '../../../spec/catalogue.ts';
import type { Problem } from '../../../spec/problem.ts';
import { poolName } from '../api/names.ts';
import { DEFAULT_POOL_SIZE, poolTooLarge } from '../api/pool-size.ts';
import type { Cluster } from '../api/types.ts';
import type { DigitalOceanContext } from '../context.ts';

/**
 * What the live state does not allow, or a new cluster lacks. `size` is the one that the cluster has or will have, `source` the cluster
 * that a new one starts as a copy of.
 */
export async function liveProblems(
  context: DigitalOceanContext,
  live: Cluster | undefined,
  source: Cluster | undefined,
  size: string
): Promise<readonly Problem[]> {
  return [
    ...(live === undefined ? missing(context, source) : moving(context.settings, live)),
    ...(source === undefined ? [] : await restoreTimeProblems(context, source)),
    ...(context.settings.enable_proxy === true ? await poolProblems(context, size) : [])
  ];
}

function missing({ settings }: DigitalOceanContext, source: Cluster | undefined): readonly Problem[] {
  const problems: Problem[] = [];
  const { restore_source: asked } = settings;
  if (asked !== undefined && source === undefined) {
    problems.push({ input: 'restore_source', value: asked, why: 'is not a PostgreSQL cluster of this team' });
  }
  if (settings.digitalocean_region === undefined && source === undefined) {
    problems.push({ input: 'digitalocean_region', why: 'is needed for a new database', allowed: 'such as `nyc3`' });
  }
  if (settings.allowed_cidr_blocks === undefined && settings.publicly_accessible !== true) {
    problems.push({
      input: 'allowed_cidr_blocks',
      why: 'is needed for a new database: without trusted sources it is open to the world',
      allowed: 'one network at least, or `publicly_accessible: true`'
    });
  }
  return problems;
}

/** A network belongs to one region: a cluster that moves leaves it. */
function moving({ digitalocean_region: region, vpc_id: vpc }: Settings, live: Cluster): readonly Problem[] {
  if (region === undefined || vpc === undefined || region === live.region) return [];
  return [
    {
      input: 'vpc_id',
      value: vpc,
      why: `is a network of ${live.region}, which the cluster leaves for ${region}`,
      allowed: 'unset while the cluster moves: it then joins the default network of the new region'
    }
  ];
}

/** A time before the first backup, or in the future. */
async function restoreTimeProblems(
  { api, settings, execution }: DigitalOceanContext,
  source: Cluster
): Promise<readonly Problem[]> {
  const { restore_to_time: time } = settings;
  if (time === undefined || time === 'latest') return [];
  const wrong = (why: string, allowed?: string): readonly Problem[] => [
    defined({ input: 'restore_to_time', value: time, why, allowed })
  ];
  if (Date.parse(time) > execution.clock.now().getTime()) return wrong('is in the future', '`latest`');
  const { backups } = await api.rest<{ backups?: readonly { readonly created_at: string }[] | null }>(
    'GET',
    `/databases/${source.id}/backups`
  );
  const [first] = (backups ?? []).map(({ created_at: at }) => at).sort();
  if (first === undefined) return wrong(`can't be restored: ${source.name} has no backup yet`);
  return Date.parse(time) < Date.parse(first)
    ? wrong(`is before the first backup of ${source.name}`, `since ${first}`)
    : [];
}

async function poolProblems(context: DigitalOceanContext, size: string): Promise<readonly Problem[]> {
  const { proxy_config: config, database_name: database } = context.settings;
  return poolTooLarge(config?.default_pool_size ?? DEFAULT_POOL_SIZE, size, poolName(database), await context.pools());
}
