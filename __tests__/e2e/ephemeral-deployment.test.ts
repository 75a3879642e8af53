import { bot } from '../clouds/github/github.ts';
import { openEphemeralHarness, type EphemeralHarness } from '../support/ephemeral-harness.ts';

describe('the deployment that shows a pull request’s database', () => {
  let harness: EphemeralHarness;
  beforeAll(async () => {
    harness = await openEphemeralHarness();
    for (const number of [7, 8, 9]) harness.github.seedPull({ number });
  });
  afterAll(async () => harness.close());

  const states = (): readonly string[] =>
    harness.github.deployments().map(({ task, statuses }) => `${task} ${statuses.at(-1)?.state ?? ''}`);

  test('is active when the database is ready, one for each pull request, with a link to the run', async () => {
    await harness.on(7, 'opened');
    await harness.on(7, 'synchronize');
    await harness.on(8, 'opened');
    expect(states()).toEqual(['pgkeep:pull-7 success', 'pgkeep:pull-8 success']);
    const [first] = harness.github.deployments();
    expect(first?.statuses.at(-1)?.logUrl).toBe('https://github.com/acme/shop/actions/runs/9000001');
  });

  test('is inactive when the database is gone: closed, fenced or swept', async () => {
    harness.github.close(7);
    await harness.on(7, 'closed');
    expect(states()).toEqual(['pgkeep:pull-7 inactive', 'pgkeep:pull-8 success']);
    harness.github.close(8);
    await harness.run({ name: 'schedule' });
    expect(states()).toEqual(['pgkeep:pull-7 inactive', 'pgkeep:pull-8 inactive']);
  });

  test('that may not be written costs one line in the log, and nothing else', async () => {
    const token = harness.github.addToken(bot('github-actions'), { pull_requests: 'write', contents: 'read' });
    const step = await harness.on(9, 'opened', {}, { token });
    expect(step.exitCode).toBe(0);
    expect(step.outputs['result']).toBe('applied');
    expect(step.annotations).toEqual([]);
    expect(step.log.split('\n').filter(line => line.includes('deployment'))).toEqual([
      expect.stringContaining('deployments: write')
    ]);
  });
});
