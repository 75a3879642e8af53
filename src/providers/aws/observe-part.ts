import type { FieldTable, Observed } from '../../engine/resource.ts';
import { observeOrUnknown, type Unreadable } from '../observe-or-unknown.ts';
import type { AwsContext } from './context.ts';
import { mentions, type Part } from './desired/parts.ts';

interface PartKind<T extends FieldTable> extends Omit<Unreadable<AwsContext>, 'server' | 'fields'> {
  readonly fields: T;
  readonly part: Part;
}

/**
 * Observes a part of a database where an input names it or an earlier run created it. Without the permission its fields
 * are unknown. `places` says where the parts would be.
 */
export function observePart<T extends FieldTable>(
  { part, ...unreadable }: PartKind<T>,
  observe: (context: AwsContext) => Promise<readonly Observed<T>[]>
): (context: AwsContext) => Promise<readonly Observed<T>[]> {
  const places: typeof unreadable.places = context =>
    mentions(part, context.settings) ? unreadable.places(context) : [];
  return async context => {
    if (!(await context.liveState().looksFor(part))) return [];
    const untyped = observe as (context: AwsContext) => Promise<readonly Observed[]>;
    return (await observeOrUnknown(context, { ...unreadable, places }, untyped)) as readonly Observed<T>[];
  };
}
