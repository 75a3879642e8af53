import type { Execution } from '../../../src/engine/execution.ts';
import { githubClient, type GithubClient } from '../../../src/github/client.ts';
import type { FakeGithub } from '../../clouds/github/github.ts';
import { openSecrets } from '../../../src/secrecy/secrecy.ts';

/** A context whose time passes only by sleeping, with what was slept and said. */
export interface TestContext {
  readonly execution: Execution;
  readonly sleeps: readonly number[];
  readonly lines: readonly string[];
}

export function testContext(signal: AbortSignal = new AbortController().signal): TestContext {
  const sleeps: number[] = [];
  const lines: string[] = [];
  let now = Date.parse('2026-03-01T12:00:00Z');
  const say = (message: string): void => {
    lines.push(message);
  };
  const execution: Execution = {
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
    secrecy: openSecrets(),
    random: () => 0.5
  };
  return { execution, sleeps, lines };
}

/** A client of the fake, as the job's own token unless another is given. */
export function clientOf(
  github: FakeGithub,
  options: { readonly token?: string; readonly setting?: TestContext; readonly timeoutSeconds?: number } = {}
): GithubClient {
  return githubClient({
    token: options.token ?? github.token,
    apiUrl: github.url,
    repository: github.repository,
    execution: (options.setting ?? testContext()).execution,
    ...(options.timeoutSeconds === undefined ? {} : { timeoutSeconds: options.timeoutSeconds })
  });
}
