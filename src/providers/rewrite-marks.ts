import type { Execution } from '../engine/execution.ts';
import { isOfSameIdentity, type Mark } from '../engine/ownership.ts';
import type { Observed, ResourceType } from '../engine/resource.ts';
import { asActionError } from '../errors.ts';

interface Marked<C> {
  /** The server's first: its mark is written before this is called. */
  readonly types: readonly ResourceType<C>[];
  readonly context: C;
  readonly execution: Execution;
}

/**
 * Rewrites the marks of a server's children when they hold the repository's old name, or its name only: each is adopted
 * again, without a change. Otherwise a later rename would make them another repository's. A failure leaves the mark as
 * it is, with a line in the debug log.
 */
export async function rewriteMarks<C>(
  { types, context, execution }: Marked<C>,
  observed: readonly Observed[],
  mark: Mark
): Promise<void> {
  const [server, ...others] = types;
  for (const resource of observed) {
    const type = others.find(one => one.type === resource.type && one !== server);
    if (type === undefined || resource.ownership.kind !== 'ours' || isOfSameIdentity(resource.ownership.mark, mark)) {
      continue;
    }
    const unmarked: Observed = { ...resource, ownership: { kind: 'unmarked' } };
    try {
      await type.update(context, {
        address: resource.address,
        values: {},
        changes: [],
        observed: unmarked,
        mark,
        execution
      });
    } catch (thrown) {
      execution.signal.throwIfAborted();
      execution.log.debug(`Could not rewrite the mark of ${resource.title}: ${asActionError(thrown).message}`);
    }
  }
}
