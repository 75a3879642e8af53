import { orUndefined, isFailure, ignoring } from '../failures.ts';
import type { Gcp } from './api/client.ts';
import type { FlagInfo, Instance, Operation, TierInfo } from './api/types.ts';

interface ApiAccess {
  readonly gcp: Gcp;
}

/** Asks a question once by its key, until `invalidate`. */
export type Ask = <T>(key: string, question: () => Promise<T>) => Promise<T>;

interface CachedAccess extends ApiAccess {
  readonly ask: Ask;
}

/**
 * An instance by its name; `undefined` when there is none. For a missing instance Cloud SQL may answer 403 in place of
 * 404: then the list of instances decides.
 */
export async function readInstance({ gcp }: ApiAccess, name: string): Promise<Instance | undefined> {
  const { project } = gcp;
  const call = { permission: 'cloudsql.instances.get', subject: name };
  try {
    return await orUndefined(
      gcp.sql<Instance>(call, async (sdk, options) => sdk.instances.get({ project, instance: name }, options))
    );
  } catch (thrown) {
    if (!isFailure(thrown, 'denied')) throw thrown;
    const all = await filteredInstances({ gcp }, `name:${name}`).catch(() => undefined);
    if (all === undefined || all.some(one => one.name === name)) throw thrown;
    return undefined;
  }
}

/** Every instance of the project. */
export async function listInstances(access: ApiAccess): Promise<readonly Instance[]> {
  return instancesIn(access, '');
}

/**
 * The instances that a filter lets through, and maybe others: all of the project where Cloud SQL does not take the
 * filter. https://cloud.google.com/sql/docs/postgres/admin-api/rest/v1/instances/list
 */
export async function filteredInstances(access: ApiAccess, filter: string): Promise<readonly Instance[]> {
  return (await ignoring(['invalid'], instancesIn(access, filter))) ?? listInstances(access);
}

async function instancesIn({ gcp }: ApiAccess, filter: string): Promise<readonly Instance[]> {
  const { project } = gcp;
  const call = { permission: 'cloudsql.instances.list', subject: project };
  const where = filter === '' ? {} : { filter };
  return gcp.all<Instance>(call, async (sdk, pageToken, options) =>
    sdk.instances.list({ project, pageToken, ...where }, options)
  );
}

/** The operations of an instance, newest first, as far back as one page goes. */
export async function operationsOf({ gcp }: ApiAccess, instance: string): Promise<readonly Operation[]> {
  const { project } = gcp;
  const call = { permission: 'cloudsql.instances.get', subject: instance };
  // For a missing instance Cloud SQL may answer 403 in place of 404.
  const page = await ignoring(
    ['not-found', 'denied'],
    gcp.sql<{ readonly items?: readonly Operation[] }>(call, async (sdk, options) =>
      sdk.operations.list({ project, instance, maxResults: 50 }, options)
    )
  );
  return page?.items ?? [];
}

/** Every database flag of a version, with its limits; asked once. */
export async function flagsOf(
  { gcp, ask }: CachedAccess,
  databaseVersion: string
): Promise<ReadonlyMap<string, FlagInfo>> {
  const flags = await ask(`flags ${databaseVersion}`, async () =>
    gcp.sql<{ readonly items?: readonly FlagInfo[] }>(
      { permission: 'cloudsql.flags.list', subject: databaseVersion },
      async (sdk, options) => sdk.flags.list({ databaseVersion }, options)
    )
  );
  return new Map((flags.items ?? []).map(one => [one.name, one]));
}

/** The tiers that the project can order; asked once. */
export async function tiersOf({ gcp, ask }: CachedAccess): Promise<readonly TierInfo[]> {
  const { project } = gcp;
  const call = { permission: 'cloudsql.tiers.list', subject: project };
  const tiers = await ask('tiers', async () =>
    gcp.sql<{ readonly items?: readonly TierInfo[] }>(call, async (sdk, options) =>
      sdk.tiers.list({ project }, options)
    )
  );
  return tiers.items ?? [];
}
