import { openAws, type AwsHarness } from '../support/aws-harness.ts';
import { planOf } from '../support/harness.ts';

type Inputs = Readonly<Record<string, string>>;

let on: AwsHarness;
let inputs: Inputs;
beforeAll(async () => {
  on = await openAws();
  inputs = { ...on.example('aws-basic'), parameters: 'log_statement: all' };
  await (await on.inProcess(inputs)).apply();
});
afterEach(() => on.aws.clearFaults());
afterAll(async () => on.close());

/** A setting that the workflow asks for now and that may not be read. */
const asked = (): Inputs => ({ ...inputs, parameters: 'log_statement: none', allowed_cidr_blocks: '10.9.0.0/16' });

/** For the rest of the test these reads are refused, or fail each time. */
function unreadable(answer: { readonly code: string; readonly status: number }): void {
  for (const action of ['DescribeSecurityGroups', 'DescribeDBParameterGroups']) {
    on.aws.fault({ action, times: 99, ...answer });
  }
}

describe('a check that may not read everything', () => {
  test('fails and names the missing permissions, in message and outputs', async () => {
    unreadable({ code: 'AccessDenied', status: 403 });
    const step = await on.step({ ...asked(), command: 'check' });
    expect(step.exitCode).toBe(1);
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'not-compared' });
    expect(Number(step.outputs['unknown'])).toBeGreaterThan(1);
    expect(JSON.parse(step.outputs['unknown_needs'] ?? '')).toEqual([
      'ec2:DescribeSecurityGroups',
      'rds:DescribeDBParameterGroups'
    ]);
    expect(step.annotations.at(-1)?.message).toMatch(
      /Could not compare \d+ settings with the database: this needs ec2:DescribeSecurityGroups, rds:DescribeDBParameterGroups\./
    );
    expect(step.summary).toContain('No changes as far as could be compared');
    expect((await planOf(step)).counts['unknown']).toBe(Number(step.outputs['unknown']));
  });

  test('succeeds with `allow_unknown: true`, as its hint says, and still reports them', async () => {
    unreadable({ code: 'AccessDenied', status: 403 });
    const step = await on.step({ ...asked(), command: 'check', allow_unknown: 'true' });
    expect(step.exitCode).toBe(0);
    expect(step.outputs['result']).toBe('no-changes');
    expect(Number(step.outputs['unknown'])).toBeGreaterThan(1);
    expect(step.log).toContain('No changes as far as could be compared');
  });

  test('finds the drift once the permission is granted, as its hint says', async () => {
    const step = await on.step({ ...asked(), command: 'check' });
    expect(step.outputs).toMatchObject({ failure_reason: 'drifted', unknown: '0' });
    expect(step.outputs['unknown_needs']).toBeUndefined();
  });
});

test('a read that fails each time is unknown as well, with the missing answer', async () => {
  unreadable({ code: 'InternalFailure', status: 500 });
  const step = await on.step({ ...asked(), command: 'check' });
  expect(step.outputs['failure_reason']).toBe('not-compared');
  expect(JSON.parse(step.outputs['unknown_needs'] ?? '')).toContain('an answer to rds:DescribeDBParameterGroups');
});

test.each(['plan', 'apply'])('%s goes on with the readable fields, and its verdict counts the rest', async command => {
  unreadable({ code: 'AccessDenied', status: 403 });
  const step = await on.step({ ...asked(), backup_retention_period: command === 'plan' ? '9' : '11', command });
  expect(step.exitCode).toBe(0);
  expect(step.summary).toMatch(/1 (?:to update|updated).*, \d+ settings unknown/);
});

test('a check that can read everything succeeds and says so', async () => {
  const job = { ...inputs, backup_retention_period: '11' };
  const step = await on.step({ ...job, command: 'check' });
  expect(step.outputs).toMatchObject({ result: 'no-changes', unknown: '0' });
  expect(step.log).toContain('No changes: the database is as the workflow asks.');
});
