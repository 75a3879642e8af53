import type { Server } from '@azure/arm-postgresql-flexible';
import { waitUntil } from '../../../../engine/wait.ts';
import { SEE_THE_PLAN } from '../../../../errors.ts';
import { orUndefined } from '../../../failures.ts';
import { START_IT } from '../../../operations.ts';
import type { AzureContext } from '../../context.ts';
import { SERVERS } from '../../live-state.ts';
import { FINAL, hintOf } from './fields.ts';

/** States that end by themselves, while Azure works on the server. */
const CHANGING: readonly string[] = ['Provisioning', 'Updating', 'Restarting', 'Starting', 'Stopping', 'Dropping'];

/** The server as it is now; `undefined` when there is none. */
export async function readServer(context: AzureContext, name: string): Promise<Server | undefined> {
  return orUndefined(
    context.azure.call(`${SERVERS}/read`, async (client, options) =>
      client.servers.get(context.resourceGroup, name, options)
    )
  );
}

/** Whether its name is in use. One that is being deleted frees it, and may be seen for a while. */
export function isThere(live: Server | undefined): live is Server {
  return live !== undefined && live.state !== 'Dropping';
}

/** Polls in a row that show a stopped server, before it counts as stopped for good: a start may not show at once. */
const MOST_STOPPED = 3;

/** Polls in a row without the server, before it counts as gone: a new one may be seen late. */
const MOST_UNSEEN = 30;

/** Waits until a server exists and is ready. Throws `provider-failed` when it never will be. */
export async function waitForServer(
  context: AzureContext,
  name: string,
  what = `server ${name}`,
  usually = 'some minutes'
): Promise<Server> {
  let stopped = 0;
  let unseen = 0;
  return waitUntil<Server>(context.execution, {
    what,
    usually,
    intervalSeconds: context.pollSeconds,
    deadline: deadlineOf(context),
    look: async () => {
      const live = await readServer(context, name);
      unseen = live === undefined ? unseen + 1 : 0;
      if (unseen >= MOST_UNSEEN) {
        const message = 'the server does not exist: another hand deleted it, or Azure never made it';
        return { state: 'failed', message, hint: SEE_THE_PLAN };
      }
      if (live === undefined) return { state: 'pending', detail: 'does not exist yet' };
      const { state = 'unknown' } = live;
      if (FINAL.includes(state)) {
        return {
          state: 'failed',
          message: `the server is \`${state}\``,
          hint: hintOf(state)
        };
      }
      stopped = state === 'Stopped' ? stopped + 1 : 0;
      if (stopped >= MOST_STOPPED) {
        return {
          state: 'failed',
          message: 'the server is `Stopped`',
          hint: START_IT
        };
      }
      return state === 'Ready' ? { state: 'done', value: live } : { state: 'pending', detail: state };
    }
  });
}

/** Waits until Azure has finished its work on a server, whatever the result. A server that does not exist is idle. */
export async function waitUntilIdle(context: AzureContext, name: string): Promise<void> {
  await waitUntil<true>(context.execution, {
    what: `server ${name}`,
    usually: 'some minutes',
    intervalSeconds: context.pollSeconds,
    deadline: deadlineOf(context),
    look: async () => {
      const state = (await readServer(context, name))?.state ?? 'Ready';
      return CHANGING.includes(state) ? { state: 'pending', detail: state } : { state: 'done', value: true };
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

/** When a wait ends: at the deadline, or at once with `wait: false`. */
export function deadlineOf({ options, execution }: AzureContext): Date {
  return options.wait ? options.deadline : execution.clock.now();
}
