import { putLabel } from '../../../src/github/label.ts';
import { startGithub, type FakeGithub } from '../../clouds/github/github.ts';
import { clientOf } from './setting.ts';

const FAMILY = ['red', 'green'];

let github: FakeGithub;
beforeEach(async () => {
  github = await startGithub();
});
afterEach(async () => github.stop());

const labels = () => github.issue(7).labels;
const put = async (wanted: string) => putLabel(clientOf(github), { pullRequest: 7, wanted, family: FAMILY });

test('a label replaces the others of its family, and leaves all others alone', async () => {
  github.seedPull({ number: 7, labels: ['urgent', 'red'] });
  expect(await put('green')).toBeUndefined();
  expect(labels()).toEqual(['urgent', 'green']);
});

test('an existing label sends nothing', async () => {
  github.seedPull({ number: 7, labels: ['green'] });
  await put('green');
  expect(github.exchanges.map(({ method }) => method)).toEqual(['GET']);
});

test('a label that is removed meanwhile is not a failure', async () => {
  github.seedPull({ number: 7, labels: ['red'] });
  github.fault({
    on: 'DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}',
    before: () => github.label(7)
  });
  expect(await put('green')).toBeUndefined();
  expect(labels()).toEqual(['green']);
});

test('a token that may not label gets the permission as a hint', async () => {
  github.seedPull({ number: 7 });
  github.permit({ contents: 'read', pull_requests: 'read' });
  expect(await put('green')).toMatchObject({
    code: 'github-denied',
    hint: expect.stringContaining('pull-requests: write')
  });
});

test('a label in other letters is the same one', async () => {
  github.seedPull({ number: 7, labels: ['Red', 'GREEN'] });
  expect(await put('green')).toBeUndefined();
  expect(labels()).toEqual(['GREEN']);
});

test('a token that may not make the label gets the permission for that as a hint', async () => {
  github.seedPull({ number: 7 });
  github.permit({ contents: 'read', pull_requests: 'write' });
  expect(await put('green')).toMatchObject({ code: 'github-denied', hint: expect.stringContaining('issues: write') });
});
