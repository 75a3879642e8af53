import { describeMark, isSameRepository, repositoryOf, type Repository, type Target } from '../engine/ownership.ts';
import type { Observed } from '../engine/resource.ts';
import { ActionError, ProviderError } from '../errors.ts';
import type { WayIn } from '../postgres/way-in.ts';
import type { BaseServer, DatabaseOutputs, Provider, Session, Setup } from '../providers/provider.ts';
import { baseSpec } from './ephemeral-spec.ts';

/**
 * The shared server that databases of pull requests are created on. It is read, and never changed through its provider.
 */
export interface Base {
  readonly name: string;
  readonly target: Target;
  readonly session: Session;
  readonly state:
    | {
        readonly kind: 'ready';
        readonly outputs: DatabaseOutputs;
        readonly way: WayIn;
        /** This repository made the server. */
        readonly isOurs: boolean;
      }
    /** There is no such server: nothing can be created, and there is nothing to destroy. */
    | { readonly kind: 'absent'; readonly why: ActionError };
}

/**
 * Finds the base and how to log in to it. Throws `not-ours` for a server of another repository, or without a mark,
 * unless the workflow gives its password; `not-found` for one that is not running, `credentials-missing` when the
 * password is not known, and `not-reachable` where there is no way in.
 */
export async function openBase(provider: Provider, setup: Setup): Promise<Base> {
  const spec = baseSpec(setup.spec);
  const own = await provider.open({ ...setup, spec, owner: repositoryOf(setup.owner) });
  const observed = await own.observeForOutputs();
  const [main] = observed;
  if (main === undefined) {
    return { name: spec.name, target: own.target, session: own, state: { kind: 'absent', why: absent(spec.name) } };
  }
  const isPasswordGiven = setup.secret('master_password') !== undefined;
  const session = await asItsOwner(provider, { ...setup, spec }, own, main, isPasswordGiven);
  const live = session === own ? observed : await session.observeForOutputs();
  const outputs = await session.outputs(live);
  if (outputs === undefined) {
    throw new ActionError(`Could not use the base server ${spec.name}: it exists but is not ready`, {
      code: 'not-found',
      source: 'user',
      hint: 'Apply it first, and run this step when it is available.'
    });
  }
  const way = await session.wayIn(live, { keepsSession: true });
  if (way.kind === 'not-reachable' && outputs.endpoint.password === undefined) {
    throw new ActionError(`Could not log in to the base server ${spec.name}: this run does not know its password`, {
      code: 'credentials-missing',
      source: 'user',
      hint: 'Set `master_password` to the password of its master user.'
    });
  }
  if (way.kind === 'not-reachable') {
    throw new ProviderError(`Could not log in to the base server ${spec.name}: ${way.why}`, {
      kind: 'failed',
      code: 'not-reachable',
      hint: way.hint
    });
  }
  return {
    name: spec.name,
    target: own.target,
    session,
    state: {
      kind: 'ready',
      outputs,
      way,
      isOurs: isOfRepository(main, setup.owner)
    }
  };
}

/** The server as other commands see it. Throws `not-found` for a missing base. */
export function baseServer({ state }: Base, close: BaseServer['close']): BaseServer {
  if (state.kind === 'absent') throw state.why;
  return { endpoint: state.outputs.endpoint, way: state.way, close };
}

/**
 * A provider returns only resources of the workflow that asks, so a base of another environment is read as that
 * environment's workflow would read it.
 */
async function asItsOwner(
  provider: Provider,
  setup: Setup,
  own: Session,
  main: Observed,
  isPasswordGiven: boolean
): Promise<Session> {
  const { ownership } = main;
  if (ownership.kind === 'ours') return own;
  if (ownership.kind === 'unmarked') {
    if (isPasswordGiven) return own;
    throw notOurs(main, 'carries no ownership mark');
  }
  const { mark } = ownership;
  if (mark.pullRequest !== undefined || !(isPasswordGiven || isOfRepository(main, setup.owner))) {
    throw notOurs(main, `belongs to ${describeMark(mark)}`);
  }
  await own.close();
  return provider.open({
    ...setup,
    spec: { ...setup.spec, environment: mark.environment },
    owner: repositoryOf(mark)
  });
}

function isOfRepository({ ownership }: Observed, repository: Repository): boolean {
  return ownership.kind !== 'unmarked' && isSameRepository(ownership.mark, repository);
}

function absent(name: string): ActionError {
  return new ActionError(`Could not find the base server ${name} of the pull request's database`, {
    code: 'not-found',
    source: 'user',
    hint: 'Apply it first, in this job or (on a cloud) in another workflow; or correct `base_database`, the region or the account.'
  });
}

function notOurs(main: Observed, why: string): ActionError {
  return new ActionError(`Could not use ${main.title} as the base of a pull request's database: it ${why}`, {
    code: 'not-ours',
    source: 'user',
    hint: 'Name a server of this repository in `base_database`, or give the password of its master user in `master_password`.'
  });
}
