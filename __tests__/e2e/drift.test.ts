import { query } from '../support/client.ts';
import { openReviewHarness, type ReviewHarness } from '../support/review-harness.ts';

const APPLIED = { parameters: 'work_mem: 8MB' };
const nightly = { name: 'schedule' } as const;

let harness: ReviewHarness;
let url: string | undefined;
beforeEach(async () => {
  harness = await openReviewHarness();
  url = (await harness.on({ name: 'push' }, APPLIED)).outputs['database_url'];
});
afterEach(async () => harness.close());

async function change(name: string, value: string): Promise<void> {
  await query(url, `alter system set ${name} = ${value}`);
  await query(url, 'select pg_reload_conf()');
}

describe('a check', () => {
  test('finds nothing while workflow and database match', async () => {
    const step = await harness.on(nightly, APPLIED);
    expect(step.exitCode).toBe(0);
    expect(step.outputs).toMatchObject({ command: 'check', result: 'no-changes' });
  });

  test('reports that the database was changed', async () => {
    await change('work_mem', `'77MB'`);
    const step = await harness.on(nightly, APPLIED);
    expect(step.exitCode).toBe(1);
    expect(step.outputs).toMatchObject({ result: 'drifted', failure_reason: 'drifted' });
    const said = 'Changed in the cloud since the last apply: `parameters.work_mem` of server orders.';
    expect(step.annotations[0]?.message).toContain(said);
    expect(step.annotations[0]?.message).not.toContain('Changed in the workflow');
  });

  test('reports that the workflow was changed', async () => {
    const step = await harness.on(nightly, { parameters: 'work_mem: 9MB' });
    expect(step.outputs['result']).toBe('drifted');
    expect(step.annotations[0]?.message).toContain(
      'Changed in the workflow and not applied yet: `parameters.work_mem` of server orders.'
    );
    expect(step.annotations[0]?.message).not.toContain('Changed in the cloud');
  });

  test('reports which side changed which field, when both did', async () => {
    await harness.on({ name: 'push' }, { parameters: 'work_mem: 8MB\nmaintenance_work_mem: 64MB' });
    await change('maintenance_work_mem', `'77MB'`);
    const step = await harness.on(nightly, { parameters: 'work_mem: 9MB\nmaintenance_work_mem: 64MB' });
    expect(step.annotations[0]?.message).toContain(
      'Changed in the cloud since the last apply: `parameters.maintenance_work_mem` of server orders. ' +
        'Changed in the workflow and not applied yet: `parameters.work_mem` of server orders.'
    );
  });

  test('knows the settings of the workflow even when its last change needed no work', async () => {
    const other = { parameters: 'work_mem: 8MB\nmaintenance_work_mem: 64MB' };
    expect((await harness.on({ name: 'push' }, other)).outputs['result']).toBe('no-changes');
    await change('work_mem', `'77MB'`);
    const step = await harness.on(nightly, other);
    expect(step.annotations[0]?.message).toContain('Changed in the cloud since the last apply: `parameters.work_mem`');
  });
});

const open = () => harness.github.issues().filter(({ state }) => state === 'open');

describe('the drift issue', () => {
  const issue = { ...APPLIED, drift_issue: 'true' };

  test('is opened once, updated, and closed when the drift is gone', async () => {
    expect((await harness.on(nightly, issue)).exitCode).toBe(0);
    expect(harness.github.issues()).toEqual([]);

    await change('work_mem', `'77MB'`);
    const first = await harness.on(nightly, issue);
    expect(first.exitCode).toBe(1);
    expect(first.annotations.map(({ level }) => level)).toEqual(['error']);
    const [opened, ...more] = open();
    expect(more).toEqual([]);
    expect(opened?.title).toBe('PostgreSQL orders (production, local) is not as its workflow says');
    expect(opened?.body).toContain('Changed in the cloud since the last apply: `parameters.work_mem`');
    expect(opened?.body).toContain('`77MB`');

    await change('work_mem', `'66MB'`);
    await harness.on(nightly, issue);
    expect(open().map(({ number }) => number)).toEqual([opened?.number]);
    expect(open()[0]?.body).toContain('`66MB`');

    await change('work_mem', 'default');
    expect((await harness.on(nightly, issue)).exitCode).toBe(0);
    expect(open()).toEqual([]);
    expect(harness.github.issues()).toHaveLength(1);
    expect(harness.github.issues()[0]).toMatchObject({ state: 'closed', stateReason: 'completed' });
  });

  test('is not opened unless the workflow asks for it', async () => {
    await change('work_mem', `'77MB'`);
    const before = harness.github.exchanges.length;
    await harness.on(nightly, APPLIED);
    expect(harness.github.exchanges).toHaveLength(before);
  });

  test('that may not be written is a warning that names the permission', async () => {
    harness.github.permit({ contents: 'read' });
    await change('work_mem', `'77MB'`);
    const step = await harness.on(nightly, issue);
    expect(step.outputs['failure_reason']).toBe('drifted');
    expect(step.annotations.find(({ level }) => level === 'warning')?.message).toContain('issues: write');
  });
});
