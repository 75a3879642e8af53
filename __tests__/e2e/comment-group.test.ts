import { openReviewHarness, type ReviewHarness } from '../support/review-harness.ts';

let harness: ReviewHarness;
beforeEach(async () => {
  // A section is looked at again after a pause. A fourth of it is still longer than a job takes from read to write.
  harness = await openReviewHarness(undefined, { pace: 4 });
  harness.github.seedPull({ number: 7 });
});
afterEach(async () => harness.close());

const GROUP = { comment_group: 'databases', comment_header: 'All databases' };
const bodies = (): readonly string[] => harness.github.comments(7).map(({ body }) => body);
const headings = (): readonly string[] =>
  [...(bodies()[0] ?? '').matchAll(/^### PostgreSQL `(.*?)`/gm)].map(([, name = '']) => name);

test('the jobs of a matrix write one comment, and the next head starts it over', async () => {
  const [orders, invoices] = await Promise.all([
    harness.plan(7, GROUP),
    harness.plan(7, { ...GROUP, name: 'invoices' })
  ]);
  expect(bodies()).toHaveLength(1);
  expect(headings()).toEqual(['invoices', 'orders']);
  expect(orders.outputs['comment_url']).toBe(invoices.outputs['comment_url']);
  expect(bodies()[0]?.split('All databases')).toHaveLength(2);
  harness.github.push(7);
  await harness.plan(7, GROUP);
  expect(headings()).toEqual(['orders']);
});

test('a late run of an older head leaves the comment alone', async () => {
  const head = harness.github.issue(7).pull?.headSha ?? '';
  harness.github.push(7);
  await harness.plan(7, GROUP);
  const before = bodies();
  await harness.on({ name: 'pull_request', number: 7, headSha: head }, { ...GROUP, name: 'invoices' });
  expect(bodies()).toEqual(before);
});

test('a mode that adds comments is refused', async () => {
  const step = await harness.plan(7, { ...GROUP, comment_mode: 'new' });
  expect(step.outputs['failure_reason']).toBe('input-invalid');
  expect(step.annotations[0]?.message).toContain('excludes `comment_group`');
});
