import { waitUntil } from '../../../../engine/wait.ts';
import { failureOf, MOST_UNSEEN, operationError, RESUMED } from '../../api/operation.ts';
import type { Instance } from '../../api/types.ts';
import type { GcpContext } from '../../context.ts';
import { operationsOf, readInstance } from '../../live-state.ts';
import { hintOf } from './fields.ts';

/** Polls that may still show an instance as it was before an operation. */
const MOST_STALE = 6;

/**
 * Waits until an instance serves and shows its new state, as `seen` tells: for a while it may still show the state
 * before an operation.
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
        if (looks <= MOST_UNSEEN) return { state: 'pending', detail: 'not visible yet' };
        return {
          state: 'failed',
          message: 'it does not exist',
          hint: 'Run the workflow again, unless the instance was deleted on purpose.'
        };
      }
      const end = await endOf(context, live);
      if (end !== undefined) return { state: 'failed', ...end };
      const failure = live.state === 'PENDING_CREATE' ? await creationFailure(context, name) : undefined;
      if (failure !== undefined) throw operationError(`create ${name}`, failure);
      if (live.state !== 'RUNNABLE') return { state: 'pending', detail: (live.state ?? 'unknown').toLowerCase() };
      if (!seen(live) && looks <= MOST_STALE) return { state: 'pending', detail: 'not visible yet' };
      return { state: 'done', value: live };
    }
  });
}

/** Why an instance will never serve: a state that it does not leave by itself. */
async function endOf(
  context: GcpContext,
  { name, state, suspensionReason: reasons = [] }: Instance
): Promise<{ readonly message: string; readonly hint: string } | undefined> {
  const hint = hintOf(state);
  if (hint === undefined) return undefined;
  if (state === 'PENDING_DELETE') return { message: 'it is being deleted', hint };
  const why = reasons.length === 0 ? '' : ` (${reasons.join(', ')})`;
  if (state === 'SUSPENDED') return { message: `Cloud SQL has suspended it${why}`, hint };
  const last = (await operationsOf(context, name)).map(failureOf).find(one => one !== undefined);
  return { message: last?.message ?? 'it failed', hint: last?.hint ?? hint };
}

/** Why an instance in creation will never be created: its last operation failed and no other runs. */
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
