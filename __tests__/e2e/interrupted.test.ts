import { ask, query } from '../support/client.ts';
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
beforeEach(async () => {
  harness = await openReviewHarness();
  harness.github.seedPull({ number: 7 });
  await harness.runner.file('gate.sql', GATE);
});
afterEach(async () => harness.close());

/** Begins the apply of the merged pull request, and cancels it while its SQL runs. */
async function interrupt(signal: NodeJS.Signals, hang = false) {
  await harness.plan(7, ASKED);
  const event = harness.github.event({ name: 'push', sha: harness.github.merge(7) });
  const running = await harness.runner.start({ ...REVIEWED, ...ASKED, approval: 'required' }, { event });
  await running.saying(/database shop: created/);
  if (hang) harness.github.fault({ on: COMMENTS, delayMilliseconds: NEVER, times: 9 });
  running.kill(signal);
  return running.done;
}

describe('an apply that is cancelled', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    'by %s ends during long SQL, and log, summary, comment and outputs say so',
    async signal => {
      const step = await interrupt(signal);
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
    }
  );

  test('ends although GitHub does not answer, with summary and outputs', async () => {
    const step = await interrupt('SIGTERM', true);
    expect(step.outputs).toMatchObject({ result: 'in-progress', failure_reason: 'cancelled' });
    expect(step.summary).toContain('**Not finished: ');
  });

  test('is continued by the next run of the same commit, with the rest of the reviewed plan', async () => {
    await interrupt('SIGTERM');
    const outputs = await harness.on({ name: 'push' }, { database_name: 'shop', command: 'outputs' });
    await query(outputs.outputs['database_url'], 'create table gate ()');
    const again = await harness.on({ name: 'push', runAttempt: 2 }, { ...ASKED, approval: 'required' });
    expect(again.outputs['result']).toBe('applied');
    expect(again.log).toContain('This plan is the rest of the one that was reviewed in #7, whose apply had begun');
    expect(await ask(again.outputs['database_url'], 'select count(*)::int from done')).toBe(0);
    expect(harness.github.comments(7)[0]?.body).toContain('**Applied: ');
    expect((await harness.on({ name: 'push', runAttempt: 3 }, ASKED)).outputs['result']).toBe('no-changes');
  });

  test('does not let the next run of the same commit do anything unreviewed', async () => {
    await interrupt('SIGTERM');
    const again = await harness.on(
      { name: 'push', runAttempt: 2 },
      { ...ASKED, tags: 'team: data\nextra: tag', approval: 'required' }
    );
    expect(again.outputs['failure_reason']).toBe('plan-changed');
    expect(again.annotations.map(({ message }) => message).join('\n')).toContain('`tags.extra`');
  });
});

describe('a run that is cancelled during its updates on GitHub', () => {
  test('ends, and its work stands', async () => {
    harness.github.fault({ on: COMMENTS, delayMilliseconds: NEVER, times: 9 });
    const event = harness.github.event({ name: 'pull_request', number: 7 });
    const running = await harness.runner.start({ ...REVIEWED, ...ASKED }, { event });
    while (harness.github.checkRuns().length === 0) await new Promise(resolve => setTimeout(resolve, 10));
    running.kill('SIGTERM');
    const step = await running.done;
    expect(step.outputs).toMatchObject({ result: 'planned', to_create: '3' });
    expect(step.summary).toContain('3 to create');
    expect(step.annotations).toContainEqual(
      expect.objectContaining({ level: 'warning', message: 'Timed out before all GitHub updates were written' })
    );
  });
});

describe('two runs at once on one pull request', () => {
  test('end with one comment, and a record that the apply finds', async () => {
    await harness.runner.file('gate.sql', 'select 1');
    await Promise.all([harness.plan(7, ASKED), harness.plan(7, ASKED), harness.plan(7, ASKED)]);
    expect(harness.github.comments(7)).toHaveLength(1);
    const step = await harness.merge(7, { ...ASKED, approval: 'required' });
    expect(step.outputs['result']).toBe('applied');
  });
});
