import type { EventChoice } from '../clouds/github/events.ts';
import type { Job } from '../support/job.ts';
import { openHarness, type Harness } from '../support/harness.ts';

const inputs = { cloud_provider: 'local', name: 'orders', engine_version: '17' };

let harness: Harness;
let job: Job;
beforeAll(async () => {
  harness = await openHarness();
  job = await harness.job();
  harness.github.seedPull({ number: 7 });
});
afterAll(async () => harness.close());

interface Ends {
  readonly command: string;
  readonly result: string;
  /** A part of the log. */
  readonly says?: string;
}

const planned = (says: string): Ends => ({ command: 'plan', result: 'planned', says });
const applied: Ends = { command: 'apply', result: 'applied' };
const PATTERNS = { deploy_branches: 'prod\nrefs/tags/v*' };

test.each<[string, EventChoice, Readonly<Record<string, string>>, Ends]>([
  ['a push of the default branch', { name: 'push' }, {}, applied],
  ['a dispatch on the default branch', { name: 'workflow_dispatch' }, {}, applied],
  ['a published release', { name: 'release', tag: 'v1' }, {}, applied],
  ['a push of a named branch', { name: 'push', ref: 'refs/heads/prod' }, PATTERNS, applied],
  ['a push of a named tag', { name: 'push', ref: 'refs/tags/v2' }, PATTERNS, applied],
  [
    'a push of another branch',
    { name: 'push', ref: 'refs/heads/feature' },
    {},
    planned('push: the branch `feature` is not the default branch `main`')
  ],
  [
    "a push of a pull request's own head",
    { name: 'push', ref: 'refs/heads/feature-7' },
    {},
    planned('not the default')
  ],
  ['a push of a tag', { name: 'push', ref: 'refs/tags/v1' }, {}, planned('the tag `v1` is not the default branch')],
  ['the default branch where others are named', { name: 'push' }, PATTERNS, planned('does not name the branch `main`')],
  ['a dispatch elsewhere', { name: 'workflow_dispatch', ref: 'refs/heads/feature' }, {}, planned('not the default')],
  ['a draft of a release', { name: 'release', tag: 'v1', action: 'created' }, {}, planned('Only a published release')],
  ['a release that is not named', { name: 'release', tag: 'x1' }, PATTERNS, planned('does not name')],
  ['a merge queue', { name: 'merge_group', number: 7 }, {}, { command: 'check', result: 'planned' }],
  ['a schedule', { name: 'schedule' }, {}, { command: 'check', result: 'drifted' }],
  ['a pull request', { name: 'pull_request', number: 7 }, {}, planned('A pull request is planned')],
  [
    'a closed pull request',
    { name: 'pull_request', number: 7, action: 'closed' },
    {},
    { command: 'auto', result: 'skipped', says: 'nothing to do for a closed pull request' }
  ],
  [
    'another event',
    { name: 'workflow_run' },
    {},
    { command: 'auto', result: 'failed', says: 'no rule for the event workflow_run' }
  ]
])('auto on %s', async (row, event, changes, ends) => {
  const { says, ...outputs } = ends;
  const before = harness.github.exchanges.length;
  // On one server, of which each row wants another thing.
  const step = await job.step(
    { ...inputs, ...changes, tags: JSON.stringify({ row }) },
    { event: harness.github.event(event) }
  );
  expect(step.outputs).toMatchObject(outputs);
  if (ends === applied) {
    expect(step.outputs['host']).toMatch(/./);
    expect(harness.github.exchanges).toHaveLength(before);
  }
  expect(step.log).toContain(says ?? '');
});

describe('the default branch', () => {
  const REPOSITORY = 'GET /repos/{owner}/{repo}';

  test('is read from GitHub when the event does not name it', async () => {
    const event = harness.github.event({ name: 'push' });
    const { repository: _, ...payload } = event.payload;
    const step = await job.step({ ...inputs, tags: 'row: read' }, { event: { ...event, payload } });
    expect(step.outputs).toMatchObject(applied);
    expect(harness.github.requests(REPOSITORY)).toHaveLength(1);
  });

  test('that is unknown applies nothing, and the log says what to set', async () => {
    const event = harness.github.event({ name: 'push' });
    const { repository: _, ...payload } = event.payload;
    harness.github.fault({ on: REPOSITORY, answer: { status: 404, body: { message: 'Not Found' } }, times: 9 });
    const step = await job.step({ ...inputs, tags: 'row: unknown' }, { event: { ...event, payload } });
    expect(step.outputs).toMatchObject({ command: 'plan', result: 'planned' });
    expect(step.log).toContain('set `deploy_branches`');
  });

  test('may be renamed: the old one is only planned from then on', async () => {
    harness.github.renameDefaultBranch('trunk');
    for (const [ref, command] of [
      ['refs/heads/main', 'plan'],
      ['refs/heads/trunk', 'apply']
    ] as const) {
      const step = await job.step(inputs, { event: harness.github.event({ name: 'push', ref }) });
      expect(step.outputs).toMatchObject({ command });
    }
    harness.github.renameDefaultBranch('main');
  });
});
