import { readFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { ACCESS_TOKEN } from '../clouds/gcp/supporting.ts';
import { ask, query } from '../support/client.ts';
import { PASSWORD } from '../support/cloud-harness.ts';
import { openGcp, type GcpHarness } from '../support/gcp-harness.ts';
import { connectorDoor, type ConnectorDoor } from '../support/connector-door.ts';
import { leaksOf } from '../support/secrecy.ts';
import type { Step } from '../support/job.ts';
import { changesOf } from '../support/harness.ts';

type Inputs = Readonly<Record<string, string>>;

describe('databases of pull requests on Google Cloud', () => {
  let on: GcpHarness;
  let lasting: Inputs;
  beforeAll(async () => {
    on = await openGcp();
    lasting = {
      cloud_provider: 'gcp',
      name: 'orders',
      gcp_project: on.gcp.project,
      gcp_region: 'us-central1',
      engine_version: '17',
      tier: 'db-custom-1-3840',
      database_name: 'orders',
      master_username: 'postgres',
      master_password: PASSWORD,
      multi_az: 'true',
      enable_backup: 'true',
      enable_binary_log_backup: 'true',
      enable_deletion_protection: 'true'
    };
    for (let number = 1; number <= 9; number += 1) on.harness.github.seedPull({ number });
    expect((await on.step(lasting)).outputs['result']).toBe('applied');
  }, 60_000);
  afterAll(async () => on.close());

  const step = async (number: number, action: string, inputs: Inputs): Promise<Step> =>
    on.step({ ...lasting, ...inputs }, { name: 'pull_request', number, action });

  test('a clone is a copy of its base as it is, without its standby, its backups and its protection', async () => {
    const made = await step(1, 'opened', { ephemeral: 'clone' });
    expect(made.outputs).toMatchObject({ result: 'applied', db_instance_id: 'orders-pr-1' });
    const live = on.gcp.instance('orders-pr-1');
    expect(live.origin).toBe('clone of orders');
    expect(live.json['settings']).toMatchObject({
      availabilityType: 'ZONAL',
      backupConfiguration: { enabled: false, pointInTimeRecoveryEnabled: false },
      deletionProtectionEnabled: false,
      userLabels: { 'pgkeep-pull-request': '1', 'pgkeep-name': 'orders-pr-1' }
    });
    const kept = await step(1, 'synchronize', { ephemeral: 'clone', ttl: '9d' });
    expect(await changesOf(kept)).toEqual([]);
    expect(kept.outputs['expires_at']).not.toBe(made.outputs['expires_at']);
  }, 60_000);

  test('those of closed pull requests are swept; the lasting instance and those of others stay', async () => {
    on.harness.github.close(1);
    const stranger = { kind: 'sql#instance', name: 'stranger', state: 'RUNNABLE', settings: {} };
    on.gcp.state.instances.set('stranger', { ...on.gcp.instance('orders'), json: stranger, before: stranger });
    const swept = await on.step({ ...lasting, ephemeral: 'instance' }, { name: 'schedule' });
    expect(swept.outputs).toMatchObject({ command: 'sweep', result: 'swept', to_delete: '1' });
    expect([...on.gcp.state.instances.keys()].sort()).toEqual(['orders', 'stranger']);
  }, 60_000);

  test('an unfinished clone of a closed pull request is destroyed by the run that closes it, or by a sweep', async () => {
    const asked = { ...lasting, ephemeral: 'clone' };
    const job = await on.job({ name: 'pull_request', number: 2, action: 'opened' });
    const running = await job.start(asked);
    on.gcp.killAfter('instances.clone', 1, () => running.kill('SIGKILL'));
    expect((await running.done).signal).toBe('SIGKILL');
    on.gcp.clearFaults();
    const swept = async (): Promise<Step> => on.step(asked, { name: 'schedule' });
    const names = (): readonly string[] => [...on.gcp.state.instances.keys()];
    // While the pull request is open a sweep leaves it to the next run.
    expect((await swept()).outputs).toMatchObject({ result: 'no-changes', to_delete: '0' });
    on.harness.github.close(2);
    const left = on.gcp.instance('orders-pr-2');
    const rested = { ...left, json: { ...left.json, state: 'RUNNABLE' } };
    expect((await step(2, 'closed', { ephemeral: 'clone' })).outputs['result']).toBe('destroyed');
    expect(names()).toContain('orders');
    expect(names()).not.toContain('orders-pr-2');
    on.gcp.state.instances.set('orders-pr-2', rested);
    expect((await swept()).outputs['result']).toBe('swept');
    expect(names()).toContain('orders');
    expect(names()).not.toContain('orders-pr-2');
  }, 60_000);

  describe('on an instance that this runner reaches', () => {
    let server: Step;
    let door: Server;
    let connector: ConnectorDoor;
    beforeAll(async () => {
      const job = await on.job();
      const real = { cloud_provider: 'local', name: 'instance', engine_version: '17', tls: 'true' };
      server = await job.step({ ...real, master_username: 'postgres', master_password: PASSWORD });
      // Cloud SQL has one port: behind it, on an address of its own, is the real server.
      const host = '127.20.113.20';
      const { port } = server.outputs;
      door = createServer(client => {
        const behind = connect(Number(port), '127.0.0.1');
        client.on('error', () => behind.destroy()).pipe(behind);
        behind.on('error', () => client.destroy()).pipe(client);
      });
      await new Promise<void>(resolve => door.listen(5432, host, resolve));
      connector = await connectorDoor(`${on.gcp.project}:orders`, { port: Number(port), host, tls: true });
      on.gcp.state.connector = connector;
      on.gcp.state.place = { host, ca: await readFile(server.outputs['ca_certificate_path'] ?? '', 'utf8') };
    }, 60_000);
    afterAll(async () => {
      door.close();
      await connector.close();
    });

    test('databases and roles are made through the connector, which changes nothing of the instance', async () => {
      const inputs = {
        ...lasting,
        connect_through: 'connector',
        password_seed: 'a long seed that only this repository knows',
        databases: 'sales: { extensions: [hstore] }',
        roles: 'sales_app: { access: { sales: readwrite } }',
        application_role: 'sales_app'
      };
      await query(server.outputs['database_url'], 'create database orders');
      const planned = await on.step({ ...inputs, command: 'plan' });
      expect(planned.outputs).toMatchObject({ result: 'planned', to_create: '7', unknown: '0' });
      expect(planned.log).toContain('SQL goes through the Cloud SQL connector');
      expect(planned.log).toContain('No outputs are set: the role sales_app is not there yet.');
      const job = await on.job();
      const applied = await job.step(inputs);
      expect(applied.outputs).toMatchObject({ result: 'applied', username: 'sales_app' });
      expect(applied.log).toMatch(/Connected to .* through the Cloud SQL connector: PostgreSQL 17[.\d]*, TLS on/);
      const own = `${applied.outputs['database_url'] ?? ''}&uselibpqcompat=true`;
      expect(await ask(own, "select extname from pg_extension where extname = 'hstore'")).toBe('hstore');
      const from = { changes: on.gcp.mutations().length, calls: on.gcp.calls().length, users: connector.users.length };
      expect((await on.step(inputs)).outputs['result']).toBe('no-changes');
      expect(on.gcp.mutations()).toHaveLength(from.changes);
      // One session in each database, and one as the role of the outputs.
      expect(connector.users.slice(from.users)).toEqual(['postgres', 'postgres', 'sales_app']);
      const asked = on.gcp.calls().slice(from.calls);
      expect(asked.filter(({ action }) => action.startsWith('connect.'))).toHaveLength(2);
      const traces = { job, github: on.harness.github, steps: [applied] };
      expect(leaksOf([ACCESS_TOKEN, '-----BEGIN RSA PRIVATE KEY'], traces)).toEqual([]);
    }, 60_000);

    test('a database is created with its own user, found again in another job, and removed', async () => {
      const seed = { ephemeral: 'database', password_seed: 'a long seed that only this repository knows' };
      const made = await step(5, 'opened', seed);
      expect(made.outputs).toMatchObject({ result: 'applied', sslmode: 'verify-ca', host: '127.20.113.20' });
      const { database_url: url, database, username, password = '' } = made.outputs;
      // This client's own `verify-ca` checks the name too, which a certificate of Cloud SQL does not hold.
      expect(await ask(`${url}&uselibpqcompat=true`, 'select current_user = current_database()')).toBe(true);
      expect(database).toMatch(/^pr_5_/);
      const again = await step(5, 'synchronize', { ...seed, command: 'outputs' });
      expect(again.outputs).toMatchObject({ database, username, password });
      on.harness.github.close(5);
      expect((await step(5, 'closed', seed)).outputs['result']).toBe('destroyed');
      const left = await query(server.outputs['database_url'], "select 1 from pg_database where datname ~ '^pr_'");
      expect(left).toEqual([]);
    }, 60_000);
  });
});
