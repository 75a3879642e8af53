import { defined } from '../../../engine/defined.ts';
import type { Settings } from '../../../spec/catalogue.ts';
import type { Problem } from '../../../spec/problem.ts';
import { isFailure, orUndefined } from '../../failures.ts';
import { poolName } from '../api/names.ts';
import { liveIn } from '../resources/pool.ts';
import { isNetwork, network } from '../resources/server/convert.ts';
import { MOST_SOURCES, sourcesOfOthers } from '../resources/server/trusted-sources.ts';
import { DEFAULT_POOL_SIZE, poolTooLarge } from '../api/pool-size.ts';
import type { Cluster } from '../api/types.ts';
import type { DigitalOceanContext } from '../context.ts';
import type { LiveCluster } from '../resources/server/field.ts';

/**
 * What the live state does not allow, or a new cluster lacks. `size` is the one that the cluster has or will have,
 * `source` the cluster that a new one starts as a copy of.
 */
export async function liveProblems(
  context: DigitalOceanContext,
  live: Cluster | undefined,
  source: LiveCluster | undefined,
  size: string
): Promise<readonly Problem[]> {
  return [
    ...(live === undefined ? missing(context, source) : moving(context.settings, live)),
    ...(await takenName(context)),
    ...(await placeProblems(context, live)),
    ...(await sourceCountProblems(context, live)),
    ...(source === undefined ? [] : copyProblems(context.settings, source.cluster)),
    ...(source === undefined ? [] : await restoreTimeProblems(context, source.cluster)),
    ...(context.settings.enable_proxy === true ? await poolProblems(context, size) : [])
  ];
}

async function takenName({ target, otherEngine }: DigitalOceanContext): Promise<readonly Problem[]> {
  const engine = await otherEngine();
  if (engine === undefined) return [];
  return [
    {
      input: 'name',
      value: target.name,
      why: `is the name of a ${engine} cluster of this team`,
      allowed: 'another name'
    }
  ];
}

/**
 * A network or a project that does not exist, or a network of another region. Where the token may not ask, the service
 * decides.
 */
async function placeProblems(
  { api, settings }: DigitalOceanContext,
  live: Cluster | undefined
): Promise<readonly Problem[]> {
  const { vpc_id: vpc, digitalocean_project: project, digitalocean_region: region } = settings;
  const problems: Problem[] = [];
  if (vpc !== undefined && live === undefined) {
    const found = await existing<{ vpc?: { region?: string } }>(api, `/vpcs/${encodeURIComponent(vpc)}`);
    const where = found === 'unknown' ? region : found?.vpc?.region;
    if (found === undefined) problems.push({ input: 'vpc_id', value: vpc, why: 'is not a VPC of this team' });
    else if (region !== undefined && where !== undefined && where !== region) {
      problems.push({ input: 'vpc_id', value: vpc, why: `is a network of ${where}, not of ${region}` });
    }
  }
  if (project !== undefined && project.toLowerCase() !== live?.project_id) {
    const path = `/projects/${encodeURIComponent(project.toLowerCase())}`;
    if ((await existing(api, path)) === undefined) {
      problems.push({ input: 'digitalocean_project', value: project, why: 'is not a project of this team' });
    }
  }
  return problems;
}

async function existing<T>(api: DigitalOceanContext['api'], path: string): Promise<T | 'unknown' | undefined> {
  try {
    return await orUndefined(api.rest<T>('GET', path));
  } catch (thrown) {
    if (isFailure(thrown, 'denied')) return 'unknown';
    throw thrown;
  }
}

/** DigitalOcean's limit counts the sources that this action keeps as well. */
async function sourceCountProblems(
  context: DigitalOceanContext,
  live: Cluster | undefined
): Promise<readonly Problem[]> {
  const networks = new Set(context.settings.allowed_cidr_blocks?.map(network));
  if (live === undefined || networks.size === 0) return [];
  const kept = sourcesOfOthers(await context.rules(), [...networks]).length;
  if (kept === 0 || networks.size + kept <= MOST_SOURCES) return [];
  const why = `has ${networks.size} networks, and the cluster keeps ${kept} sources of others`;
  return [{ input: 'allowed_cidr_blocks', why, allowed: `at most ${MOST_SOURCES - kept}` }];
}

/** A copy must hold the data of its source, whose nodes it may not undercut. */
function copyProblems({ allocated_storage: gib }: Settings, source: Cluster): readonly Problem[] {
  const least = (source.storage_size_mib ?? 0) / 1024;
  if (gib === undefined || gib >= least) return [];
  const why = `is less than the ${least} GiB of ${source.name}`;
  return [{ input: 'allocated_storage', value: String(gib), why, allowed: `${least} at least` }];
}

function missing({ settings }: DigitalOceanContext, source: LiveCluster | undefined): readonly Problem[] {
  const problems: Problem[] = [];
  const { restore_source: asked } = settings;
  if (asked !== undefined && source === undefined) {
    problems.push({ input: 'restore_source', value: asked, why: 'is not a PostgreSQL cluster of this team' });
  }
  if (settings.digitalocean_region === undefined && source === undefined) {
    problems.push({ input: 'digitalocean_region', why: 'is needed for a new database', allowed: 'such as `nyc3`' });
  }
  const isOpen = settings.allowed_cidr_blocks === undefined && !(source?.rules ?? []).some(isNetwork);
  if (isOpen && settings.publicly_accessible !== true) {
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
  const pools = await context.pools();
  const live = liveIn(context, pools);
  const asked = context.settings.proxy_config?.default_pool_size ?? live?.size ?? DEFAULT_POOL_SIZE;
  return poolTooLarge(asked, size, live?.name ?? poolName(context.settings), pools);
}
