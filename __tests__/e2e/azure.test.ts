import { readFile } from 'node:fs/promises';
import { openAzure, type AzureHarness } from '../support/azure-harness.ts';
import { everythingOf, PASSWORD } from '../support/cloud-harness.ts';
import { changesOf, planOf } from '../support/harness.ts';

describe('the examples of Azure', () => {
  let on: AzureHarness;
  beforeEach(async () => {
    on = await openAzure();
  });
  afterEach(async () => on.close());

  test('the basic one is planned with a notice for mapped inputs, created, and needs no change then', async () => {
    const {
      engine_version: _version,
      sku_name: _size,
      allocated_storage: _storage,
      ...example
    } = on.example('azure-basic');
    // What the module's documentation shows: sizes of the retired Single Server.
    const inputs: Readonly<Record<string, string>> = {
      ...example,
      sku_name: 'B_Gen5_1',
      server_version: '11',
      storage_mb: '5120'
    };
    const planned = await on.step({ ...inputs, command: 'plan' });
    const mapped = (await planOf(planned)).notices.filter(({ code }) => code === 'value-mapped');
    expect(mapped.map(({ input }) => input).toSorted((a = '', b = '') => a.localeCompare(b))).toEqual([
      'server_version',
      'sku_name',
      'storage_mb'
    ]);
    expect((await on.step(inputs)).outputs['result']).toBe('applied');
    expect(await changesOf(await on.step({ ...inputs, command: 'plan' }))).toEqual([]);
  }, 60_000);

  test('`doctor` finds everything that the largest one needs, and changes nothing', async () => {
    const step = await on.step({ ...on.example('azure-production'), command: 'doctor' });
    expect(step.exitCode).toBe(0);
    expect(step.log).toContain('✓ Permissions to apply: all allowed');
    expect(step.log).not.toMatch(/✗/);
    expect(on.azure.mutations()).toEqual([]);
  });

  test('the one of a pull request is created for it and destroyed with it', async () => {
    on.harness.github.seedPull({ number: 7 });
    const inputs = on.example('azure-pull-request');
    const made = await on.step(inputs, { name: 'pull_request', number: 7, action: 'opened' });
    expect(made.outputs).toMatchObject({ result: 'applied', db_instance_id: 'orders-pr-7' });
    on.harness.github.close(7);
    const gone = await on.step(inputs, { name: 'pull_request', number: 7, action: 'closed' });
    expect(gone.outputs['result']).toBe('destroyed');
    expect(on.azure.leftovers()).toEqual([]);
  }, 60_000);

  test('a clone for a pull request begins with the data of its base, logs in with its own password, and is destroyed', async () => {
    const { ephemeral: _kind, ttl: _ttl, max_ephemeral: _most, ...base } = on.example('azure-pull-request');
    await on.begun({ ...base, name: 'shop' });
    on.harness.github.seedPull({ number: 7 });
    const inputs = { ...base, ephemeral: 'clone', base_database: 'shop', master_password: 'Another-horse-8431' };
    const made = await on.step(inputs, { name: 'pull_request', number: 7, action: 'opened' });
    expect(made.outputs).toMatchObject({
      result: 'applied',
      db_instance_id: 'orders-pr-7',
      password: 'Another-horse-8431'
    });
    const clone = [...on.azure.state.servers.values()].find(({ name }) => name === 'orders-pr-7');
    expect(clone).toMatchObject({ password: 'Another-horse-8431', sku: { name: 'Standard_B1ms' } });
    on.harness.github.close(7);
    await on.step(inputs, { name: 'pull_request', number: 7, action: 'closed' });
    expect(on.azure.leftovers()).toEqual(['server shop']);
  }, 60_000);

  test('the one for production is created with all its supporting resources, changed, and destroyed', async () => {
    const inputs = on.example('azure-production');
    const made = await on.made(inputs);
    expect(made.outputs).toMatchObject({
      result: 'applied',
      username: 'learning',
      database: 'learning_assistant',
      port: '5432',
      password: PASSWORD,
      pool_url: expect.stringMatching(/:6432\/learning_assistant\?/) as string,
      proxy_endpoint: expect.stringMatching(/:6432$/) as string,
      performance_insights_enabled: 'true',
      reboot_required: 'false',
      sslmode: 'verify-full'
    });
    const authorities = await readFile(made.outputs['ca_certificate_path'] ?? '', 'utf8');
    expect(authorities.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(JSON.parse(made.outputs['read_replica_endpoints'] ?? '')).toHaveLength(2);
    expect(made.masked).toEqual(
      expect.arrayContaining([PASSWORD, made.outputs['database_url'], made.outputs['pool_url']])
    );
    expect(everythingOf(made)).not.toContain(PASSWORD);
    expect(await changesOf(await on.step({ ...inputs, command: 'plan' }))).toEqual([]);
    expect(on.azure.leftovers()).toMatchInlineSnapshot(`
     [
       "microsoft.authorization/locks/pgkeep",
       "microsoft.insights/diagnosticsettings/pgkeep",
       "microsoft.insights/metricalerts/learning-assistant-prod-connections",
       "microsoft.insights/metricalerts/learning-assistant-prod-cpu",
       "server learning-assistant-prod",
       "server learning-assistant-prod-replica-1",
       "server learning-assistant-prod-replica-2",
     ]
    `);

    const changed = {
      ...inputs,
      sku_name: 'GP_Standard_D8ds_v5',
      allocated_storage: '1024',
      parameters: 'log_statement: ddl\nwork_mem: 32MB',
      proxy_config: 'pool_mode: session\ndefault_pool_size: 40',
      read_replica_count: '1',
      alarms: 'cpu: {threshold: 60}',
      enable_deletion_protection: 'false'
    };
    expect((await on.step({ ...changed, command: 'apply' })).outputs['result']).toBe('applied');
    expect(await changesOf(await on.step({ ...changed, command: 'plan' }))).toEqual([]);

    const destroy = { command: 'destroy', confirm_destroy: inputs['name'] ?? '', skip_final_snapshot: 'true' };
    expect((await on.step({ ...changed, ...destroy })).outputs['result']).toBe('destroyed');
    expect(on.azure.leftovers()).toEqual([]);
  }, 120_000);

  test('the restored one begins with the data of its source, and logs in with its own password', async () => {
    const source = on.example('azure-production');
    await on.begun(source);
    const inputs = on.example('azure-point-in-time');
    const restored = await on.step({ ...inputs, command: 'apply' });
    if (restored.exitCode !== 0) throw new Error(restored.log);
    expect(restored.outputs).toMatchObject({ result: 'applied', db_instance_id: 'learning-assistant-restored' });
    expect(await changesOf(await on.step({ ...inputs, command: 'plan' }))).toEqual([]);
    const server = [...on.azure.state.servers.values()].find(one => one.name === 'learning-assistant-restored');
    expect([...(server?.databases.keys() ?? [])]).toContain('learning_assistant');
    expect(server?.password).toBe(PASSWORD);
  }, 90_000);
});

describe('a subscription with problems', () => {
  let on: AzureHarness;
  let inputs: Readonly<Record<string, string>>;
  beforeEach(async () => {
    on = await openAzure();
    inputs = on.example('azure-basic');
  });
  afterEach(async () => on.close());

  const creates = (): number =>
    on.azure.mutations().filter(({ action, status }) => action === 'PUT flexibleServers' && status < 300).length;

  test('that does not answer the create call gets one server', async () => {
    on.azure.fault({ action: 'PUT flexibleServers', when: 'after' });
    expect((await on.step({ ...inputs, command: 'apply' })).outputs['result']).toBe('applied');
    expect([...on.azure.state.servers.keys()]).toHaveLength(1);
    expect(await changesOf(await on.step({ ...inputs, command: 'plan' }))).toEqual([]);
  }, 60_000);

  test('whose operation fails reports its code and words, and creates no second server', async () => {
    on.azure.doom('learning-assistant-db', { code: 'RegionIsOfferRestricted', message: 'No room in East US today.' });
    const step = await on.step({ ...inputs, command: 'apply' });
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'provider-failed' });
    expect(step.log).toContain('RegionIsOfferRestricted');
    expect(step.log).toContain('No room in East US today.');
    expect(creates()).toBe(1);
  }, 60_000);

  test("with another owner's server of that name leaves it alone", async () => {
    await on.begun(inputs);
    for (const server of on.azure.state.servers.values()) server.tags = { team: 'others' };
    const before = on.azure.mutations().length;
    const step = await on.step({ ...inputs, command: 'apply', sku_name: 'GP_Standard_D2ds_v5' });
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'not-ours' });
    expect(on.azure.mutations()).toHaveLength(before);
  });

  test('whose size is refused gets its other changes, and a database of others in it stops a destroy', async () => {
    await on.begun(inputs);
    const [server] = on.azure.state.servers.values();
    on.azure.state.soldOut.add('Standard_D2ds_v5');
    const changed = { ...inputs, sku_name: 'GP_Standard_D2ds_v5', parameters: 'work_mem: 8MB' };
    const refused = await on.step({ ...changed, command: 'apply' });
    expect(refused.outputs).toMatchObject({ result: 'failed', failure_reason: 'provider-failed' });
    expect(server?.configurations.get('work_mem')?.value).toBe('8192');
    expect(await changesOf(await on.step({ ...changed, command: 'plan' }))).toEqual([
      expect.stringContaining('instance_class')
    ]);
    server?.databases.set('analytics', {});
    const destroy = { command: 'destroy', confirm_destroy: inputs['name'] ?? '', skip_final_snapshot: 'true' };
    const blocked = await on.step({ ...inputs, ...destroy });
    expect(blocked.outputs).toMatchObject({ result: 'failed', failure_reason: 'not-ours' });
    expect(blocked.log).toContain('Move or delete database analytics first');
    server?.databases.delete('analytics');
    expect((await on.step({ ...inputs, ...destroy })).outputs['result']).toBe('destroyed');
  }, 60_000);

  test('is not contacted for inputs that Azure would refuse', async () => {
    const step = await on.step({ ...inputs, enable_proxy: 'true', parameters: 'wrok_mem: 8MB' });
    expect(step.outputs).toMatchObject({ result: 'failed', failure_reason: 'input-invalid' });
    expect(step.log).toMatch(/`enable_proxy`[\s\S]*`parameters`|`parameters`[\s\S]*`enable_proxy`/);
    expect(on.azure.calls()).toEqual([]);
  });
});
