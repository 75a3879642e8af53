import type { OperationDraft, OperationName } from '../engine/operation.ts';
import type { Observed } from '../engine/resource.ts';
import { ActionError } from '../errors.ts';

/** One operation of a provider, or why it has none. */
export type ProviderOperation<C> =
  | {
      readonly can: true;
      /** For the docs: what is special about it. */
      readonly note?: string;
      /** The permissions of its calls, reads included that no plan needs. */
      readonly permissions: readonly string[];
      /** From the live state: steps, consequences, and why the provider would refuse it. May ask the cloud. */
      draft(context: C, observed: readonly Observed[]): Promise<OperationDraft>;
    }
  /** `reason` completes "…: "; `instead` is the alternative. */
  | { readonly can: false; readonly reason: string; readonly instead: string };

/** Every operation of a provider. */
export type OperationTable<C> = Readonly<Record<OperationName, ProviderOperation<C>>>;

/** The operation as the provider drafts it. Throws `unsupported` where it has none. */
export async function draftOperation<C>(
  { operations, title }: { readonly operations?: OperationTable<C>; readonly title?: string },
  context: C,
  name: OperationName,
  observed: readonly Observed[]
): Promise<OperationDraft> {
  const operation = operations?.[name];
  if (operation?.can === true) return operation.draft(context, observed);
  const { reason, instead } = operation ?? {
    reason: 'it acts on a server, and this run is about one database on a shared server',
    instead: 'Unset `ephemeral`, or set `ephemeral: instance`.'
  };
  throw new ActionError(`Could not run \`command: ${name}\`${title === undefined ? '' : ` on ${title}`}: ${reason}`, {
    code: 'unsupported',
    source: 'user',
    hint: instead
  });
}

/** The permissions of all operations that the provider has, each once, sorted. */
export function operationPermissions(operations: OperationTable<never>): readonly string[] {
  const all = Object.values(operations).flatMap(one => (one.can ? one.permissions : []));
  return [...new Set(all)].sort();
}
