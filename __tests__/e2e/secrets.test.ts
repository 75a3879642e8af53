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

type Inputs = Readonly<Record<string, string>>;

const BROKEN = 'create table other (id int);\nselect broken from item;\n';
/** What a password goes through wherever it comes from, and how each step ends. */
const SHORT: readonly (readonly [Inputs, string])[] = [
  [{ command: 'plan' }, 'planned'],
  [{ command: 'apply' }, 'applied'],
  [{ command: 'outputs' }, 'no-changes'],
  [{ command: 'apply', init_sql: 'broken.sql' }, 'failed']
];
/** Everything that ever touches a password. */
const LONG: readonly (readonly [Inputs, string])[] = [
  [{ command: 'plan' }, 'planned'],
  [{ command: 'apply' }, 'applied'],
  [{ command: 'outputs' }, 'no-changes'],
  [{ command: 'check' }, 'no-changes'],
  [{ command: 'doctor' }, 'no-changes'],
  [{ command: 'snapshot', snapshot_identifier: 'copy' }, 'applied'],
  [{ command: 'apply', parameters: 'work_mem: 5MB', init_sql: 'broken.sql' }, 'failed'],
  [{ command: 'apply', parameters: 'work_mem: 5MB\nwork_memm: 1' }, 'failed']
];

/** Each step, and the post step of the first apply. `watch`: those that change the server are watched. */
async function live(job: Job, given: Inputs, life: typeof LONG, watch: boolean): Promise<readonly Step[]> {
  await job.file('schema.sql', 'create table item (id int);\n');
  await job.file('broken.sql', BROKEN);
  const steps: Step[] = [];
  for (const [changes] of life) {
    const runsPrograms = ['apply', 'snapshot'].includes(changes['command'] ?? '');
    steps.push(await job.step({ ...inputs, ...given, ...changes }, { watch: watch && runsPrograms }));
  }
  expect(steps.map(({ outputs }) => outputs['result'])).toEqual(life.map(([, result]) => result));
  const applied = steps[life.findIndex(([, result]) => result === 'applied')];
  if (applied === undefined) throw new Error('Nothing was applied');
  return [applied, ...steps.filter(step => step !== applied), await job.post(applied, 'failure')];
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
  const steps = await live(job, { master_password: secret }, LONG, true);
  expect(steps[0]?.outputs['password']).toBe(secret);
  expect(steps.every(({ masked }, index) => index === steps.length - 1 || masked.includes(secret))).toBe(true);
  expect(steps[0]?.masked).toContain(encodeURIComponent(secret));
  expect(await leaksOf(secret, { job, github: harness.github, steps })).toEqual([]);
  // The programs that a step starts were seen, where processes can be seen at all.
  expect(process.platform !== 'linux' || steps[0]?.commands.some(one => one.includes('postgres -D'))).toBe(true);
});

test('a generated password, its address, the token and the environment of the step are in none of them either', async () => {
  const steps = await live(job, { create_read_replica: '', tls: '', enable_logging: '', extensions: '' }, SHORT, false);
  const secret = steps[0]?.outputs['password'] ?? '';
  expect(secret).toMatch(/^[\w-]{32}$/);
  expect(steps[0]?.masked).toContain(secret);
  expect(steps[0]?.masked).toContain(steps[0]?.outputs['database_url']);
  expect(steps[0]?.log).not.toContain('postgresql://');
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
