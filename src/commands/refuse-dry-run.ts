import { ActionError } from '../errors.ts';
import type { CommandName } from '../spec/catalogue.ts';

/** Commands that change something and do not end with a plan: `dry_run` would promise what they do not keep. */
const WITHOUT_DRY_RUN: readonly CommandName[] = ['apply', 'destroy', 'release', 'snapshot'];

/** Throws `input-invalid` for `dry_run` with a command that does not end with a plan. */
export function refuseDryRun(command: CommandName, isDryRun: boolean): void {
  if (!isDryRun || !WITHOUT_DRY_RUN.includes(command)) return;
  throw new ActionError(`Could not run \`command: ${command}\`: it does not know \`dry_run\`, and nothing was done`, {
    code: 'input-invalid',
    source: 'user',
    hint:
      command === 'apply'
        ? 'Set `command: plan`, which says what an apply would do; or remove `dry_run`.'
        : 'Remove `dry_run`.'
  });
}
