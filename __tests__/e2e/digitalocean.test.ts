import { readFile } from 'node:fs/promises';
import { TOKEN } from '../clouds/digitalocean/fake-digitalocean.ts';
import { everythingOf } from '../support/cloud-harness.ts';
import { openDigitalOcean, type DigitalOceanHarness } from '../support/digitalocean-harness.ts';
import { changesOf, planOf } from '../support/harness.ts';

type Inputs = Readonly<Record<string, string>>;

let on: DigitalOceanHarness;
beforeEach(async () => {
  on = await openDigitalOcean();
});
afterEach(async () => on.close());

const planned = async (inputs: Inputs): Promise<readonly string[]> =>
  changesOf(await on.step({ ...inputs, command: 'plan' }));
const applied = async (inputs: Inputs): Promise<void> => {
  const { outputs, log } = await on.step({ ...inputs, command: 'apply' });
  if (outputs['result'] !== 'applied') throw new Error(log);
};
const awaited = async (inputs: Inputs): Promise<void> => {
  await applied(inputs);
  expect(await planned(inputs)).toEqual([]);
};
const destroy = (inputs: Inputs): Inputs => ({
  ...inputs,
  command: 'destroy',
  confirm_destroy: inputs['name'] ?? '',
  skip_final_snapshot: 'true'
});

describe('the examples of DigitalOcean', () => {
  test('the basic one grows, and is destroyed', async () => {
    const inputs = on.example('digitalocean-basic');
    await on.begun(inputs);
    await awaited({ ...inputs, instance_class: 'db-s-2vcpu-4gb', allocated_storage: '100' });
    expect(on.digitalocean.cluster('learning-assistant-db')).toMatchObject({ storage_size_mib: 102_400 });
    expect((await on.step(destroy(inputs))).outputs['result']).toBe('destroyed');
    expect(on.digitalocean.leftovers()).toEqual([]);
  }, 60_000);

  test('the one for production sets all outputs: endpoints of the cluster, its replicas and its pool, with the certificate, and with secrets masked', async () => {
    const inputs = on.example('digitalocean-production');
    const step = await on.made(inputs);
    const cluster = on.digitalocean.cluster('learning-assistant-production');
    const password = cluster.users.get('learning')?.password ?? '';
    expect(step.outputs).toMatchObject({
      db_instance_id: cluster.id,
      db_instance_arn: `do:dbaas:${cluster.id}`,
      db_instance_name: 'learning_assistant',
      db_instance_username: 'learning',
      db_instance_port: '25060',
      port: '25060',
      username: 'learning',
      database: 'learning_assistant',
      password,
      pool_url: expect.stringMatching(
        /^postgresql:\/\/learning:.*:25061\/learning_assistant-pool\?sslmode=verify-full/
      ) as string,
      private_host: `private-${step.outputs['host'] ?? ''}`,
      proxy_endpoint: expect.stringMatching(/:25061$/) as string
    });
    expect(JSON.parse(step.outputs['read_replica_endpoints'] ?? '')).toHaveLength(2);
    expect(await readFile(step.outputs['ca_certificate_path'] ?? '', 'utf8')).toContain('BEGIN CERTIFICATE');
    expect(step.masked).toEqual(
      expect.arrayContaining([password, TOKEN, step.outputs['database_url'], step.outputs['pool_url']])
    );
    expect(everythingOf(step)).not.toContain(password);
    const elsewhere = await on.step({ ...inputs, command: 'outputs' });
    const said = ({ outputs }: typeof step): readonly string[] =>
      Object.entries(outputs)
        .filter(([name]) => /^db_|^read_replica|url$|host$|^password|^proxy/.test(name))
        .map(([name, value]) => `${name}: ${value.replace(/sslrootcert=[^&]*/, 'sslrootcert=')}`);
    expect(said(elsewhere)).toEqual(said(step));
    expect(said(step).length).toBeGreaterThan(12);
    expect(elsewhere.masked).toEqual(expect.arrayContaining([password, elsewhere.outputs['pool_url']]));
    expect(everythingOf(elsewhere)).not.toContain(password);
  }, 60_000);

  test('the one for production is created with all its supporting resources, changed, and destroyed', async () => {
    const inputs = on.example('digitalocean-production');
    await on.begun(inputs);
    expect(await planned(inputs)).toEqual([]);
    const cluster = on.digitalocean.cluster('learning-assistant-production');
    expect(cluster).toMatchObject({
      num_nodes: 2,
      storage_size_mib: 81_920,
      maintenance: { day: 'sunday', hour: '04:00:00' },
      config: { work_mem: 16, log_min_duration_statement: 500 },
      autoscale: { storage: { enabled: true } }
    });
    expect(on.digitalocean.leftovers()).toMatchInlineSnapshot(`
     [
       "alert pgkeep: CPU of learning-assistant-production",
       "alert pgkeep: used memory of learning-assistant-production",
       "alert pgkeep: used storage of learning-assistant-production",
       "cluster learning-assistant-production",
       "database learning-assistant-production defaultdb",
       "database learning-assistant-production learning_assistant",
       "pool learning-assistant-production learning_assistant-pool",
       "replica learning-assistant-production learning-assistant-production-replica-1",
       "replica learning-assistant-production learning-assistant-production-replica-sfo3",
       "rule learning-assistant-production 198.51.100.7",
       "rule learning-assistant-production 203.0.113.0/24",
       "sink learning-assistant-production pgkeep",
       "user learning-assistant-production doadmin",
       "user learning-assistant-production learning",
     ]
    `);
    const changed = {
      ...inputs,
      parameters: 'work_mem: 32MB',
      proxy_config: 'pool_mode: session\ndefault_pool_size: 30',
      read_replica_count: '2',
      alarms: 'cpu: {threshold: 70}',
      allowed_cidr_blocks: '203.0.113.0/24',
      log_sink: 'server: logs.example.com\nport: 514\ntls: false',
      enable_deletion_protection: 'false'
    };
    await awaited(changed);
    expect(cluster.config).toMatchObject({ work_mem: 32, log_min_duration_statement: 500 });
    expect([...cluster.pools.values()]).toMatchObject([{ mode: 'session', size: 30 }]);
    expect((await on.step(destroy(changed))).outputs['result']).toBe('destroyed');
    expect(on.digitalocean.leftovers()).toEqual([]);
  }, 90_000);

  test('the copy is made of the current cluster, with its data and its size', async () => {
    const production = on.example('digitalocean-production');
    await on.begun(production);
    const copy = on.example('digitalocean-point-in-time');
    await awaited(copy);
    expect(on.digitalocean.cluster('learning-assistant-copy')).toMatchObject({
      size: 'db-s-2vcpu-4gb',
      region: 'nyc3',
      madeFrom: { database_name: 'learning-assistant-production', backup_created_at: copy['restore_to_time'] }
    });
    expect([...on.digitalocean.cluster('learning-assistant-copy').dbs]).toContain('learning_assistant');
  }, 60_000);

  test('the one of a pull request is created for it and destroyed with it', async () => {
    on.harness.github.seedPull({ number: 7 });
    const inputs = on.example('digitalocean-pull-request');
    const made = await on.step(inputs, { name: 'pull_request', number: 7, action: 'opened' });
    expect(made.outputs['result']).toBe('applied');
    const cluster = on.digitalocean.cluster('orders-pr-7');
    const password = cluster.users.get('doadmin')?.password ?? '';
    expect(made.outputs).toMatchObject({ db_instance_id: cluster.id, password });
    expect(everythingOf(made)).not.toContain(password);
    expect(everythingOf(made)).not.toContain(TOKEN);
    expect(
      on.harness.github
        .comments(7)
        .map(({ body }) => body)
        .join()
    ).not.toContain(password);
    on.harness.github.close(7);
    const gone = await on.step(inputs, { name: 'pull_request', number: 7, action: 'closed' });
    expect(gone.outputs['result']).toBe('destroyed');
    expect(on.digitalocean.leftovers()).toEqual([]);
  }, 60_000);
});

describe('the outputs', () => {
  test('lack the password when the token may not read it', async () => {
    on.digitalocean.state.denied.add('database:view_credentials');
    const step = await on.step({ ...on.example('digitalocean-basic'), command: 'apply' });
    expect(step.outputs['result']).toBe('applied');
    expect(step.outputs['host']).toContain('ondigitalocean.com');
    expect(step.outputs).not.toHaveProperty('password');
    expect(step.outputs['database_url']).toMatch(/^postgresql:\/\/doadmin@learning-assistant-db-/);
  });
});

describe('a team with problems', () => {
  test.each([
    ['that answers nothing to the call that makes the cluster', {}],
    ['whose gateway fails after the call that makes the cluster', { code: 'server_error', status: 502 }]
  ])('%s gets one cluster', async (_what, fault) => {
    on.digitalocean.fault({ action: 'POST /databases', when: 'after', ...fault });
    await awaited(on.example('digitalocean-basic'));
    expect(on.digitalocean.calls().filter(({ action }) => action === 'POST /databases')).toHaveLength(1);
    expect([...on.digitalocean.state.clusters.values()]).toHaveLength(1);
  });

  test('that throttles is waited for as long as it says', async () => {
    for (const nth of [2, 5]) on.digitalocean.fault({ action: '*', nth, code: 'too_many_requests' });
    const step = await on.step({ ...on.example('digitalocean-basic'), command: 'apply' }, undefined, { pace: 20 });
    expect(step.outputs['result']).toBe('applied');
  }, 30_000);

  test("with another workflow's cluster of that name leaves it alone", async () => {
    const inputs = on.example('digitalocean-basic');
    await on.begun(inputs);
    on.digitalocean.cluster('learning-assistant-db').tags = ['team:others'];
    const before = on.digitalocean.mutations().length;
    const step = await on.step({ ...inputs, command: 'apply', instance_class: 'db-s-2vcpu-4gb' });
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'not-ours' });
    expect(on.digitalocean.mutations()).toHaveLength(before);
  });

  test('with an expired token gets an error that says so', async () => {
    const job = await on.job();
    const step = await job.step({ ...on.example('digitalocean-basic'), digitalocean_token: 'dop_v1_expired' });
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'credentials-missing' });
    expect(step.log).not.toContain('dop_v1_expired');
  });
});

test('a snapshot is refused with the alternative', async () => {
  const inputs = on.example('digitalocean-basic');
  await on.begun(inputs);
  const step = await on.step({ ...inputs, command: 'snapshot' });
  expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'unsupported' });
  expect(step.log).toContain('pg_dump');
});

describe('inputs that DigitalOcean maps or refuses', () => {
  test('are reported, each with its effect', async () => {
    const step = await on.step({
      ...on.example('digitalocean-basic'),
      command: 'plan',
      cloud_provider: 'do',
      instance_class: 'db.t3.medium',
      parameters: 'ssl: on\nshared_buffers: 256MB\nwork_mem: 1500kB',
      allocated_storage: '65',
      alarms: 'connections: {}\nfreeable_memory: {}',
      master_username: 'shop'
    });
    const said = (await planOf(step)).notices.map(({ code, input }) => `${code} ${input ?? ''}`);
    expect(said).toEqual(
      expect.arrayContaining([
        'value-mapped instance_class',
        'value-ignored parameters',
        'value-rounded parameters',
        'value-rounded allocated_storage',
        'value-ignored alarms',
        'value-mapped alarms',
        'value-mapped master_username'
      ])
    );
  });

  // Others: unit/providers/answers-to-inputs, unit/providers/pairs-of-inputs.
  test.each([
    ['proxy_config', { enable_proxy: 'true', proxy_config: 'default_pool_size: 40' }],
    ['log_sink', { enable_logging: 'true' }],
    ['parameters', { parameters: 'work_mem: 2GB' }],
    ['restore_to_time', { restore_to_time: 'latest' }]
  ])('are refused before anything is contacted: %s', async (input, more) => {
    const step = await on.step({ ...on.example('digitalocean-basic'), ...more });
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'input-invalid' });
    expect(step.log).toContain(`\`${input}\``);
    expect(on.digitalocean.calls()).toEqual([]);
  });

  test('doctor says that a token lacks `account:read`', async () => {
    on.digitalocean.state.denied.add('account:read');
    const step = await on.step({ ...on.example('digitalocean-basic'), command: 'doctor' });
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'permission-denied' });
    expect(step.log).toContain('account:read');
  });

  test('doctor names missing scopes and unavailable offers', async () => {
    for (const scope of ['monitoring:read', 'tag:read']) on.digitalocean.state.denied.add(scope);
    const step = await on.step({
      ...on.example('digitalocean-basic'),
      command: 'doctor',
      digitalocean_region: 'hel1',
      alarms: 'cpu'
    });
    expect(step.log).toMatch(/✗ Scope tag:read.*✗ Scope monitoring:read/s);
    expect(step.log).toContain('hel1');
    expect(on.digitalocean.mutations()).toEqual([]);
  });
});

test('a refused change keeps no other back, and a database of others stops a destroy', async () => {
  const inputs = on.example('digitalocean-basic');
  await on.begun(inputs);
  const cluster = on.digitalocean.cluster('learning-assistant-db');
  const changed = { ...inputs, allocated_storage: '60000', parameters: 'work_mem: 16MB', command: 'apply' };
  const refused = await on.step(changed);
  expect(refused.outputs['result']).toBe('failed');
  expect(refused.log).toContain('storage_size_mib must be between');
  expect(cluster.config).toMatchObject({ work_mem: 16 });
  cluster.dbs.add('analytics');
  const blocked = await on.step(destroy(inputs));
  expect(blocked.outputs).toMatchObject({ result: 'failed', failure_reason: 'not-ours' });
  expect(blocked.log).toContain('Move or delete database analytics first');
  cluster.dbs.delete('analytics');
  expect((await on.step(destroy(inputs))).outputs['result']).toBe('destroyed');
}, 60_000);
