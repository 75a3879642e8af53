import { cp } from 'node:fs/promises';
import type { EventChoice } from '../clouds/github/events.ts';
import { EXAMPLES, exampleJobs, type ExampleJob } from '../support/examples.ts';
import type { Job, Step } from '../support/job.ts';
import { openHarness, type Harness } from '../support/harness.ts';

/** Examples for a cloud run on the runner here: the same workflow, another provider. */
const HERE = { cloud_provider: 'local' };

function jobsOf(...files: readonly string[]): readonly (readonly [string, ExampleJob])[] {
  return exampleJobs(files).map(
    example => [[example.file, ...Object.values(example.matrix)].join(' '), example] as const
  );
}

let harness: Harness;
let job: Job;
beforeEach(async () => {
  harness = await openHarness();
  harness.github.seedPull({ number: 7 });
  job = await harness.job();
  await cp(EXAMPLES, job.workspace, { recursive: true });
});
afterEach(async () => harness.close());

async function run({ steps }: ExampleJob, event: EventChoice): Promise<Step> {
  const [first, ...more] = steps;
  expect(more).toEqual([]);
  return job.step({ ...first?.inputs, ...HERE }, { event: harness.github.event(event) });
}

describe('the example', () => {
  test.each([
    ...jobsOf('monorepo.yml').slice(0, 1),
    ...jobsOf('promotion.yml')
      .filter(([, step]) => step.job === 'apply')
      .slice(-1),
    ...jobsOf('matrix-of-databases.yml').slice(0, 1),
    ...jobsOf('plan-on-pr-apply-on-merge.yml', 'merge-queue-check.yml', 'reusable-workflow.yml')
  ])('%s plans, checks and applies the reviewed plan', async (_, example) => {
    const planned = await run(example, { name: 'pull_request', number: 7 });
    expect(planned.outputs).toMatchObject({ command: 'plan', result: 'planned' });
    expect(harness.github.comments(7)).toHaveLength(1);
    expect(harness.github.checkRuns().map(({ externalId }) => externalId)).toEqual([planned.outputs['plan_digest']]);

    if (example.file === 'merge-queue-check.yml') {
      const queued = await run(example, { name: 'merge_group', number: 7 });
      expect(queued.outputs).toMatchObject({ command: 'check', result: 'planned' });
      expect(harness.github.checkRuns().map(({ conclusion }) => conclusion)).toEqual(['success', 'success']);
    }
    const push = { name: 'push', sha: harness.github.merge(7) } as const;
    const applied = await run(example, push);
    expect(applied.outputs).toMatchObject({ command: 'apply', result: 'applied' });
    expect(applied.log).toContain('This is the plan that was reviewed in #7');
    expect(applied.annotations.filter(({ level }) => level !== 'notice')).toEqual([]);
    expect(harness.github.comments(7)[0]?.body).toContain('**Applied: ');
    expect((await run(example, push)).outputs['result']).toBe('no-changes');
  });

  test.each(jobsOf('drift-issue.yml'))('%s keeps one issue', async (_, example) => {
    for (const name of ['schedule', 'workflow_dispatch'] as const) {
      const step = await run(example, { name });
      expect(step.outputs).toMatchObject({ command: 'check', result: 'drifted' });
    }
    expect(harness.github.issues().filter(({ pull, state }) => pull === undefined && state === 'open')).toHaveLength(1);
  });

  test('matrix-of-databases.yml gives each database a section of one comment, and a record of its own', async () => {
    for (const [, example] of jobsOf('matrix-of-databases.yml'))
      await run(example, { name: 'pull_request', number: 7 });
    const [comment, ...more] = harness.github.comments(7);
    expect(more).toEqual([]);
    const headings = [...(comment?.body ?? '').matchAll(/^### PostgreSQL `(.*?)` · (\w+)/gm)];
    expect(headings.map(([, name, environment]) => `${name} ${environment}`)).toEqual([
      'billing production',
      'billing staging',
      'orders production',
      'orders staging'
    ]);
    expect(
      harness.github
        .checkRuns()
        .map(({ name }) => name)
        .sort()
    ).toEqual([
      'pgkeep: billing (local, production)',
      'pgkeep: billing (local, staging)',
      'pgkeep: orders (local, production)',
      'pgkeep: orders (local, staging)'
    ]);
  });
});
