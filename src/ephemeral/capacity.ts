import { isSameRepository, type Mark, type Target } from '../engine/ownership.ts';
import { ActionError } from '../errors.ts';

interface Marked {
  readonly mark: Mark | undefined;
}

/**
 * Throws `ephemeral-limit` when other pull requests have as many databases as `max_ephemeral` allows. Returns the marks
 * of those.
 */
export function requireCapacity(target: Target, standing: readonly Marked[], most: number): readonly Mark[] {
  const others = othersOf(target, standing);
  if (others.length >= most) throw tooMany(target, others.length, most);
  return others;
}

/**
 * No cloud locks a count, so runs that begin at once all find a free place. When its own server stands, each counts
 * again: those that it found before stay, and of the newer ones those of the lowest numbers. A server takes minutes, so
 * that each of these runs sees all the others by then, and they agree. Throws `ephemeral-limit` where this one is over.
 */
export function requireCapacityAgain(
  target: Target,
  before: readonly Mark[],
  standing: readonly Marked[],
  most: number
): void {
  const own = keyOf(target);
  const known = new Set(before.map(keyOf));
  const others = othersOf(target, standing);
  const first = others.filter(mark => known.has(keyOf(mark)) || isBefore(mark, target));
  if (first.length >= most) throw tooMany(target, first.length, most);
  function isBefore(mark: Mark, { pullRequest = 0 }: Target): boolean {
    const number = mark.pullRequest ?? 0;
    return number === pullRequest ? keyOf(mark) < own : number < pullRequest;
  }
}

function keyOf({ name, environment, pullRequest }: Pick<Mark, 'name' | 'environment' | 'pullRequest'>): string {
  return JSON.stringify([pullRequest, name, environment]);
}

function othersOf(target: Target, standing: readonly Marked[]): readonly Mark[] {
  return standing.flatMap(({ mark }) =>
    mark?.pullRequest !== undefined && isSameRepository(mark, target) && keyOf(mark) !== keyOf(target) ? [mark] : []
  );
}

function tooMany(target: Target, count: number, most: number): ActionError {
  return new ActionError(
    `Could not create a database for pull request #${target.pullRequest ?? '?'}: there are ${count} already, and \`max_ephemeral\` is ${most}`,
    {
      code: 'ephemeral-limit',
      source: 'user',
      hint: 'Close a pull request, run `command: sweep` to remove leftover databases, or raise `max_ephemeral`; then run this job again.'
    }
  );
}
