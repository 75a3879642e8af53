import { defined } from '../../../engine/defined.ts';
import { serverTime } from '../../../engine/server-time.ts';
import type { Settings } from '../../../spec/catalogue.ts';
import type { Problem } from '../../../spec/problem.ts';
import { ignoring, orUndefined, UNREADABLE } from '../../failures.ts';
import { combineFindings, NO_FINDINGS, type Findings } from '../../findings.ts';
import { orNotChecked } from '../../not-checked.ts';
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
): Promise<Findings> {
  const problems = [
    ...(live === undefined ? missing(context, source) : moving(context.settings, live)),
    ...(await takenName(context)),
    ...(source === undefined ? [] : copyProblems(context.settings, source.cluster))
  ];
  return combineFindings([
    { problems, notices: [] },
    await networkProblems(context, live),
    await projectProblems(context, live),
    await sourceCountProblems(context),
    source === undefined ? NO_FINDINGS : await restoreTimeProblems(context, source.cluster),
    context.settings.enable_proxy === true ? await poolProblems(context, size) : NO_FINDINGS
  ]);
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

/** A network that does not exist, or is in another region. */
async function networkProblems({ api, settings }: DigitalOceanContext, live: Cluster | undefined): Promise<Findings> {
  const { vpc_id: value, digitalocean_region: region } = settings;
  if (value === undefined || live !== undefined) return NO_FINDINGS;
  const read = api.rest<{ vpc?: { region?: string } }>('GET', `/vpcs/${encodeURIComponent(value)}`);
  const { answer, notices } = await orNotChecked('`vpc_id`', 'vpc:read', orUndefined(read));
  if (notices.length > 0) return { problems: [], notices };
  const where = answer?.vpc?.region ?? region;
  const why =
    answer === undefined
      ? 'is not a VPC of this team'
      : region !== undefined && where !== region
        ? `is a network of ${where}, not of ${region}`
        : undefined;
  return { problems: why === undefined ? [] : [{ input: 'vpc_id', value, why }], notices };
}

/** A project that does not exist. */
async function projectProblems({ api, settings }: DigitalOceanContext, live: Cluster | undefined): Promise<Findings> {
  const { digitalocean_project: value } = settings;
  if (value === undefined || value.toLowerCase() === live?.project_id) return NO_FINDINGS;
  const read = api.rest<object>('GET', `/projects/${encodeURIComponent(value.toLowerCase())}`);
  const { answer, notices } = await orNotChecked('`digitalocean_project`', 'project:read', orUndefined(read));
  if (notices.length > 0 || answer !== undefined) return { problems: [], notices };
  return { problems: [{ input: 'digitalocean_project', value, why: 'is not a project of this team' }], notices };
}

/** DigitalOcean's limit counts the sources that this action keeps as well. */
async function sourceCountProblems(context: DigitalOceanContext): Promise<Findings> {
  const networks = new Set(context.settings.allowed_cidr_blocks?.map(network));
  const rules = await ignoring(UNREADABLE, context.rules());
  // The trusted sources are unknown then, and nothing changes them.
  const kept = rules === undefined ? 0 : sourcesOfOthers(rules, [...networks]).length;
  if (kept === 0 || networks.size + kept <= MOST_SOURCES) return NO_FINDINGS;
  const why = `has ${networks.size} networks, and the cluster keeps ${kept} sources of others`;
  const allowed = `at most ${MOST_SOURCES - kept}`;
  return { problems: [{ input: 'allowed_cidr_blocks', why, allowed }], notices: [] };
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
      why: `can't be given in the run that moves the cluster from ${live.region} to ${region}`,
      allowed: 'unset while the cluster moves: it then joins the default network of the new region'
    }
  ];
}

/** A time before the first backup, or in the future. */
async function restoreTimeProblems(
  { api, settings, execution }: DigitalOceanContext,
  source: Cluster
): Promise<Findings> {
  const { restore_to_time: time } = settings;
  if (time === undefined || time === 'latest') return NO_FINDINGS;
  const wrong = (why: string, allowed?: string): Findings => ({
    problems: [defined({ input: 'restore_to_time', value: time, why, allowed })],
    notices: []
  });
  if (Date.parse(time) > serverTime(execution).getTime()) return wrong('is in the future', '`latest`');
  const read = api.rest<{ backups?: readonly { readonly created_at: string }[] | null }>(
    'GET',
    `/databases/${source.id}/backups`
  );
  const { answer, notices } = await orNotChecked('`restore_to_time`', 'database:read', read);
  if (answer === undefined) return { problems: [], notices };
  const [first] = (answer.backups ?? []).map(({ created_at: at }) => at).sort();
  if (first === undefined) return wrong(`can't be restored: ${source.name} has no backup yet`);
  return Date.parse(time) < Date.parse(first)
    ? wrong(`is before the first backup of ${source.name}`, `since ${first}`)
    : NO_FINDINGS;
}

async function poolProblems(context: DigitalOceanContext, size: string): Promise<Findings> {
  const pools = await ignoring(UNREADABLE, context.pools());
  // The pool is unknown then, and nothing changes it.
  if (pools === undefined) return NO_FINDINGS;
  const live = liveIn(context, pools);
  const asked = context.settings.proxy_config?.default_pool_size ?? live?.size ?? DEFAULT_POOL_SIZE;
  const problems = poolTooLarge(asked, size, live?.name ?? poolName(context.settings), pools);
  return { problems, notices: [] };
}
