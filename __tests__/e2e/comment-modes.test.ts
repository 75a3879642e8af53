import { openReviewHarness, type ReviewHarness } from '../support/review-harness.ts';

/** Nothing is applied: each step plans the creation of `orders`, whose table differs by its settings. */
const FIRST = { parameters: 'work_mem: 8MB' };
const SECOND = { parameters: 'work_mem: 16MB' };

let harness: ReviewHarness;
beforeEach(async () => {
  harness = await openReviewHarness();
  harness.github.seedPull({ number: 7 });
});
afterEach(async () => harness.close());

const comments = () => harness.github.comments(7);
const shown = (): readonly string[] =>
  comments().map(
    ({ body, hidden }) => `${body.includes('`8MB`') ? 'first' : 'second'}${hidden === true ? ', hidden' : ''}`
  );
const labels = (): readonly string[] => [...harness.github.issue(7).labels].sort();

test.each([
  ['update', ['second']],
  ['new', ['first', 'second']],
  ['hide-previous', ['first, hidden', 'second']]
])('`comment_mode: %s` leaves %j after two plans, and `comment_url` names the last', async (comment_mode, expected) => {
  await harness.plan(7, { ...FIRST, comment_mode });
  const step = await harness.plan(7, { ...SECOND, comment_mode });
  expect(shown()).toEqual(expected);
  expect(step.outputs['comment_url']).toContain(`#issuecomment-${comments().at(-1)?.id}`);
  expect(step.annotations).toEqual([]);
});

test('`comment_header` and `comment_footer` surround the plan, as Markdown, and are in no record', async () => {
  await harness.plan(7, {
    ...FIRST,
    comment_header: '**Ask** #dba first.',
    comment_footer: '[Runbook](https://acme.test)'
  });
  const lines = (comments()[0]?.body ?? '').trim().split('\n');
  expect(lines[0]).toMatch(/^<!-- pgkeep:/);
  expect(lines[1]).toBe('**Ask** #dba first.');
  expect(lines.at(-1)).toBe('[Runbook](https://acme.test)');
  expect(lines.some(line => line.startsWith('### PostgreSQL `orders`'))).toBe(true);
  expect(JSON.stringify(harness.github.checkRuns(harness.github.issue(7).pull?.headSha ?? ''))).not.toContain(
    'Runbook'
  );
});

test('`label: true` sets the verdict of the plans as one label, and leaves others alone', async () => {
  harness.github.label(7, 'needs review', 'pgkeep: blocked');
  await harness.plan(7, { ...FIRST, label: 'true' });
  expect(labels()).toEqual(['needs review', 'pgkeep: changes']);
});

test('the most serious of several plans on a head is its label', async () => {
  await harness.on({ name: 'push' }, { ...FIRST, approval: 'off' });
  await harness.plan(7, { ...FIRST, label: 'true' });
  expect(labels()).toEqual(['pgkeep: no changes']);
  await harness.plan(7, { ...FIRST, name: 'invoices', label: 'true' });
  expect(labels()).toEqual(['pgkeep: changes']);
  await harness.plan(7, { ...FIRST, label: 'true' });
  expect(labels()).toEqual(['pgkeep: changes']);
});
