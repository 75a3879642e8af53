import { isSameRepository, type Mark, type Target } from '../engine/ownership.ts';
import { ActionError } from '../errors.ts';

/** Throws `ephemeral-limit` when other pull requests have as many databases as `max_ephemeral` allows. */
export function requireCapacity(
  target: Target,
  standing: readonly { readonly mark: Mark | undefined }[],
  most: number
): void {
  const { length: count } = standing.filter(
    ({ mark }) => mark?.pullRequest !== undefined && isSameRepository(mark, target) && !isOwn(mark, target)
  );
  if (count < most) return;
  throw new ActionError(
    `Could not create a database for pull request #${target.pullRequest ?? '?'}: there are ${count} already, and \`max_ephemeral\` is ${most}`,
    {
      code: 'ephemeral-limit',
      source: 'user',
      hint: 'Close a pull request, run `command: sweep` to remove leftover databases, or raise `max_ephemeral`; then run this job again.'
    }
  );
}

function isOwn(mark: Mark, { name, environment, pullRequest }: Target): boolean {
  return mark.name === name && mark.environment === environment && mark.pullRequest === pullRequest;
}
