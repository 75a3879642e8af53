import { markFor } from '../../engine/ownership.ts';
import type { Observed, ResourceType } from '../../engine/resource.ts';
import { isKind } from '../answers.ts';
import { SERVER, SERVER_LANE } from './addresses.ts';
import { wantedAlarms } from './alarm.ts';
import { wantedDatabases } from './database.ts';
import type { GcpWorld } from './gcp-world.ts';
import { wantedUsers } from './user.ts';

/** Where something that an input speaks of stands in a plan, and what it is called there. */
export type Place = Pick<Observed, 'address' | 'title'>;

/** What the inputs speak of, by resource type. Without a look at the instances themselves there is nothing to plan. */
const PLACES: Readonly<Partial<Record<string, (world: GcpWorld) => readonly Place[]>>> = {
  database: wantedDatabases,
  user: wantedUsers,
  alarm: wantedAlarms
};

/**
 * The same resource type, which says of what it is not allowed to look at that its fields are unknown, with the missing permission's name.
 * What no input speaks of is then passed over with a word in the log.
 */
export function looking(type: ResourceType<GcpWorld>): ResourceType<GcpWorld> {
  const places = PLACES[type.type];
  if (places === undefined) return type;
  return {
    ...type,
    observe: async world => {
      try {
        return await type.observe(world);
      } catch (thrown) {
        if (!isKind(thrown, 'denied')) throw thrown;
        const permission = /^Call (\S+) for /.exec(thrown.message)?.[1] ?? 'unknown';
        const asked = places(world);
        if (asked.length === 0) {
          world.context.log.debug(`Not looked for ${type.type}: \`${permission}\` is not allowed`);
        }
        return asked.map(({ address, title }) => ({
          address,
          title,
          type: type.type,
          ownership: { kind: 'ours', mark: markFor(world.target) },
          fields: {},
          unknown: Object.fromEntries(Object.keys(type.fields).map(name => [name, permission])),
          facts: {},
          goesWith: SERVER,
          dependsOn: [SERVER],
          lane: SERVER_LANE
        }));
      }
    }
  };
}
