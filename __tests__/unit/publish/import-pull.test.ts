import type { Talk } from '../../../src/publish/github-publication.ts';
import { tellImport } from '../../../src/publish/import-pull.ts';
import { startGithub, type FakeGithub } from '../../clouds/github/github.ts';
import { fakeContext } from '../../support/fake-context.ts';

let github: FakeGithub;
beforeEach(async () => {
  github = await startGithub({ permissions: { contents: 'write', pull_requests: 'write' } });
});
afterEach(async () => github.stop());

test('the pull request of an import with more left unmanaged than its text may hold lists a part of it', async () => {
  const talk = {
    runtime: fakeContext(),
    event: { apiUrl: github.url, repository: github.repository },
    inputs: { secrets: new Map([['github_token', github.token]]) },
    enough: new AbortController().signal
  } as unknown as Talk;
  const unmanaged = Array.from({ length: 900 }, (_, at) => ({
    what: `role tenant_${at}`,
    why: 'it has attributes that no input sets, such as a limit of connections'
  }));
  const report = { provider: 'aws', name: 'orders', key: 'f00d', place: {}, file: 'pgkeep.yml', pinned: {}, unmanaged };
  const url = await tellImport(talk, { ...report, digest: 'd'.repeat(64), isOurs: false });
  expect(url).toBe('https://github.com/acme/shop/pull/1');
  expect(github.issue(1).body).toMatch(/role tenant_99: .*\n- 800 more, which the summary of the job lists$/);
});
