import type { Execution } from '../../engine/execution.ts';
import type { Target } from '../../engine/ownership.ts';
import { ActionError } from '../../errors.ts';
import type { Settings } from '../../spec/catalogue.ts';
import type { Spec } from '../../spec/spec.ts';
import { requestCache } from '../request-cache.ts';
import { callLimit } from '../call-limit.ts';
import { firstPauseSeconds, pollSeconds } from '../polling.ts';
import type { ApplyOptions, Setup } from '../provider.ts';
import type { Instance } from './api/types.ts';
import { openGcp, type Endpoints, type Gcp } from './api/client.ts';
import { openCredential } from './api/credential.ts';
import { instanceName } from './api/names.ts';
import { readInstance, type Ask } from './live-state.ts';

/** What the resources of Google Cloud work with. */
export interface GcpContext {
  readonly spec: Spec;
  readonly settings: Settings;
  readonly target: Target;
  readonly gcp: Gcp;
  readonly project: string;
  /** Name of the instance. */
  readonly name: string;
  /** Region of a new instance; `undefined` when neither an input nor the environment names one. */
  readonly region: string | undefined;
  readonly options: ApplyOptions;
  readonly execution: Execution;
  /** Seconds between two polls while waiting. */
  readonly pollSeconds: number;
  readonly secret: (name: string) => string | undefined;
  readonly mask: (value: string) => void;
  /** Asks a question once by its key, until `invalidate`. */
  readonly ask: Ask;
  /** The live instance, read once for all resources. */
  readonly live: () => Promise<Instance | undefined>;
  /** Forgets the answers: the next question goes to Google again. */
  readonly invalidate: () => void;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Opens Google Cloud for a spec and begins to read the instance. Throws without credentials or a project. */
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
  let isFresh = true;
  return {
    spec,
    settings,
    target: {
      provider: 'gcp',
      account: project,
      // Instance names are unique in the project, whatever the region.
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
      // The first answers are those that opening the context asked for.
      if (!isFresh) once = requestCache();
      isFresh = false;
    }
  };
}

function projectIn(env: Env): string | undefined {
  const names = ['GOOGLE_CLOUD_PROJECT', 'GCP_PROJECT', 'GCLOUD_PROJECT', 'CLOUDSDK_CORE_PROJECT', 'CLOUDSDK_PROJECT'];
  return names.map(name => env[name]).find(value => value !== undefined && value !== '');
}

function noProject(): never {
  throw new ActionError('Could not open Google Cloud: no project is named', {
    code: 'input-invalid',
    source: 'user',
    hint: 'Set `gcp_project` or GOOGLE_CLOUD_PROJECT, or `project_id` of `google-github-actions/auth`.'
  });
}

/** The endpoints, with the overrides that `gcloud` honours. */
function endpointsIn(env: Env): Endpoints {
  const at = (name: string, usual: string): string =>
    (env[`CLOUDSDK_API_ENDPOINT_OVERRIDES_${name}`] || usual).replace(/\/+$/, '');
  return {
    sql: at('SQL', 'https://sqladmin.googleapis.com'),
    monitoring: at('MONITORING', 'https://monitoring.googleapis.com'),
    cloudbilling: at('CLOUDBILLING', 'https://cloudbilling.googleapis.com'),
    secretmanager: at('SECRETMANAGER', 'https://secretmanager.googleapis.com'),
    logging: at('LOGGING', 'https://logging.googleapis.com'),
    cloudresourcemanager: at('CLOUDRESOURCEMANAGER', 'https://cloudresourcemanager.googleapis.com')
  };
}
