import type { PostgreSQLManagementFlexibleServerClient, Server } from '@azure/arm-postgresql-flexible';
import { waitUntil, type Look } from '../../../engine/wait.ts';
import { ProviderError } from '../../../errors.ts';
import { orUndefined, isFailure } from '../../failures.ts';
import { retryWhileBusy } from '../../retry-while-busy.ts';
import type { RequestOptions, Started } from './client.ts';
import { kindOf } from './errors.ts';
import type { AzureContext } from '../context.ts';
import { SERVERS } from '../live-state.ts';

type Client = PostgreSQLManagementFlexibleServerClient;

/** Something that Azure is asked to do with a server, and takes its time for. */
export interface Mutation {
  /** For the log: `server orders`. */
  readonly what: string;
  /** How long it usually takes, in words. */
  readonly usually: string;
  /** The permission it needs. */
  readonly operation: string;
  /** The server that is busy meanwhile. Absent: none is waited for, before or after. */
  readonly server?: string;
  readonly send: (client: Client, options: RequestOptions) => Promise<unknown>;
}

/** States that do not end by themselves. */
const HOPELESS: readonly string[] = ['Inaccessible', 'Disabled', 'Dropping'];
/** States that end by themselves, by which something is at work. */
const AT_WORK: readonly string[] = ['Provisioning', 'Updating', 'Restarting', 'Starting', 'Stopping', 'Dropping'];
/** How often a busy server is asked again; five minutes' worth, by which even the name of one that was deleted is free. */
const MOST_TRIES = 30;

/** The server as it is now; `undefined` when there is none. */
export async function readServer(context: AzureContext, name: string): Promise<Server | undefined> {
  return orUndefined(
    context.azure.call(`${SERVERS}/read`, async (client, options) =>
      client.servers.get(context.resourceGroup, name, options)
    )
  );
}

/** Sends a mutation when the server can take it, follows the operation to its end, and waits until the server is ready again. */
export async function mutate(context: AzureContext, mutation: Mutation): Promise<void> {
  const { execution, pollSeconds } = context;
  const { what, usually, server } = mutation;
  // What keeps it busy may go on for a while, and ends whether or not it is asked again.
  const free = async (): Promise<void> => (server === undefined ? undefined : waitUntilIdle(context, server));
  await retryWhileBusy({ what, execution, pollSeconds, free, mostTries: MOST_TRIES }, async () =>
    follow(context, mutation, await context.azure.begin(mutation.operation, mutation.send))
  );
  if (server !== undefined) await waitForServer(context, server, what, usually);
}

/** Waits until a server exists and is ready. Throws `provider-failed` when it never will be. */
export async function waitForServer(
  context: AzureContext,
  name: string,
  what = `server ${name}`,
  usually = 'some minutes'
): Promise<Server> {
  return waitUntil<Server>(context.execution, {
    what,
    usually,
    intervalSeconds: context.pollSeconds,
    deadline: deadlineOf(context),
    look: async () => {
      const live = await readServer(context, name);
      const state = live?.state ?? 'Provisioning';
      if (live === undefined) return { state: 'pending', detail: 'not there yet' };
      if (HOPELESS.includes(state)) {
        return {
          state: 'failed',
          message: `it is \`${state}\``,
          hint: 'Read the activity log of the server in the Azure portal; an inaccessible one has lost its key.'
        };
      }
      return state === 'Ready' ? { state: 'done', value: live } : { state: 'pending', detail: state };
    }
  });
}

/** Waits until nothing is at work on a server any more, whatever came of it. One that is not there is idle. */
async function waitUntilIdle(context: AzureContext, name: string): Promise<void> {
  await waitUntil<true>(context.execution, {
    what: `server ${name}`,
    usually: 'some minutes',
    intervalSeconds: context.pollSeconds,
    deadline: deadlineOf(context),
    look: async () => {
      const state = (await readServer(context, name))?.state ?? 'Ready';
      return AT_WORK.includes(state) ? { state: 'pending', detail: state } : { state: 'done', value: true };
    }
  });
}

/** Waits until a server is gone. */
export async function waitUntilGone(context: AzureContext, name: string): Promise<void> {
  await waitUntil<true>(context.execution, {
    what: `delete ${name}`,
    usually: '1–5 min',
    intervalSeconds: context.pollSeconds,
    deadline: deadlineOf(context),
    look: async () => {
      const live = await readServer(context, name);
      if (live === undefined) return { state: 'done', value: true };
      return { state: 'pending', detail: live.state ?? 'unknown' };
    }
  });
}

async function follow(context: AzureContext, mutation: Mutation, started: Started): Promise<void> {
  const url = started.operationUrl ?? started.locationUrl;
  if (url === undefined) return;
  const isStatus = started.operationUrl !== undefined;
  const asked = context.honoursRetryAfter ? (started.retryAfterSeconds ?? 0) : 0;
  const gaveUp = await waitUntil<ProviderError | undefined>(context.execution, {
    what: mutation.what,
    usually: mutation.usually,
    intervalSeconds: Math.max(context.pollSeconds, asked),
    deadline: deadlineOf(context),
    look: async () => lookAt(context, mutation, url, isStatus)
  });
  if (gaveUp !== undefined) throw gaveUp;
}

/** Done with a failure: the operation was accepted, and then given up because of another one. It is worth beginning again. */
async function lookAt(
  context: AzureContext,
  { operation }: Mutation,
  url: string,
  isStatus: boolean
): Promise<Look<ProviderError | undefined>> {
  let answer;
  try {
    answer = await context.azure.rest(operation, 'GET', url);
  } catch (thrown) {
    // An operation begun a moment ago, or long over, is not known everywhere.
    if (!isFailure(thrown, 'not-found')) throw thrown;
    throw new ProviderError(thrown.message, { kind: 'transient', cause: thrown });
  }
  if (!isStatus) return answer.status === 202 ? { state: 'pending', detail: 'at work' } : OVER;
  const { status = 'InProgress', error } = (answer.body ?? {}) as {
    status?: string;
    error?: { code?: string; message?: string };
  };
  if (/^succeeded$/i.test(status)) return OVER;
  if (!/^(failed|cancell?ed)$/i.test(status)) return { state: 'pending', detail: status };
  const [code, words] = [error?.code ?? status, error?.message ?? 'no reason given'];
  if (kindOf(code, words) === 'busy') {
    const gaveUp = `Azure gave ${operation} up: ${words}`;
    return { state: 'done', value: new ProviderError(gaveUp, { kind: 'busy', providerCode: code }) };
  }
  return {
    state: 'failed',
    message: `${code}: ${words}`,
    hint: 'Read the activity log of the server in the Azure portal; correct what it names and apply again.'
  };
}

const OVER = { state: 'done', value: undefined } as const;

function deadlineOf({ options, execution }: AzureContext): Date {
  return options.wait ? options.deadline : execution.clock.now();
}
