import { defined } from '../../../engine/defined.ts';
import { waitUntil } from '../../../engine/wait.ts';
import { ProviderError, type FailureKind } from '../../../errors.ts';
import { orUndefined, isFailure, ignoring } from '../../failures.ts';
import type { Operation } from './types.ts';
import type { CallOptions, Sdk } from './sdk.ts';
import type { FailedCall } from './errors.ts';
import type { GcpContext } from '../context.ts';
import { listInstances, operationsOf, readInstance } from '../live-state.ts';

/** A mutating call that starts an operation. */
export interface Mutation {
  /** For the log: `change orders`. */
  readonly what: string;
  /** The instance that it changes or creates. */
  readonly instance: string;
  /** How long it usually takes, in words: `5–10 min`. */
  readonly usually: string;
  readonly permission: string;
  /** Cloud SQL's type of the operation, by which it is found when the answer was lost: `UPDATE`. */
  readonly type: string | readonly string[];
  readonly send: (sdk: Sdk, options: CallOptions) => Promise<unknown>;
  /** The body, built again for each try; `undefined` when nothing is left to change. */
  readonly body?: () => object | undefined | Promise<object | undefined>;
  /** Query parameters. */
  readonly query?: Readonly<Record<string, string>>;
  /** The hint where Cloud SQL keeps the name for a deleted instance. Default: another `name`. */
  readonly otherName?: string;
  /** Whether a failure means that the goal was already reached. Default: never. */
  readonly reached?: (thrown: unknown) => boolean;
}

/** Operations that an interrupted run leaves behind, and that the next run waits for. */
export const RESUMED = [
  'CREATE',
  'CREATE_REPLICA',
  'UPDATE',
  'MAJOR_VERSION_UPGRADE',
  'CLONE',
  'CREATE_CLONE',
  'RESTORE_VOLUME'
];

/** What leads out where Cloud SQL keeps the name of a deleted instance. */
export const OTHER_NAME_HINT = 'Set another `name`, or wait: a deleted instance keeps its name for up to a week.';

/** Hints for failed operations, by the code and words of the error. */
const HINTS: readonly (readonly [words: RegExp, kind: FailureKind, hint: string])[] = [
  [
    /EXHAUSTED|STOCKOUT|ZONE_RESOURCE|does not have (?:enough|sufficient) resources/i,
    'capacity',
    'Run the workflow again later, or set another zone, region or tier.'
  ],
  [
    /QUOTA|MAX_INSTANCE_PER_LABEL/i,
    'quota',
    'Request a higher quota for the project, or delete instances that are no longer needed.'
  ],
  [
    /NETWORK_NOT_PEERED|private services? (?:access|connection)|servicenetworking|allocated (?:ip )?range/i,
    'invalid',
    'Set up private services access in the network of `vpc_id`: allocate a range and connect it to servicenetworking.googleapis.com. Then set another `name`: Cloud SQL keeps that of a failed creation.'
  ],
  [
    /cloudkms|cryptoKey|KMS/i,
    'denied',
    'Grant `roles/cloudkms.cryptoKeyEncrypterDecrypter` on the key to `service-<project number>@gcp-sa-cloud-sql.iam.gserviceaccount.com`.'
  ],
  [/BILLING/i, 'denied', 'Enable billing for the project in the Google Cloud console.']
];
/** A failure that no hint is known for. */
const UNKNOWN =
  'Open the operation and the logs of the instance in the Google Cloud console, remove the cause, then run the workflow again.';
const GONE = 'Run the workflow again: it reads what the operation has done, and goes on from there.';
/** Tries of a mutation that Cloud SQL refuses because of another operation, although it lists none. */
const MOST_REFUSALS = 10;
/** Tries of a mutation that the state of the instance refuses. */
const MOST_STATE_REFUSALS = 3;
/** Polls that may find nothing of an operation that just began. */
export const MOST_UNSEEN = 12;

/**
 * Starts an operation and waits for its end; `undefined` when its goal was already reached. An instance runs one
 * operation at a time: another one is waited for first. Without an answer, the list of operations tells whether it
 * started, before anything is sent again.
 */
export async function mutate(context: GcpContext, mutation: Mutation): Promise<Operation | undefined> {
  const begun = await begin(context, mutation);
  return begun === undefined ? undefined : finish(context, mutation, begun);
}

async function begin(context: GcpContext, mutation: Mutation): Promise<Operation | undefined> {
  const { execution, gcp } = context;
  const { instance, type } = mutation;
  for (let tried = 1; ; tried += 1) {
    const known = new Set((await whenIdle(context, instance)).map(one => one.name));
    try {
      const body = await mutation.body?.();
      if (mutation.body !== undefined && body === undefined) return undefined;
      const call: FailedCall = { permission: mutation.permission, subject: instance };
      return await gcp.sql<Operation>(
        call,
        mutation.send,
        defined({
          body,
          query: mutation.query,
          idempotent: false,
          recheck: async () =>
            (await operationsOf(context, instance)).find(
              one => [type].flat().includes(one.operationType ?? '') && !known.has(one.name)
            )
        })
      );
    } catch (thrown) {
      if (mutation.reached?.(thrown) === true) return undefined;
      if (!isFailure(thrown, 'busy')) throw thrown;
      const most = isState(thrown) ? MOST_STATE_REFUSALS : MOST_REFUSALS;
      if (tried >= most) throw await stillRefused(context, mutation, thrown, tried);
      execution.log.info(
        `${mutation.what}: refused for now (${thrown.providerCode ?? 'busy'}), try ${tried} of ${most}`
      );
      await execution.clock.sleep(context.pollSeconds, execution.signal);
      await replicasIdle(context, instance);
    }
  }
}

/**
 * Cloud SQL's word for a state that no wait may change: the reserved name of a deleted instance, a stopped or failed
 * instance.
 */
function isState({ providerCode = '' }: ProviderError): boolean {
  return /^invalid_?state$/i.test(providerCode);
}

/**
 * The failure of a mutation that Cloud SQL still refuses although no operation runs. Names the obstacle as far as a
 * read shows it.
 */
async function stillRefused(
  context: GcpContext,
  { what, instance, type, otherName = OTHER_NAME_HINT }: Mutation,
  refusal: ProviderError,
  tried: number
): Promise<ProviderError> {
  const live = await readInstance(context, instance).catch(() => undefined);
  const creates = live === undefined && [type].flat().some(one => /CREATE|CLONE|RESTORE/.test(one));
  const state =
    live === undefined ? 'the instance does not exist' : `the instance is ${live.state ?? 'in an unknown state'}`;
  return new ProviderError(
    `Could not ${what}: ${refusal.message.replace(/^Could not call \S+ for \S+: /, '')} (${tried} tries; ${state}, and no operation runs on it)`,
    {
      kind: 'failed',
      cause: refusal,
      ...defined({ providerCode: refusal.providerCode, permission: refusal.permission }),
      hint: creates
        ? otherName
        : 'Open the operations of the instance in the Google Cloud console and end the one that blocks it, then run the workflow again.'
    }
  );
}

/** Waits until no operation runs on an instance. Returns its operations so far. */
export async function whenIdle(context: GcpContext, instance: string): Promise<readonly Operation[]> {
  const { execution, options } = context;
  return waitUntil<readonly Operation[]>(execution, {
    what: `wait for ${instance}`,
    intervalSeconds: context.pollSeconds,
    deadline: options.deadline,
    look: async () => {
      const all = await operationsOf(context, instance);
      const atWork = all.find(one => one.status !== 'DONE');
      if (atWork === undefined) return { state: 'done', value: all };
      const { operationType: type = 'an operation', name, insertTime: begun } = atWork;
      const since = begun === undefined ? '' : ` since ${begun}`;
      return { state: 'pending', detail: `${type} is running${since} (operation ${name})` };
    }
  });
}

/** Creating a replica keeps its primary busy, which the operations of the primary do not show. */
async function replicasIdle(context: GcpContext, instance: string): Promise<void> {
  const all = (await ignoring(['denied'], listInstances(context))) ?? [];
  const replicas = all.filter(one => one.masterInstanceName?.split(':').at(-1) === instance);
  await Promise.all(replicas.map(async one => whenIdle(context, one.name)));
}

/** The operation that an interrupted run began and that still runs. */
export function operationAtWork(operations: readonly Operation[]): Operation | undefined {
  return operations.find(one => one.status !== 'DONE' && RESUMED.includes(one.operationType ?? ''));
}

/** Waits for the end of an operation. Fails with Google's message if the operation ends with an error. */
export async function finish(
  context: GcpContext,
  { what, usually }: Pick<Mutation, 'what' | 'usually'>,
  { name }: Operation
): Promise<Operation> {
  const { execution, options, gcp, project } = context;
  let unseen = 0;
  return waitUntil<Operation>(execution, {
    what,
    usually,
    intervalSeconds: context.pollSeconds,
    deadline: options.wait ? options.deadline : execution.clock.now(),
    look: async () => {
      const now = await orUndefined(
        gcp.sql<Operation>({ permission: 'cloudsql.instances.get', subject: what }, async (sdk, more) =>
          sdk.operations.get({ project, operation: name }, more)
        )
      );
      if (now === undefined) {
        unseen += 1;
        if (unseen <= MOST_UNSEEN) return { state: 'pending', detail: 'not visible yet' };
        return { state: 'failed', message: `its operation ${name} does not exist any more`, hint: GONE };
      }
      if (now.status !== 'DONE') return { state: 'pending', detail: (now.status ?? 'unknown').toLowerCase() };
      const failure = failureOf(now);
      if (failure !== undefined) throw operationError(what, failure);
      return { state: 'done', value: now };
    }
  });
}

/** How an operation failed. */
export interface OperationFailure {
  readonly kind: FailureKind;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** Why an operation failed, classified by its code and words; `undefined` when it did not. */
export function failureOf({ error }: Operation): OperationFailure | undefined {
  const errors = error?.errors ?? [];
  const [first] = errors;
  if (first === undefined) return undefined;
  const message = errors.map(one => one.message ?? one.code ?? 'no reason given').join('; ');
  const text = errors.map(one => `${one.code ?? ''} ${one.message ?? ''}`).join(' ');
  const [, kind = 'failed', hint = UNKNOWN] = HINTS.find(([words]) => words.test(text)) ?? [];
  return { kind, code: first.code ?? 'UNKNOWN', message, hint };
}

/** A failed operation as an error of the run. */
export function operationError(what: string, { kind, code, message, hint }: OperationFailure): ProviderError {
  return new ProviderError(`Could not ${what}: ${message}`, { kind, providerCode: code, hint });
}
