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
/** Where two runs wait for a GitHub that does not answer as long as they may, while the other tests run. */
let silent: ReviewHarness;
let waiting: Promise<Readonly<Record<'applied' | 'planned', Step>>>;
beforeAll(async () => {
  silent = await openReviewHarness();
  waiting = cancelledInSilence();
  waiting.catch(() => undefined);
  harness = await openReviewHarness();
  harness.github.seedPull({ number: 7 });
  await harness.runner.file('gate.sql', GATE);
});
afterAll(async () => {
  await waiting.catch(() => undefined);
  await Promise.all([harness.close(), silent.close()]);
});

/** Begins the apply of the merged pull request, and cancels it while its SQL runs. */
async function interrupt(on: ReviewHarness, signal: NodeJS.Signals, before: () => void = () => {}) {
  await on.plan(7, ASKED);
  const event = on.github.event({ name: 'push', sha: on.github.merge(7) });
  const running = await on.runner.start({ ...REVIEWED, ...ASKED, approval: 'required' }, { event });
  await running.saying(/database shop: created/);
  before();
  running.kill(signal);
  return running.done;
}

/** Plans another database, and is cancelled when its plan is on record. */
async function cancelledPlan(on: ReviewHarness): Promise<Step> {
  const event = on.github.event({ name: 'pull_request', number: 8 });
  const running = await on.runner.start({ ...REVIEWED, ...ASKED, name: 'invoices' }, { event });
  const over = new AbortController();
  void running.done.finally(() => over.abort()).catch(() => {});
  const isRecorded = () => on.github.checkRuns().some(({ name }) => name.includes('invoices'));
  while (!isRecorded() && !over.signal.aborted) await new Promise(resolve => setTimeout(resolve, 10));
  running.kill('SIGTERM');
  return running.done;
}

async function cancelledInSilence(): Promise<Readonly<Record<'applied' | 'planned', Step>>> {
  silent.github.seedPull({ number: 7 });
  silent.github.seedPull({ number: 8 });
  await silent.runner.file('gate.sql', GATE);
  const planned = Promise.withResolvers<Step>();
  const applied = await interrupt(silent, 'SIGTERM', () => {
    silent.github.fault({ on: COMMENTS, delayMilliseconds: NEVER, times: 18 });
    planned.resolve(cancelledPlan(silent));
  });
  return { applied, planned: await planned.promise };
}

test('an apply that is cancelled ends during long SQL, and the next run of the commit continues what was reviewed', async () => {
  const step = await interrupt(harness, 'SIGINT');
  expect(step.exitCode).toBe(1);
  expect(step.outputs).toMatchObject({ result: 'in-progress', failure_reason: 'cancelled', to_create: '3' });
  expect(step.annotations.at(-1)).toMatchObject({
    level: 'error',
    message: expect.stringContaining('was cancelled')
  });
  for (const page of [step.summary, harness.github.comments(7)[0]?.body]) {
    expect(page).toContain('**Not finished: ');
    expect(page).toContain('troubleshooting.md#cancelled');
  }

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

test('runs that are cancelled while GitHub does not answer end: a plan stands, and an apply says how far it came', async () => {
  const { applied, planned } = await waiting;
  expect(applied.outputs).toMatchObject({ result: 'in-progress', failure_reason: 'cancelled' });
  expect(applied.summary).toContain('**Not finished: ');
  expect(planned.outputs).toMatchObject({ result: 'planned', to_create: '3' });
  expect(planned.summary).toContain('3 to create');
  expect(planned.annotations).toContainEqual(
    expect.objectContaining({ level: 'warning', message: 'Timed out before all GitHub updates were written' })
  );
});
