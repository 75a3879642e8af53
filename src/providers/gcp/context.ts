import type { Execution } from '../../engine/execution.ts';
import type { Target } from '../../engine/ownership.ts';
import { ActionError } from '../../errors.ts';
import type { Settings } from '../../spec/catalogue.ts';
import type { Spec } from '../../spec/spec.ts';
import { orUndefined, isFailure, ignoring } from '../failures.ts';
import { requestCache } from '../request-cache.ts';
import { callLimit } from '../call-limit.ts';
import { firstPauseSeconds, pollSeconds } from '../polling.ts';
import type { ApplyOptions, Setup } from '../provider.ts';
import type { FlagInfo, Instance, Operation, TierInfo } from './api/types.ts';
import { openGcp, type Endpoints, type Gcp } from './api/client.ts';
import { openCredential } from './api/credential.ts';
import { instanceName } from './api/names.ts';

/** What the resources of this wing work with. */
export interface GcpContext {
  readonly spec: Spec;
  readonly settings: Settings;
  readonly target: Target;
  readonly gcp: Gcp;
  readonly project: string;
  /** Name of the instance. */
  readonly name: string;
  /** Where a new instance goes; `undefined` when neither an input nor the environment says. */
  readonly region: string | undefined;
  readonly options: ApplyOptions;
  readonly execution: Execution;
  /** Seconds between two looks while waiting. */
  readonly pollSeconds: number;
  readonly secret: (name: string) => string | undefined;
  readonly mask: (value: string) => void;
  /** Asks a question once in each look at everything, by its key. */
  readonly ask: <T>(key: string, question: () => Promise<T>) => Promise<T>;
  /** The instance as it is, read once for all resources. */
  readonly live: () => Promise<Instance | undefined>;
  /** Ends a look: the next one asks Google again. */
  readonly invalidate: () => void;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Opens Google Cloud for a spec and begins the first look. Throws without credentials or a project. */
export async function openContext(setup: Setup): Promise<GcpContext> {
  const { spec, execution, env } = setup;
  const { settings } = spec;
  const credential = await openCredential(env, setup.mask);
  const project = settings.gcp_project || projectIn(env) || credential.project || noProject();
  const gcp = openGcp({
    project,
    credential,
    endpoints: endpointsIn(env),
    execution,
    firstPause: firstPauseSeconds(env),
    limit: callLimit(env, execution)
  });
  const name = instanceName(spec.name);
  let once = requestCache();
  const ask: GcpContext['ask'] = async (key, question) => once(key, question)();
  const live: GcpContext['live'] = async () => ask('instance', async () => readInstance({ gcp }, name));
  live().catch(() => undefined);
  ask(`operations ${name}`, async () => operationsOf({ gcp }, name)).catch(() => undefined);
  let isFresh = true;
  return {
    spec,
    settings,
    target: {
      provider: 'gcp',
      account: project,
      // A name is one of the project's in all regions: the region is no part of who an instance is.
      region: '',
      name,
      environment: spec.environment,
      ...setup.owner
    },
    gcp,
    project,
    name,
    region: settings.gcp_region || env['CLOUDSDK_COMPUTE_REGION'] || undefined,
    options: setup.options,
    execution,
    pollSeconds: pollSeconds(env),
    secret: setup.secret,
    mask: setup.mask,
    ask,
    live,
    invalidate: () => {
      // The first look is the one that opening began.
      if (!isFresh) once = requestCache();
      isFresh = false;
    }
  };
}

type GcpApiAccess = Pick<GcpContext, 'gcp'>;

/**
 * An instance by its name; `undefined` when there is none. Cloud SQL may answer that it is forbidden instead of that it is not there: then the
 * list decides.
 */
export async function readInstance({ gcp }: GcpApiAccess, name: string): Promise<Instance | undefined> {
  const { project } = gcp;
  const call = { permission: 'cloudsql.instances.get', subject: name };
  try {
    return await orUndefined(
      gcp.sql<Instance>(call, async (sdk, options) => sdk.instances.get({ project, instance: name }, options))
    );
  } catch (thrown) {
    if (!isFailure(thrown, 'denied')) throw thrown;
    const all = await listInstances({ gcp }).catch(() => undefined);
    if (all === undefined || all.some(one => one.name === name)) throw thrown;
    return undefined;
  }
}

/** Every instance of the project. */
export async function listInstances({ gcp }: GcpApiAccess): Promise<readonly Instance[]> {
  const { project } = gcp;
  const call = { permission: 'cloudsql.instances.list', subject: project };
  return gcp.all<Instance>(call, async (sdk, pageToken, options) =>
    sdk.instances.list({ project, pageToken }, options)
  );
}

/** What was done to an instance, newest first, as far back as one page goes. */
export async function operationsOf({ gcp }: GcpApiAccess, instance: string): Promise<readonly Operation[]> {
  const { project } = gcp;
  const call = { permission: 'cloudsql.instances.get', subject: instance };
  // Of an instance that is not there Cloud SQL may say that it is forbidden.
  const page = await ignoring(
    ['not-found', 'denied'],
    gcp.sql<{ readonly items?: readonly Operation[] }>(call, async (sdk, options) =>
      sdk.operations.list({ project, instance, maxResults: 50 }, options)
    )
  );
  return page?.items ?? [];
}

/** Everything that can be set on a version, with its limits; asked once. */
export async function flagsOf(context: GcpContext, databaseVersion: string): Promise<ReadonlyMap<string, FlagInfo>> {
  const { gcp, ask } = context;
  const flags = await ask(`flags ${databaseVersion}`, async () =>
    gcp.sql<{ readonly items?: readonly FlagInfo[] }>(
      { permission: 'cloudsql.flags.list', subject: databaseVersion },
      async (sdk, options) => sdk.flags.list({ databaseVersion }, options)
    )
  );
  return new Map((flags.items ?? []).map(one => [one.name, one]));
}

/** The tiers that the project can have; asked once. */
export async function tiersOf({ gcp, project, ask }: GcpContext): Promise<readonly TierInfo[]> {
  const call = { permission: 'cloudsql.tiers.list', subject: project };
  const tiers = await ask('tiers', async () =>
    gcp.sql<{ readonly items?: readonly TierInfo[] }>(call, async (sdk, options) =>
      sdk.tiers.list({ project }, options)
    )
  );
  return tiers.items ?? [];
}

function projectIn(env: Env): string | undefined {
  const names = ['GOOGLE_CLOUD_PROJECT', 'GCP_PROJECT', 'GCLOUD_PROJECT', 'CLOUDSDK_CORE_PROJECT', 'CLOUDSDK_PROJECT'];
  return names.map(name => env[name]).find(value => value !== undefined && value !== '');
}

function noProject(): never {
  throw new ActionError('No Google Cloud project is known', {
    code: 'input-invalid',
    source: 'user',
    hint: 'Set `gcp_project`, or give `google-github-actions/auth` its `project_id`.'
  });
}

/** As `gcloud` reads them. */
function endpointsIn(env: Env): Endpoints {
  const at = (name: string, usual: string): string =>
    (env[`CLOUDSDK_API_ENDPOINT_OVERRIDES_${name}`] || usual).replace(/\/+$/, '');
  return {
    sql: at('SQL', 'https://sqladmin.googleapis.com'),
    monitoring: at('MONITORING', 'https://monitoring.googleapis.com'),
    cloudresourcemanager: at('CLOUDRESOURCEMANAGER', 'https://cloudresourcemanager.googleapis.com')
  };
}
