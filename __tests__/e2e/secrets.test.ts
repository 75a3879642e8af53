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
/** Everything that ever touches a password, but a snapshot: local-snapshots.test.ts. How each step ends. */
const LONG: readonly (readonly [Inputs, string])[] = [
  [{ command: 'plan' }, 'planned'],
  [{ command: 'apply' }, 'applied'],
  [{ command: 'outputs' }, 'no-changes'],
  [{ command: 'check' }, 'no-changes'],
  [{ command: 'doctor' }, 'no-changes'],
  [{ command: 'apply', parameters: 'work_mem: 5MB', init_sql: 'broken.sql' }, 'failed'],
  [{ command: 'apply', parameters: 'work_mem: 5MB\nwork_memm: 1' }, 'failed']
];

/** Each step, and the post step of the apply. Those that change the server are watched. */
async function live(job: Job, given: Inputs): Promise<readonly Step[]> {
  await job.file('schema.sql', 'create table item (id int);\n');
  await job.file('broken.sql', BROKEN);
  const steps: Step[] = [];
  for (const [changes] of LONG) {
    steps.push(await job.step({ ...inputs, ...given, ...changes }, { watch: changes['command'] === 'apply' }));
  }
  expect(steps.map(({ outputs }) => outputs['result'])).toEqual(LONG.map(([, result]) => result));
  const applied = steps[LONG.findIndex(([, result]) => result === 'applied')];
  if (applied === undefined) throw new Error('Nothing was applied');
  return [applied, ...steps.filter(step => step !== applied), await job.post(applied, 'failure')];
}

let harness: Harness;
let job: Job;
beforeEach(async () => {
  harness = await openHarness();
  harness.github.seedPull({ number: 1 });
  job = await harness.job({ name: 'pull_request', number: 1 });
});
afterEach(async () => harness.close());

// One that is generated: local-snapshots.test.ts.
test('a password that the workflow gives is in no log, comment, summary, plan, file or process list', async () => {
  const secret = `tweet-"p@ss|w\\örd'%2F$\``;
  const steps = await live(job, { master_password: secret });
  expect(steps[0]?.outputs['password']).toBe(secret);
  expect(steps.every(({ masked }, index) => index === steps.length - 1 || masked.includes(secret))).toBe(true);
  expect(steps[0]?.masked).toContain(encodeURIComponent(secret));
  expect(leaksOf([secret], { job, github: harness.github, steps })).toEqual([]);
  // The programs that a step starts were seen, where processes can be seen at all.
  expect(process.platform !== 'linux' || steps[0]?.commands.some(one => one.includes('postgres -D'))).toBe(true);
});

test('a secret in a log, a comment or a file would be found', async () => {
  const step = await job.step({ ...inputs, name: 'tweet-openly', command: 'plan', init_sql: '' });
  await writeFile(path.join(job.temp, 'left-behind'), 'tweet-openly');
  const leaks = leaksOf(['tweet-openly'], { job, github: harness.github, steps: [step] });
  expect(leaks).toEqual(
    expect.arrayContaining([
      'log of step 1',
      'summary of step 1',
      'file left-behind',
      expect.stringMatching(/^comment /)
    ])
  );
});
