import type { Context } from '../../../src/engine/context.ts';
import { githubClient, type GithubClient } from '../../../src/github/client.ts';
import type { FakeGithub } from '../../clouds/github/github.ts';

/** A context whose time passes only by sleeping, with what was slept and said. */
export interface TestWorld {
  readonly context: Context;
  readonly sleeps: readonly number[];
  readonly lines: readonly string[];
}

export function testWorld(signal: AbortSignal = new AbortController().signal): TestWorld {
  const sleeps: number[] = [];
  const lines: string[] = [];
  let now = Date.parse('2026-03-01T12:00:00Z');
  const say = (message: string): void => {
    lines.push(message);
  };
  const context: Context = {
    clock: {
      now: () => new Date(now),
      async sleep(seconds) {
        signal.throwIfAborted();
        sleeps.push(seconds);
        now += seconds * 1000;
      }
    },
    log: { debug: say, info: say, warning: say },
    signal,
    random: () => 0.5
  };
  return { context, sleeps, lines };
}

/** A client of the fake, as the job's own token unless another is given. */
export function clientOf(
  github: FakeGithub,
  options: { readonly token?: string; readonly world?: TestWorld; readonly timeoutSeconds?: number } = {}
): GithubClient {
  return githubClient({
    token: options.token ?? github.token,
    apiUrl: github.url,
    repository: github.repository,
    context: (options.world ?? testWorld()).context,
    ...(options.timeoutSeconds === undefined ? {} : { timeoutSeconds: options.timeoutSeconds })
  });
}
