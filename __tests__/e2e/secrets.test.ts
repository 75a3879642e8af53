import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Job, Step } from '../support/job.ts';
import { leaksOf } from '../support/secrecy.ts';
import { openHarness, type Harness } from '../support/harness.ts';

const inputs = {
  cloud_provider: 'local',
  name: 'vault',
  engine_version: '17',
  database_name: 'shop',
  master_username: 'keeper',
  extensions: 'pgcrypto',
  enable_logging: 'true',
  create_read_replica: 'true',
  tls: 'true',
  init_sql: 'schema.sql'
};

/** A life with everything in it that ever touches the password, each step watched. */
async function live(job: Job, password: Readonly<Record<string, string>>): Promise<readonly Step[]> {
  const watch = { watch: true };
  await job.file('schema.sql', 'create table item (id int);\n');
  const steps: Step[] = [];
  const run = async (changes: Readonly<Record<string, string>>): Promise<Step> => {
    const step = await job.step({ ...inputs, ...password, ...changes }, watch);
    steps.push(step);
    return step;
  };
  await run({ command: 'plan' });
  const applied = await run({ command: 'apply' });
  await run({ command: 'apply', parameters: 'max_connections: 160' });
  await run({ command: 'outputs' });
  await run({ command: 'check' });
  await run({ command: 'doctor' });
  await run({ command: 'snapshot', snapshot_identifier: 'copy' });
  await job.file('schema.sql', 'create table other (id int);\nselect broken from item;\n');
  await run({ command: 'apply', parameters: 'max_connections: 160' });
  await run({ command: 'apply', parameters: 'max_connections: 160\nwork_memm: 1' });
  expect(steps.map(({ outputs }) => outputs['result'])).toEqual([
    'planned',
    'applied',
    'applied',
    'no-changes',
    'no-changes',
    'no-changes',
    'applied',
    'failed',
    'failed'
  ]);
  return [...steps, await job.post(applied, 'failure')];
}

let harness: Harness;
let job: Job;
beforeEach(async () => {
  harness = await openHarness();
  harness.github.seedPull({ number: 1 });
  job = await harness.job({ name: 'pull_request', number: 1 }, { env: { CANARY: 'tweet-of-the-environment' } });
});
afterEach(async () => harness.close());

test('a password that the workflow gives is in no log, comment, summary, plan, file or process list', async () => {
  const secret = `tweet-"p@ss|w\\örd'%2F$\``;
  const steps = await live(job, { master_password: secret });
  expect(steps[1]?.outputs['password']).toBe(secret);
  expect(steps.every(({ masked }, index) => index === steps.length - 1 || masked.includes(secret))).toBe(true);
  expect(steps[1]?.masked).toContain(encodeURIComponent(secret));
  expect(await leaksOf(secret, { job, github: harness.github, steps })).toEqual([]);
});

test('a generated password, the token and the environment of the step are in none of them either', async () => {
  const steps = await live(job, {});
  const secret = steps[1]?.outputs['password'] ?? '';
  expect(secret).toMatch(/^[\w-]{32}$/);
  expect(steps[1]?.masked).toContain(secret);
  expect(harness.github.comments(1)).toHaveLength(1);
  for (const one of [secret, harness.github.token, 'tweet-of-the-environment'])
    expect(await leaksOf(one, { job, github: harness.github, steps })).toEqual([]);
});

test('a secret in a log, a comment or a file would be found', async () => {
  const step = await job.step({ ...inputs, name: 'tweet-openly', command: 'plan', init_sql: '' });
  await writeFile(path.join(job.temp, 'left-behind'), 'tweet-openly');
  const leaks = await leaksOf('tweet-openly', { job, github: harness.github, steps: [step] });
  expect(leaks).toEqual(
    expect.arrayContaining([
      'log of step 1',
      'summary of step 1',
      'file left-behind',
      expect.stringMatching(/^comment /)
    ])
  );
});

test('the address with the password in it is masked as a whole', async () => {
  const step = await job.step({ ...inputs, command: 'apply', init_sql: '', create_read_replica: '' });
  expect(step.masked).toContain(step.outputs['database_url']);
  expect(step.log).not.toContain('postgresql://');
});
