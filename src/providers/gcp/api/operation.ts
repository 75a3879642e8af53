import { defined } from '../../../engine/defined.ts';
import { waitUntil } from '../../../engine/wait.ts';
import { orUndefined, isFailure, ignoring } from '../../failures.ts';
import type { Instance, Operation } from './types.ts';
import type { CallOptions, Sdk } from './sdk.ts';
import type { FailedCall } from './errors.ts';
import { listInstances, operationsOf, readInstance, type GcpContext } from '../context.ts';

/** A change that becomes an operation. */
export interface Mutation {
  /** For the log: `change orders`. */
  readonly what: string;
  /** The instance that it works on; for one that is made, its own name. */
  readonly instance: string;
  /** How long it usually takes, in words: `5–10 min`. */
  readonly usually: string;
  readonly permission: string;
  /** What Cloud SQL calls the operation, by which one whose answer was lost is found: `UPDATE`. */
  readonly type: string | readonly string[];
  readonly send: (sdk: Sdk, options: CallOptions) => Promise<unknown>;
  /** What is sent, made anew for each try. */
  readonly body?: () => object | Promise<object>;
  /** What stands in the address besides the names. */
  readonly query?: Readonly<Record<string, string>>;
  /** Fails an answered call in a way that means its goal is reached. Default: none does. */
  readonly reached?: (thrown: unknown) => boolean;
}

/** Operations on the instance itself that a run leaves behind when it ends early, and the next one waits for. */
const RESUMED = [
  'CREATE',
  'CREATE_REPLICA',
  'UPDATE',
  'MAJOR_VERSION_UPGRADE',
  'CLONE',
  'CREATE_CLONE',
  'RESTORE_VOLUME'
];

/** The way out of a failed operation, by what Google says of it. */
const HINTS: readonly (readonly [words: RegExp, hint: string])[] = [
  [/EXHAUSTED|STOCKOUT/, 'Try again later, or choose another zone, region or size.'],
  [
    /NETWORK_NOT_PEERED|private services? (?:access|connection)|servicenetworking|allocated (?:ip )?range/i,
    'The network of `vpc_id` needs private services access first: allocate a range in it and connect it to servicenetworking.googleapis.com.'
  ],
  [
    /cloudkms|cryptoKey|KMS/i,
    'Give the service agent of Cloud SQL (`service-<project number>@gcp-sa-cloud-sql.iam.gserviceaccount.com`) the role `roles/cloudkms.cryptoKeyEncrypterDecrypter` on the key.'
  ]
];
/** Looks that may find nothing of an operation that was just begun. */
const MOST_UNSEEN = 12;
/** Looks at an instance that may still show what was before an operation. */
const MOST_STALE = 6;

/**
 * Begins an operation and waits for its end; `undefined` when its goal was reached before. An instance does one thing at a time: what it is
 * at work on is waited for, and a refusal because of that too. When no answer comes, the list of operations tells whether it began;
 * nothing is sent a second time before.
 */
export async function mutate(context: GcpContext, mutation: Mutation): Promise<Operation | undefined> {
  const begun = await begin(context, mutation);
  return begun === undefined ? undefined : finish(context, mutation, begun);
}

async function begin(context: GcpContext, mutation: Mutation): Promise<Operation | undefined> {
  const { execution, gcp } = context;
  const { instance, type } = mutation;
  for (;;) {
    const known = new Set((await whenIdle(context, instance)).map(one => one.name));
    try {
      const call: FailedCall = { permission: mutation.permission, subject: instance };
      return await gcp.sql<Operation>(
        call,
        mutation.send,
        defined({
          ...(mutation.body === undefined ? {} : { body: await mutation.body() }),
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
      if (!isFailure(thrown, 'busy') || execution.clock.now() >= context.options.deadline) throw thrown;
      execution.log.debug(`${mutation.what}: ${thrown.message}`);
      await execution.clock.sleep(context.pollSeconds, execution.signal);
      await replicasIdle(context, instance);
    }
  }
}

/** Waits until nothing goes on in an instance. Gives what was done to it so far; what of that failed is not this change's. */
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
      return { state: 'pending', detail: `${atWork.operationType ?? 'an operation'} is at work` };
    }
  });
}

/** A replica that is being made keeps its instance busy, and the instance's own operations do not tell. */
async function replicasIdle(context: GcpContext, instance: string): Promise<void> {
  const all = (await ignoring(['denied'], listInstances(context))) ?? [];
  const replicas = all.filter(one => one.masterInstanceName?.split(':').at(-1) === instance);
  await Promise.all(replicas.map(async one => whenIdle(context, one.name)));
}

/** What an earlier run may have begun and did not see the end of. */
export function unfinishedIn(operations: readonly Operation[]): Operation | undefined {
  return operations.find(one => one.status !== 'DONE' && RESUMED.includes(one.operationType ?? ''));
}

/** Waits for the end of an operation. One that is done with an error has failed, with Google's message. */
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
        if (unseen <= MOST_UNSEEN) return { state: 'pending', detail: 'not to be seen yet' };
        return { state: 'failed', message: `its operation ${name} is not there` };
      }
      if (now.status !== 'DONE') return { state: 'pending', detail: (now.status ?? 'unknown').toLowerCase() };
      const failure = failureOf(now);
      return failure === undefined ? { state: 'done', value: now } : { state: 'failed', ...failure };
    }
  });
}

/** Why an operation failed; `undefined` when it did not. */
export function failureOf({ error }: Operation): { readonly message: string; readonly hint?: string } | undefined {
  const errors = error?.errors ?? [];
  if (errors.length === 0) return undefined;
  const message = errors.map(one => one.message ?? one.code ?? 'no reason given').join('; ');
  const text = errors.map(one => `${one.code ?? ''} ${one.message ?? ''}`).join(' ');
  const hint = HINTS.find(([words]) => words.test(text))?.[1];
  return defined({ message, hint });
}

/**
 * Waits until an instance serves, and shows what it became: for a while it may still show what was before. `seen` says whether it does.
 */
export async function waitForInstance(
  context: GcpContext,
  name: string,
  seen: (live: Instance) => boolean = () => true
): Promise<Instance> {
  const { execution, options } = context;
  let looks = 0;
  return waitUntil<Instance>(execution, {
    what: `wait for ${name}`,
    intervalSeconds: context.pollSeconds,
    deadline: options.wait ? options.deadline : execution.clock.now(),
    look: async () => {
      const live = await readInstance(context, name);
      looks += 1;
      if (live === undefined) {
        if (looks <= MOST_UNSEEN) return { state: 'pending', detail: 'not to be seen yet' };
        return { state: 'failed', message: 'it is not there', hint: 'If nobody deleted it meanwhile, apply again.' };
      }
      if (live.state === 'FAILED') {
        const last = (await operationsOf(context, name)).map(failureOf).find(one => one !== undefined);
        return { state: 'failed', message: last?.message ?? 'it failed' };
      }
      const failure = live.state === 'PENDING_CREATE' ? await creationFailure(context, name) : undefined;
      if (failure !== undefined) return { state: 'failed', ...failure };
      if (live.state !== 'RUNNABLE') return { state: 'pending', detail: (live.state ?? 'unknown').toLowerCase() };
      if (!seen(live) && looks <= MOST_STALE) return { state: 'pending', detail: 'not to be seen yet' };
      return { state: 'done', value: live };
    }
  });
}

/** Why an instance that is still being made never will be: nothing is at work any more, and what was has failed. */
async function creationFailure(context: GcpContext, name: string): Promise<ReturnType<typeof failureOf>> {
  const all = await operationsOf(context, name);
  const last = all.find(one => RESUMED.includes(one.operationType ?? ''));
  return last === undefined || all.some(one => one.status !== 'DONE') ? undefined : failureOf(last);
}

/** Waits until an instance is gone. */
export async function waitUntilGone(context: GcpContext, name: string): Promise<void> {
  const { execution, options } = context;
  await waitUntil<true>(execution, {
    what: `delete ${name}`,
    usually: '1–5 min',
    intervalSeconds: context.pollSeconds,
    deadline: options.wait ? options.deadline : execution.clock.now(),
    look: async () => {
      const live = await readInstance(context, name);
      if (live === undefined) return { state: 'done', value: true };
      return { state: 'pending', detail: (live.state ?? 'still there').toLowerCase() };
    }
  });
}
