import type { ActionError } from '../../../../src/errors.ts';
import { secretsIn } from '../../../../src/providers/digitalocean/api/secrets.ts';
import { startDigitalOcean, type FakeDigitalOcean } from '../../../clouds/digitalocean/fake-digitalocean.ts';
import { basic, everything } from '../../../support/digitalocean-inputs.ts';
import { digitaloceanRun, lines } from '../../../support/digitalocean-run.ts';
import { madeOnDigitalOcean } from '../../../support/made-before.ts';

type With = Readonly<Record<string, string>>;

let cloud: FakeDigitalOcean;
beforeEach(async () => {
  cloud = await startDigitalOcean();
});
afterEach(async () => cloud.stop());

const planned = async (inputs: With): Promise<readonly string[]> =>
  lines((await (await digitaloceanRun(cloud, inputs)).plan()).plan);
const apply = async (inputs: With): Promise<void> => {
  await (await digitaloceanRun(cloud, inputs)).apply();
};
const posted = (): number => cloud.calls().filter(({ action }) => action === 'POST /databases').length;

describe('a cluster whose creation is not answered', () => {
  test.each([3])(
    'is found by its name in a list that shows it only at poll %i, and is not created again',
    async looks => {
      const late = await startDigitalOcean({ pace: { unlisted: looks } });
      late.fault({ action: 'POST /databases', when: 'after' });
      await (await digitaloceanRun(late, basic())).apply();
      expect(late.calls().filter(({ action }) => action === 'POST /databases')).toHaveLength(1);
      await late.stop();
    }
  );

  test('is requested again when it does not appear', async () => {
    cloud.fault({ action: 'POST /databases' });
    await apply(basic());
    expect(posted()).toBe(2);
    expect([...cloud.state.clusters.values()]).toHaveLength(1);
  });

  test('stays one even when the list never showed it in time', async () => {
    const late = await startDigitalOcean({ pace: { unlisted: 6 } });
    late.fault({ action: 'POST /databases', when: 'after' });
    await (await digitaloceanRun(late, basic())).apply();
    expect([...late.state.clusters.values()]).toHaveLength(1);
    await late.stop();
  });

  test('is refused when another workflow created one of that name meanwhile', async () => {
    const run = await digitaloceanRun(cloud, basic());
    const { plan, observed } = await run.plan();
    await (await digitaloceanRun(cloud, { ...basic(), environment: 'theirs' })).apply();
    const { error } = await run.session.apply(plan, observed, {
      version: 1,
      repository: 'acme/shop',
      name: 'orders',
      environment: ''
    });
    expect(error).toMatchObject({ code: 'not-ours' });
    expect([...cloud.state.clusters.values()]).toHaveLength(1);
  });
});

test('a new cluster that is invisible for a while is waited for', async () => {
  const shy = await startDigitalOcean({ pace: { hidden: 5 } });
  await (await digitaloceanRun(shy, basic())).apply();
  expect(shy.cluster('orders').steps).toEqual([]);
  await shy.stop();
});

test('a new replica that is invisible for minutes is waited for, and a name that stays taken is told', async () => {
  const shy = await startDigitalOcean({ pace: { unseenReplica: 40 } });
  const inputs = { ...basic(), create_read_replica: 'true' };
  await (await digitaloceanRun(shy, inputs)).apply();
  for (const replica of shy.cluster('orders').replicas.values()) replica.unseen = 400;
  await expect((await digitaloceanRun(shy, inputs)).apply()).rejects.toThrow('although nothing has it');
  await shy.stop();
});

test('a replica waits for the first backup, through any number of refusals', async () => {
  const slow = await startDigitalOcean({ pace: { firstBackup: 9 } });
  await (await digitaloceanRun(slow, { ...basic(), create_read_replica: 'true' })).apply();
  const asked = slow.calls().filter(({ action }) => action === 'POST /databases/{id}/replicas');
  expect(asked.map(({ status }) => status)).toEqual([...Array.from({ length: 9 }, () => 412), 201]);
  await slow.stop();
});

describe('tags', () => {
  test('keep the capitals of their creation, and are added and removed by those', async () => {
    cloud.state.tags.add('TEAM:Shop');
    cloud.state.tags.add('Team:Billing');
    await apply(basic());
    expect(cloud.cluster('orders').tags).toContain('TEAM:Shop');
    expect(await planned(basic())).toEqual([]);
    await apply({ ...basic(), tags: 'Team: Billing' });
    expect(cloud.cluster('orders').tags).toContain('Team:Billing');
    expect(cloud.cluster('orders').tags).not.toContain('TEAM:Shop');
    expect(await planned({ ...basic(), tags: 'Team: Billing' })).toEqual([]);
  });

  test('of earlier applies are deleted when no resource has them, and no others are', async () => {
    const others = ['pgkeep:run:1:another', 'workers'];
    await apply({ ...basic(), name: 'other' });
    cloud.cluster('other').tags.push('pgkeep:run:1:another');
    for (const tag of others) cloud.state.tags.add(tag);
    for (const days of [20, 40, 60]) await apply({ ...basic(), allocated_storage: '20', tags: `Days: ${days}` });
    const applied = [...cloud.state.tags].filter(tag => tag.startsWith('pgkeep:applied:'));
    expect(applied).toHaveLength(2);
    await (await digitaloceanRun(cloud, basic())).destroy();
    expect([...cloud.state.tags].filter(tag => tag.startsWith('pgkeep:applied:'))).toHaveLength(1);
    expect([...cloud.state.tags]).toEqual(expect.arrayContaining(others));
  });

  test('stay when the token may not delete any, and the run goes on', async () => {
    cloud.state.denied.add('tag:delete');
    await apply(basic());
    await (await digitaloceanRun(cloud, basic())).destroy();
    expect(cloud.state.clusters.size).toBe(0);
  });

  test.each([
    ['two that become one', 'Team: a\nteam: b'],
    ['one of ours', 'pgkeep: mine'],
    ['one that is too long', `team: ${'x'.repeat(252)}`]
  ])('are refused when there is %s', async (_what, tags) => {
    await expect(digitaloceanRun(cloud, { ...basic(), tags })).rejects.toThrow('tags');
  });
});

describe('a read replica of another workflow', () => {
  test('prevents the destruction of its cluster, and is left alone otherwise', async () => {
    await madeOnDigitalOcean(cloud, { ...basic(), create_read_replica: 'true' });
    const [ours] = cloud.cluster('orders').replicas.values();
    if (ours === undefined) throw new Error('there is no replica');
    cloud.cluster('orders').replicas.set('reporting', { ...ours, id: cloud.state.uuid(), name: 'reporting', tags: [] });
    const run = await digitaloceanRun(cloud, { ...basic(), create_read_replica: 'true' });
    const { outputs, plan } = await run.apply();
    expect(lines(plan)).toEqual([]);
    expect(outputs?.module.read_replica_ids).toEqual([ours.id]);
    await expect(run.destroy()).rejects.toMatchObject({ code: 'plan-blocked' });
    expect(cloud.state.clusters.size).toBe(1);
  });
});

describe('alerts', () => {
  test('are deleted with their cluster, also for a workflow that does not mention them', async () => {
    await madeOnDigitalOcean(cloud, everything());
    await (await digitaloceanRun(cloud, { name: 'orders', skip_final_snapshot: 'true' })).destroy();
    expect(cloud.leftovers()).toEqual([]);
  });

  test('are not read when the token may not and no input names any', async () => {
    cloud.state.denied.add('monitoring:read');
    await apply(basic());
    expect(await planned(basic())).toEqual([]);
    expect(await planned({ ...basic(), alarms: 'cpu' })).toEqual([]);
  });
});

test('a backup hour that the cluster refuses is a warning, and the rest is applied', async () => {
  cloud.fault({
    action: 'PATCH /databases/{id}/config',
    nth: 2,
    code: 'unprocessable_entity',
    status: 422,
    message: 'backup_hour can not be modified'
  });
  const run = await digitaloceanRun(cloud, { ...basic(), parameters: 'work_mem: 16MB', backup_window: '05:00-06:00' });
  await run.apply();
  expect(run.execution.lines).toContainEqual(
    expect.stringMatching(/^warning: Could not move the daily backup to 05:00/)
  );
  expect(cloud.cluster('orders').config).toMatchObject({ work_mem: 16, backup_hour: 18 });
});

test('a token that may not read the account gets the missing scope as a hint', async () => {
  cloud.state.denied.add('account:read');
  await expect(digitaloceanRun(cloud, basic())).rejects.toMatchObject({
    code: 'permission-denied',
    hint: expect.stringContaining('account:read') as string
  });
});

test('every secret of every answer is masked: passwords of all users, and all URIs', async () => {
  const run = await digitaloceanRun(cloud, everything());
  await run.apply();
  const { users, pools } = cloud.cluster('orders');
  expect(users.size).toBe(2);
  for (const { password } of users.values()) expect(run.masked).toContain(password);
  const uris = [...new Set(run.masked)].filter(one => one.startsWith('postgresql://'));
  expect(uris.filter(uri => uri.includes(':25060/defaultdb'))).not.toEqual([]);
  for (const pool of pools.keys()) expect(uris.filter(uri => uri.includes(`:25061/${pool}`))).toHaveLength(2);
});

test('a place without a password is not a secret', () => {
  const connection = { uri: 'postgresql://host:25060/db', host: 'host', port: 25060, user: 'doadmin', password: '' };
  expect(secretsIn({ database: { connection, users: [{ name: 'a', password: 'p1' }] } })).toEqual(['p1']);
  expect(secretsIn({ url: 'https://user:p%zz@logs' })).toEqual(['https://user:p%zz@logs', 'p%zz', 'p%zz']);
  expect(secretsIn({ config: { url: 'https://user:pass@logs:9200', key: 'PEM' } })).toEqual([
    'https://user:pass@logs:9200',
    'pass',
    'pass',
    'PEM'
  ]);
});

test('a cluster that is not listed yet has its outputs', async () => {
  const late = await startDigitalOcean({ pace: { unlisted: 9 } });
  const { outputs } = await (await digitaloceanRun(late, basic())).apply();
  expect(outputs?.module.db_instance_id).toBe(late.cluster('orders').id);
  expect(late.cluster('orders').tags).toContainEqual(expect.stringMatching(/^pgkeep:applied:/));
  await late.stop();
});

test('a cluster without a public host has the outputs of its network, and so have its pool and its replicas', async () => {
  cloud.state.isPrivate = true;
  const inputs = { ...basic(), instance_class: 'db-s-2vcpu-4gb', enable_proxy: 'true', create_read_replica: 'true' };
  const { outputs } = await (await digitaloceanRun(cloud, inputs)).apply();
  const host = /^private-orders-do-user-/;
  expect(outputs).toMatchObject({
    endpoint: {
      host: expect.stringMatching(host) as string,
      port: 25_060,
      password: expect.stringMatching(/^AVNS_/) as string
    },
    privateHost: outputs?.endpoint.host,
    pool: { host: expect.stringMatching(host) as string, port: 25_061 },
    module: { read_replica_endpoints: [expect.stringMatching(/^private-orders-replica-1-do-user-.*:25060$/) as string] }
  });
});

describe('a search cluster as log sink', () => {
  test('is refused without its address', async () => {
    const { log_sink_url: _url, ...without } = sink();
    await expect(digitaloceanRun(cloud, without)).rejects.toThrow('`log_sink_url`: is needed');
  });

  const SECRET = 'p%40ss-canary';
  const sink = (more = '', host = 'search.example.com'): With => ({
    ...basic(),
    enable_logging: 'true',
    log_sink: `type: opensearch\nindex_prefix: orders${more}`,
    log_sink_url: `https://logger:${SECRET}@${host}:9200`
  });
  const live = (): unknown => [...cloud.cluster('orders').sinks.values()][0];

  test('is created with its address, needs no change then, and is changed with the address sent again', async () => {
    const run = await digitaloceanRun(cloud, sink());
    const { plan } = await run.apply();
    expect(live()).toMatchObject({
      sink_type: 'opensearch',
      config: { url: `https://logger:${SECRET}@search.example.com:9200`, index_prefix: 'orders', index_days_max: 7 }
    });
    expect(JSON.stringify(plan)).not.toMatch(/p(%40|@)ss-canary/);
    expect(run.execution.lines.join()).not.toMatch(/p(%40|@)ss-canary/);
    expect(await planned(sink())).toEqual([]);
    expect(await planned(sink('\nindex_days_max: 30', 'other.example.com'))).toEqual([
      'update log-sink: index_days_max 7 → 30 (online)',
      'update log-sink: place "https://search.example.com:9200" → "https://other.example.com:9200" (online)'
    ]);
    await apply(sink('\nindex_days_max: 30', 'other.example.com'));
    expect(live()).toMatchObject({
      config: { url: `https://logger:${SECRET}@other.example.com:9200`, index_days_max: 30 }
    });
    expect(await planned(sink('\nindex_days_max: 30', 'other.example.com'))).toEqual([]);
  });

  test('does not replace a syslog server without a step between', async () => {
    const syslog = { ...basic(), enable_logging: 'true', log_sink: 'server: logs.example.com\nport: 6514' };
    await apply(syslog);
    expect((await planned(sink())).join()).toContain('(blocked)');
    await apply({ ...basic(), enable_logging: 'false' });
    await apply(sink());
    expect(live()).toMatchObject({ sink_type: 'opensearch' });
  });

  test.each([
    ['with an address that is none', { log_sink_url: 'search.example.com' }, '`log_sink_url`: is not an address'],
    ['beside a syslog server', { log_sink: 'server: logs.example.com\nport: 6514' }, '`log_sink_url`: has no effect'],
    ['with the keys of a syslog server', { log_sink: 'type: opensearch\nserver: a\nport: 1' }, '`log_sink`']
  ])('is refused %s', async (_what, inputs, why) => {
    await expect(digitaloceanRun(cloud, { ...sink(), ...inputs })).rejects.toThrow(why);
  });
});

test('replicas join the network of their cluster, one in another region that of its region', async () => {
  const vpc = '5c1e0d6a-0000-4000-8000-00000000beef';
  const inputs = { ...basic(), vpc_id: vpc, create_read_replica: 'true', replica_region: 'sfo3' };
  await apply(inputs);
  const networks = [...cloud.cluster('orders').replicas.values()].map(one => [one.region, one.private_network_uuid]);
  expect(networks).toContainEqual(['nyc3', vpc]);
  expect(networks).not.toContainEqual(['sfo3', vpc]);
  expect(await planned(inputs)).toEqual([]);
});

test('more storage than requested is a warning', async () => {
  const run = await digitaloceanRun(cloud, { ...basic(), instance_class: 'db-s-1vcpu-2gb', allocated_storage: '30' });
  const applying = run.apply();
  while (cloud.state.clusters.size === 0) await new Promise(resolve => setImmediate(resolve));
  cloud.cluster('orders').storage_size_mib = 61_440;
  await applying;
  expect(run.execution.lines).toContain('warning: orders has 60 GiB of storage, and 30 GiB were asked for');
});

describe('a new cluster that is listed before its id is found', () => {
  let shy: FakeDigitalOcean;
  beforeEach(async () => {
    shy = await startDigitalOcean({ pace: { hidden: 6 } });
    const killed = await digitaloceanRun(shy, everything());
    shy.killAfter('POST /databases', 1, () => killed.execution.abort(new Error('killed')));
    await expect(killed.apply()).rejects.toThrow('cancelled');
    shy.clearFaults();
    shy.cluster('orders').unlisted = 0;
  });
  afterEach(async () => shy.stop());

  test('is finished by the next run', async () => {
    const next = await digitaloceanRun(shy, everything());
    await next.apply();
    expect(lines((await next.plan()).plan)).toEqual([]);
    expect(shy.state.clusters.size).toBe(1);
  });

  test('is destroyed by the next run, and does not count as gone', async () => {
    await (await digitaloceanRun(shy, everything())).destroy();
    expect(shy.leftovers()).toEqual([]);
  });
});

test('what is gone when it is to be deleted counts as deleted', async () => {
  await madeOnDigitalOcean(cloud, everything());
  const paths = ['pools/{name}', 'logsink/{id}', 'replicas/{name}', 'users/{name}', 'dbs/{name}'];
  const calls = [...paths.map(path => `/databases/{id}/${path}`), '/monitoring/alerts/{id}', '/databases/{id}'];
  for (const call of calls)
    cloud.fault({ action: `DELETE ${call}`, when: 'after', code: 'not_found', status: 404, times: 9 });
  const less = { enable_proxy: 'false', enable_logging: 'false', create_read_replica: 'false', alarms: '{}' };
  await apply({ ...everything(), ...less });
  const live = cloud.cluster('orders');
  expect([live.pools.size, live.sinks.size, cloud.state.alerts.size]).toEqual([0, 0, 0]);
  await (await digitaloceanRun(cloud, everything())).destroy();
  expect(cloud.leftovers()).toEqual([]);
});

test('a replica is online when it says `active`, as the reference has it', async () => {
  const open = { ...basic(), allowed_cidr_blocks: '[]', publicly_accessible: 'true' };
  await apply(open);
  cloud.state.fates.set('replica creating', 'active');
  await apply({ ...open, create_read_replica: 'true' });
  expect(await planned({ ...open, create_read_replica: 'true' })).toEqual([]);
});

describe('a wait', () => {
  const replica = { create_read_replica: 'true' };
  const larger = { instance_class: 'db-s-4vcpu-8gb', allocated_storage: '160' };
  /** What is waited for, as the fake names it: what is there before, what is applied, and who promotes. */
  const WAITS: Readonly<Record<string, readonly [before: With | undefined, applied: With, promotes?: true]>> = {
    creating: [undefined, {}],
    resizing: [{}, larger],
    'replica creating': [{}, replica],
    'replica resizing': [replica, { ...larger, ...replica }],
    migrating: [replica, replica, true]
  };
  const missing = /the (cluster|replica) does not exist$/;
  const REPLICA = 'orders-replica-1';

  test.each(
    Object.keys(WAITS).flatMap(work =>
      [
        // Documented: it ends by itself, and the next run goes on with it.
        ['forking', 'in-progress', /still in progress.*`forking`$/] as const,
        ['rebuilding', 'in-progress', /`rebuilding`, which DigitalOcean does not document$/] as const,
        ['offline', 'provider-failed', /it is `offline`$/] as const,
        ['failed', 'provider-failed', /it is `failed`$/] as const,
        ['error', 'provider-failed', /it is `error`$/] as const,
        ['vanished', 'provider-failed', work === 'migrating' ? /nothing has happened since$/ : missing] as const
      ]
        // What a state means is written once: one wait meets all.
        .filter(([fate]) => work === 'resizing' || ['forking', 'error', 'vanished'].includes(fate))
        .map(row => [work, ...row] as [string, string, string, RegExp])
    )
  )('for the end of %s that stays `%s` ends as %s', async (work, fate, code, words) => {
    const [before, applied, promotes] = WAITS[work] ?? [];
    const inputs = { ...basic(), instance_class: 'db-s-2vcpu-4gb', timeout_minutes: '10' };
    if (before !== undefined) await apply({ ...inputs, ...before });
    cloud.state.fates.set(work, fate);
    const run = await digitaloceanRun(cloud, { ...inputs, ...applied });
    const ending = promotes === true ? run.operate('promote', { replica: REPLICA }) : run.apply();
    const error = await ending.then(() => undefined).catch((thrown: unknown) => thrown as ActionError);
    expect([error?.code, error?.message]).toEqual([code, expect.stringMatching(words) as string]);
  });
});
