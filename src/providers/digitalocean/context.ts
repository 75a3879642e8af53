import type { Execution } from '../../engine/execution.ts';
import type { Target } from '../../engine/ownership.ts';
import { ActionError } from '../../errors.ts';
import type { Settings } from '../../spec/catalogue.ts';
import { EMPTY_SECRET } from '../../spec/empty-secret.ts';
import type { Spec } from '../../spec/spec.ts';
import { callLimit } from '../call-limit.ts';
import { firstPauseSeconds, pollSeconds } from '../polling.ts';
import type { ApplyOptions, Setup } from '../provider.ts';
import { requestCache } from '../request-cache.ts';
import { openDigitalOcean, type DigitalOcean } from './api/client.ts';
import { clusterName } from './api/names.ts';
import { withScope } from './api/scopes.ts';
import { liveState, type LiveState } from './live-state.ts';
import { LOGIN } from './api/errors.ts';

/** What the resources of this provider work with. */
export interface DigitalOceanContext extends LiveState {
  readonly spec: Spec;
  readonly settings: Settings;
  readonly target: Target;
  readonly api: DigitalOcean;
  readonly secret: (name: string) => string | undefined;
  readonly options: ApplyOptions;
  readonly execution: Execution;
  /** Seconds between two reads while waiting. */
  readonly pollSeconds: number;
  /** Asks once in the whole run, by a key: for answers that no change of this run affects. */
  readonly askOnce: <T>(key: string, ask: () => Promise<T>) => Promise<T>;
}

/** Opens DigitalOcean for a spec. Throws `credentials-missing` without a token. */
export async function openContext(setup: Setup): Promise<DigitalOceanContext> {
  const { spec, execution, env } = setup;
  const token =
    setup.secret('digitalocean_token') ?? env['DIGITALOCEAN_TOKEN'] ?? env['DIGITALOCEAN_ACCESS_TOKEN'] ?? '';
  if (token === '') {
    throw new ActionError('Could not log in to DigitalOcean: no token is given', {
      code: 'credentials-missing',
      source: 'user',
      hint: [LOGIN.job, EMPTY_SECRET].join(' ')
    });
  }
  setup.mask(token);
  const root = (env['DIGITALOCEAN_API_URL'] ?? 'https://api.digitalocean.com').replace(/\/+(v2\/*)?$/, '');
  const limit = callLimit(env, execution);
  const api = openDigitalOcean(token, `${root}/v2`, execution, setup.mask, firstPauseSeconds(env), limit);
  const name = clusterName(spec.name);
  const live = liveState(api, name, spec.settings);
  // A failure is kept for the observation.
  live.live().catch(() => undefined);
  const account = await accountOf(api);
  const onceInRun = requestCache();
  return {
    ...live,
    spec,
    settings: spec.settings,
    target: {
      provider: 'digitalocean',
      account,
      // A cluster moves between regions in place, and its name is unique in the team: the region does not identify it.
      region: '',
      name,
      environment: spec.environment,
      ...setup.owner
    },
    api,
    secret: setup.secret,
    options: setup.options,
    execution,
    pollSeconds: pollSeconds(env),
    askOnce: async (key, ask) => onceInRun(key, ask)()
  };
}

/** The team that the token belongs to: the comment and the record of a review name it. */
async function accountOf(api: DigitalOcean): Promise<string> {
  const asked = api.rest<{ account: { uuid: string; team?: { uuid?: string } } }>('GET', '/account');
  const failure = 'Could not open DigitalOcean: the token may not read its own team';
  const { account } = await withScope('account:read', failure, asked);
  return account.team?.uuid ?? account.uuid;
}
