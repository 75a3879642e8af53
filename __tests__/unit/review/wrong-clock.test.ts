import { listeningClock } from '../../../src/engine/server-time.ts';
import { startDigitalOcean } from '../../clouds/digitalocean/fake-digitalocean.ts';
import { startGithub } from '../../clouds/github/github.ts';
import { basic } from '../../support/digitalocean-inputs.ts';
import { stepsIn } from '../../support/step-in-process.ts';

/** By days. Its pauses pass at once, and the end of the whole run never comes. */
const wrongBy = (days: number) =>
  listeningClock({
    now: () => new Date(Date.now() + days * 86_400_000),
    sleep: async (seconds, signal) => {
      if (seconds < 3600) return;
      await new Promise<void>((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
    }
  });

test('a runner whose clock is wrong keeps no later plan from the record, and marks the plans that no longer hold', async () => {
  const [cloud, github] = [await startDigitalOcean(), await startGithub()];
  try {
    const own = { cloud_provider: 'digitalocean', github_token: github.token, ...basic() };
    const on = async (days: number, event: Parameters<typeof github.event>[0], more = {}) =>
      stepsIn(cloud.env, {}, { clock: wrongBy(days) })({ ...own, ...more }, { event: github.event(event) });
    for (const number of [7, 8]) github.seedPull({ number });
    const head = github.issue(7).pull?.headSha;
    const recorded = () => github.checkRuns(head).map(run => run.externalId);
    await on(90, { name: 'pull_request', number: 7 });
    const [before] = recorded();
    // The same commit again, on a right runner.
    await on(0, { name: 'pull_request', number: 7 }, { tags: 'team: web' });
    expect(recorded()).toEqual([expect.not.stringMatching(before ?? '')]);
    await on(0, { name: 'pull_request', number: 8 });
    const { outputs } = await on(-90, { name: 'push', sha: github.merge(7) }, { tags: 'team: web' });
    expect(outputs['result']).toBe('applied');
    expect(github.comments(8)[0]?.body).toMatch(/#\u200B?7 was applied to this database/);
  } finally {
    await cloud.stop();
    await github.stop();
  }
});
