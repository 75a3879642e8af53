import { refuseMapped } from './strict.ts';
import { baseSpec } from '../ephemeral/ephemeral-spec.ts';
import { ephemeralNotices, specFor, type Ephemeral } from '../ephemeral/ephemeral.ts';
import type { WorkflowEvent } from '../github/event.ts';
import type { Inputs } from './read-inputs.ts';
import { policyNotices, policyProblems } from '../policy/policies.ts';
import type { Notice } from '../engine/plan.ts';
import type { Provider } from '../providers/provider.ts';
import { loadProvider } from '../providers/registry.ts';
import { unsupported } from '../providers/unsupported.ts';
import type { Runtime } from '../runner/runtime.ts';
import { refuseProblems } from '../spec/problem.ts';

/** Inputs without a problem, as far as the inputs alone show. */
export interface CheckedInputs extends Pick<Inputs, 'spec'> {
  readonly provider: Provider;
  /** Notices about the inputs, from before anything was contacted. */
  readonly notices: readonly Notice[];
}

/**
 * Reports all problems of the inputs in one error, before anything is contacted. Throws `input-invalid`,
 * `provider-unavailable`, `unsupported`.
 */
export async function checkInputs(
  runtime: Runtime,
  inputs: Inputs,
  ephemeral: Ephemeral | undefined
): Promise<CheckedInputs> {
  const { options } = inputs;
  const skipped = inputs.run.skip_policies ?? [];
  const neutral = [...inputs.problems, ...policyProblems(skipped)];
  const provider = await loadProvider(inputs.spec.provider).catch((thrown: unknown) => {
    refuseProblems(neutral);
    throw thrown;
  });
  const { capabilities } = provider;
  const spec = ephemeral === undefined ? inputs.spec : specFor(inputs.spec, ephemeral, capabilities);
  const isShared = ephemeral?.kind === 'database';
  const { problems, notices } = provider.validate(isShared ? baseSpec(spec) : spec);
  refuseProblems([...neutral, ...problems]);
  const all = [
    ...spec.notices,
    ...notices,
    ...(isShared ? [] : unsupported(spec, capabilities)),
    ...(ephemeral === undefined
      ? policyNotices(spec, capabilities, skipped, runtime.clock.now())
      : ephemeralNotices(inputs.spec, ephemeral))
  ];
  refuseMapped(all, options.strict);
  return { provider, spec, notices: all };
}

/**
 * The request of `ephemeral`, if it is set. The pull request is the one that `pull_request` names, else that of the
 * event, under any of its names.
 */
export function ephemeralOf({ run: given, spec }: Inputs, event: WorkflowEvent): Ephemeral | undefined {
  if (given.ephemeral === undefined) return undefined;
  return {
    kind: given.ephemeral,
    pullRequest: given.pull_request ?? event.pullRequestNumber,
    baseName: spec.settings.base_database ?? spec.name
  };
}
