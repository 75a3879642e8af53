import type { Job } from '../support/job.ts';
import { changesOf, openHarness, planOf, type Harness } from '../support/harness.ts';

let harness: Harness;
let job: Job;
beforeAll(async () => {
  harness = await openHarness();
  job = await harness.job();
});
afterAll(async () => harness.close());

const local = { cloud_provider: 'local', name: 'shop', engine_version: '17', command: 'plan' };

describe('wrong inputs', () => {
  test('are reported all at once, with value, allowed values and a suggestion, before anything is contacted', async () => {
    const step = await job.step({
      cloud_provider: 'locall',
      name: '1shop',
      engine_version: 'sixteen',
      allocated_storage: 'lots',
      multi_az: 'tru',
      allowed_cidr_blocks: '10.0.0.1/16',
      backup_window: '25:00-26:00',
      master_usernam: 'x',
      read_replica_count: '2'
    });
    expect(step.exitCode).toBe(1);
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'input-invalid' });
    const said = step.log;
    for (const words of [
      '`cloud_provider`: "locall" is not one of them; allowed: `aws`',
      'did you mean `local`?',
      '`name`: "1shop"',
      '`engine_version`: "sixteen"',
      '`allocated_storage`: "lots" is not a whole number',
      '`multi_az`: "tru" is neither; allowed: `true` or `false`; did you mean `true`?',
      '`allowed_cidr_blocks`: "10.0.0.1/16"',
      'the network is 10.0.0.0/16',
      '`backup_window`: "25:00-26:00"',
      '`master_usernam`: is not an input of this action; did you mean `master_username`?',
      '`read_replica_count`: "2" has no effect without `create_read_replica: true`'
    ])
      expect(said).toContain(words);
    expect(harness.github.exchanges).toEqual([]);
    expect(step.summary).toContain('master_username');
    const errors = step.annotations.filter(({ level }) => level === 'error').map(({ message }) => message);
    expect(errors.slice(0, -1).map(message => message.split(':')[0])).toEqual([
      '`master_usernam`',
      '`cloud_provider`',
      '`name`',
      '`engine_version`',
      '`allocated_storage`',
      '`allowed_cidr_blocks`',
      '`multi_az`',
      '`backup_window`',
      '`read_replica_count`'
    ]);
    expect(errors.at(-1)).toMatch(/^9 inputs are invalid\. Nothing was contacted .*troubleshooting\.md#input-invalid$/);
  });

  test('are reported with the hint and the page that says more', async () => {
    const step = await job.step({ ...local, multi_az: 'yes' });
    const [error] = step.annotations;
    expect(error?.message).toContain('Nothing was contacted or changed.');
    expect(error?.message).toContain('docs/troubleshooting.md#input-invalid');
  });

  test('`doctor` lists everything, also where the first thing is missing', async () => {
    const step = await job.step({ cloud_provider: 'digitalocean', name: 'shop', command: 'doctor' });
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'credentials-missing' });
    expect(step.log).toContain('✗ Credentials of the provider: Could not log in to DigitalOcean: no token is given');
    expect(step.log).toContain('A secret is empty in runs of forks');
    expect(step.log).toContain('✓ GitHub token: given');
    expect(step.log).toMatch(/[✓?] Default branch/);
    expect(step.summary).toContain('GitHub token');
  });

  test('never show a secret, with any problem', async () => {
    const step = await job.step({ ...local, master_password: 'tweet-tweet-canary', multi_az: 'yes' });
    expect(step.log).not.toContain('tweet-tweet');
    expect(step.summary).not.toContain('tweet-tweet');
  });

  test.each([
    ['a path', '../../etc'],
    ['a command', 'shop; rm -rf /'],
    ['a workflow command', 'shop\n::set-output name=x::y'],
    ['markup', '<img src=x onerror=alert(1)>'],
    ['another script', 'shöp'],
    ['ninety-nine letters', 'a'.repeat(99)]
  ])('such as a name that is %s are refused, and are inert', async (_, name) => {
    const step = await job.step({ ...local, name });
    expect(step.exitCode).toBe(1);
    expect(step.outputs['failure_reason']).toBe('input-invalid');
    expect(step.log.split('\n').filter(line => line.startsWith('::set-output'))).toEqual([]);
    expect(step.summary).not.toContain('<img');
  });

  test('are refused together with those that the provider refuses', async () => {
    const step = await job.step({
      ...local,
      master_username: 'pg_admin',
      database_name: 'template1',
      parameters: 'port: 1\nwork_mem: much'
    });
    const said = step.log;
    expect(step.outputs['failure_reason']).toBe('input-invalid');
    for (const words of ['pg_admin', 'template1', '`port` can', 'work_mem']) expect(said).toContain(words);
  });
});

describe('a configuration file', () => {
  const file = `name: shop
cloud_provider: local
engine_version: 17
database_name: from_file
parameters:
  work_mem: 8MB
  max_connections: 30
environments:
  dev:
    parameters: { work_mem: 6MB }
  production:
    enable_deletion_protection: true
`;

  test('gives the inputs, its environment over its top level, and `with:` over both', async () => {
    await job.file('db/pgkeep.yml', file);
    const step = await job.step({
      config: 'db/pgkeep.yml',
      environment: 'dev',
      parameters: 'max_connections: 35',
      database_name: 'from_with',
      command: 'plan'
    });
    expect(step.exitCode).toBe(0);
    expect(await changesOf(step)).toEqual(['+ server', '+ database']);
    const { steps } = await planOf(step);
    const wanted = Object.fromEntries(steps.flatMap(({ changes }) => changes.map(({ field, to }) => [field, to])));
    expect(wanted).toMatchObject({
      'parameters.work_mem': '6144',
      'parameters.max_connections': '35',
      database_name: 'from_with',
      enable_deletion_protection: false
    });
  });

  test('gives another environment its own inputs', async () => {
    const step = await job.step({ config: 'db/pgkeep.yml', environment: 'production', command: 'plan' });
    const { steps } = await planOf(step);
    const wanted = Object.fromEntries(steps.flatMap(({ changes }) => changes.map(({ field, to }) => [field, to])));
    expect(wanted).toMatchObject({ enable_deletion_protection: true, 'parameters.work_mem': '8192' });
  });

  test('that lacks the environment lists its environments', async () => {
    const step = await job.step({ config: 'db/pgkeep.yml', environment: 'prodution', command: 'plan' });
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'config-invalid' });
    expect(step.log).toContain('it has `dev`, `production`; did you mean `production`?');
  });

  test.each([
    ['is damaged', 'name: [shop\n  : : :', 'is not valid YAML'],
    ['holds a list', '- name\n- shop\n', 'holds no map'],
    ['says a key twice', 'name: shop\nname: other\n', 'is not valid YAML'],
    ['holds nothing', '', 'holds no map']
  ])('that %s is an error', async (_, text, words) => {
    await job.file('broken.yml', text);
    const step = await job.step({ config: 'broken.yml', command: 'plan' });
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'config-invalid' });
    expect(step.log).toContain(words);
  });

  test('that has a wrong value or an unknown key is refused with the name of the file', async () => {
    await job.file('wrong.yml', 'name: shop\ncloud_provider: local\nmulti_az: perhaps\nenginev: 17\n');
    const step = await job.step({ config: 'wrong.yml', command: 'plan' });
    expect(step.outputs['failure_reason']).toBe('input-invalid');
    expect(step.log).toContain('`multi_az` (in wrong.yml): "perhaps"');
    expect(step.log).toContain('`enginev` (in wrong.yml)');
  });

  test('must not hold a password, and the error does not repeat it', async () => {
    await job.file('secret.yml', 'name: shop\ncloud_provider: local\nmaster_password: tweet-from-file\n');
    const step = await job.step({ config: 'secret.yml', command: 'plan' });
    expect(step.outputs['failure_reason']).toBe('input-invalid');
    expect(step.log).toContain('must not be kept in a file');
    expect(step.log).not.toContain('tweet-from-file');
  });

  test.each(['../outside.yml', '/etc/passwd', 'missing.yml'])('at %s is not read', async config => {
    const step = await job.step({ config, command: 'plan' });
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'config-invalid' });
    expect(step.log).not.toContain('root:');
  });
});

describe('features that a runner does not have', () => {
  const asked = { ...local, multi_az: 'true', vpc_id: 'vpc-1', allocated_storage: '100', kms_key_id: 'key' };

  test('cause a notice for each input, listed in an output', async () => {
    const step = await job.step(asked);
    expect(step.exitCode).toBe(0);
    expect(step.outputs['result']).toBe('planned');
    const unsupported = JSON.parse(step.outputs['unsupported'] ?? '[]') as readonly string[];
    expect([...unsupported].sort()).toEqual(['allocated_storage', 'kms_key_id', 'multi_az', 'vpc_id']);
    expect((await planOf(step)).notices.filter(({ code }) => code === 'unsupported')).toHaveLength(4);
  });

  test('are an error with `strict`', async () => {
    const step = await job.step({ ...asked, strict: 'true' });
    expect(step.exitCode).toBe(1);
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'unsupported' });
    for (const input of ['multi_az', 'vpc_id', 'allocated_storage', 'kms_key_id'])
      expect(step.log).toContain(`\`${input}\``);
  });

  test('cause no notice when the input is off', async () => {
    const step = await job.step({
      ...local,
      multi_az: 'false',
      storage_encrypted: 'false',
      allowed_cidr_blocks: '[]',
      strict: 'true'
    });
    expect(step.outputs['result']).toBe('planned');
  });
});

describe('outside of a workflow', () => {
  test('the action reports that it needs one, and throws nothing', async () => {
    const step = await job.step(local, { env: { GITHUB_EVENT_NAME: undefined, GITHUB_EVENT_PATH: undefined } });
    expect(step.exitCode).toBe(1);
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'event-invalid' });
    expect(step.log).toMatch(/^::error::Could not read the workflow event/m);
    expect(step.log).not.toContain(' at ');
  });
});

describe('`command: auto`', () => {
  test('refuses an unknown event, and says what to do', async () => {
    const step = await job.step({ cloud_provider: 'local' }, { env: { GITHUB_EVENT_NAME: 'watch' } });
    expect(step.exitCode).toBe(1);
    expect(step.outputs['failure_reason']).toBe('input-invalid');
    expect(step.log).toContain('watch');
  });
});
