import { readFile } from 'node:fs/promises';
import { ACCESS_TOKEN } from '../clouds/gcp/supporting.ts';
import { everythingOf, PASSWORD } from '../support/cloud-harness.ts';
import { openGcp, type GcpHarness } from '../support/gcp-harness.ts';
import { changesOf, planOf } from '../support/harness.ts';

type Inputs = Readonly<Record<string, string>>;

let on: GcpHarness;
beforeEach(async () => {
  on = await openGcp();
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
const destroy = (inputs: Inputs): Inputs => ({ ...inputs, command: 'destroy', confirm_destroy: inputs['name'] ?? '' });

describe('the examples of Google Cloud', () => {
  test('the basic one, the module’s own, is planned, created, and destroyed with a final backup', async () => {
    const inputs = on.example('gcp-basic');
    const first = await on.step({ ...inputs, command: 'plan' });
    const { notices } = await planOf(first);
    const said = notices.map(({ code, message }) => `${code} ${message}`).join('\n');
    for (const words of ['db-f1-micro shares its core', 'point-in-time recovery', 'public address']) {
      expect(said).toContain(words);
    }
    expect(on.gcp.mutations()).toEqual([]);
    await applied(inputs);
    expect(on.gcp.instance('learning-assistant-db').json).toMatchObject({
      databaseVersion: 'POSTGRES_17',
      settings: {
        tier: 'db-f1-micro',
        edition: 'ENTERPRISE',
        dataDiskSizeGb: '20',
        backupConfiguration: { enabled: true, startTime: '03:00', pointInTimeRecoveryEnabled: true },
        ipConfiguration: { ipv4Enabled: true, authorizedNetworks: [], sslMode: 'ENCRYPTED_ONLY' }
      }
    });
    const gone = await on.step(destroy(inputs));
    if (gone.outputs['result'] !== 'destroyed') throw new Error(gone.log);
    expect(on.gcp.leftovers()).toEqual([expect.stringMatching(/^backup of learning-assistant-db .*final/)]);
  }, 60_000);

  test('the one for production is created with all its supporting resources, sets all outputs, is changed, and destroyed', async () => {
    const inputs = on.example('gcp-production');
    const made = await on.made(inputs);
    expect(made.outputs).toMatchObject({
      result: 'applied',
      host: '127.20.0.3',
      port: '5432',
      database: 'learning_assistant',
      username: 'learning',
      password: PASSWORD,
      sslmode: 'verify-ca',
      db_instance_id: 'learning-assistant-prod',
      db_instance_resource_id: 'shop-project:us-central1:learning-assistant-prod',
      db_instance_endpoint: '127.20.0.3:5432',
      proxy_endpoint: '127.20.0.3:6432',
      performance_insights_enabled: 'true',
      read_replica_ids: JSON.stringify(['1', '2', 'us-east1'].map(which => `learning-assistant-prod-replica-${which}`))
    });
    expect(made.outputs['pool_url']).toMatch(/^postgresql:\/\/learning:.*:6432\/learning_assistant\?/);
    expect(await readFile(made.outputs['ca_certificate_path'] ?? '', 'utf8')).toContain('BEGIN CERTIFICATE');
    expect(made.masked).toEqual(expect.arrayContaining([PASSWORD, ACCESS_TOKEN, made.outputs['database_url']]));
    for (const secret of [PASSWORD, ACCESS_TOKEN]) expect(everythingOf(made)).not.toContain(secret);
    expect(await planned(inputs)).toEqual([]);
    const live = on.gcp.instance('learning-assistant-prod');
    expect(live.passwords.get('learning')).toBe(PASSWORD);
    expect(on.gcp.leftovers()).toMatchInlineSnapshot(`
     [
       "alert CPU utilization of learning-assistant-prod",
       "alert Number of connections of learning-assistant-prod",
       "alert Used storage of learning-assistant-prod",
       "database learning-assistant-prod learning_assistant",
       "instance learning-assistant-prod",
       "instance learning-assistant-prod-replica-1 after shop-project:learning-assistant-prod",
       "instance learning-assistant-prod-replica-2 after shop-project:learning-assistant-prod",
       "instance learning-assistant-prod-replica-us-east1 after shop-project:learning-assistant-prod",
       "user learning-assistant-prod app@shop-project.iam",
       "user learning-assistant-prod database-admins@example.com",
       "user learning-assistant-prod learning",
     ]
    `);
    const changed = {
      ...inputs,
      parameters: 'log_statement: ddl\nmax_connections: "300"',
      read_replica_count: '1',
      alarms: 'cpu: {threshold: 70}',
      iam_users: 'group:database-admins@example.com',
      proxy_config: 'pool_mode: session\ndefault_pool_size: 30',
      enable_deletion_protection: 'false',
      skip_final_snapshot: 'true'
    };
    await awaited(changed);
    expect(on.gcp.leftovers().filter(line => /alert|replica|user/.test(line))).toEqual([
      'alert CPU utilization of learning-assistant-prod',
      'instance learning-assistant-prod-replica-1 after shop-project:learning-assistant-prod',
      'instance learning-assistant-prod-replica-us-east1 after shop-project:learning-assistant-prod',
      'user learning-assistant-prod database-admins@example.com',
      'user learning-assistant-prod learning'
    ]);
    expect((await on.step(destroy(changed))).outputs['result']).toBe('destroyed');
    expect(on.gcp.leftovers()).toEqual([]);
  }, 90_000);

  test('the copy is made of the current instance, with its data and size, and its own password', async () => {
    await on.begun(on.example('gcp-production'));
    const copy = { ...on.example('gcp-point-in-time'), restore_to_time: on.gcp.state.now() };
    await awaited(copy);
    const live = on.gcp.instance('learning-assistant-restored');
    expect(live.origin).toBe(`clone of learning-assistant-prod at ${copy.restore_to_time}`);
    expect(live.json['settings']).toMatchObject({
      tier: 'db-perf-optimized-N-4',
      dataDiskSizeGb: '500',
      availabilityType: 'ZONAL',
      deletionProtectionEnabled: false,
      userLabels: { 'pgkeep-name': 'learning-assistant-restored' }
    });
  }, 60_000);

  test('the one of a pull request is created for it and destroyed with it', async () => {
    on.harness.github.seedPull({ number: 7 });
    const inputs = on.example('gcp-pull-request');
    const made = await on.step(inputs, { name: 'pull_request', number: 7, action: 'opened' });
    expect(made.outputs).toMatchObject({ result: 'applied', db_instance_id: 'orders-pr-7' });
    on.harness.github.close(7);
    const gone = await on.step(inputs, { name: 'pull_request', number: 7, action: 'closed' });
    expect(gone.outputs['result']).toBe('destroyed');
    expect(on.gcp.leftovers()).toEqual([]);
  }, 60_000);
});

describe('a project with problems', () => {
  test('whose operation ends with an error fails with Google’s words, and the next run reports its outcome', async () => {
    const inputs = on.example('gcp-basic');
    await on.begun(inputs);
    on.gcp.doom('UPDATE', { code: 'INTERNAL_ERROR', message: 'The zone has no such machine left.' });
    const step = await on.step({ ...inputs, command: 'apply', disk_size: '40' });
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'provider-failed' });
    expect(step.log).toContain('The zone has no such machine left.');
    await awaited({ ...inputs, disk_size: '40' });
  }, 30_000);

  test('doctor lists missing permissions, and says that an editor is not enough', async () => {
    for (const one of ['cloudsql.instances.create', 'cloudsql.instances.delete', 'cloudsql.users.create']) {
      on.gcp.state.denied.add(one);
    }
    const inputs = {
      ...on.example('gcp-basic'),
      command: 'doctor',
      gcp_region: 'us-east1',
      instance_type: 'db-perf-optimized-N-128'
    };
    const step = await on.step(inputs);
    for (const words of [
      'cloudsql.instances.create',
      'roles/cloudsql.editor',
      'not offered in us-east1',
      'shop-project'
    ]) {
      expect(step.log).toContain(words);
    }
    expect(on.gcp.mutations()).toEqual([]);
  });
});

describe('inputs that Cloud SQL maps or refuses', () => {
  test('are reported, each with its effect', async () => {
    const { instance_type: _tier, ...inputs } = on.example('gcp-basic');
    const step = await on.step({
      ...inputs,
      command: 'plan',
      instance_class: 'db.t3.medium',
      storage_type: 'gp3',
      storage_iops: '12000',
      parameters: 'ssl: on\nshared_buffers: 256MB\nshared_preload_libraries: pg_stat_statements',
      alarms: 'read_latency: {}\nfree_storage: {period: 90}',
      allowed_cidr_blocks: '10.0.0.0/8',
      subnet_ids: 'subnet-1',
      option_group_name: 'options',
      tags: 'Team: Shop'
    });
    expect(step.exitCode).toBe(0);
    const said = (await planOf(step)).notices.map(({ code, input }) => `${code} ${input ?? ''}`);
    expect(said).toEqual(
      expect.arrayContaining([
        'value-mapped instance_class',
        'value-mapped storage_type',
        'value-mapped parameters',
        'value-ignored alarms',
        'value-mapped alarms',
        'value-rounded alarms',
        'unsupported option_group_name',
        'value-mapped tags'
      ])
    );
  });

  // Others: unit/providers/answers-to-inputs, unit/providers/pairs-of-inputs.
  test.each([
    ['replica_region', { replica_region: 'us-east1', kms_key_id: 'projects/p/locations/l/keyRings/r/cryptoKeys/k' }],
    ['tags', { tags: 'Team: a\nteam: b' }]
  ])('are refused before anything is contacted: %s', async (input, more) => {
    const step = await on.step({ ...on.example('gcp-basic'), command: 'plan', ...more });
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'input-invalid' });
    expect(step.log).toContain(input);
    expect(on.gcp.calls()).toEqual([]);
  });
});
