import { randomUUID } from 'node:crypto';
import { startDigitalOcean, type FakeDigitalOcean } from '../../../clouds/digitalocean/fake-digitalocean.ts';
import { basic, everything } from '../../../support/digitalocean-inputs.ts';
import { digitaloceanRun, lines } from '../../../support/digitalocean-run.ts';
import { madeOnDigitalOcean } from '../../../support/made-before.ts';

type With = Readonly<Record<string, string>>;

const GIB = 1024;
/** A network of nyc3, which every cluster of the fake is in, and one of fra1. */
const NYC_NETWORK = '1b7a9c3e-0000-4000-8000-00000000f00d';
const FRA_NETWORK = '1b7a9c3e-0000-4000-8000-00000000beef';

let cloud: FakeDigitalOcean;
beforeEach(async () => {
  cloud = await startDigitalOcean();
});
afterEach(async () => cloud.stop());

const apply = async (inputs: With): Promise<readonly string[]> =>
  lines((await (await digitaloceanRun(cloud, inputs)).apply()).plan);
const planned = async (inputs: With): Promise<readonly string[]> =>
  lines((await (await digitaloceanRun(cloud, inputs)).plan()).plan);
const refusal = async (inputs: With): Promise<string> =>
  planned(inputs).then(
    () => 'nothing is refused',
    (thrown: unknown) => String(thrown)
  );
const sentSince = (before: number): readonly string[] =>
  cloud
    .mutations()
    .slice(before)
    .map(({ action }) => action);

const large = (): With => ({ ...basic(), instance_class: 'db-s-2vcpu-4gb', allocated_storage: '80' });
/** Inputs that name the cluster and nothing else of it. */
const bare = (): With => ({ name: 'orders', skip_final_snapshot: 'true' });

describe('a read replica without further inputs', () => {
  test.each([
    ['numbered', { create_read_replica: 'true' }, 'orders-replica-1', 'nyc3'],
    ['in another region', { replica_region: 'sfo3' }, 'orders-replica-sfo3', 'sfo3']
  ])('has the size and the storage of its cluster, %s', async (_how, more, name, region) => {
    await madeOnDigitalOcean(cloud, large());
    await apply({ ...bare(), ...more });
    expect(cloud.cluster('orders').replicas.get(name)).toMatchObject({
      size: 'db-s-2vcpu-4gb',
      storage_size_mib: 80 * GIB,
      region
    });
    expect(await planned({ ...bare(), ...more })).toEqual([]);
  });

  test('has the network of its cluster', async () => {
    await madeOnDigitalOcean(cloud, { ...large(), vpc_id: NYC_NETWORK });
    await apply({ ...bare(), create_read_replica: 'true' });
    const created = cloud.mutations().find(({ action }) => action === 'POST /databases/{id}/replicas');
    expect(created?.body).toMatchObject({ private_network_uuid: NYC_NETWORK });
  });

  test('has the storage to which its cluster has grown', async () => {
    await madeOnDigitalOcean(cloud, large());
    cloud.cluster('orders').storage_size_mib = 120 * GIB;
    await apply({ ...large(), create_read_replica: 'true' });
    expect(cloud.cluster('orders').replicas.get('orders-replica-1')?.storage_size_mib).toBe(120 * GIB);
  });
});

test('a newer major version, when DigitalOcean no longer offers the requested one, is kept', async () => {
  await madeOnDigitalOcean(cloud, basic());
  const retired = { ...basic(), engine_version: '13' };
  expect(await planned(retired)).toEqual([]);
  const { plan } = await (await digitaloceanRun(cloud, retired)).plan();
  expect(plan.notices).toContainEqual(
    expect.objectContaining({
      code: 'newer-major',
      message: expect.stringContaining('Set `engine_version: ') as string
    })
  );
  const older = await (await digitaloceanRun(cloud, { ...basic(), engine_version: '14' })).plan();
  expect(older.plan.verdict).toBe('blocked');
  expect(await refusal({ ...retired, name: 'other' })).toContain('is not offered');
});

/** https://docs.digitalocean.com/products/databases/postgresql/how-to/add-read-only-nodes/: a replica has its own. */
describe('the trusted sources of a read replica', () => {
  const names = ['orders-replica-1', 'orders-replica-sfo3'];
  const more = { create_read_replica: 'true', replica_region: 'sfo3' };
  const closed = (): With => ({ ...large(), allowed_cidr_blocks: '203.0.113.0/24' });
  const open = (name: string): void => {
    const replica = cloud.cluster('orders').replicas.get(name);
    if (replica !== undefined) replica.rules = [];
  };
  const sources = (name: string): readonly string[] =>
    (cloud.cluster('orders').replicas.get(name)?.rules ?? []).map(({ type, value }) => `${type} ${value}`);
  const notices = async (inputs: With): Promise<readonly unknown[]> =>
    (await (await digitaloceanRun(cloud, inputs)).plan()).plan.notices.filter(({ code }) => code === 'less-safe');

  test('are those of its cluster, also where no input names them, but for that of a runner', async () => {
    await madeOnDigitalOcean(cloud, closed());
    const cluster = cloud.cluster('orders');
    cluster.rules = [
      ...cluster.rules,
      { uuid: randomUUID(), type: 'tag', value: 'backend' },
      { uuid: randomUUID(), type: 'ip_addr', value: '198.51.100.7', description: 'pgkeep-run-1-1' }
    ];
    await apply({ ...bare(), ...more });
    for (const name of names) expect(sources(name).toSorted()).toEqual(['ip_addr 203.0.113.0/24', 'tag backend']);
    expect(await planned({ ...bare(), ...more })).toEqual([]);
    expect(await notices({ ...bare(), ...more })).toEqual([]);
  });

  test('follow the input, and keep those of others', async () => {
    await madeOnDigitalOcean(cloud, { ...large(), ...more });
    const replica = cloud.cluster('orders').replicas.get('orders-replica-1');
    replica?.rules.push({ uuid: randomUUID(), type: 'droplet', value: '163973392' });
    const changed = { ...large(), ...more, allowed_cidr_blocks: '192.0.2.0/24' };
    expect((await apply(changed)).toSorted()).toEqual([
      expect.stringMatching(/^update replica\/1: trusted_sources .* \["192\.0\.2\.0\/24"\] \(online\)$/),
      expect.stringMatching(/^update replica\/sfo3: trusted_sources /),
      expect.stringMatching(/^update server: trusted_sources /)
    ]);
    expect(sources('orders-replica-1')).toEqual(['droplet 163973392', 'ip_addr 192.0.2.0/24']);
    expect(sources('orders-replica-sfo3')).toEqual(['ip_addr 192.0.2.0/24']);
    expect(await planned(changed)).toEqual([]);
  });

  test('are set by the next run where a run ended before it set them', async () => {
    await madeOnDigitalOcean(cloud, closed());
    const run = await digitaloceanRun(cloud, { ...bare(), ...more });
    cloud.killAfter('POST /databases/{id}/replicas', 1, () => run.execution.abort(new Error('killed')));
    await expect(run.apply()).rejects.toThrow();
    cloud.clearFaults();
    await apply({ ...bare(), ...more });
    for (const name of names) expect(sources(name)).toEqual(['ip_addr 203.0.113.0/24']);
    expect(await planned({ ...bare(), ...more })).toEqual([]);
  });

  test('are a danger where there are none, which a plan restricts', async () => {
    await madeOnDigitalOcean(cloud, { ...closed(), ...more });
    open('orders-replica-1');
    expect(await planned({ ...bare(), ...more })).toEqual([
      'update replica/1: trusted_sources [] → ["203.0.113.0/24"] (online)'
    ]);
    expect(await notices({ ...bare(), ...more })).toEqual([]);
    const replica = cloud.cluster('orders').replicas.get('orders-replica-1');
    if (replica !== undefined) replica.tags = [];
    expect(await notices(bare())).toEqual([
      expect.objectContaining({
        severity: 'danger',
        message: expect.stringContaining('orders-replica-1 has no trusted sources') as string
      })
    ]);
  });

  test('are kept by the cluster that it becomes', async () => {
    await madeOnDigitalOcean(cloud, { ...closed(), create_read_replica: 'true' });
    await (
      await digitaloceanRun(cloud, { ...closed(), create_read_replica: 'true' })
    ).operate('promote', { replica: 'orders-replica-1' });
    expect(cloud.cluster('orders-replica-1').rules.map(({ value }) => value)).toEqual(['203.0.113.0/24']);
  });
});

describe('a copy of a cluster', () => {
  test('has the size, nodes, storage, window, project and trusted sources of its source', async () => {
    await madeOnDigitalOcean(cloud, {
      ...large(),
      name: 'source',
      num_nodes: '2',
      max_allocated_storage: '200',
      maintenance_window: 'mon:02:00-mon:03:00',
      digitalocean_project: '9cc10173-0000-4000-8000-00000000bbbb'
    });
    cloud.cluster('source').untilBackup = 0;
    await apply({ ...bare(), name: 'copy', restore_source: 'source' });
    const [copy, source] = [cloud.cluster('copy'), cloud.cluster('source')];
    const { size, num_nodes, storage_size_mib, maintenance, project, version, region, autoscale } = source;
    expect(copy).toMatchObject({ size, num_nodes, storage_size_mib, maintenance, project, version, region, autoscale });
    expect(copy.rules.map(({ value }) => value)).toEqual(source.rules.map(({ value }) => value));
    expect(await planned({ ...bare(), name: 'copy', restore_source: 'source' })).toEqual([]);
  });

  test('has the databases of its source, which stop its destroy until they are deleted', async () => {
    await madeOnDigitalOcean(cloud, { ...large(), name: 'source' });
    cloud.cluster('source').dbs.add('reports');
    cloud.cluster('source').untilBackup = 0;
    const { database_name = '' } = large();
    const inputs = { ...bare(), name: 'copy', restore_source: 'source', database_name };
    await apply(inputs);
    const before = cloud.mutations().length;
    await expect((await digitaloceanRun(cloud, inputs)).destroy()).rejects.toMatchObject({ code: 'plan-blocked' });
    expect(sentSince(before)).toEqual([]);
    cloud.cluster('copy').dbs.delete('reports');
    await (await digitaloceanRun(cloud, inputs)).destroy();
    expect([...cloud.state.clusters.values()].map(({ name }) => name)).toEqual(['source']);
  });

  test('of a size that starts with more storage than its source has that', async () => {
    await madeOnDigitalOcean(cloud, { ...large(), name: 'source' });
    const copy = { ...bare(), name: 'copy', restore_source: 'source', instance_class: 'db-s-8vcpu-32gb' };
    await apply(copy);
    expect(cloud.cluster('copy').storage_size_mib).toBeGreaterThan(80 * 1024);
    expect(await planned(copy)).toEqual([]);
  });

  test('is refused when it has less storage than its source, or no trusted sources from anywhere', async () => {
    await madeOnDigitalOcean(cloud, { ...large(), name: 'source' });
    const copy = { ...bare(), name: 'copy', restore_source: 'source' };
    expect(await refusal({ ...copy, allocated_storage: '70' })).toContain('is less than the 80 GiB of source');
    cloud.cluster('source').rules = [];
    expect(await refusal(copy)).toContain('allowed_cidr_blocks');
  });
});

test('a pool keeps the mode, size and user that no input names', async () => {
  const pooled = { ...large(), enable_proxy: 'true' };
  await apply({ ...pooled, proxy_config: 'pool_mode: session\ndefault_pool_size: 30', master_username: 'shop' });
  expect(await planned(pooled)).toEqual([]);
});

test('alarms keep the addresses that no input names', async () => {
  await madeOnDigitalOcean(cloud, { ...basic(), alarms: 'cpu: {threshold: 70}', alarm_actions: 'ops@example.com' });
  expect(await planned({ ...basic(), alarms: 'cpu: {threshold: 70}' })).toEqual([]);
});

describe('a cluster and its replicas', () => {
  test.each([
    ['a larger size', { instance_class: 'db-s-4vcpu-8gb' }],
    ['more storage', { allocated_storage: '120' }],
    ['both', { instance_class: 'db-s-4vcpu-8gb', allocated_storage: '160' }]
  ])('grow to %s replicas first, in any region', async (_what, larger) => {
    const with2 = { ...large(), create_read_replica: 'true', replica_region: 'sfo3' };
    await madeOnDigitalOcean(cloud, with2);
    const { id } = cloud.cluster('orders');
    const replicas = [...cloud.cluster('orders').replicas.values()].map(one => one.id);
    const before = cloud.mutations().length;
    await apply({ ...with2, ...larger });
    const resized = cloud
      .mutations()
      .slice(before)
      .filter(({ action }) => action.endsWith('/resize'));
    const paths = resized.map(({ path }) => path.split('/').at(-2) ?? '');
    expect(paths.at(-1)).toBe(id);
    expect(paths.slice(0, -1).sort()).toEqual(replicas.sort());
    expect(await planned({ ...with2, ...larger })).toEqual([]);
  });

  test('wait for a replica that is under maintenance', async () => {
    const replicated = { ...large(), create_read_replica: 'true' };
    await madeOnDigitalOcean(cloud, replicated);
    const live = cloud.cluster('orders').replicas.get('orders-replica-1');
    if (live !== undefined) Object.assign(live, { looks: 9, doing: 'resizing' });
    await apply({ ...replicated, instance_class: 'db-s-4vcpu-8gb' });
    expect(live?.size).toBe('db-s-4vcpu-8gb');
  });
});

describe('a plan refuses, before anything is sent,', () => {
  test.each([
    [
      'a network that the team does not have',
      { vpc_id: '1b7a9c3e-0000-4000-8000-0000000000ff' },
      'is not a VPC of this team'
    ],
    ['a network of another region', { vpc_id: FRA_NETWORK }, 'is a network of fra1, not of nyc3'],
    [
      'a project that the team does not have',
      { digitalocean_project: '9cc10173-0000-4000-8000-00000000cccc' },
      'is not a project'
    ],
    ['a replica in a region that is not offered', { replica_region: 'hel1' }, 'replica_region'],
    ['a version that is not offered', { engine_version: '19' }, 'engine_version']
  ])('%s', async (_what, inputs, why) => {
    expect(await refusal({ ...basic(), ...inputs })).toContain(why);
    expect(cloud.mutations()).toEqual([]);
  });

  test('a project for a live cluster that the team does not have', async () => {
    await madeOnDigitalOcean(cloud, basic());
    const before = cloud.mutations().length;
    expect(await refusal({ ...basic(), digitalocean_project: '9cc10173-0000-4000-8000-00000000cccc' })).toContain(
      'is not a project'
    );
    expect(sentSince(before)).toEqual([]);
  });

  test('a larger size than a replica of others has; its storage may be smaller', async () => {
    await madeOnDigitalOcean(cloud, { ...large(), create_read_replica: 'true' });
    const replica = cloud.cluster('orders').replicas.get('orders-replica-1');
    if (replica !== undefined) replica.tags = [];
    expect(await refusal({ ...large(), instance_class: 'db-s-4vcpu-8gb' })).toMatch(
      /`instance_class`: .* larger than read replica orders-replica-1, which this workflow does not manage/
    );
    expect(await planned({ ...large(), allocated_storage: '120' })).toHaveLength(1);
  });

  test('more networks than the kept sources of others leave room for', async () => {
    await madeOnDigitalOcean(cloud, basic());
    cloud.cluster('orders').rules.push(...[1, 2].map(n => ({ uuid: randomUUID(), type: 'k8s', value: `k${n}` })));
    const many = Array.from({ length: 99 }, (_, n) => `203.0.113.${n}`).join('\n');
    expect(await refusal({ ...basic(), allowed_cidr_blocks: many })).toContain('at most 98');
    cloud.cluster('orders').rules.push({ uuid: randomUUID(), type: 'ip_addr', value: '192.0.2.9' });
    expect(await refusal({ ...basic(), allowed_cidr_blocks: many })).toContain('at most 97');
  });

  test.each(['mysql', 'advanced_pg'])('a name that a cluster of %s has, also for adoption', async engine => {
    cloud.state.otherEngines.push({
      id: randomUUID(),
      name: 'orders',
      engine,
      size: 'db-s-1vcpu-1gb',
      region: 'nyc3',
      num_nodes: 1
    });
    expect(await refusal({ ...basic(), adopt_existing: 'true' })).toContain(`is the name of a ${engine} cluster`);
    expect(await refusal({ ...basic(), name: 'copy', restore_source: 'orders' })).toContain('restore_source');
    expect(cloud.mutations()).toEqual([]);
  });

  test('nothing when the token may not read networks and projects', async () => {
    cloud.state.denied.add('vpc:read').add('project:read');
    expect(await planned({ ...basic(), vpc_id: NYC_NETWORK })).toEqual(['create server', 'create database/orders']);
  });
});

test.each([
  ['fail', 500, 'server_error'],
  ['are answered by a gateway', 502, 'bad_gateway'],
  ['are not allowed', 403, 'forbidden'],
  ['do not exist', 404, 'not_found']
])('offers that %s for good are told, and block nothing', async (_what, status, code) => {
  cloud.fault({ action: 'GET /databases/options', times: 1000, status, code, message: '' });
  const run = await digitaloceanRun(cloud, basic());
  const { notices } = (await run.plan()).plan;
  expect(notices.filter(one => one.code === 'not-checked')).toEqual([
    expect.objectContaining({ severity: 'warning', message: expect.stringContaining('databases/options') as string })
  ]);
  const findings = await run.session.doctor();
  expect(findings.filter(({ what }) => what.startsWith('Region'))).toEqual([
    expect.objectContaining({ state: 'unknown' })
  ]);
  await run.apply();
  expect(await planned({ ...basic(), instance_class: 'db-s-2vcpu-4gb' })).toHaveLength(1);
});

describe('what others keep inside the cluster', () => {
  const inputs = { ...basic(), master_username: 'shop' };
  const destroy = async (given: With, pullRequest?: number): Promise<unknown> =>
    (await digitaloceanRun(cloud, given, pullRequest === undefined ? {} : { pullRequest }))
      .destroy()
      .catch((thrown: unknown) => thrown);

  test.each([
    [
      'a database',
      () => cloud.cluster('orders').dbs.add('analytics'),
      () => cloud.cluster('orders').dbs.delete('analytics')
    ],
    [
      'a user',
      () => cloud.cluster('orders').users.set('bi', { name: 'bi', role: 'normal', password: 'x' }),
      () => cloud.cluster('orders').users.delete('bi')
    ]
  ] as const)(
    '%s stops a destroy before its first call; without it the destroy goes on',
    async (_what, add, remove) => {
      await madeOnDigitalOcean(cloud, inputs);
      add();
      expect(await planned(inputs)).toEqual([]);
      const before = cloud.mutations().length;
      expect(await destroy(inputs)).toMatchObject({ code: 'plan-blocked' });
      expect(sentSince(before)).toEqual([]);
      remove();
      await destroy(inputs);
      expect([...cloud.state.clusters]).toEqual([]);
    }
  );

  test.each<[string, With]>([
    ['that inputs name', inputs],
    ['that no input names', bare()],
    ['of earlier names', { ...inputs, database_name: 'billing', master_username: 'billing' }]
  ])('a database and a user of ours %s stop nothing', async (_what, later) => {
    await madeOnDigitalOcean(cloud, inputs, later, bare());
    await destroy(bare());
    expect([...cloud.state.clusters]).toEqual([]);
  });

  test('nothing inside the cluster of a pull request stops its end', async () => {
    await (await digitaloceanRun(cloud, inputs, { pullRequest: 7 })).apply();
    cloud.cluster('orders').dbs.add('analytics');
    await destroy(inputs, 7);
    expect([...cloud.state.clusters]).toEqual([]);
  });

  test('a new major version goes on, and takes it along unharmed', async () => {
    await madeOnDigitalOcean(cloud, inputs);
    cloud.cluster('orders').dbs.add('analytics');
    await apply({ ...inputs, engine_version: '17', allow_major_version_upgrade: 'true' });
    expect(cloud.cluster('orders')).toMatchObject({ version: '17' });
  });
});

describe('a repetition ends, and says what stands in the way:', () => {
  const failed = async (inputs: With): Promise<{ readonly message: string; readonly info: readonly string[] }> => {
    const run = await digitaloceanRun(cloud, inputs);
    const thrown = await run.apply().catch((failure: unknown) => failure);
    return { message: String(thrown), info: run.execution.lines };
  };

  test.each([
    ['a resize', 'PUT /databases/{id}/resize', { instance_class: 'db-s-4vcpu-8gb' }],
    ['trusted sources', 'PUT /databases/{id}/firewall', { allowed_cidr_blocks: '192.0.2.0/24' }],
    ['parameters', 'PATCH /databases/{id}/config', { parameters: 'work_mem: 16MB' }],
    ['a database', 'POST /databases/{id}/dbs', { database_name: 'billing' }],
    ['a pool', 'POST /databases/{id}/pools', { enable_proxy: 'true' }]
  ] as const)('%s of a cluster that is always busy', async (_what, action, change) => {
    await madeOnDigitalOcean(cloud, large());
    const message = 'the cluster is currently being patched';
    cloud.fault({ action, times: 1000, code: 'precondition_failed', status: 412, message });
    const before = cloud.mutations().length;
    const said = await failed({ ...large(), ...change });
    expect(said.message).toContain(message);
    expect(said.info.join('\n')).toMatch(/is busy: .* trying again/);
    expect(cloud.mutations().length - before).toBeLessThan(12);
  });

  test('a tag that another run always deletes', async () => {
    await madeOnDigitalOcean(cloud, large());
    cloud.fault({ action: 'POST /tags/{id}/resources', times: 1000, code: 'not_found', status: 404 });
    const said = await failed({ ...large(), tags: 'Team: Billing' });
    expect(said.message).toMatch(
      /Could not add the tag team:billing: the tag or the cluster is deleted at the same time/
    );
  });

  test('a replica that is never deleted', async () => {
    await madeOnDigitalOcean(cloud, { ...large(), create_read_replica: 'true' });
    const live = cloud.cluster('orders').replicas;
    live.delete = () => true;
    const said = await failed({ ...large(), create_read_replica: 'false', timeout_minutes: '10' });
    expect(said.message).toMatch(/delete replica orders-replica-1 is still in progress after 10 min: still `online`$/);
    expect(said.info.join('\n')).toMatch(/delete replica orders-replica-1: still `online` \(30 s/);
  });

  test('a replica of a cluster that never gets its first backup', async () => {
    await madeOnDigitalOcean(cloud, large());
    cloud.cluster('orders').untilBackup = 100_000;
    const before = cloud.mutations().length;
    const said = await failed({ ...large(), create_read_replica: 'true', timeout_minutes: '30' });
    expect(said.message).toMatch(/orders-replica-1/);
    expect(cloud.mutations().length - before).toBeLessThan(500);
  });
});

describe('storage that grew by itself', () => {
  test.each([
    ['the same inputs', {}],
    ['no growth any more', { max_allocated_storage: '0' }],
    ['a replica', { create_read_replica: 'true' }]
  ])('blocks nothing with %s', async (_what, more) => {
    const growing = { ...large(), max_allocated_storage: '200' };
    await madeOnDigitalOcean(cloud, growing);
    cloud.cluster('orders').storage_size_mib = 110 * GIB;
    await apply({ ...growing, ...more });
    expect(await planned({ ...growing, ...more })).toEqual([]);
  });
});

describe('a change that is refused does not hold back', () => {
  /** More than any size of the fake has. */
  const tooMuch = { allocated_storage: '60000' };
  const isLeft = [expect.stringContaining('storage_size_mib') as string];
  const named = (...fields: readonly string[]): readonly string[] =>
    fields.map(field => expect.stringContaining(field) as string);

  test.each<[string, With]>([
    ['a window', { maintenance_window: 'mon:01:00-mon:02:00' }],
    ['a project', { digitalocean_project: '9cc10173-0000-4000-8000-00000000bbbb' }],
    ['a size, which goes in the same call', { instance_class: 'db-s-4vcpu-8gb' }],
    ['a standby, which goes in the same call', { multi_az: 'true' }],
    ['size and standby', { instance_class: 'db-s-4vcpu-8gb', multi_az: 'true' }],
    ['networks', { allowed_cidr_blocks: '192.0.2.0/24' }],
    ['tags', { tags: 'Team: Billing' }],
    ['a version', { engine_version: '17', allow_major_version_upgrade: 'true' }],
    ['growth', { max_allocated_storage: '65000' }],
    ['parameters', { parameters: 'work_mem: 16MB' }],
    ['another database and its user', { database_name: 'billing', master_username: 'billing' }],
    ['a pool', { enable_proxy: 'true' }],
    ['an alarm', { alarms: 'cpu' }]
  ])('%s', async (_what, change) => {
    await madeOnDigitalOcean(cloud, large());
    const changed = { ...large(), ...tooMuch, ...change };
    await expect((await digitaloceanRun(cloud, changed)).apply()).rejects.toThrow('storage_size_mib must be between');
    expect(await planned(changed)).toEqual(isLeft);
  });

  test('the plan, which says what it cannot check, and the hint leads out by either way', async () => {
    const unchecked = async (inputs: With): Promise<boolean> =>
      (await (await digitaloceanRun(cloud, inputs)).plan()).plan.notices.some(({ code }) => code === 'limits-unknown');
    const small = { ...basic(), instance_class: 'db-s-1vcpu-2gb' };
    const wrong = { ...small, allocated_storage: '60' };
    expect([await unchecked(small), await unchecked(wrong)]).toEqual([false, true]);
    await expect((await digitaloceanRun(cloud, wrong)).apply()).rejects.toMatchObject({
      hint: expect.stringMatching(/Set `allocated_storage` within the limits.*larger `instance_class`/) as string
    });
    const less = { ...small, allocated_storage: '50' };
    await apply(less);
    expect([await planned(less), await unchecked(less)]).toEqual([[], false]);
    await expect((await digitaloceanRun(cloud, wrong)).apply()).rejects.toThrow('storage_size_mib must be between');
    const larger = { ...wrong, instance_class: 'db-s-2vcpu-4gb' };
    await apply(larger);
    expect(await planned(larger)).toEqual([]);
  });

  test('the other parameters, of which DigitalOcean takes the one and not the other', async () => {
    await madeOnDigitalOcean(cloud, large());
    // The fake does not know the first one, as the service of an older cluster.
    const parameters = 'max_slot_wal_keep_size: 100MB\nwork_mem: 16MB\njit: off\npgbouncer.min_pool_size: 3';
    const changed = { ...large(), parameters, backup_window: '03:30-04:30' };
    await expect((await digitaloceanRun(cloud, changed)).apply()).rejects.toThrow('max_slot_wal_keep_size');
    expect(await planned(changed)).toEqual(named('max_slot_wal_keep_size'));
    expect(cloud.cluster('orders').config).toMatchObject({ work_mem: 16, jit: false, backup_hour: 3 });
  });

  test('what waits for nothing: it goes before what keeps the cluster busy', async () => {
    await madeOnDigitalOcean(cloud, large());
    const before = cloud.mutations().length;
    await apply({
      ...large(),
      instance_class: 'db-s-4vcpu-8gb',
      maintenance_window: 'mon:01:00-mon:02:00',
      allowed_cidr_blocks: '192.0.2.0/24',
      tags: 'Team: Billing'
    });
    const sent = sentSince(before).filter(action => action.startsWith('PUT'));
    expect(sent.map(action => action.split('/').at(-1))).toEqual(['firewall', 'maintenance', 'resize']);
  });

  test('anything but its server, where a replica can not grow', async () => {
    const replicated = { ...large(), create_read_replica: 'true' };
    await madeOnDigitalOcean(cloud, replicated);
    cloud.fault({
      action: 'PUT /databases/{id}/resize',
      code: 'unprocessable_entity',
      status: 422,
      message: 'size is not available'
    });
    const changed = { ...replicated, instance_class: 'db-s-4vcpu-8gb', alarms: 'cpu', parameters: 'work_mem: 16MB' };
    await expect((await digitaloceanRun(cloud, changed)).apply()).rejects.toThrow('size is not available');
    expect(await planned(changed)).toEqual(named('update replica/1: size', 'update server: size'));
  });
});

describe('tags', () => {
  test('of a destroyed database are deleted with it, except for those of the user', async () => {
    const made = await digitaloceanRun(cloud, { ...basic(), environment: 'preview' }, { pullRequest: 7 });
    await made.apply();
    await made.destroy();
    expect([...cloud.state.tags]).toEqual(['team:shop']);
  });

  test('that another database carries, or another run has just created, stay', async () => {
    await madeOnDigitalOcean(cloud, { ...basic(), name: 'other' });
    const run = await digitaloceanRun(cloud, basic(), { pullRequest: 7 });
    await run.apply();
    cloud.state.tags.add('pgkeep:applied:1:fresh');
    await run.destroy();
    expect([...cloud.state.tags]).toEqual(
      expect.arrayContaining([...cloud.cluster('other').tags, 'pgkeep:applied:1:fresh'])
    );
  });

  test('by the hundred are announced, and take one call each where they exist', async () => {
    const many = (prefix: string): With => ({
      ...basic(),
      tags: Array.from({ length: 60 }, (_, at) => `${prefix}${at}: x`).join('\n')
    });
    await madeOnDigitalOcean(cloud, { ...many('a'), name: 'other' }, basic());
    const notices = async (inputs: With): Promise<readonly string[]> =>
      (await (await digitaloceanRun(cloud, inputs)).plan()).plan.notices.map(
        ({ code, message }) => `${code} ${message}`
      );
    expect(await notices(many('a'))).toContainEqual(expect.stringMatching(/^takes-long 60 tags change.* 1 min longer/));
    const before = cloud.mutations().length;
    await apply(many('a'));
    expect(sentSince(before).filter(action => action === 'POST /tags').length).toBeLessThan(5);
    expect(sentSince(before).filter(action => action === 'POST /tags/{id}/resources').length).toBeLessThan(65);
    expect(await planned(many('a'))).toEqual([]);
    expect((await notices(many('a'))).join('\n')).not.toContain('takes-long');
  });

  test('are remembered with databases only as far as the mark reaches: then nothing inside stops a destroy', async () => {
    const many = { ...basic(), tags: Array.from({ length: 60 }, (_, at) => `a${at}: x`).join('\n') };
    await madeOnDigitalOcean(cloud, many);
    cloud.cluster('orders').dbs.add('analytics');
    await (await digitaloceanRun(cloud, bare())).destroy();
    expect([...cloud.state.clusters]).toEqual([]);
  });

  test('that another run deletes before they are assigned are created again', async () => {
    await madeOnDigitalOcean(cloud, basic());
    cloud.fault({
      action: 'POST /tags/{id}/resources',
      nth: 1,
      code: 'not_found',
      status: 404,
      message: 'tag not found'
    });
    await apply({ ...basic(), tags: 'Team: Shop\nCost: low' });
    expect(cloud.cluster('orders').tags).toContain('cost:low');
  });
});

test.each([
  ['html of a gateway', 502, 'bad_gateway'],
  ['an id that is not known', 503, 'maintenance'],
  ['a wrong id', 500, 'not_found']
])('an answer of %s is retried by its status', async (_what, status, code) => {
  cloud.fault({ action: 'GET /databases/options', nth: 1, status, code, message: '' });
  expect(await planned(everything())).toContain('create server');
});
