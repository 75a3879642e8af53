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
  const { problems, notices: raised } = provider.validate(isShared ? baseSpec(spec) : spec);
  // A pull request's own server has settings that no input asks for: nothing is said of them.
  const notices = ephemeral === undefined ? raised : raised.filter(isAboutInputs(inputs.spec));
  // A value with a problem was left out of the spec: what a provider says of it then is not about the input.
  const told = new Set(neutral.map(({ input }) => input));
  refuseProblems([...neutral, ...problems.filter(({ input }) => !told.has(input))]);
  const all = [
    ...spec.notices,
    ...notices,
    ...(isShared ? [] : unsupported(spec, capabilities)),
    ...(ephemeral === undefined
      ? policyNotices(spec, capabilities, skipped, runtime.clock.now()).filter(isAboutFinalValue(notices, spec))
      : ephemeralNotices(inputs.spec, ephemeral))
  ];
  refuseMapped(all, options.strict);
  return { provider, spec, notices: all };
}

function isAboutInputs({ settings, origins }: Inputs['spec']): (notice: Notice) => boolean {
  const given = new Set<string>([...Object.keys(settings), ...Object.values(origins)]);
  return ({ input }) => input === undefined || input === 'name' || given.has(input);
}

/** Advice is about the value that an input has in the end, and not about one that the provider maps to another. */
function isAboutFinalValue(notices: readonly Notice[], { origins }: Inputs['spec']): (advice: Notice) => boolean {
  const mapped = new Set(notices.filter(({ code }) => code === 'value-mapped').map(({ input }) => input));
  // What a provider says of a version is about its minor, which has no end of its own.
  mapped.delete('engine_version');
  return ({ input }) => !mapped.has(input) && !mapped.has(origins[input as keyof typeof origins]);
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
    baseName: spec.settings.base_database ?? spec.name,
    most: given.max_ephemeral
  };
}
