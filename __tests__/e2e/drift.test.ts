import {
  openReviewHarness,
  sharedDatabase,
  type ReviewHarness,
  type SharedDatabase
} from '../support/review-harness.ts';

const APPLIED = { parameters: 'work_mem: 8MB' };
const nightly = { name: 'schedule' } as const;

let database: SharedDatabase;
let harness: ReviewHarness;
beforeAll(async () => {
  database = await sharedDatabase(APPLIED);
});
afterAll(async () => database.end());
beforeEach(async () => {
  await database.set({ work_mem: 'default', maintenance_work_mem: 'default' });
  harness = await openReviewHarness(database.runner);
});
afterEach(async () => harness.close());

const open = () => harness.github.issues().filter(({ state }) => state === 'open');

describe('a check', () => {
  test('reports that the database was changed, and opens no issue unless the workflow asks for it', async () => {
    await database.set({ work_mem: '77MB' });
    const before = harness.github.exchanges.length;
    const step = await harness.on(nightly, APPLIED);
    expect(step.exitCode).toBe(1);
    expect(step.outputs).toMatchObject({ result: 'drifted', failure_reason: 'drifted' });
    const said = 'Changed in the cloud since the last apply: `parameters.work_mem` of server orders.';
    expect(step.annotations[0]?.message).toContain(said);
    expect(step.annotations[0]?.message).not.toContain('Changed in the workflow');
    expect(harness.github.exchanges).toHaveLength(before);
  });

  test('reports that the workflow was changed', async () => {
    const step = await harness.on(nightly, { parameters: 'work_mem: 9MB' });
    expect(step.outputs['result']).toBe('drifted');
    expect(step.annotations[0]?.message).toContain(
      'Changed in the workflow and not applied yet: `parameters.work_mem` of server orders.'
    );
    expect(step.annotations[0]?.message).not.toContain('Changed in the cloud');
  });

  test('knows the settings of the last apply although it needed no work, and which side changed which field', async () => {
    const other = { parameters: 'work_mem: 8MB\nmaintenance_work_mem: 64MB' };
    expect((await harness.on({ name: 'push' }, other)).outputs['result']).toBe('no-changes');
    await database.set({ maintenance_work_mem: '77MB' });
    const cloud = 'Changed in the cloud since the last apply: `parameters.maintenance_work_mem` of server orders.';
    const one = await harness.on(nightly, other);
    expect(one.annotations[0]?.message).toContain(cloud);
    const both = await harness.on(nightly, { parameters: 'work_mem: 9MB\nmaintenance_work_mem: 64MB' });
    expect(both.annotations[0]?.message).toContain(
      `${cloud} Changed in the workflow and not applied yet: \`parameters.work_mem\` of server orders.`
    );
    await harness.on({ name: 'push' }, APPLIED);
  });
});

describe('the drift issue', () => {
  const issue = { ...APPLIED, drift_issue: 'true' };

  test('is opened once, updated, and closed when the drift is gone', async () => {
    const match = await harness.on(nightly, issue);
    expect(match.exitCode).toBe(0);
    expect(match.outputs).toMatchObject({ command: 'check', result: 'no-changes' });
    expect(harness.github.issues()).toEqual([]);

    await database.set({ work_mem: '77MB' });
    const first = await harness.on(nightly, issue);
    expect(first.exitCode).toBe(1);
    expect(first.annotations.map(({ level }) => level)).toEqual(['error']);
    const [opened, ...more] = open();
    expect(more).toEqual([]);
    expect(opened?.title).toBe('PostgreSQL orders (production, local) is not as its workflow says');
    expect(opened?.body).toContain('Changed in the cloud since the last apply: `parameters.work_mem`');
    expect(opened?.body).toContain('`77MB`');

    await database.set({ work_mem: '66MB' });
    await harness.on(nightly, issue);
    expect(open().map(({ number }) => number)).toEqual([opened?.number]);
    expect(open()[0]?.body).toContain('`66MB`');

    await database.set({ work_mem: 'default' });
    expect((await harness.on(nightly, issue)).exitCode).toBe(0);
    expect(open()).toEqual([]);
    expect(harness.github.issues()).toHaveLength(1);
    expect(harness.github.issues()[0]).toMatchObject({ state: 'closed', stateReason: 'completed' });
  });

  test('that may not be written is a warning that names the permission', async () => {
    harness.github.permit({ contents: 'read' });
    await database.set({ work_mem: '77MB' });
    const step = await harness.on(nightly, issue);
    expect(step.outputs['failure_reason']).toBe('drifted');
    expect(step.annotations.find(({ level }) => level === 'warning')?.message).toContain('issues: write');
  });
});
