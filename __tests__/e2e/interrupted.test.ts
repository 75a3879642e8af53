import { ask, query } from '../support/client.ts';
import type { Step } from '../support/job.ts';
import { openReviewHarness, REVIEWED, type ReviewHarness } from '../support/review-harness.ts';

const COMMENTS = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments';
/** Longer than any test may take: a run that waited for it would never end in time. */
const NEVER = 600_000;

/** Waits until it is released, so that a run can be cancelled in the middle of its work. */
const GATE = `create table if not exists done (at timestamptz);
do $$ begin
  while not exists (select from pg_tables where tablename = 'gate') loop perform pg_sleep(0.1); end loop;
end $$;
`;
const ASKED = { init_sql: 'gate.sql', database_name: 'shop', tags: 'team: data' };

let harness: ReviewHarness;
beforeAll(async () => {
  harness = await openReviewHarness();
  for (const number of [7, 8]) harness.github.seedPull({ number });
  await harness.runner.file('gate.sql', GATE);
});
afterAll(async () => harness.close());

/** Begins the apply of the merged pull request, and cancels it while its SQL runs. */
async function cancelledApply(before: () => void): Promise<Step> {
  await harness.plan(7, ASKED);
  const event = harness.github.event({ name: 'push', sha: harness.github.merge(7) });
  const running = await harness.runner.start({ ...REVIEWED, ...ASKED, approval: 'required' }, { event });
  await running.saying(/database shop: created/);
  before();
  running.kill('SIGINT');
  return running.done;
}

/** Plans another database, and is cancelled when its plan is on record. */
async function cancelledPlan(): Promise<Step> {
  const event = harness.github.event({ name: 'pull_request', number: 8 });
  const running = await harness.runner.start({ ...REVIEWED, ...ASKED, name: 'invoices' }, { event });
  const over = new AbortController();
  void running.done.finally(() => over.abort()).catch(() => {});
  const isRecorded = () => harness.github.checkRuns().some(({ name }) => name.includes('invoices'));
  while (!isRecorded() && !over.signal.aborted) await new Promise(resolve => setTimeout(resolve, 10));
  running.kill('SIGTERM');
  return running.done;
}

// What the comment says of it where GitHub answers: ephemeral-fence.test.ts.
test('runs that are cancelled while GitHub does not answer end: a plan stands, an apply says how far it came, and the next run of the commit continues what was reviewed', async () => {
  const silence = { on: COMMENTS, delayMilliseconds: NEVER, times: 999 };
  const inSilence = Promise.withResolvers<Step>();
  const applied = await cancelledApply(() => {
    harness.github.fault(silence);
    inSilence.resolve(cancelledPlan());
  });
  expect(applied.exitCode).toBe(1);
  expect(applied.outputs).toMatchObject({ result: 'in-progress', failure_reason: 'cancelled', to_create: '3' });
  expect(applied.annotations).toContainEqual(
    expect.objectContaining({ level: 'error', message: expect.stringContaining('was cancelled') })
  );
  expect(applied.summary).toContain('**Not finished: ');
  expect(applied.summary).toContain('troubleshooting.md#cancelled');
  const planned = await inSilence.promise;
  expect(planned.outputs).toMatchObject({ result: 'planned', to_create: '3' });
  expect(planned.summary).toContain('3 to create');
  expect(planned.annotations).toContainEqual(
    expect.objectContaining({ level: 'warning', message: 'Timed out before all GitHub updates were written' })
  );
  silence.times = 0;

  const extra = await harness.on(
    { name: 'push', runAttempt: 2 },
    { ...ASKED, tags: 'team: data\nextra: tag', approval: 'required' }
  );
  expect(extra.outputs['failure_reason']).toBe('plan-changed');
  expect(extra.annotations.map(({ message }) => message).join('\n')).toContain('`tags.extra`');

  const outputs = await harness.on({ name: 'push' }, { database_name: 'shop', command: 'outputs' });
  await query(outputs.outputs['database_url'], 'create table gate ()');
  const again = await harness.on({ name: 'push', runAttempt: 3 }, { ...ASKED, approval: 'required' });
  expect(again.outputs['result']).toBe('applied');
  expect(again.log).toContain('This plan is the rest of the one that was reviewed in #7, whose apply had begun');
  expect(await ask(again.outputs['database_url'], 'select count(*)::int from done')).toBe(0);
  expect(harness.github.comments(7)[0]?.body).toContain('**Applied: ');
  expect((await harness.on({ name: 'push', runAttempt: 4 }, ASKED)).outputs['result']).toBe('no-changes');
});

test('two runs at once on one pull request end with one comment, and a record that the apply finds', async () => {
  await harness.runner.file('gate.sql', 'select 1');
  const asked = { ...ASKED, name: 'twice' };
  harness.github.seedPull({ number: 9 });
  await Promise.all([harness.plan(9, asked), harness.plan(9, asked)]);
  expect(harness.github.comments(9)).toHaveLength(1);
  const step = await harness.merge(9, { ...asked, approval: 'required' });
  expect(step.outputs['result']).toBe('applied');
});
