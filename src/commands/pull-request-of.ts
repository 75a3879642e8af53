import type { Ephemeral } from '../ephemeral/ephemeral.ts';
import { ActionError } from '../errors.ts';
import type { CommandName } from '../spec/catalogue.ts';

/** Commands that are about all pull requests, or refuse `ephemeral` themselves. */
const WITHOUT_ONE: readonly CommandName[] = ['sweep', 'doctor', 'restore-check'];

/** The number of the pull request that the run is for. Throws `input-invalid` when it is for none. */
export function pullRequestOf({ ephemeral }: { readonly ephemeral?: Pick<Ephemeral, 'pullRequest'> }): number {
  if (ephemeral?.pullRequest !== undefined) return ephemeral.pullRequest;
  throw new ActionError('`ephemeral` is set, but this run is not about a pull request', {
    code: 'input-invalid',
    source: 'user',
    hint: 'Run this step on `pull_request` events, or name a pull request in `pull_request`. To clean up on a schedule or by hand, use `command: sweep`. For a database that lasts, remove `ephemeral`.'
  });
}

/**
 * Throws `input-invalid` for a command on the database of a pull request in a run that is for none: by its name, it
 * would act on the server that lasts.
 */
export function requirePullRequest(command: CommandName, ephemeral: Pick<Ephemeral, 'pullRequest'> | undefined): void {
  if (ephemeral !== undefined && !WITHOUT_ONE.includes(command)) pullRequestOf({ ephemeral });
}
