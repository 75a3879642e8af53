import type { Observed } from '../engine/resource.ts';
import { asSentence } from '../engine/sentence.ts';
import { quoteIdentifier } from '../postgres/identifier.ts';
import { runAll, type SqlContext } from './context.ts';
import { DATABASE, databaseAddress, ROLE, roleAddress } from './names.ts';
import { mayComment } from './server-state.ts';

/**
 * Takes the comments off that say whose a role or a database is. A server out of reach keeps them, and that is told.
 */
export async function removeObjectMarks(context: SqlContext, observed: readonly Observed[]): Promise<void> {
  const state = await context.state();
  if (state.kind === 'no-server') return;
  if (state.kind === 'not-reachable') {
    context.execution.log.warning(
      `The marks of roles and databases inside the server stay: not reachable from this runner: ${asSentence(state.why)} ${state.hint}`.trimEnd()
    );
    return;
  }
  const statements = observed.flatMap(({ address, type, ownership }) => {
    if (ownership.kind !== 'ours') return [];
    if (type === ROLE) return [`COMMENT ON ROLE ${quoteIdentifier(address.slice(roleAddress('').length))} IS NULL`];
    const name = address.slice(databaseAddress('').length);
    return type === DATABASE && mayComment(state.server, name)
      ? [`COMMENT ON DATABASE ${quoteIdentifier(name)} IS NULL`]
      : [];
  });
  await runAll(context, await context.sessions.locked(), statements, 'take the marks off');
  context.invalidate();
}
