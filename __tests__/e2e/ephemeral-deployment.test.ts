import { bot } from '../clouds/github/github.ts';
import { openEphemeralStage, type EphemeralStage } from '../support/ephemeral-harness.ts';

describe('the deployment that shows a pull request’s database', () => {
  let stage: EphemeralStage;
  beforeAll(async () => {
    stage = await openEphemeralStage();
    for (const number of [7, 8, 9]) stage.github.seedPull({ number });
  });
  afterAll(async () => stage.close());

  const states = (): readonly string[] =>
    stage.github.deployments().map(({ task, statuses }) => `${task} ${statuses.at(-1)?.state ?? ''}`);

  test('is active when the database is ready, one for each pull request, and leads to the run', async () => {
    await stage.on(7, 'opened');
    await stage.on(7, 'synchronize');
    await stage.on(8, 'opened');
    expect(states()).toEqual(['pgkeep:pull-7 success', 'pgkeep:pull-8 success']);
    const [first] = stage.github.deployments();
    expect(first?.statuses.at(-1)?.logUrl).toBe('https://github.com/acme/shop/actions/runs/9000001');
  });

  test('is inactive when the database is gone: closed, fenced or swept', async () => {
    stage.github.close(7);
    await stage.on(7, 'closed');
    expect(states()).toEqual(['pgkeep:pull-7 inactive', 'pgkeep:pull-8 success']);
    stage.github.close(8);
    await stage.run({ name: 'schedule' });
    expect(states()).toEqual(['pgkeep:pull-7 inactive', 'pgkeep:pull-8 inactive']);
  });

  test('that may not be written costs one line, and nothing else', async () => {
    const token = stage.github.addToken(bot('github-actions'), { pull_requests: 'write', contents: 'read' });
    const step = await stage.on(9, 'opened', {}, { token });
    expect(step.exitCode).toBe(0);
    expect(step.outputs['result']).toBe('applied');
    expect(step.annotations).toEqual([]);
    expect(step.log.split('\n').filter(line => line.includes('deployment'))).toEqual([
      expect.stringContaining('deployments: write')
    ]);
  });
});
