import type { PostgreSQLManagementFlexibleServerClient } from '@azure/arm-postgresql-flexible';
import { waitUntil, type Look } from '../../../engine/wait.ts';
import type { ProviderError } from '../../../errors.ts';
import { orUndefined } from '../../failures.ts';
import { retryWhileBusy } from '../../retry-while-busy.ts';
import type { AzureContext } from '../context.ts';
import { deadlineOf, waitForServer, waitUntilIdle } from '../resources/server/wait.ts';
import type { RequestOptions, Started } from './client.ts';
import { failedOperation, type ErrorBody } from './errors.ts';

type Client = PostgreSQLManagementFlexibleServerClient;

/** A long-running change of a server, or of something in it. */
export interface Mutation {
  /** For the log: `server orders`. */
  readonly what: string;
  /** How long it usually takes, in words. */
  readonly usually: string;
  /** The permission it needs. */
  readonly operation: string;
  /** The server that is busy meanwhile. Absent: no server is awaited, before or after. */
  readonly server?: string;
  /**
   * Whether to wait until the server is ready. Default true; false where the next change of the same server follows at
   * once.
   */
  readonly settles?: boolean;
  /** False: a call without an answer is not sent again. Default true. */
  readonly isRepeatable?: boolean;
  readonly send: (client: Client, options: RequestOptions) => Promise<unknown>;
  /** Begins it in the place of `send`, which the client cannot say. */
  readonly begin?: () => Promise<Started>;
}

/**
 * How often a busy server is asked again: about five minutes, after which even the name of a deleted server is free.
 */
const MOST_TRIES = 30;

/**
 * Sends a mutation when the server can take it, follows the operation to its end, and waits until the server is ready.
 */
export async function mutate(context: AzureContext, mutation: Mutation): Promise<void> {
  const { execution, pollSeconds } = context;
  const { what, usually, server, settles = true, isRepeatable = true } = mutation;
  const { begin = async () => context.azure.begin(mutation.operation, mutation.send, { isRepeatable }) } = mutation;
  const free = async (): Promise<void> => (server === undefined ? undefined : waitUntilIdle(context, server));
  // Also of a run that does not wait for the end of what it has begun.
  const mostSeconds = (context.options.deadline.getTime() - execution.clock.now().getTime()) / 1000;
  await retryWhileBusy({ what, execution, pollSeconds, free, mostTries: MOST_TRIES, mostSeconds }, async () =>
    follow(context, mutation, await begin())
  );
  if (server !== undefined && settles) await waitForServer(context, server, what, usually);
}

/** Polls in a row: not every instance of Resource Manager knows an operation that is new, or long over. */
const MOST_UNSEEN = 20;

const FORGOTTEN = {
  state: 'failed',
  message: 'Azure no longer knows the operation, and does not say how it ended',
  hint: 'Run the workflow again: its plan shows what is left to do.'
} as const;

async function follow(context: AzureContext, mutation: Mutation, started: Started): Promise<void> {
  const url = started.operationUrl ?? started.locationUrl;
  if (url === undefined) return;
  const hasStatus = started.operationUrl !== undefined;
  const retryAfter = context.honoursRetryAfter ? (started.retryAfterSeconds ?? 0) : 0;
  let unseen = 0;
  const superseded = await waitUntil<ProviderError | undefined>(context.execution, {
    what: mutation.what,
    usually: mutation.usually,
    intervalSeconds: Math.max(context.pollSeconds, retryAfter),
    deadline: deadlineOf(context),
    look: async () => {
      const look = await operationStatus(context, mutation, url, hasStatus);
      unseen = look === undefined ? unseen + 1 : 0;
      if (unseen >= MOST_UNSEEN) return FORGOTTEN;
      return look ?? { state: 'pending', detail: 'Azure does not find the operation now' };
    }
  });
  if (superseded !== undefined) throw superseded;
}

/**
 * `undefined` where Azure does not know the operation. Done with a failure: Azure accepted it, then dropped it for
 * another one, and it can be sent again.
 */
async function operationStatus(
  context: AzureContext,
  { operation }: Mutation,
  url: string,
  hasStatus: boolean
): Promise<Look<ProviderError | undefined> | undefined> {
  const answer = await orUndefined(context.azure.rest(operation, 'GET', url));
  if (answer === undefined) return undefined;
  if (!hasStatus) return answer.status === 202 ? { state: 'pending', detail: 'in progress' } : SUCCEEDED;
  const { status = 'InProgress', error } = (answer.body ?? {}) as { status?: string; error?: ErrorBody };
  if (/^succeeded$/i.test(status)) return SUCCEEDED;
  if (!/^(failed|cancell?ed)$/i.test(status)) return { state: 'pending', detail: status };
  const failure = failedOperation(operation, status, error);
  if (failure.kind !== 'busy') throw failure;
  return { state: 'done', value: failure };
}

const SUCCEEDED = { state: 'done', value: undefined } as const;
