import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Weather } from './weather.ts';

/** Turns of the event loop, of a millisecond each, without a request after which a wave is complete. */
const QUIET_TURNS = 8;

/** Requests to a machine that issues logins: they are answered at once, and counted apart. */
const LOGIN = /^\/(?:identity|v1\/(?:oauth)?token)\b|:generateAccessToken|\/oauth2\/|\/discovery\/|\.well-known/;

/** What a program asked while it was measured. */
export interface Depth {
  /** How many round trips one after the other it needed, when all that can be asked at once is. */
  readonly depth: number;
  /** Requests in each of them. */
  readonly waves: readonly number[];
  readonly calls: number;
  readonly logins: number;
  /** Requests that the program did not wait for: whose answers it does not use. */
  readonly unused: number;
}

/**
 * Stands in front of a fake cloud that shares the event loop with its client, and keeps its answers back while it
 * measures: only when the client sends nothing more, all are answered together. A request is then in the first wave in
 * which it can be, so that the number of waves is the depth, however the machine is loaded.
 */
export interface Waves extends Weather {
  /** `released` is called before each wave is answered. */
  measure(body: () => Promise<unknown>, released?: () => void): Promise<Depth>;
}

export function waves(): Waves {
  let isMeasuring = false;
  let arrived = 0;
  let logins = 0;
  const held: (() => void)[] = [];
  const quiet = async (): Promise<void> => {
    let seen = arrived;
    for (let turns = 0; turns < QUIET_TURNS; turns += 1) {
      await sleep(1);
      if (arrived !== seen || isWorking()) turns = 0;
      seen = arrived;
    }
  };
  return {
    env: {},
    happened: [],
    blow: () => undefined,
    hitEvery: () => undefined,
    calm: () => undefined,
    around: serve => async (request, response) => {
      arrived += 1;
      if (isMeasuring && isLogin(request)) logins += 1;
      else if (isMeasuring) await new Promise<void>(resolve => void held.push(resolve));
      return serve(request, response);
    },
    measure: async (body, released = () => undefined) => {
      isMeasuring = true;
      logins = 0;
      const sizes: number[] = [];
      const run = { isDone: false };
      const done = body().finally(() => {
        run.isDone = true;
      });
      done.catch(() => undefined);
      while (!run.isDone) {
        await quiet();
        if (held.length === 0) continue;
        sizes.push(held.length);
        released();
        for (const release of held.splice(0)) release();
      }
      isMeasuring = false;
      const unused = held.length;
      for (const release of held.splice(0)) release();
      await done;
      return { depth: sizes.length, waves: sizes, calls: sizes.reduce((sum, size) => sum + size, 0), logins, unused };
    }
  };
}

function isLogin({ url = '' }: IncomingMessage): boolean {
  return LOGIN.test(url);
}

/** Whether the process works outside of the event loop: reads a file, signs, resolves a name, connects. */
function isWorking(): boolean {
  return process.getActiveResourcesInfo().some(kind => /Req|Request|ConnectWrap|Job/.test(kind));
}
