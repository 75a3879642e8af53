import { amendCheckRun, findCheckRun, putCheckRun, type CheckRunRequest } from '../../../src/github/check-run.ts';
import type { GithubClient } from '../../../src/github/client.ts';
import {
  bot,
  person,
  READ_ONLY,
  serverError,
  shaOf,
  startGithub,
  type FakeGithub
} from '../../clouds/github/github.ts';
import { clientOf } from './setting.ts';

const CREATE = 'POST /repos/{owner}/{repo}/check-runs';
const headSha = shaOf('head');
const name = 'pgkeep / local / orders / dev';

function wanted(more: Partial<CheckRunRequest> = {}): CheckRunRequest {
  return {
    headSha,
    name,
    externalId: 'sha256:1111',
    conclusion: 'success',
    title: '1 to create',
    summary: [() => 'the short plan'],
    detailsUrl: 'https://github.com/acme/shop/actions/runs/1',
    ...more
  };
}

let github: FakeGithub;
beforeEach(async () => {
  github = await startGithub();
  github.seedPull({ number: 7, headSha });
});
afterEach(() => github.stop());

test('a check run is recorded on the head commit and read back', async () => {
  const result = await putCheckRun(clientOf(github), wanted());
  expect(result.action).toBe('created');
  expect(await findCheckRun(clientOf(github), headSha, name)).toEqual({
    id: github.checkRuns(headSha)[0]?.id,
    name,
    headSha,
    externalId: 'sha256:1111',
    conclusion: 'success',
    title: '1 to create',
    summary: 'the short plan',
    text: '',
    detailsUrl: 'https://github.com/acme/shop/actions/runs/1',
    url: `https://github.com/acme/shop/runs/${github.checkRuns(headSha)[0]?.id}`
  });
});

test('the next record updates it; the same record sends nothing', async () => {
  const client = clientOf(github);
  await putCheckRun(client, wanted());
  expect((await putCheckRun(client, wanted())).action).toBe('unchanged');
  expect((await putCheckRun(client, wanted({ externalId: 'sha256:2222', conclusion: 'failure' }))).action).toBe(
    'updated'
  );
  expect(github.checkRuns().map(run => [run.externalId, run.conclusion])).toEqual([['sha256:2222', 'failure']]);
});

test('another name or another commit is another record', async () => {
  const client = clientOf(github);
  await putCheckRun(client, wanted());
  const next = github.push(7);
  expect((await putCheckRun(client, wanted({ headSha: next }))).action).toBe('created');
  expect((await putCheckRun(client, wanted({ name: `${name} 2` }))).action).toBe('created');
  expect(await findCheckRun(client, shaOf('elsewhere'), name)).toBeUndefined();
});

test("another app's check run of the same name is not trusted and not touched", async () => {
  github.seedCheckRun({ headSha, name, externalId: 'sha256:evil', actor: bot('helpful') });
  const client = clientOf(github);
  expect(await findCheckRun(client, headSha, name)).toBeUndefined();
  expect((await putCheckRun(client, wanted())).action).toBe('created');
  expect(await findCheckRun(client, headSha, name)).toMatchObject({ externalId: 'sha256:1111' });
});

test('of several of ours the newest counts, beyond the first page', async () => {
  for (let index = 0; index < 130; index += 1) github.seedCheckRun({ headSha, name, externalId: `sha256:${index}` });
  const client = clientOf(github);
  expect(await findCheckRun(client, headSha, name)).toMatchObject({ externalId: 'sha256:129' });
  // GitHub promises no order.
  const reversed: GithubClient = { ...client, list: async (...asked) => (await client.list(...asked)).toReversed() };
  expect(await findCheckRun(reversed, headSha, name)).toMatchObject({ externalId: 'sha256:129' });
});

test("a person's token trusts none and gets an error that it cannot create one", async () => {
  await putCheckRun(clientOf(github), wanted());
  const client = clientOf(github, { token: github.addToken(person('alice')) });
  expect(await findCheckRun(client, headSha, name)).toBeUndefined();
  const result = await putCheckRun(client, wanted());
  expect(result).toMatchObject({ action: 'failed', error: { code: 'github-denied' } });
  expect(result.action === 'failed' && [result.error.source, result.error.hint]).toEqual([
    'user',
    "Leave `github_token` at its default and give the job `permissions: checks: write`: only an app's token can create check runs."
  ]);
});

test.each([READ_ONLY, {}])('a token with no more than %o is a warning that names what to give', async permissions => {
  github.permit(permissions);
  expect(await putCheckRun(clientOf(github), wanted())).toMatchObject({
    action: 'failed',
    error: { code: 'github-denied', hint: 'Give the job `permissions: checks: write`.' }
  });
});

test('records that may not be read are an error, never "there is none"', async () => {
  github.permit({});
  await expect(findCheckRun(clientOf(github), headSha, name)).rejects.toMatchObject({
    code: 'github-denied',
    hint: 'Give the job `permissions: checks: read`.'
  });
});

test('a record whose answer was lost is not created twice', async () => {
  github.fault({ on: CREATE, answer: serverError(502), afterEffect: true });
  expect((await putCheckRun(clientOf(github), wanted())).action).toBe('created');
  expect(github.checkRuns()).toHaveLength(1);
});

test('the summary is the first rendering within 65,535 bytes', async () => {
  const summary = [() => '日'.repeat(30_000), () => '日'.repeat(21_000)];
  expect((await putCheckRun(clientOf(github), wanted({ summary }))).action).toBe('created');
  expect(github.checkRuns()[0]?.summary).toBe('日'.repeat(21_000));
});

const text = (value: string) => ({ text: [() => value] });

describe('the text below the summary', () => {
  test('is sent, read back, and sent again only when it changed', async () => {
    const client = clientOf(github);
    await putCheckRun(client, wanted(text('data\n')));
    expect(await findCheckRun(client, headSha, name)).toMatchObject({ text: 'data\n' });
    expect((await putCheckRun(client, wanted(text('data')))).action).toBe('unchanged');
    expect((await putCheckRun(client, wanted(text('other data')))).action).toBe('updated');
  });

  test('has shorter versions of its own', async () => {
    const renderings = [() => 'x'.repeat(65_536), () => 'short'];
    await putCheckRun(clientOf(github), wanted({ text: renderings }));
    expect(github.checkRuns()[0]).toMatchObject({ summary: 'the short plan', text: 'short' });
  });

  test('can be replaced alone', async () => {
    const client = clientOf(github);
    await putCheckRun(client, wanted(text('data')));
    const found = await findCheckRun(client, headSha, name);
    if (found === undefined) throw new Error('no check run');
    await amendCheckRun(client, found, [() => 'begun']);
    expect(await findCheckRun(client, headSha, name)).toEqual({ ...found, text: 'begun' });
  });
});

const about = (value: string) => ({
  text: [() => value],
  isMeant: (found: { readonly text: string }) => found.text === value
});

describe('two records of one name on one commit', () => {
  test('stay apart where the caller can tell them apart', async () => {
    const client = clientOf(github);
    for (const region of ['here', 'there', 'here']) await putCheckRun(client, wanted(about(region)));
    expect(github.checkRuns().map(run => run.text)).toEqual(['here', 'there']);
    expect(await findCheckRun(client, headSha, name, run => run.text === 'here')).toMatchObject({ text: 'here' });
    expect(await findCheckRun(client, headSha, name, run => run.text === 'nowhere')).toBeUndefined();
  });
});
