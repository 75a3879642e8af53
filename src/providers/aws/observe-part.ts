import type { Observed } from '../../engine/resource.ts';
import { observeOrUnknown, type Unreadable } from '../observe-or-unknown.ts';
import type { AwsContext } from './context.ts';
import { mentions, type Part } from './desired/parts.ts';

/** Looks for a part of a database when it is to be looked for at all, as `lookOrUnknown` does. `places` is where it would stand. */
export function observePart(
  { part, ...unreadable }: Omit<Unreadable<AwsContext>, 'server'> & { readonly part: Part },
  look: (context: AwsContext) => Promise<readonly Observed[]>
): (context: AwsContext) => Promise<readonly Observed[]> {
  const places: typeof unreadable.places = context =>
    mentions(part, context.settings) ? unreadable.places(context) : [];
  return async context =>
    (await context.liveState().looksFor(part)) ? observeOrUnknown(context, { ...unreadable, places }, look) : [];
}
