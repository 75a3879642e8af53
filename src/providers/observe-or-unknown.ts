import type { Execution } from '../engine/execution.ts';
import { markFor, type Target } from '../engine/ownership.ts';
import type { FieldTable, Observed, ResourceType } from '../engine/resource.ts';
import { ProviderError, type FailureKind } from '../errors.ts';
import { UNREADABLE } from './failures.ts';

/** The address and title that an unreadable resource has in a plan. */
export interface UnreadableResource extends Pick<Observed, 'address' | 'title'> {
  /** Members of maps (`rules.203.0.113.0/24`), which the field table does not list. */
  readonly members?: readonly string[];
}

interface Observer {
  readonly target: Target;
  readonly execution: Execution;
}

/** The known facts of an unreadable resource. */
export interface Unreadable<W> {
  readonly type: string;
  readonly fields: FieldTable;
  /** The resources that the inputs mention. */
  readonly places: (context: W) => readonly UnreadableResource[];
  /** The parent that it is deleted with. Absent: each is on its own. */
  readonly server?: Pick<Observed, 'address' | 'concurrencyGroup'>;
}

/** What a read needs, as a plan shows it for an unknown field. */
function neededFor({ kind, permission, message }: ProviderError): string {
  if (kind === 'denied') return permission ?? 'a permission';
  return permission === undefined ? `an answer (${message})` : `an answer to ${permission}`;
}

/** What was read, or what is needed to read it. */
type Read<T> =
  { readonly value: T; readonly needed?: undefined } | { readonly value?: undefined; readonly needed: string };

/** Reads some fields of a resource. Where that fails they are unknown, by what is needed to read them. */
export async function readOrNeeded<T>(
  { execution }: Pick<Observer, 'execution'>,
  what: string,
  read: Promise<T>
): Promise<Read<T>> {
  try {
    return { value: await read };
  } catch (thrown) {
    const needed = neededAfter(thrown);
    if (needed === undefined) throw thrown;
    tell(execution, what, thrown as ProviderError);
    return { needed };
  }
}

/** Any other failure of an observing call fails the run. */
const UNKNOWN_AFTER: readonly FailureKind[] = [...UNREADABLE, 'failed'];

/** What is needed to read a part after this failure; `undefined` for one that fails the run. */
function neededAfter(thrown: unknown): string | undefined {
  return thrown instanceof ProviderError && UNKNOWN_AFTER.includes(thrown.kind) ? neededFor(thrown) : undefined;
}

/** A missing permission is told with the plan. */
function tell({ log }: Execution, what: string, { kind, message }: ProviderError): void {
  if (kind !== 'denied') log.warning(`Could not read ${what}: ${message}`);
}

/**
 * Observes a part that the plan can do without. When that is not allowed, or the API keeps failing, the fields of
 * mentioned resources are unknown, with what is needed to read them. Other parts are skipped with a line in the debug
 * log.
 */
export async function observeOrUnknown<W extends Observer>(
  context: W,
  { type, fields, places, server }: Unreadable<W>,
  look: (context: W) => Promise<readonly Observed[]>
): Promise<readonly Observed[]> {
  try {
    return await look(context);
  } catch (thrown) {
    const needed = neededAfter(thrown);
    if (needed === undefined) throw thrown;
    const asked = places(context);
    if (asked.length === 0) context.execution.log.debug(`Could not look for ${type}: ${needed} is missing`);
    else tell(context.execution, type, thrown as ProviderError);
    return asked.map(({ address, title, members = [] }) => ({
      address,
      type,
      title,
      ownership: { kind: 'ours', mark: markFor(context.target) },
      fields: {},
      unknown: unknownOf([...Object.keys(fields), ...members], needed),
      facts: {},
      ...(server === undefined
        ? { dependsOn: [], concurrencyGroup: address }
        : { deletedWith: server.address, dependsOn: [server.address], concurrencyGroup: server.concurrencyGroup })
    }));
  }
}

/** Of a resource without fields nothing but its presence is asked for. */
function unknownOf(names: readonly string[], needed: string): Readonly<Record<string, string>> {
  return Object.fromEntries((names.length === 0 ? ['presence'] : names).map(name => [name, needed]));
}

/**
 * The resources that the inputs mention, by resource type. A type that is not listed must be readable: without it there
 * is nothing to plan.
 */
export type UnreadableResources<W> = Readonly<Partial<Record<string, (context: W) => readonly UnreadableResource[]>>>;

/** The same resource type, which observes as `observeOrUnknown` does. */
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
