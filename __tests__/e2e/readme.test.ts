import { readFileSync } from 'node:fs';
import { moduleDefault } from '../clouds/aws/live-servers.ts';
import { openAws, type AwsHarness } from '../support/aws-harness.ts';
import { inputsOf, isOurs, parseWorkflow } from '../support/examples.ts';
import { changesOf } from '../support/harness.ts';
import { printedInputs } from '../support/moves-in.ts';

/** The inputs of the workflow in README.md that makes a database for production. */
function production(): Readonly<Record<string, string>> {
  const page = readFileSync('README.md', 'utf8');
  const [, block = ''] = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, one = '']) => one);
  const [step] = Object.values(parseWorkflow(block).jobs).flatMap(({ steps }) => steps.filter(isOurs));
  return step === undefined ? {} : inputsOf(step, {});
}

describe('the road to production of the README', () => {
  let on: AwsHarness;
  beforeAll(async () => {
    on = await openAws();
  });
  afterAll(async () => on.close());

  test('takes over the database that Terraform made, and makes none in another region', async () => {
    await moduleDefault(on.aws);
    const { github } = on.harness;
    const imported = await on.step({ command: 'import', name: 'orders' });
    const inputs = { ...printedInputs(imported), approval: 'required' };
    const number = github.seedPull().number;
    const planned = await on.step(inputs, { name: 'pull_request', number });
    expect(await changesOf(planned)).toEqual(['↪ server']);
    expect(imported.summary).toContain(planned.outputs['plan_digest']?.slice(0, 12));
    const before = on.aws.mutations().length;
    const merged = { name: 'push', sha: github.merge(number) } as const;
    expect((await on.step(inputs, merged)).outputs['result']).toBe('applied');
    const sent = on.aws.mutations().slice(before);
    expect([...new Set(sent.map(({ action }) => action))]).toEqual(['AddTagsToResource']);

    const elsewhere = { ...production(), adopt_existing: 'orders' };
    const refused = await on.step({ ...elsewhere, command: 'plan' });
    expect(refused.outputs).toMatchObject({ result: 'failed', failure_reason: 'input-invalid' });
    expect(refused.log).toContain('names a server that AWS RDS does not have in eu-west-1 of 123456789012');
    expect(refused.log).toContain('or take `adopt_existing` out to make a new server');
  });

  test('makes the database whose plan was reviewed, and nothing where none was', async () => {
    const { github } = on.harness;
    const inputs = production();
    const number = github.seedPull().number;
    const planned = await on.step(inputs, { name: 'pull_request', number });
    expect(planned.outputs).toMatchObject({ command: 'plan', result: 'planned', to_create: '1' });
    expect(github.comments(number)).toHaveLength(1);
    const before = on.aws.mutations().length;
    const early = await on.step(inputs, { name: 'push' });
    expect([early.outputs['failure_reason'], on.aws.mutations().length]).toEqual(['approval-missing', before]);
    const merged = { name: 'push', sha: github.merge(number) } as const;
    const applied = await on.step(inputs, merged);
    const { plan_digest } = planned.outputs;
    expect(applied.outputs).toMatchObject({ command: 'apply', result: 'applied', plan_digest });
    expect((await on.step(inputs, merged)).outputs['result']).toBe('no-changes');
  });
});
