import { readFile } from 'node:fs/promises';
import { ask, query } from '../support/client.ts';
import { openDigitalOcean, type DigitalOceanHarness } from '../support/digitalocean-harness.ts';
import type { Job, Step } from '../support/job.ts';
import { changesOf, planOf } from '../support/harness.ts';

type Inputs = Readonly<Record<string, string>>;

describe('databases of pull requests on DigitalOcean', () => {
  let on: DigitalOceanHarness;
  let lasting: Inputs;
  beforeAll(async () => {
    on = await openDigitalOcean();
    lasting = { ...on.example('digitalocean-basic'), name: 'orders' };
    for (let number = 1; number <= 9; number += 1) on.harness.github.seedPull({ number });
    expect((await on.step(lasting)).outputs['result']).toBe('applied');
  }, 60_000);
  afterAll(async () => on.close());

  const step = async (number: number, action: string, inputs: Inputs): Promise<Step> =>
    on.step({ ...lasting, ...inputs }, { name: 'pull_request', number, action });
  const clusters = (): readonly string[] => [...on.digitalocean.state.clusters.values()].map(({ name }) => name).sort();

  test('a cluster of its own has one node, no protection, and is kept with a push, which moves its expiry', async () => {
    const inputs = { ephemeral: 'instance', instance_class: 'db-s-1vcpu-2gb', num_nodes: '3' };
    const made = await step(1, 'opened', { ...inputs, enable_deletion_protection: 'true' });
    expect(made.outputs).toMatchObject({ result: 'applied' });
    const { tags, num_nodes: nodes } = on.digitalocean.cluster('orders-pr-1');
    expect(nodes).toBe(1);
    expect(tags).not.toContain('pgkeep:protected');
    expect(tags).toEqual(expect.arrayContaining(['pgkeep:pull-request:1:1', 'pgkeep:run:1:9000001_2e1']));
    const kept = await step(1, 'synchronize', { ...inputs, ttl: '9d' });
    expect(await changesOf(kept)).toEqual([]);
    expect(kept.outputs['expires_at']).not.toBe(made.outputs['expires_at']);
    const expiries = on.digitalocean.cluster('orders-pr-1').tags.filter(tag => tag.startsWith('pgkeep:expires-at'));
    expect(expiries).toHaveLength(1);
  }, 60_000);

  test('a clone is a fork of the latest data of its base', async () => {
    const made = await step(2, 'opened', { ephemeral: 'clone' });
    expect(made.outputs['result']).toBe('applied');
    expect(on.digitalocean.cluster('orders-pr-2').madeFrom).toEqual({ database_name: 'orders' });
    expect((await step(2, 'synchronize', { ephemeral: 'clone' })).outputs['result']).toBe('no-changes');
  }, 60_000);

  test('those of closed pull requests are swept; the lasting cluster and those of others stay', async () => {
    await step(4, 'opened', { ephemeral: 'instance' });
    for (const number of [2, 4]) on.harness.github.close(number);
    const model = on.digitalocean.cluster('orders');
    const id = on.digitalocean.state.uuid();
    on.digitalocean.state.clusters.set(id, { ...model, id, name: 'stranger', tags: [] });
    const swept = await on.step({ ...lasting, ephemeral: 'instance' }, { name: 'schedule' });
    expect(swept.outputs).toMatchObject({ command: 'sweep', result: 'swept', to_delete: '2' });
    expect(swept.log).toContain('Swept: 2 removed, 1 kept, 2 left alone.');
    expect(clusters()).toEqual(['orders', 'orders-pr-1', 'stranger']);
  }, 60_000);

  test('it is destroyed when the pull request closes, and leaves no tag of its own', async () => {
    on.harness.github.close(1);
    const gone = await step(1, 'closed', { ephemeral: 'instance' });
    expect(gone.outputs['result']).toBe('destroyed');
    expect(on.digitalocean.leftovers().filter(line => /orders-pr|^tag/.test(line))).toEqual([]);
    expect((await step(1, 'closed', { ephemeral: 'instance' })).outputs['result']).toBe('no-changes');
  }, 60_000);

  test('a database on a cluster that this runner cannot reach is refused with a hint', async () => {
    const made = await step(3, 'opened', { ephemeral: 'database' });
    expect(made.outputs).toMatchObject({ result: 'failed', failure_reason: 'not-reachable' });
    expect(made.log).toContain('ephemeral: instance');
  }, 60_000);

  test('a database on a cluster needs a token that may read its password', async () => {
    on.digitalocean.state.denied.add('database:view_credentials');
    const made = await step(3, 'opened', { ephemeral: 'database' });
    on.digitalocean.state.denied.clear();
    expect(made.outputs).toMatchObject({ result: 'failed', failure_reason: 'credentials-missing' });
  }, 60_000);

  describe('on a cluster that this runner reaches', () => {
    let job: Job;
    let server: Step;
    beforeAll(async () => {
      job = await on.job();
      const password = on.digitalocean.cluster('orders').users.get('doadmin')?.password ?? '';
      const real = { cloud_provider: 'local', name: 'cluster', engine_version: '17', tls: 'true' };
      const login = { master_username: 'doadmin', master_password: password, database_name: 'defaultdb' };
      server = await job.step({ ...real, ...login });
      const { host = '', port, ca_certificate_path: file } = server.outputs;
      on.digitalocean.state.place = { host, port: Number(port), ca: await readFile(file ?? '', 'utf8') };
    }, 60_000);

    test('a database is created with its own user, found again in another job, and removed', async () => {
      const seed = { ephemeral: 'database', password_seed: 'a long seed that only this repository knows' };
      const made = await step(5, 'opened', seed);
      expect(made.outputs).toMatchObject({ result: 'applied', sslmode: 'verify-full' });
      const { database_url: url, database, username, password = '' } = made.outputs;
      expect(await ask(url, 'select current_user = current_database()')).toBe(true);
      expect(database).toMatch(/^pr_5_/);
      expect(made.masked).toContain(password);
      const again = await step(5, 'synchronize', { ...seed, command: 'outputs' });
      expect(again.outputs).toMatchObject({ database, username, password });
      on.harness.github.close(5);
      expect((await step(5, 'closed', seed)).outputs['result']).toBe('destroyed');
      const left = await query(server.outputs['database_url'], "select 1 from pg_database where datname ~ '^pr_'");
      expect(left).toEqual([]);
      expect(clusters()).toContain('orders');
    }, 60_000);
  });
});

test('a notice names the inputs that a pull request’s cluster leaves out', async () => {
  const on = await openDigitalOcean();
  on.harness.github.seedPull({ number: 7 });
  const inputs = { ...on.example('digitalocean-pull-request'), multi_az: 'true', replica_region: 'sfo3' };
  const opened = { name: 'pull_request', number: 7, action: 'opened' } as const;
  const { notices } = await planOf(await on.step({ ...inputs, command: 'plan' }, opened));
  expect(notices.map(({ message }) => message).join()).toMatch(/multi_az.*replica_region|replica_region.*multi_az/s);
  await on.close();
}, 60_000);
