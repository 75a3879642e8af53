import type { Observed } from '../../engine/resource.ts';
import { lookOrUnknown, type Unreadable } from '../observe-or-unknown.ts';
import type { AwsWorld } from './context.ts';
import { mentions, type Part } from './desired/parts.ts';

/** Looks for a part of a database when it is to be looked for at all, as `lookOrUnknown` does. `places` is where it would stand. */
export function looking(
  { part, ...unreadable }: Omit<Unreadable<AwsWorld>, 'server'> & { readonly part: Part },
  look: (world: AwsWorld) => Promise<readonly Observed[]>
): (world: AwsWorld) => Promise<readonly Observed[]> {
  const places: typeof unreadable.places = world => (mentions(part, world.settings) ? unreadable.places(world) : []);
  return async world =>
    (await world.reading().looksFor(part)) ? lookOrUnknown(world, { ...unreadable, places }, look) : [];
}
