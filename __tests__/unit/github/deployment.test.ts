import { activateDeployment, deactivateDeployments, type ActiveDeployment } from '../../../src/github/deployment.ts';
import { bot, serverError, startGithub, type FakeGithub } from '../../clouds/github/github.ts';
import { clientOf } from './setting.ts';

const CREATE = 'POST /repos/{owner}/{repo}/deployments';

describe('the deployment of a pull request', () => {
  let github: FakeGithub;
  beforeEach(async () => {
    github = await startGithub();
    for (const number of [7, 8]) github.seedPull({ number });
  });
  afterEach(async () => github.stop());

  const active = (pullRequest: number): ActiveDeployment => ({
    pullRequest,
    headSha: github.issue(pullRequest).pull?.headSha ?? '',
    logUrl: `https://github.com/acme/shop/actions/runs/${pullRequest}`,
    description: 'The database is ready.'
  });
  const states = (): readonly (readonly [string, readonly string[]])[] =>
    github.deployments().map(({ task, statuses }) => [task, statuses.map(({ state }) => state)]);

  test('is created once, in one transient environment, with a link to the log', async () => {
    expect(await activateDeployment(clientOf(github), active(7))).toEqual({ action: 'active' });
    expect(github.deployments()).toEqual([
      expect.objectContaining({
        environment: 'pgkeep-ephemeral',
        transient: true,
        production: false,
        sha: github.issue(7).pull?.headSha,
        statuses: [expect.objectContaining({ state: 'success', logUrl: active(7).logUrl })]
      })
    ]);
  });

  test('is kept with each push, and each pull request has its own', async () => {
    await activateDeployment(clientOf(github), active(7));
    github.push(7);
    await activateDeployment(clientOf(github), active(7));
    await activateDeployment(clientOf(github), active(8));
    expect(states()).toEqual([
      ['pgkeep:pull-7', ['success', 'success']],
      ['pgkeep:pull-8', ['success']]
    ]);
  });

  test('ends inactive, once, and comes back when the pull request reopens', async () => {
    await activateDeployment(clientOf(github), active(7));
    await activateDeployment(clientOf(github), active(8));
    expect(await deactivateDeployments(clientOf(github), [7], 'https://x')).toEqual({ action: 'inactive' });
    await deactivateDeployments(clientOf(github), [7], 'https://x');
    await activateDeployment(clientOf(github), active(7));
    expect(states()).toEqual([
      ['pgkeep:pull-7', ['success', 'inactive', 'success']],
      ['pgkeep:pull-8', ['success']]
    ]);
  });

  test('ends inactive for many at once, over all pages, and is not created for that', async () => {
    for (const number of [101, 203]) {
      github.seedPull({ number });
      await activateDeployment(clientOf(github), active(number));
      for (let other = 0; other < 52; other += 1) github.seedDeployment(`pgkeep:pull-${number * 1000 + other}`);
    }
    expect(await deactivateDeployments(clientOf(github), [101, 203, 999], 'https://x')).toEqual({ action: 'inactive' });
    const gone = states().filter(([, all]) => all.at(-1) === 'inactive');
    expect(gone.map(([task]) => task)).toEqual(['pgkeep:pull-101', 'pgkeep:pull-203']);
    expect(await deactivateDeployments(clientOf(github), [999], 'https://x')).toEqual({ action: 'none' });
  });

  test('of two runs at once is one', async () => {
    github.fault({ on: CREATE, before: async () => void (await activateDeployment(clientOf(github), active(7))) });
    await activateDeployment(clientOf(github), active(7));
    expect(states()).toEqual([['pgkeep:pull-7', ['success', 'success']]]);
    const ended = github.requests('POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses')[1];
    expect(JSON.parse(ended?.body ?? '')).toEqual({ state: 'inactive', auto_inactive: false });
  });

  test('is not created twice when the answer is lost', async () => {
    github.fault({ on: CREATE, drop: 'after' });
    github.fault({ on: CREATE, call: 2, answer: serverError() });
    expect(await activateDeployment(clientOf(github), active(7))).toEqual({ action: 'active' });
    expect(github.deployments()).toHaveLength(1);
  });

  test('leaves those of others in the environment as they are', async () => {
    await activateDeployment(clientOf(github), active(8));
    await activateDeployment(clientOf(github), active(7));
    await deactivateDeployments(clientOf(github), [7], 'https://x');
    expect(states()[0]).toEqual(['pgkeep:pull-8', ['success']]);
  });

  test('without the permission is a line that names it', async () => {
    const token = github.addToken(bot('github-actions'), { pull_requests: 'write', deployments: 'read' });
    const result = await activateDeployment(clientOf(github, { token }), active(7));
    expect(result).toMatchObject({ action: 'failed', error: { code: 'github-denied' } });
    expect(result.action === 'failed' && result.error.hint).toContain('deployments: write');
  });
});
