import type { Execution } from '../engine/execution.ts';
import { serverIn } from '../engine/other-owner.ts';
import { describeMark } from '../engine/ownership.ts';
import { ActionError } from '../errors.ts';
import type { Session } from '../providers/provider.ts';
import type { Command } from './command.ts';

/**
 * Takes the ownership marks off, and leaves everything else as it is. Without a mark there is nothing to do. Throws
 * `not-found`, `not-ours` and, where marks are no tags, `unsupported`.
 */
export const release: Command = async ({ session, provider, inputs, runtime, execution }) => {
  const observed = await session.observe();
  const server = serverIn(observed);
  if (server === undefined) {
    throw new ActionError(`There is no database ${inputs.spec.name} on ${provider.title}`, {
      code: 'not-found',
      source: 'user',
      hint: 'Correct `name`, the region or the account.'
    });
  }
  if (server.ownership.kind === 'foreign') {
    throw new ActionError(`${server.title} belongs to ${describeMark(server.ownership.mark)}`, {
      code: 'not-ours',
      source: 'user',
      hint: 'Run `command: release` in the workflow that owns it.'
    });
  }
  const ours = observed.filter(
    ({ ownership, type }) => ownership.kind === 'ours' && 'tags.*' in (session.tables[type] ?? {})
  );
  if (ours.length === 0) {
    return { command: 'release', result: 'no-changes', remark: `${server.title} carries no ownership mark.` };
  }
  if (session.removeMarks === undefined) {
    throw new ActionError(`Could not release ${server.title}: ${provider.title} keeps no marks as tags`, {
      code: 'unsupported',
      source: 'user',
      hint: 'Stop running the workflow: a server on a runner ends with its job.'
    });
  }
  await runtime.log.group('Release', async () => session.removeMarks?.(observed));
  await untilGone(session, execution);
  for (const { title } of ours) runtime.log.info(`${title}: the mark is off`);
  const remark = `The marks of ${server.title} and what belongs to it were taken off. Everything is left as it is.`;
  return { command: 'release', result: 'released', remark };
};

/** Reads until a cloud no longer shows the mark: the next run would take the server for ours. A minute is enough. */
async function untilGone(session: Session, { clock, signal }: Execution): Promise<void> {
  for (let looks = 0; looks < 6; looks += 1) {
    if (serverIn(await session.observe())?.ownership.kind !== 'ours') return;
    await clock.sleep(10, signal);
  }
}
