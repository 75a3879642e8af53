import type { Context } from '../engine/context.ts';
import { markFor, type Target } from '../engine/ownership.ts';
import type { FieldTable, Observed, ResourceType } from '../engine/resource.ts';
import { isKind } from './failures.ts';

/** Where something that may not be read would stand in a plan, and what it is called there. */
export interface Place extends Pick<Observed, 'address' | 'title'> {
  /** Members of maps (`rules.203.0.113.0/24`), which the field table does not list. */
  readonly members?: readonly string[];
}

interface Looker {
  readonly target: Target;
  readonly context: Context;
}

/** What is known of a resource that may not be read. */
export interface Unreadable<W> {
  readonly type: string;
  readonly fields: FieldTable;
  /** What the inputs speak of. */
  readonly places: (world: W) => readonly Place[];
  /** What it all belongs to and goes with. Absent: each is on its own. */
  readonly server?: Pick<Observed, 'address' | 'lane'>;
}

/**
 * Looks. Where that is not allowed, the fields of what the inputs speak of are unknown, with the missing permission's name; what none speaks of
 * is passed over with a word in the log.
 */
export async function lookOrUnknown<W extends Looker>(
  world: W,
  { type, fields, places, server }: Unreadable<W>,
  look: (world: W) => Promise<readonly Observed[]>
): Promise<readonly Observed[]> {
  try {
    return await look(world);
  } catch (thrown) {
    if (!isKind(thrown, 'denied')) throw thrown;
    const { permission = 'unknown' } = thrown;
    const asked = places(world);
    if (asked.length === 0) world.context.log.debug(`Not looked for ${type}: \`${permission}\` is not allowed`);
    return asked.map(({ address, title, members = [] }) => ({
      address,
      type,
      title,
      ownership: { kind: 'ours', mark: markFor(world.target) },
      fields: {},
      unknown: Object.fromEntries([...Object.keys(fields), ...members].map(name => [name, permission])),
      facts: {},
      ...(server === undefined
        ? { dependsOn: [], lane: address }
        : { goesWith: server.address, dependsOn: [server.address], lane: server.lane })
    }));
  }
}

/** What the inputs speak of, by resource type. What is not in it must be readable: without it there is nothing to plan. */
export type Places<W> = Readonly<Partial<Record<string, (world: W) => readonly Place[]>>>;

/** The same resource type, which looks as `lookOrUnknown` does. */
export function saysUnknown<W extends Looker>(
  type: ResourceType<W>,
  allPlaces: Places<W>,
  server: Pick<Observed, 'address' | 'lane'>
): ResourceType<W> {
  const places = allPlaces[type.type];
  if (places === undefined) return type;
  const unreadable = { type: type.type, fields: type.fields, places, server };
  return { ...type, observe: async world => lookOrUnknown(world, unreadable, async () => type.observe(world)) };
}
