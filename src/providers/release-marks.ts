import type { Execution } from '../engine/execution.ts';
import type { Mark } from '../engine/ownership.ts';
import type { Observed, ResourceType } from '../engine/resource.ts';

interface Released<C> {
  readonly types: readonly ResourceType<C>[];
  readonly context: C;
  readonly execution: Execution;
  /** Keys of the tags that the mark is written in, and of those that go with it. */
  readonly keysOf: (mark: Mark, observed: Observed) => readonly string[];
}

/**
 * Removes the mark of each observed resource that is ours and has tags, the server's last: a run that is stopped before
 * finds the rest again. Tags of others stay, and nothing else is sent.
 */
export async function releaseMarks<C>(
  { types, context, execution, keysOf }: Released<C>,
  observed: readonly Observed[]
): Promise<void> {
  const [server] = types;
  const ours = observed.filter(({ ownership }) => ownership.kind === 'ours');
  const last = ours.filter(({ type }) => type === server?.type);
  for (const resource of [...ours.filter(one => !last.includes(one)), ...last]) {
    const type = types.find(one => one.type === resource.type);
    if (type === undefined || resource.ownership.kind !== 'ours' || !('tags.*' in type.fields)) continue;
    const { mark } = resource.ownership;
    const fields = keysOf(mark, resource).map(key => `tags.${key}`);
    await type.update(context, {
      address: resource.address,
      values: Object.fromEntries(fields.map(field => [field, null])),
      changes: fields.map(field => ({ field, to: null, impact: 'online' })),
      observed: resource,
      mark,
      execution
    });
  }
}
