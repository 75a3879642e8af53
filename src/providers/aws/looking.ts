import { markFor } from '../../engine/ownership.ts';
import type { FieldTable, Observed } from '../../engine/resource.ts';
import { isKind } from '../answers.ts';
import type { AwsWorld } from './aws-world.ts';
import { mentions, type Part } from './parts.ts';

/** What is known of a resource that may not be read. */
interface Unreadable {
  readonly type: string;
  readonly part: Part;
  readonly fields: FieldTable;
  /** Where it would stand in a plan, and what it is called there. */
  readonly places: (world: AwsWorld) => readonly { readonly address: string; readonly title: string }[];
}

/**
 * Looks for a part of a database when it is to be looked for at all. Where that is not allowed, its fields are unknown, with the missing
 * permission's name; a part that no input mentions is then passed over with a word in the log.
 */
export function looking(
  unreadable: Unreadable,
  look: (world: AwsWorld) => Promise<readonly Observed[]>
): (world: AwsWorld) => Promise<readonly Observed[]> {
  return async world => {
    if (!(await world.reading().looksFor(unreadable.part))) return [];
    try {
      return await look(world);
    } catch (thrown) {
      if (!isKind(thrown, 'denied')) throw thrown;
      const { permission = 'unknown' } = thrown;
      if (!mentions(unreadable.part, world.settings)) {
        world.context.log.debug(`Not looked for ${unreadable.type}: \`${permission}\` is not allowed`);
        return [];
      }
      return unreadable.places(world).map(place => unknownAt(world, unreadable, place, permission));
    }
  };
}

function unknownAt(
  world: AwsWorld,
  { type, fields }: Unreadable,
  place: { readonly address: string; readonly title: string },
  permission: string
): Observed {
  return {
    ...place,
    type,
    ownership: { kind: 'ours', mark: markFor(world.target) },
    fields: {},
    unknown: Object.fromEntries(Object.keys(fields).map(name => [name, permission])),
    facts: {},
    dependsOn: [],
    lane: place.address
  };
}
