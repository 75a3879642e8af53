import type { Context } from '../engine/context.ts';
import { markFor, type Target } from '../engine/ownership.ts';
import type { Observed, ResourceType } from '../engine/resource.ts';
import { isKind } from './answers.ts';

/** Where something that may not be read would stand in a plan, and what it is called there. */
export interface Place extends Pick<Observed, 'address' | 'title'> {
  /** Members of maps (`rules.203.0.113.0/24`), which the field table does not list. */
  readonly members?: readonly string[];
}

interface Looker {
  readonly target: Target;
  readonly context: Context;
}

/**
 * The same resource type, which says of what it is not allowed to look at that its fields are unknown, with the missing permission's name.
 * `places` is what the inputs speak of: what none speaks of is passed over with a word in the log. It all belongs to the `server`.
 */
export function saysUnknown<W extends Looker>(
  type: ResourceType<W>,
  places: (world: W) => readonly Place[],
  server: Pick<Observed, 'address' | 'lane'>
): ResourceType<W> {
  return {
    ...type,
    observe: async world => {
      try {
        return await type.observe(world);
      } catch (thrown) {
        if (!isKind(thrown, 'denied')) throw thrown;
        const { permission = 'unknown' } = thrown;
        const asked = places(world);
        if (asked.length === 0)
          world.context.log.debug(`Not looked for ${type.type}: \`${permission}\` is not allowed`);
        return asked.map(({ address, title, members = [] }) => ({
          address,
          type: type.type,
          title,
          ownership: { kind: 'ours', mark: markFor(world.target) },
          fields: {},
          unknown: Object.fromEntries([...Object.keys(type.fields), ...members].map(name => [name, permission])),
          facts: {},
          goesWith: server.address,
          dependsOn: [server.address],
          lane: server.lane
        }));
      }
    }
  };
}
