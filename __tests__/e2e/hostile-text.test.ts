import { markerOf } from '../../src/github/marker.ts';
import { startJob, type Job, type Step } from '../support/job.ts';
import { openReviewHarness, type ReviewHarness } from '../support/review-harness.ts';

const MARKER = markerOf({
  provider: 'local',
  account: 'runner',
  region: '',
  name: 'orders',
  environment: 'production'
});

/** Everything that a page or a log might obey, in one value. */
const EVIL = [
  'a|b `c` ```',
  MARKER,
  '<!-- pgkeep:local --> <img src=x onerror=alert(1)> </details></table>',
  '@acme/team #1 https://evil.example [click](https://evil.example) :tada:',
  '::set-output name=host::evil',
  '::add-mask::orders',
  '##[error]owned',
  '```',
  '# Heading',
  '\u001B[2J\u001B]0;owned\u0007\u202Egnp.exe'
].join('\n');

let runner: Job;
let harness: ReviewHarness;
beforeAll(async () => {
  runner = await startJob();
});
afterAll(async () => runner.end());
beforeEach(async () => {
  harness = await openReviewHarness(runner);
  harness.github.seedPull({ number: 7, title: EVIL, headRef: '$(touch owned)`x`', body: `${MARKER}\n${EVIL}` });
});
afterEach(async () => harness.close());

const tagged = (value: string) => ({ tags: JSON.stringify({ note: value }), drift_issue: 'true' });

/** What a page shows outside of its fenced code is inert. */
function expectInert(page: string | undefined): void {
  const shown = (page ?? '').replaceAll(/^```json\n[\s\S]*?^```$/gm, '');
  expect(shown).not.toBe('');
  expect(shown.split('\n').slice(1).join('\n')).not.toContain('<!--');
  expect(shown).not.toContain('<img');
  expect(shown).not.toMatch(/(^|\s)@acme\/team/m);
  expect(shown).not.toMatch(/(^|\s)#1\b/m);
  expect(shown).not.toContain('](https://evil');
  expect(shown).not.toMatch(/^# Heading/m);
  expect(shown).not.toMatch(/[^\P{Cc}\n]|[\u202A-\u202E\u2028]/u);
}

function expectInertLog(step: Step): void {
  for (const line of step.log.split('\n')) {
    expect(line).not.toMatch(/^\s*::(set-output|add-mask)/);
    expect(line).not.toMatch(/^\s*##\[/);
    expect(line).not.toContain('\u001B[2J');
  }
  expect(step.masked).not.toContain('orders');
  expect(step.outputs['host'] ?? '').not.toContain('evil');
}

test('values are inert in log, summary, comment, check run and issue, whatever their result', async () => {
  await harness.on({ name: 'push' }, { ...tagged('harmless'), approval: 'off' });
  const planned = await harness.plan(7, tagged(EVIL));
  const changed = await harness.merge(7, tagged(`${EVIL}!`));
  expect(changed.outputs['failure_reason']).toBe('plan-changed');
  const drifted = await harness.on({ name: 'schedule' }, tagged(EVIL));
  expect(drifted.outputs['failure_reason']).toBe('drifted');
  for (const step of [planned, changed, drifted]) {
    expectInertLog(step);
    expectInert(step.summary);
  }
  const [check] = harness.github.checkRuns();
  const [issue] = harness.github.issues().filter(({ pull }) => pull === undefined);
  for (const page of [check?.summary, check?.text, harness.github.comments(7)[0]?.body, issue?.body]) {
    expectInert(page);
    expect(page).toContain('onerror');
  }
});

test('a value that holds the marker itself, and a title and a branch full of it, cause no second comment', async () => {
  await harness.plan(7, tagged(EVIL));
  await harness.plan(7, tagged(`${MARKER}\n${MARKER}`));
  expect(harness.github.comments(7)).toHaveLength(1);
  const text = JSON.stringify(harness.github.exchanges.map(({ body }) => body));
  expect(text).not.toContain('touch owned');
});

test('a reviewed plan full of it is the same plan after the merge', async () => {
  await harness.plan(7, tagged(EVIL));
  const step = await harness.merge(7, { ...tagged(EVIL), approval: 'required' });
  expect(step.outputs['result']).toBe('applied');
  expectInertLog(step);
  expect((await harness.on({ name: 'schedule' }, tagged(EVIL))).outputs['result']).toBe('no-changes');
});

const many = (length: number) =>
  JSON.stringify(
    Object.fromEntries(Array.from({ length: 120 }, (_, index) => [`key_${index}`, `${index}`.padEnd(length, 'x')]))
  );

// One that a check run has room for: unit/review/record, unit/review/plan-difference.
test('a plan of long values that a check run has no room for fits, with its verdict, and is found again', async () => {
  await harness.on({ name: 'push' }, { approval: 'off' });
  const planned = await harness.plan(7, { tags: many(600) });
  expect(planned.exitCode).toBe(0);
  const [check] = harness.github.checkRuns();
  const body = harness.github.comments(7)[0]?.body ?? '';
  expect(body.length).toBeLessThanOrEqual(65_536);
  for (const page of [body, check?.summary, planned.summary]) expect(page).toContain('0 to create, 1 to update');
  for (const page of [check?.summary, check?.text]) expect(Buffer.byteLength(page ?? '')).toBeLessThanOrEqual(65_535);
  expect(check?.text).toContain('"hashes":[');
  expect(planned.summary).toContain('key_119');

  const changed = await harness.merge(7, { tags: many(601), approval: 'required' });
  expect(changed.outputs['failure_reason']).toBe('plan-changed');
  expect(harness.github.comments(7)[0]?.body).toContain('server orders: other values than the reviewed ones');
  const applied = await harness.on({ name: 'push', runAttempt: 2 }, { tags: many(600), approval: 'required' });
  expect(applied.outputs['result']).toBe('applied');
});
