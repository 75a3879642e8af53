import type { Talk } from '../../../src/publish/github-publication.ts';
import { tellRestore } from '../../../src/publish/tell-restore.ts';
import { startGithub } from '../../clouds/github/github.ts';
import { fakeContext } from '../../support/fake-context.ts';

test('a check that passes in one region leaves the issue of the same name in another one open', async () => {
  const github = await startGithub();
  try {
    const { log, ...runtime } = fakeContext();
    const talk = {
      runtime: { ...runtime, log },
      event: { apiUrl: github.url, repository: github.repository },
      inputs: {
        secrets: new Map([['github_token', github.token]]),
        spec: { provider: 'aws', name: 'orders', environment: '' }
      },
      enough: AbortSignal.timeout(10_000)
    } as unknown as Talk;
    const tell = async (region: string, failure?: string): Promise<void> => {
      const target = { account: '123456789012', region };
      const report = { heading: ['orders', region], target, checks: [], isDryRun: false };
      await tellRestore(talk, failure === undefined ? report : { ...report, failure }, { madeAt: new Date(0) });
    };
    await tell('eu-west-1', 'There is no backup.');
    await tell('us-east-1');
    expect(github.issues().map(({ number, state }) => [number, state])).toEqual([[1, 'open']]);
    await tell('eu-west-1');
    expect(github.issues().map(({ number, state }) => [number, state])).toEqual([[1, 'closed']]);
  } finally {
    await github.stop();
  }
});
