import type { Observed } from '../engine/resource.ts';
import { ActionError } from '../errors.ts';
import type { DatabaseOutputs } from '../providers/provider.ts';
import type { Run } from './command.ts';

/**
 * The outputs for a plan, which makes no role. A role of `application_role` that is not there yet has none, which is
 * no failure: an apply makes it.
 */
export async function outputsSoFar(
  { session, runtime, inputs }: Run,
  observed: readonly Observed[]
): Promise<DatabaseOutputs | undefined> {
  try {
    return await session.outputs(observed);
  } catch (thrown) {
    const { application_role: role } = inputs.spec.settings;
    if (role === undefined || !(thrown instanceof ActionError) || thrown.code !== 'not-found') throw thrown;
    runtime.log.info(`No outputs are set: the role ${role} is not there yet.`);
    return undefined;
  }
}
