import type { Execution } from '../engine/execution.ts';
import { markFor, type Target } from '../engine/ownership.ts';
import type { FieldTable, Observed, ResourceType } from '../engine/resource.ts';
import { ProviderError, type FailureKind } from '../errors.ts';

/** Where something that may not be read would stand in a plan, and what it is called there. */
export interface UnreadableResource extends Pick<Observed, 'address' | 'title'> {
  /** Members of maps (`rules.203.0.113.0/24`), which the field table does not list. */
  readonly members?: readonly string[];
}

interface Observer {
  readonly target: Target;
  readonly execution: Execution;
}

/** What is known of a resource that may not be read. */
export interface Unreadable<W> {
  readonly type: string;
  readonly fields: FieldTable;
  /** What the inputs speak of. */
  readonly places: (context: W) => readonly UnreadableResource[];
  /** What it all belongs to and goes with. Absent: each is on its own. */
  readonly server?: Pick<Observed, 'address' | 'concurrencyGroup'>;
}

/** Failures that make a part unknown: no permission, and an API that failed in every try. The rest fails the run. */
const UNREADABLE: readonly FailureKind[] = ['denied', 'transient', 'failed'];

/** What a read would have taken, as a plan names it beside an unknown field. */
function neededFor({ kind, permission, message }: ProviderError): string {
  if (kind === 'denied') return permission ?? 'a permission';
  return permission === undefined ? `an answer (${message})` : `an answer to ${permission}`;
}

/**
 * Observes a part that the plan can do without. Where that is not allowed, or the API fails for good, the fields of what the
 * inputs speak of are unknown, with what it would take. Other parts are passed over with a line in the log.
 */
export async function observeOrUnknown<W extends Observer>(
  context: W,
  { type, fields, places, server }: Unreadable<W>,
  look: (context: W) => Promise<readonly Observed[]>
): Promise<readonly Observed[]> {
  try {
    return await look(context);
  } catch (thrown) {
    if (!(thrown instanceof ProviderError) || !UNREADABLE.includes(thrown.kind)) throw thrown;
    const needed = neededFor(thrown);
    const asked = places(context);
    if (asked.length === 0) context.execution.log.debug(`Could not look for ${type}: ${needed} is missing`);
    else if (thrown.kind !== 'denied') context.execution.log.warning(`Could not read ${type}: ${thrown.message}`);
    return asked.map(({ address, title, members = [] }) => ({
      address,
      type,
      title,
      ownership: { kind: 'ours', mark: markFor(context.target) },
      fields: {},
      unknown: Object.fromEntries([...Object.keys(fields), ...members].map(name => [name, needed])),
      facts: {},
      ...(server === undefined
        ? { dependsOn: [], concurrencyGroup: address }
        : { deletedWith: server.address, dependsOn: [server.address], concurrencyGroup: server.concurrencyGroup })
    }));
  }
}

/** What the inputs speak of, by resource type. What is not in it must be readable: without it there is nothing to plan. */
export type UnreadableResources<W> = Readonly<Partial<Record<string, (context: W) => readonly UnreadableResource[]>>>;

/** The same resource type, which looks as `lookOrUnknown` does. */
export function withUnknownFields<W extends Observer>(
  type: ResourceType<W>,
  allPlaces: UnreadableResources<W>,
  server: Pick<Observed, 'address' | 'concurrencyGroup'>
): ResourceType<W> {
  const places = allPlaces[type.type];
  if (places === undefined) return type;
  const unreadable = { type: type.type, fields: type.fields, places, server };
  return {
    ...type,
    observe: async context => observeOrUnknown(context, unreadable, async () => type.observe(context))
  };
}
