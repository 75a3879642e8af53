import type { OperationDraft, OperationName, OperationState } from '../engine/operation.ts';
import type { Observed } from '../engine/resource.ts';
import { ActionError } from '../errors.ts';

/** What the workflow chose for an operation, by inputs of the run. */
export interface Chosen {
  /** `confirm_promote`, `confirm_switchover`: the name of the replica. */
  readonly replica?: string;
  /** `apply_immediately`. */
  readonly applyNow?: boolean;
  /** `postpone_maintenance`: `next-window`, `undo`, or a time in ISO 8601. */
  readonly postpone?: string;
}

/** One operation of a provider, or why it has none. */
export type ProviderOperation<C> =
  | {
      readonly can: true;
      /** For the docs: what is special about it. */
      readonly note?: string;
      /** The permissions of its calls, reads included that no plan needs. */
      readonly permissions: readonly string[];
      /** From the live state: steps, consequences, and why the provider would refuse it. May ask the cloud. */
      draft(context: C, observed: readonly Observed[], chosen?: Chosen): Promise<OperationDraft>;
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
  observed: readonly Observed[],
  chosen: Chosen = {}
): Promise<OperationDraft> {
  const operation = operations?.[name];
  if (operation?.can === true) return operation.draft(context, observed, chosen);
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

/** The hint where a server is stopped. */
export const START_FIRST = 'Run `command: start`: it starts the server anew.';

/** The hint where a change meets a stopped server. */
export const START_IT = 'Run `command: start` first, then run the workflow again.';

/** Refuses what a cloud does of a running server alone. `what` completes "Could not …". */
export function refuseStopped(
  what: string,
  observed: readonly Pick<Observed, 'address' | 'stopped' | 'title'>[]
): void {
  const server = observed.find(({ address, stopped }) => address === 'server' && stopped !== undefined);
  if (server === undefined) return;
  throw new ActionError(`Could not ${what}: ${server.title} is stopped`, {
    code: 'plan-blocked',
    source: 'user',
    hint: START_IT
  });
}

/** The hint where a server is being deleted. */
export const GONE_FIRST = 'Run the workflow again when it is gone: that run creates it again.';

/** The way to a new master password where the workflow gives it. */
export const NEW_PASSWORD =
  'Put a new one into `master_password`, change `master_password_version`, and run `command: apply`.';

/** `rotate` where the provider keeps no password. */
export const GIVEN_PASSWORD = {
  can: false,
  reason: 'the workflow gives the password, and the provider makes none',
  instead: NEW_PASSWORD
} as const;

/** The permissions of all operations that the provider has, each once, sorted. */
export function operationPermissions(operations: OperationTable<never>): readonly string[] {
  const all = Object.values(operations).flatMap(one => (one.can ? one.permissions : []));
  return [...new Set(all)].sort();
}

/**
 * Minutes for which a restart or a failover counts as this one. Neither is a state that one could read: a second run of
 * the same command must not do it again.
 */
export const RECENT_MINUTES = 15;

/** What a read shows of an operation whose goal is an event. */
export interface EventReading {
  /** A state without a way on. */
  readonly failed?: OperationState & { readonly state: 'failed' };
  /** The service is at it. */
  readonly isAtWork: boolean;
  /** When it ended, by the service's own record of the last `RECENT_MINUTES`. */
  readonly recordedAt?: string;
  /** The state of the server, in words. */
  readonly detail: string;
}

/**
 * Where an operation stands whose goal is an event. It is done when the service recorded it, when it was seen at work
 * and is no longer, or when `isFinished` says so: the call itself was followed to its end. `wasObservedAtWork`: the
 * observation of this run saw it at work.
 */
export function watchEvent(
  read: () => Promise<EventReading>,
  isFinished = () => false,
  wasObservedAtWork = false
): () => Promise<OperationState> {
  let wasAtWork = wasObservedAtWork;
  return async () => {
    const { failed, isAtWork, recordedAt, detail } = await read();
    if (failed !== undefined) return failed;
    if (isAtWork) {
      wasAtWork = true;
      return { state: 'underway', detail };
    }
    if (recordedAt !== undefined) return { state: 'done', detail: `${detail}, done at ${recordedAt}` };
    return { state: wasAtWork || isFinished() ? 'done' : 'todo', detail };
  };
}
