import {
  amendComment,
  findComment,
  putComment,
  type CommentRequest,
  type CommentResult
} from '../../../src/github/comment.ts';
import { markerOf, type DatabaseKey } from '../../../src/github/marker.ts';
import {
  abuse,
  bot,
  person,
  READ_ONLY,
  secondaryRateLimit,
  serverError,
  startGithub,
  type FakeGithub
} from '../../clouds/github/github.ts';
import { clientOf, testContext } from './setting.ts';

const LIST = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments';
const CREATE = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
const UPDATE = 'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}';
const DELETE = 'DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}';

const database: DatabaseKey = { provider: 'local', account: '', region: '', name: 'orders', environment: 'dev' };
const marker = markerOf(database);

function wanted(text: string, more: Partial<CommentRequest> = {}): CommentRequest {
  return { pullRequest: 7, database, renderings: [() => text], createIfMissing: true, ...more };
}

function failure(result: CommentResult): {
  readonly message: string;
  readonly hint: string | undefined;
  readonly code: string;
} {
  if (result.action !== 'failed') throw new Error(`expected a failure, got ${result.action}`);
  return { message: result.error.message, hint: result.error.hint, code: result.error.code };
}

let github: FakeGithub;
beforeEach(async () => {
  github = await startGithub();
  github.seedPull({ number: 7 });
});
afterEach(() => github.stop());

describe('one comment per database', () => {
  test('is created once, with the marker as its first line', async () => {
    const result = await putComment(clientOf(github), wanted('a plan'));
    const [comment, ...others] = github.comments(7);
    expect(others).toEqual([]);
    expect(comment?.body).toBe(`${marker}\na plan`);
    expect(result).toEqual({
      action: 'created',
      body: 'a plan',
      id: comment?.id,
      url: `https://github.com/acme/shop/pull/7#issuecomment-${comment?.id}`
    });
  });

  test('is updated in place by the next run', async () => {
    const first = await putComment(clientOf(github), wanted('a plan'));
    const second = await putComment(clientOf(github), wanted('another plan'));
    expect(second).toEqual({ ...first, action: 'updated', body: 'another plan' });
    expect(github.comments(7).map(comment => comment.body)).toEqual([`${marker}\nanother plan`]);
  });

  test('is not sent again when nothing changed, even after a person saved it in the editor', async () => {
    await putComment(clientOf(github), wanted('a plan\nof two lines\n'));
    const [comment] = github.comments(7);
    github.editComment(comment?.id ?? 0, (comment?.body ?? '').replaceAll('\n', '\r\n').trimEnd());
    const result = await putComment(clientOf(github), wanted('a plan\nof two lines\n'));
    expect(result.action).toBe('unchanged');
    expect(github.requests(UPDATE)).toEqual([]);
  });

  test('is not created when it is not worth one, but updated once it exists', async () => {
    expect(await putComment(clientOf(github), wanted('no changes', { createIfMissing: false }))).toEqual({
      action: 'none'
    });
    expect(github.comments(7)).toEqual([]);
    await putComment(clientOf(github), wanted('a plan'));
    const result = await putComment(clientOf(github), wanted('no changes', { createIfMissing: false }));
    expect(result.action).toBe('updated');
  });

  test('is found behind 110 comments of others', async () => {
    for (let index = 0; index < 110; index += 1) github.seedComment(7, `me too ${index}`, person(`user${index}`));
    await putComment(clientOf(github), wanted('a plan'));
    const result = await putComment(clientOf(github), wanted('another plan'));
    expect(result.action).toBe('updated');
    expect(github.comments(7)).toHaveLength(111);
    expect(github.requests(LIST).every(exchange => exchange.url.includes('per_page=100'))).toBe(true);
  });

  test('costs the same calls however many comments there are, after the first run', async () => {
    // GitHub keeps whole seconds, and which of those that changed in the same one comes first is its own affair.
    let second = Date.parse('2026-03-01T00:00:00Z');
    await github.stop();
    github = await startGithub({ now: () => new Date(second) });
    github.seedPull({ number: 7 });
    const asked = (): number => github.exchanges.length;
    const callsAmong = async (count: number): Promise<number> => {
      for (let index = 0; index < count; index += 1) github.seedComment(7, `me too ${index}`, person(`user${index}`));
      second += 1000;
      await putComment(clientOf(github), wanted(`a plan among ${count}`));
      const before = asked();
      expect(await putComment(clientOf(github), wanted(`another among ${count}`))).toMatchObject({ action: 'updated' });
      return asked() - before;
    };
    const calls = await callsAmong(110);
    expect(calls).toBeLessThanOrEqual(4);
    expect(await callsAmong(600)).toBe(calls);
    expect(github.comments(7)).toHaveLength(711);
  });

  test('is found among all where others changed a hundred comments since', async () => {
    for (let index = 0; index < 150; index += 1) github.seedComment(7, `me too ${index}`, person(`user${index}`));
    await putComment(clientOf(github), wanted('a plan'));
    for (let index = 0; index < 150; index += 1) github.seedComment(7, `${marker}\nforged`, person(`user${index}`));
    expect(await putComment(clientOf(github), wanted('another plan'))).toMatchObject({ action: 'updated' });
    expect(github.comments(7)).toHaveLength(301);
    // Among those that changed last, which GraphQL lists.
    const { id } = github.seedComment(7, `${marker}\ntheirs`, bot('db-keeper'));
    const linked = await putComment(clientOf(github), wanted('a later plan'));
    expect(linked).toMatchObject({ action: 'updated', body: expect.stringContaining(`issuecomment-${id}`) as string });
  });

  test('is one also where both lists of a long discussion have it', async () => {
    await putComment(clientOf(github), wanted('a plan'));
    for (let index = 0; index < 100; index += 1) github.seedComment(7, `me too ${index}`, person(`user${index}`));
    for (const text of ['another plan', 'a later plan'])
      expect(await putComment(clientOf(github), wanted(text))).toMatchObject({ action: 'updated' });
    expect(github.comments(7)).toHaveLength(101);
    expect(github.requests(DELETE)).toEqual([]);
  });

  test('is found among all where GitHub does not list those that changed last', async () => {
    for (let index = 0; index < 100; index += 1) github.seedComment(7, `me too ${index}`, person(`user${index}`));
    await putComment(clientOf(github), wanted('a plan'));
    const bodies = [{ errors: [{ message: 'Something went wrong' }] }, { data: { repository: null } }];
    for (const [at, body] of bodies.entries()) {
      github.fault({ on: 'POST /graphql', answer: { status: 200, body } });
      expect(await putComment(clientOf(github), wanted(`plan ${at}`))).toMatchObject({ action: 'updated' });
    }
    expect(github.comments(7)).toHaveLength(101);
  });

  test('is another one for another database, environment or region', async () => {
    await putComment(clientOf(github), wanted('orders'));
    for (const other of [
      { name: 'users' },
      { environment: 'production' },
      { region: 'eu-central-1' },
      { account: '1' }
    ]) {
      const result = await putComment(clientOf(github), wanted('other', { database: { ...database, ...other } }));
      expect(result.action).toBe('created');
    }
    expect(github.comments(7)).toHaveLength(5);
  });
});

describe('a comment for each run', () => {
  const texts = () => github.comments(7).map(({ body }) => body.split('\n').slice(2).join('\n'));
  const hidden = () => github.comments(7).map(comment => comment.hidden === true);

  test('is added to the earlier ones, which stay as they are', async () => {
    for (const text of ['a plan', 'another plan']) await putComment(clientOf(github), wanted(text, { mode: 'new' }));
    expect(texts()).toEqual(['a plan', 'another plan']);
    expect(hidden()).toEqual([false, false]);
    expect(await findComment(clientOf(github), 7, database)).toMatchObject({
      body: expect.stringContaining('another plan')
    });
  });

  test('hides the earlier ones on request', async () => {
    for (const text of ['a plan', 'b plan', 'c plan'])
      await putComment(clientOf(github), wanted(text, { mode: 'hide-previous' }));
    expect(texts()).toEqual(['a plan', 'b plan', 'c plan']);
    expect(hidden()).toEqual([true, true, false]);
  });

  test('hides the last ten again, however many there are', async () => {
    for (let at = 0; at < 14; at += 1)
      github.seedComment(7, `${marker}\n<!-- pgkeep:entry -->\nplan ${at}`, bot('github-actions'));
    const before = github.requests('POST /graphql').length;
    await putComment(clientOf(github), wanted('a plan', { mode: 'hide-previous' }));
    // One more asks who the token is.
    expect(github.requests('POST /graphql').length - before).toBe(11);
    expect(hidden()).toEqual([...Array<boolean>(4).fill(false), ...Array<boolean>(10).fill(true), false]);
  });

  test('hides an earlier one again where the answer is lost', async () => {
    for (const text of ['a plan', 'b plan']) {
      // The first question is who the token is.
      github.fault({ on: 'POST /graphql', call: 2, drop: 'before' });
      expect(await putComment(clientOf(github), wanted(text, { mode: 'hide-previous' }))).toMatchObject({
        action: 'created'
      });
    }
    expect(hidden()).toEqual([true, false]);
  });

  test('is created also where GitHub does not hide the earlier ones, which is told', async () => {
    const answered = async (type: string): Promise<CommentResult> => {
      await putComment(clientOf(github), wanted(`a plan before ${type}`, { mode: 'new' }));
      const errors = [{ type, path: ['minimizeComment'], message: 'Resource not accessible by integration' }];
      const body = { data: { minimizeComment: null }, errors };
      github.fault({ on: 'POST /graphql', call: 2, answer: { status: 200, body } });
      return putComment(clientOf(github), wanted(`a plan after ${type}`, { mode: 'hide-previous' }));
    };
    const gone = await answered('NOT_FOUND');
    expect(gone).toMatchObject({ action: 'created' });
    expect(gone).not.toHaveProperty('unhidden');
    const unhidden = { code: 'github-denied', hint: expect.stringContaining('pull-requests: write') };
    expect(await answered('FORBIDDEN')).toMatchObject({ action: 'created', unhidden });
  });

  test('is created once when the answer is lost', async () => {
    github.fault({ on: CREATE, drop: 'after' });
    const result = await putComment(clientOf(github), wanted('a plan', { mode: 'new' }));
    expect(result.action).toBe('created');
    expect(texts()).toEqual(['a plan']);
  });

  test('is marked as stale below its own first lines, and is not updated later', async () => {
    await putComment(clientOf(github), wanted('a plan', { mode: 'new' }));
    await amendComment(clientOf(github), { pullRequest: 7, database, amend: ({ body }) => [() => `stale ${body}`] });
    expect(texts()).toEqual(['stale a plan']);
    expect((await putComment(clientOf(github), wanted('one for all'))).action).toBe('created');
    expect(github.comments(7)).toHaveLength(2);
  });

  test('is not created when there is nothing new and no earlier one', async () => {
    const result = await putComment(clientOf(github), wanted('none', { mode: 'new', createIfMissing: false }));
    expect(result).toEqual({ action: 'none' });
  });
});

describe('authorship', () => {
  test('of another app gets a link to this one, that of a person does not', async () => {
    github.seedComment(7, `${marker}\nall good`, person('mallory'));
    const earlier = github.seedComment(7, `${marker}\nfrom elsewhere`, bot('helpful'));
    await putComment(clientOf(github), wanted('a plan'));
    const [, , ours] = github.comments(7);
    expect(ours?.body).toContain(
      `[An earlier comment](https://github.com/acme/shop/pull/7#issuecomment-${earlier.id})`
    );
    expect((await putComment(clientOf(github), wanted('a plan'))).action).toBe('unchanged');
  });

  test("a person's comment that holds our marker is neither edited nor trusted", async () => {
    const forged = github.seedComment(7, `${marker}\nall good, merge me`, person('mallory'));
    const result = await putComment(clientOf(github), wanted('a plan'));
    expect(result.action).toBe('created');
    expect(github.comments(7).map(comment => comment.body)).toEqual([forged.body, `${marker}\na plan`]);
    expect(await findComment(clientOf(github), 7, database)).toMatchObject({ body: `${marker}\na plan` });
  });

  test("another app's comment that holds our marker is left alone", async () => {
    github.seedComment(7, `${marker}\nfrom elsewhere`, bot('helpful'));
    expect((await putComment(clientOf(github), wanted('a plan'))).action).toBe('created');
    expect((await putComment(clientOf(github), wanted('b plan'))).action).toBe('updated');
    expect(github.comments(7)[0]?.body).toBe(`${marker}\nfrom elsewhere`);
  });

  test('a comment of ours that quotes a marker further down does not match', async () => {
    const quoting = github.seedComment(7, `> look:\n${marker}\n`, bot('github-actions'));
    expect((await putComment(clientOf(github), wanted('a plan'))).action).toBe('created');
    expect(github.comments(7)[0]?.body).toBe(quoting.body);
  });

  test('a value that holds a marker stays a value', async () => {
    const other = markerOf({ ...database, name: 'users' });
    await putComment(clientOf(github), wanted(`name: ${marker}\n${other}\n`));
    const result = await putComment(clientOf(github), wanted('users', { database: { ...database, name: 'users' } }));
    expect(result.action).toBe('created');
    expect((await putComment(clientOf(github), wanted('again'))).action).toBe('updated');
    expect(github.comments(7).map(comment => comment.body)).toEqual([`${marker}\nagain`, `${other}\nusers`]);
  });

  test.each([
    ["a person's token", person('alice')],
    ["an app's token", bot('db-keeper')]
  ])('%s keeps its own comment separate from the one of the job', async (_name, actor) => {
    await putComment(clientOf(github), wanted('by the job'));
    const token = github.addToken(actor);
    expect((await putComment(clientOf(github, { token }), wanted('by the other'))).action).toBe('created');
    expect((await putComment(clientOf(github, { token }), wanted('by the other again'))).action).toBe('updated');
    expect(github.comments(7).map(comment => [comment.author.login, comment.body])).toEqual([
      ['github-actions[bot]', `${marker}\nby the job`],
      [actor.login, expect.stringMatching(/\nby the other again\n\n<sub>\[An earlier comment\]/)]
    ]);
  });

  test('without GraphQL, a person is known by GET /user', async () => {
    github.fault({ on: 'POST /graphql', times: 99, answer: { status: 404, body: { message: 'Not Found' } } });
    const token = github.addToken(person('alice'));
    await putComment(clientOf(github, { token }), wanted('one'));
    expect((await putComment(clientOf(github, { token }), wanted('two'))).action).toBe('updated');
  });

  test('an app that GitHub does not name finds its own comment again through the one it creates', async () => {
    github.fault({ on: 'POST /graphql', times: 99, answer: { status: 404, body: { message: 'Not Found' } } });
    const token = github.addToken(bot('db-keeper'));
    await putComment(clientOf(github, { token }), wanted('one'));
    const [first] = github.comments(7);
    await putComment(clientOf(github, { token }), wanted('two'));
    expect(github.comments(7).map(comment => [comment.id, comment.body])).toEqual([[first?.id, `${marker}\ntwo`]]);
  });
});

describe('races', () => {
  test('two jobs that both found none and both created one end with one comment', async () => {
    const both = Promise.withResolvers<void>();
    let arrived = 0;
    const before = async (): Promise<void> => {
      arrived += 1;
      if (arrived === 2) both.resolve();
      await both.promise;
    };
    github.fault({ on: CREATE, times: 2, before });
    const results = await Promise.all([
      putComment(clientOf(github), wanted('by one')),
      putComment(clientOf(github), wanted('by two'))
    ]);
    const comments = github.comments(7);
    expect(arrived).toBe(2);
    expect(comments).toHaveLength(1);
    expect(results.map(result => ('id' in result ? result.id : undefined))).toEqual([comments[0]?.id, comments[0]?.id]);
  });

  test('the job whose comment is younger deletes it and writes to the older one', async () => {
    github.fault({
      on: CREATE,
      before: async () => {
        await putComment(clientOf(github), wanted('by the first'));
      }
    });
    const result = await putComment(clientOf(github), wanted('by the second'));
    expect(result.action).toBe('updated');
    expect(github.comments(7).map(comment => comment.body)).toEqual([`${marker}\nby the second`]);
    expect(github.requests(DELETE)).toHaveLength(1);
  });

  test('duplicates of a killed job are deleted', async () => {
    for (const text of ['old', 'younger', 'youngest'])
      github.seedComment(7, `${marker}\n${text}`, bot('github-actions'));
    const result = await putComment(clientOf(github), wanted('now'));
    expect(result.action).toBe('updated');
    expect(github.comments(7).map(comment => comment.body)).toEqual([`${marker}\nnow`]);
  });

  test('a list that does not show our own comment yet causes no second one', async () => {
    github.fault({ on: LIST, call: 2, stale: true });
    const result = await putComment(clientOf(github), wanted('a plan'));
    expect(result.action).toBe('created');
    expect(github.comments(7)).toHaveLength(1);
  });

  test('a comment deleted between find and update is created again', async () => {
    await putComment(clientOf(github), wanted('a plan'));
    const [old] = github.comments(7);
    github.fault({ on: UPDATE, before: () => github.deleteComment(old?.id ?? 0) });
    const result = await putComment(clientOf(github), wanted('another plan'));
    expect(result.action).toBe('created');
    expect(github.comments(7).map(comment => comment.body)).toEqual([`${marker}\nanother plan`]);
  });

  test('a workflow that deletes the comment whenever it is written is reported, not fought forever', async () => {
    const wipe = (): void => github.comments(7).forEach(comment => github.deleteComment(comment.id));
    github.seedComment(7, `${marker}\nold`, bot('github-actions'));
    github.fault({ on: UPDATE, times: 99, before: wipe });
    github.fault({
      on: LIST,
      times: 99,
      before: () => void github.seedComment(7, `${marker}\nold`, bot('github-actions'))
    });
    expect(failure(await putComment(clientOf(github), wanted('a plan')))).toEqual({
      message: 'Could not comment on pull request #7: the comment was deleted each time it was written',
      code: 'github-failed',
      hint: 'Let the other workflow that removes this comment leave comments that begin with `<!-- pgkeep:` alone.'
    });
    expect(github.requests(LIST)).toHaveLength(6);
  });
});

describe('failures of GitHub', () => {
  test('a created comment whose answer was a 502 is not created twice', async () => {
    github.fault({ on: CREATE, answer: serverError(502), afterEffect: true });
    const result = await putComment(clientOf(github), wanted('a plan'));
    expect(result.action).toBe('created');
    expect(github.comments(7)).toHaveLength(1);
    expect(github.requests(CREATE)).toHaveLength(1);
  });

  test('a connection cut after the comment was created does not create it twice', async () => {
    github.fault({ on: CREATE, drop: 'after' });
    await putComment(clientOf(github), wanted('a plan'));
    expect(github.comments(7)).toHaveLength(1);
  });

  test('a connection cut before any effect is retried', async () => {
    github.fault({ on: CREATE, drop: 'before' });
    expect((await putComment(clientOf(github), wanted('a plan'))).action).toBe('created');
    expect(github.comments(7)).toHaveLength(1);
  });

  test.each([
    ['a secondary rate limit that names a time', secondaryRateLimit(7), 7],
    ['a secondary rate limit that names none', secondaryRateLimit(), 60],
    ['the older wording of it', abuse(), 60]
  ])('%s is waited for', async (_name, answer, seconds) => {
    const setting = testContext();
    github.fault({ on: CREATE, answer });
    expect((await putComment(clientOf(github, { setting }), wanted('a plan'))).action).toBe('created');
    expect(setting.sleeps).toEqual([seconds]);
  });

  test('a lasting failure is a warning, not a failure of the run', async () => {
    github.fault({ on: LIST, times: 99, answer: serverError(503) });
    const { message, code, hint } = failure(await putComment(clientOf(github), wanted('a plan')));
    expect(message).toBe('Could not read the comments of pull request #7: GitHub answered 503');
    expect(code).toBe('github-failed');
    expect(hint).toContain('later');
  });

  test('a cancelled run does not count as a missing permission', async () => {
    const controller = new AbortController();
    const setting = testContext(controller.signal);
    github.fault({ on: LIST, before: () => controller.abort(new Error('cancelled by SIGTERM')) });
    await expect(putComment(clientOf(github, { setting }), wanted('a plan'))).rejects.toThrow('cancelled by SIGTERM');
  });
});

describe('refusals', () => {
  test('a token without the permission is a warning that names it', async () => {
    github.permit(READ_ONLY);
    const { message, hint, code } = failure(await putComment(clientOf(github), wanted('a plan')));
    expect(message).toBe(
      'Could not comment on pull request #7: GitHub answered 403 Resource not accessible by integration'
    );
    expect(hint).toBe('Give the job `permissions: pull-requests: write`.');
    expect(code).toBe('github-denied');
  });

  test('a locked conversation is reported with a hint', async () => {
    github.lock(7);
    expect(failure(await putComment(clientOf(github), wanted('a plan'))).hint).toContain('Unlock the conversation');
  });

  test('a missing pull request is reported as such', async () => {
    const { message, hint } = failure(await putComment(clientOf(github), wanted('a plan', { pullRequest: 8 })));
    expect(message).toBe('Could not read the comments of pull request #8: GitHub answered 404 Not Found');
    expect(hint).toContain('pull-requests: write');
  });

  test('without a token nothing is sent', async () => {
    const result = await putComment(clientOf(github, { token: '' }), wanted('a plan'));
    expect(result.action === 'failed' ? result.error : undefined).toMatchObject({
      message: expect.stringContaining('there is no GitHub token') as string,
      code: 'github-denied',
      source: 'user',
      hint: 'Leave the input `github_token` at its default, or give it a token.'
    });
    expect(github.exchanges).toEqual([]);
  });

  test('no error holds the token', async () => {
    github.permit(READ_ONLY);
    const result = await putComment(clientOf(github, { token: 'ghs_canary' }), wanted('a plan'));
    if (result.action !== 'failed') throw new Error('expected a failure');
    expect(`${JSON.stringify(result)} ${result.error.stack} ${String(result.error.cause)}`).not.toContain('ghs_canary');
    expect(failure(result).hint).toContain('github_token');
  });
});

describe('size', () => {
  test("the first rendering within GitHub's limit is sent", async () => {
    const asked: number[] = [];
    const rung = (text: string) => (limit: { readonly characters: number }) => {
      asked.push(limit.characters);
      return text;
    };
    const renderings = [rung('x'.repeat(65_536)), rung('counts and a link'), rung('never asked')];
    await putComment(clientOf(github), wanted('', { renderings }));
    expect(github.comments(7)[0]?.body).toBe(`${marker}\ncounts and a link`);
    expect(asked).toEqual([65_536 - marker.length - 1, 65_536 - marker.length - 1]);
  });

  test('a link to the comment of another app is left out where it would not fit', async () => {
    github.seedComment(7, `${marker}\ntheirs`, bot('db-keeper'));
    const text = 'x'.repeat(65_536 - marker.length - 1);
    expect(await putComment(clientOf(github), wanted(text))).toMatchObject({ action: 'created', body: text });
  });

  test('GitHub accepts a body of exactly the limit', async () => {
    const text = 'é'.repeat(65_536 - marker.length - 1);
    expect((await putComment(clientOf(github), wanted(text))).action).toBe('created');
    expect(github.comments(7)[0]?.body).toHaveLength(65_536);
  });
});

test('GitHub Enterprise Server is called under its own path', async () => {
  const enterprise = await startGithub({ enterprise: true });
  try {
    enterprise.seedPull({ number: 7 });
    await putComment(clientOf(enterprise), wanted('one'));
    expect((await putComment(clientOf(enterprise), wanted('two'))).action).toBe('updated');
    expect(enterprise.url).toMatch(/\/api\/v3$/);
  } finally {
    await enterprise.stop();
  }
});

const amend = ({ body }: { readonly body: string }) => [() => `${body}\n\nno longer true`];

describe('a comment amended by a run without its content', () => {
  test('keeps its content and its marker', async () => {
    await putComment(clientOf(github), wanted('a plan'));
    const result = await amendComment(clientOf(github), { pullRequest: 7, database, amend });
    expect(result.action).toBe('updated');
    expect(github.comments(7).map(comment => comment.body)).toEqual([`${marker}\na plan\n\nno longer true`]);
  });

  test('is not created when it does not exist, and those of others stay unchanged', async () => {
    const forged = github.seedComment(7, `${marker}\nall good`, person('mallory'));
    expect(await amendComment(clientOf(github), { pullRequest: 7, database, amend })).toEqual({ action: 'none' });
    expect(github.comments(7).map(comment => comment.body)).toEqual([forged.body]);
  });

  test('is not sent when it already says so', async () => {
    await putComment(clientOf(github), wanted('a plan'));
    const same = { pullRequest: 7, database, amend: ({ body }: { readonly body: string }) => [() => body] };
    expect((await amendComment(clientOf(github), same)).action).toBe('unchanged');
    expect(github.requests(UPDATE)).toEqual([]);
  });

  test('that is deleted meanwhile stays deleted', async () => {
    const made = await putComment(clientOf(github), wanted('a plan'));
    const id = made.action === 'created' ? made.id : 0;
    github.fault({ on: UPDATE, before: () => github.deleteComment(id) });
    expect(await amendComment(clientOf(github), { pullRequest: 7, database, amend })).toEqual({ action: 'none' });
    expect(github.comments(7)).toEqual([]);
  });

  test('that may not be written is a warning', async () => {
    await putComment(clientOf(github), wanted('a plan'));
    github.permit(READ_ONLY);
    expect(failure(await amendComment(clientOf(github), { pullRequest: 7, database, amend })).code).toBe(
      'github-denied'
    );
  });
});
