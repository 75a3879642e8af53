import { amendComment } from '../../../src/github/comment.ts';
import { putSection, type SectionRequest } from '../../../src/github/group-comment.ts';
import type { DatabaseKey } from '../../../src/github/marker.ts';
import { startGithub, type FakeGithub } from '../../clouds/github/github.ts';
import { clientOf } from './setting.ts';

let github: FakeGithub;
beforeEach(async () => {
  github = await startGithub();
  github.seedPull({ number: 7 });
});
afterEach(async () => github.stop());

const keyOf = (name: string): DatabaseKey => ({ provider: 'local', account: 'a', region: '', name, environment: '' });
const put = async (name: string, text: string, more: Partial<SectionRequest> = {}) =>
  putSection(clientOf(github), {
    pullRequest: 7,
    group: 'databases',
    database: keyOf(name),
    renderings: [() => `${text}\n`],
    createIfMissing: true,
    ...more
  });
const bodies = (): readonly string[] => github.comments(7).map(({ body }) => body);
/** What a reader sees. */
const shown = (): readonly string[] =>
  bodies().map(body =>
    body
      .split('\n')
      .filter(line => line !== '' && !line.startsWith('<!--'))
      .join(' | ')
  );
const UPDATE = 'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}';

test('each database has a section in one comment, in the order of their names, inside of the frame', async () => {
  const frame = { before: 'Ask #dba', after: '[Runbook](https://acme.test)' };
  expect(await put('orders', 'plan of orders', frame)).toMatchObject({ action: 'created' });
  expect(await put('invoices', 'plan of invoices', frame)).toMatchObject({
    action: 'updated',
    body: 'plan of invoices'
  });
  expect(shown()).toEqual(['Ask #dba | plan of invoices | plan of orders | [Runbook](https://acme.test)']);
  expect(await put('orders', 'plan of orders', frame)).toMatchObject({ action: 'unchanged' });
  await put('orders', 'another plan', frame);
  expect(shown()).toEqual(['Ask #dba | plan of invoices | another plan | [Runbook](https://acme.test)']);
});

test('without news no comment is made, and one that is there is brought up to date', async () => {
  expect(await put('orders', 'no changes', { createIfMissing: false })).toEqual({ action: 'none' });
  await put('orders', 'plan');
  await put('orders', 'no changes', { createIfMissing: false });
  expect(shown()).toEqual(['no changes']);
});

test('sections of an older head go, and those of an apply stay', async () => {
  await put('gone', 'old', { head: 'aaa1' });
  await put('orders', 'old', { head: 'aaa1' });
  await put('orders', 'applied');
  expect(shown()).toEqual(['old | applied']);
  await put('orders', 'new', { head: 'bbb2' });
  expect(shown()).toEqual(['new']);
});

test('a section that a slower job overwrites is written again', async () => {
  await put('first', 'first');
  let stolen = '';
  github.fault({
    on: UPDATE,
    before: async () => {
      // Another job read before this write, and writes after it.
      stolen = bodies()[0] ?? '';
    }
  });
  const client = clientOf(github);
  const pause = client.pause.bind(client);
  let turns = 0;
  const slow = {
    ...client,
    pause: async (seconds: number) => {
      turns += 1;
      const [comment] = github.comments(7);
      if (turns === 1 && comment !== undefined) comment.body = stolen;
      await pause(seconds);
    }
  };
  const request = { pullRequest: 7, group: 'databases', database: keyOf('second'), createIfMissing: true };
  await putSection(slow, { ...request, renderings: [() => 'second'] });
  expect(shown()).toEqual(['first | second']);
  expect(turns).toBe(2);
});

test('a section that stands is told as it was written, although it would be shorter now', async () => {
  await put('first', 'first');
  const client = clientOf(github);
  const slow = {
    ...client,
    pause: async () => {
      const [comment] = github.comments(7);
      if (comment !== undefined) comment.body = comment.body.replace('\nfirst\n', `\n${'x'.repeat(20_000)}\n`);
    }
  };
  const request = { pullRequest: 7, group: 'databases', database: keyOf('second'), createIfMissing: true };
  const long = 'y'.repeat(30_000);
  expect(await putSection(slow, { ...request, renderings: [() => long, () => 'short'] })).toMatchObject({
    action: 'updated',
    body: long
  });
});

test('a section that other jobs remove again and again is given up after ten writes', async () => {
  await put('first', 'first');
  const [comment] = github.comments(7);
  const client = clientOf(github);
  const slow = {
    ...client,
    pause: async () => {
      if (comment !== undefined) comment.body = stolen;
    }
  };
  const stolen = comment?.body ?? '';
  const request = { pullRequest: 7, group: 'databases', database: keyOf('second'), createIfMissing: true };
  expect(await putSection(slow, { ...request, renderings: [() => 'second'] })).toMatchObject({
    action: 'failed',
    error: {
      message: 'Could not keep a section in the comment of pull request #7: other jobs kept writing',
      code: 'github-failed',
      source: 'provider',
      hint: 'Run this job again.'
    }
  });
  expect(github.requests(UPDATE)).toHaveLength(10);
});

test('jobs that begin at once end with one comment that has all their sections', async () => {
  await Promise.all(['a', 'b', 'c', 'd'].map(async name => put(name, `plan of ${name}`)));
  await Promise.all(['a', 'b', 'c', 'd'].map(async name => put(name, `plan of ${name}`)));
  expect(shown()).toEqual(['plan of a | plan of b | plan of c | plan of d']);
});

test('the sections share the size of a comment: each takes at most half of what is left', async () => {
  const long = (name: string) => [
    () => `${name} ${'x'.repeat(60_000)}`,
    () => `${name} ${'x'.repeat(20_000)}`,
    () => name
  ];
  for (const name of ['a', 'b', 'c']) await put(name, '', { renderings: long(name) });
  expect(bodies()[0]?.length).toBeLessThan(65_536);
  expect(
    shown()[0]
      ?.split(' | ')
      .map(part => part.length)
  ).toEqual([20_002, 20_002, 1]);
});

test('a section is amended where it stands, and the others stay as they are', async () => {
  await put('orders', 'plan');
  await put('invoices', 'plan');
  const amended = await amendComment(clientOf(github), {
    pullRequest: 7,
    database: keyOf('orders'),
    amend: ({ body }) => [() => `stale ${body}`]
  });
  expect(amended).toMatchObject({ action: 'updated', body: 'stale plan' });
  expect(shown()).toEqual(['plan | stale plan']);
});

test('another group has another comment, and that of another author is left alone', async () => {
  await put('orders', 'plan');
  const [own = ''] = bodies();
  github.seedComment(7, own);
  await put('orders', 'later');
  await put('orders', 'plan', { group: 'others' });
  expect(shown()).toEqual(['later', 'plan', 'plan']);
});

test('a refused write names the permission', async () => {
  github.permit({ contents: 'read' });
  const result = await put('orders', 'plan');
  expect(result.action === 'failed' ? result.error.hint : '').toContain('pull-requests: write');
});
