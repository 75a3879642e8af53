import type { Clock } from '../../../src/engine/execution.ts';
import { listeningClock } from '../../../src/engine/server-time.ts';
import type { Run } from '../../../src/commands/command.ts';
import { sweep } from '../../../src/commands/sweep.ts';
import type { OpenableServer } from '../../../src/providers/provider.ts';
import type { RunResult } from '../../../src/publish/run-result.ts';
import { startGithub, type FakeGithub } from '../../clouds/github/github.ts';
import { fakeContext } from '../../support/fake-context.ts';

let github: FakeGithub;
beforeEach(async () => {
  github = await startGithub();
});
afterEach(async () => github.stop());

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at + 1);

interface Given {
  readonly expiresAt?: string;
  readonly clock?: Clock;
  readonly isOnRunner?: boolean;
}

/** What a sweep of servers with these marks would remove. */
async function swept(
  pullRequests: readonly number[],
  { expiresAt, clock, isOnRunner = false }: Given = {}
): Promise<RunResult> {
  const owner = { repository: 'acme/shop' };
  const servers = pullRequests.map((pullRequest): Pick<OpenableServer, 'title' | 'mark'> => ({
    title: `server orders-pr-${pullRequest}`,
    mark: { version: 1, ...owner, name: 'orders', environment: '', pullRequest, ...(expiresAt && { expiresAt }) }
  }));
  const fake = fakeContext();
  const execution = { ...fake, clock: clock ?? fake.clock };
  const run = {
    runtime: { log: execution.log, env: {} },
    execution,
    provider: isOnRunner ? { cleanUp: async () => {} } : {},
    inputs: { secrets: new Map([['github_token', github.token]]), options: { dry_run: true }, run: {} },
    event: { apiUrl: github.url, repository: github.repository },
    session: { target: { provider: 'aws', name: 'orders', ...owner }, listServers: async () => servers },
    ephemeral: { kind: 'instance' },
    notices: []
  } as unknown as Run;
  return sweep(run);
}

test('a sweep without marks asks GitHub nothing', async () => {
  for (const number of numbers(30)) github.seedPull({ number });
  expect(await swept([])).toMatchObject({ result: 'no-changes' });
  expect(github.exchanges).toEqual([]);
});

test('a sweep asks for a hundred pull requests in a call, and once more for each that is not open', async () => {
  const [marks, closed] = [numbers(1000), [7, 471]];
  for (const number of marks) if (number !== 123) github.seedPull({ number });
  for (const number of closed) github.close(number);
  const { sweep: report } = await swept(marks);
  const removable = report?.items.filter(({ outcome }) => outcome === 'removable').map(({ title }) => title);
  expect(removable).toEqual(['server orders-pr-7', 'server orders-pr-123', 'server orders-pr-471']);
  expect(github.exchanges).toHaveLength(marks.length / 100 + 3);
});

test('the number of open pull requests costs nothing', async () => {
  for (const number of numbers(3000)) github.seedPull({ number });
  await swept([1, 2, 3]);
  expect(github.exchanges).toHaveLength(1);
});

// GitHub's answers have a `Date`, those that refuse too: RFC 9110, 6.6.1.
test.each([
  ['ahead of', 3, '2026-11-30T12:00:00Z', 'kept'],
  ['behind', -90, '2026-11-29T11:00:00Z', 'removable'],
  ['as right as', 0.003, '2026-11-29T11:59:00Z', 'removable']
])(
  'a clock that is %s GitHub’s by %s days lets go what has expired by GitHub’s',
  async (_, days, expiresAt, outcome) => {
    const now = new Date('2026-11-29T12:00:00Z');
    await github.stop();
    github = await startGithub({ now: () => now });
    github.seedPull({ number: 7 });
    const machine = new Date(now.getTime() + days * 86_400_000);
    for (const denied of [false, true]) {
      if (denied)
        github.fault({ on: 'POST /graphql', answer: { status: 403, body: { message: 'Resource not accessible' } } });
      const clock = listeningClock({ now: () => machine, sleep: async () => {} });
      const { sweep: report } = await swept([7], { expiresAt, clock });
      expect(report?.items.map(one => one.outcome)).toEqual([outcome]);
    }
  }
);

test('what lies on the runner expires by the runner’s clock, by which its server ends logins', async () => {
  github.seedPull({ number: 7 });
  const now = new Date(Date.now() - 90 * 86_400_000);
  const clock = listeningClock({ now: () => now, sleep: async () => {} });
  const expiresAt = new Date(now.getTime() + 3_600_000).toISOString();
  const outcomes = async (isOnRunner: boolean): Promise<unknown> =>
    (await swept([7], { expiresAt, clock, isOnRunner })).sweep?.items.map(({ outcome }) => outcome);
  expect([await outcomes(true), await outcomes(false)]).toEqual([['kept'], ['removable']]);
});
