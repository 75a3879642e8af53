import { digitalocean } from '../../../../src/providers/digitalocean/provider.ts';
import { unsupported } from '../../../../src/providers/unsupported.ts';
import { load } from '../../../../src/spec/load.ts';
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
const noticed = async (inputs: With): Promise<readonly string[]> =>
  (await (await digitaloceanRun(cloud, inputs)).plan()).plan.notices.map(({ code, message }) => `${code}: ${message}`);
const apply = async (inputs: With): Promise<void> => {
  await (await digitaloceanRun(cloud, inputs)).apply();
};
const refusal = async (inputs: With): Promise<string> =>
  planned(inputs).then(
    () => 'nothing is refused',
    (thrown: unknown) => String(thrown)
  );

describe('a plan', () => {
  test.each([
    ['digitalocean_region', 'hel1'],
    ['engine_version', '12'],
    ['instance_class', 'db-s-64vcpu-1tb']
  ])('refuses %s of %s, which is not offered', async (input, value) => {
    const run = await digitaloceanRun(cloud, { ...basic(), [input]: value });
    await expect(run.plan()).rejects.toThrow(input);
    expect(cloud.mutations()).toEqual([]);
  });

  test('never makes nodes smaller', async () => {
    await (await digitaloceanRun(cloud, everything())).apply();
    const smaller = await digitaloceanRun(cloud, { ...everything(), instance_class: 'db-s-1vcpu-2gb' });
    const { plan } = await smaller.plan();
    expect(lines(plan).join()).toContain('(blocked)');
  });

  test('keeps storage that has grown by itself', async () => {
    await (await digitaloceanRun(cloud, everything())).apply();
    cloud.cluster('orders').storage_size_mib = 122_880;
    const { plan } = await (await digitaloceanRun(cloud, everything())).plan();
    expect(lines(plan)).toEqual([]);
    expect(plan.notices.map(({ code }) => code)).toContain('storage-grown');
  });

  test('moves, grows and upgrades a cluster in place, the size before the version', async () => {
    await (await digitaloceanRun(cloud, everything())).apply();
    const before = cloud.mutations().length;
    const changes = { digitalocean_region: 'fra1', instance_class: 'db-s-4vcpu-8gb', allocated_storage: '140' };
    const upgrade = { engine_version: '17', allow_major_version_upgrade: 'true' };
    await (await digitaloceanRun(cloud, { ...everything(), ...changes, ...upgrade })).apply();
    const sent = cloud.mutations().slice(before);
    const steps = sent.map(({ action }) => action.split('/').at(-1) ?? '');
    expect(steps.filter(step => ['resize', 'migrate', 'upgrade'].includes(step))).toEqual([
      // Its replicas first, which must not be smaller than it.
      'resize',
      'resize',
      'resize',
      'resize',
      'migrate',
      'upgrade'
    ]);
    expect(cloud.cluster('orders')).toMatchObject({ region: 'fra1', size: 'db-s-4vcpu-8gb', version: '17' });
  });

  test('waits for the end of an upgrade, however long the cluster is online with the old version', async () => {
    const slow = await startDigitalOcean({ pace: { working: 30 } });
    await (await digitaloceanRun(slow, basic())).apply();
    const upgraded = { ...basic(), engine_version: '17', allow_major_version_upgrade: 'true' };
    await (await digitaloceanRun(slow, upgraded)).apply();
    expect(slow.cluster('orders').version).toBe('17');
    expect(slow.calls().filter(({ action }) => action.endsWith('/upgrade'))).toHaveLength(1);
    await slow.stop();
  });

  test('refuses a standby for a live size that can have none, and removes a node without reading offers', async () => {
    await madeOnDigitalOcean(cloud, basic());
    const { instance_class: _, ...sizeless } = basic();
    expect(await refusal({ ...sizeless, multi_az: 'true' })).toMatch(/db-s-1vcpu-1gb.*with 2 nodes/s);
    await apply({ ...sizeless, instance_class: 'db-s-1vcpu-2gb', num_nodes: '2' });
    expect(await planned({ ...sizeless, num_nodes: '1' })).toEqual(['update server: num_nodes 2 → 1 (online)']);
    expect(await planned({ ...sizeless, multi_az: 'false' })).toEqual(['update server: num_nodes 2 → 1 (online)']);
    cloud.cluster('orders').num_nodes = 3;
    expect(await planned({ ...sizeless, multi_az: 'true' })).toEqual([]);
  });

  test('refuses to move a cluster together with a network of the region that it leaves', async () => {
    const vpc = '1b7a9c3e-0000-4000-8000-00000000f00d';
    await apply({ ...basic(), vpc_id: vpc });
    expect(await planned({ ...basic(), vpc_id: vpc })).toEqual([]);
    expect(await refusal({ ...basic(), vpc_id: vpc, digitalocean_region: 'fra1' })).toContain('vpc_id');
    expect(await planned({ ...basic(), digitalocean_region: 'fra1' })).toEqual([
      'update server: region "nyc3" → "fra1" (failover)'
    ]);
  });

  test('refuses a pool for which the others leave too few connections, and one that the live size does not have', async () => {
    await madeOnDigitalOcean(cloud, { ...basic(), instance_class: 'db-s-1vcpu-2gb' });
    const { instance_class: _, ...sizeless } = basic();
    const pooled = { ...sizeless, enable_proxy: 'true' };
    expect(await refusal({ ...pooled, proxy_config: 'default_pool_size: 48' })).toContain('47 connections in all');
    expect(await planned({ ...pooled, proxy_config: 'default_pool_size: 47' })).toEqual(['create pool']);
    cloud
      .cluster('orders')
      .pools.set('theirs', { name: 'theirs', mode: 'session', size: 30, db: 'defaultdb', user: 'doadmin' });
    expect(await refusal({ ...pooled, proxy_config: 'default_pool_size: 18' })).toContain('other pools have 30');
    expect(await planned({ ...pooled, proxy_config: 'default_pool_size: 17' })).toEqual(['create pool']);
  });

  test('refuses a time without a backup, or in the future', async () => {
    await madeOnDigitalOcean(cloud, { ...basic(), name: 'source' });
    cloud.cluster('source').untilBackup = 1;
    const copy = { name: 'copy', allowed_cidr_blocks: '203.0.113.0/24', restore_source: 'source' };
    // The clock of the run stands at the beginning of 2026.
    expect(await refusal({ ...copy, restore_to_time: '2026-02-01T00:00:00Z' })).toContain('is in the future');
    expect(await refusal({ ...copy, restore_to_time: '2025-12-31T00:00:00Z' })).toContain('no backup yet');
    cloud.cluster('source').untilBackup = 0;
    expect(await refusal({ ...copy, restore_to_time: '2025-12-31T00:00:00Z' })).toContain('before the first backup');
    expect(await planned({ ...copy, restore_to_time: 'latest' })).toEqual(['create server']);
    cloud.fault({ action: 'GET /databases/{id}/backups', times: 9, status: 403, code: 'forbidden' });
    const unchecked = { ...copy, restore_to_time: '2025-12-31T00:00:00Z' };
    expect(await noticed(unchecked)).toContainEqual(
      'not-checked: Could not check `restore_to_time`: `database:read` is not allowed.'
    );
    expect(await refusal({ ...copy, restore_source: 'nothing' })).toContain('is not a PostgreSQL cluster of this team');
  });

  test('removes replicas from the highest number down', async () => {
    await madeOnDigitalOcean(cloud, { ...everything(), read_replica_count: '3' });
    expect(await planned({ ...everything(), read_replica_count: '1' })).toEqual([
      'delete replica/3',
      'delete replica/2'
    ]);
    expect(await planned({ ...everything(), create_read_replica: 'false' })).toEqual([
      'delete replica/3',
      'delete replica/2',
      'delete replica/1'
    ]);
  });

  test('says which parameters need a restart', async () => {
    await madeOnDigitalOcean(cloud, { ...basic(), parameters: 'jit: off' });
    expect(
      await planned({
        ...basic(),
        parameters: 'max_worker_processes: 16\nshared_buffers_percentage: 30\nwork_mem: 8MB'
      })
    ).toEqual([
      'update configuration: parameters.max_worker_processes null → 16 (restart)',
      'update configuration: parameters.shared_buffers_percentage 20 → 30 (restart)',
      'update configuration: parameters.work_mem 4 → 8 (online)'
    ]);
  });

  test('sets the keys of the pooler, and leaves the rest of it', async () => {
    const inputs = { ...basic(), parameters: 'pgbouncer.min_pool_size: 5' };
    await apply(inputs);
    expect(cloud.cluster('orders').config['pgbouncer']).toMatchObject({
      server_reset_query_always: false,
      ignore_startup_parameters: [],
      min_pool_size: 5
    });
    expect(await planned(inputs)).toEqual([]);
    await apply({ ...basic(), parameters: 'pgbouncer.server_lifetime: 600' });
    expect(cloud.cluster('orders').config['pgbouncer']).toMatchObject({ min_pool_size: 5, server_lifetime: 600 });
  });

  test('leaves a parameter that is no longer named as it is', async () => {
    await madeOnDigitalOcean(cloud, { ...basic(), parameters: 'work_mem: 16MB\njit: off' });
    expect(await planned({ ...basic(), parameters: 'jit: off' })).toEqual([]);
    expect(cloud.cluster('orders').config).toMatchObject({ work_mem: 16, jit: false });
  });
});

describe('trusted sources', () => {
  const OWN = ['ip_addr 203.0.113.0/24 pgkeep', 'ip_addr 198.51.100.7 pgkeep'];
  const sources = (): readonly string[] =>
    cloud.cluster('orders').rules.map(({ type, value, description = '' }) => `${type} ${value} ${description}`.trim());

  test('leaves sources of other kinds in the list that it replaces', async () => {
    await (await digitaloceanRun(cloud, basic())).apply();
    cloud.cluster('orders').rules.push({ uuid: cloud.state.uuid(), type: 'tag', value: 'workers' });
    await (await digitaloceanRun(cloud, { ...basic(), allowed_cidr_blocks: '192.0.2.0/24' })).apply();
    expect(cloud.cluster('orders').rules.map(({ value }) => value)).toEqual(['workers', '192.0.2.0/24']);
  });

  test('of other kinds that came after the plan stay, and so do descriptions', async () => {
    await madeOnDigitalOcean(cloud, basic());
    const rules = cloud.cluster('orders').rules;
    const described = rules.slice(0, 1).map(rule => ({ ...rule, description: `what ${rule.value} is` }));
    cloud.cluster('orders').rules = described;
    const run = await digitaloceanRun(cloud, { ...basic(), allowed_cidr_blocks: '203.0.113.0/24\n192.0.2.0/24' });
    const { plan, observed } = await run.plan();
    const app = { uuid: cloud.state.uuid(), type: 'app', value: 'web', description: 'the shop' };
    cloud.cluster('orders').rules = [...described, app];
    await run.session.apply(plan, observed, { version: 1, repository: 'acme/shop', name: 'orders', environment: '' });
    expect(cloud.cluster('orders').rules.map(({ type, value, description }) => ({ type, value, description }))).toEqual(
      [
        { type: 'app', value: 'web', description: 'the shop' },
        { type: 'ip_addr', value: '203.0.113.0/24', description: 'what 203.0.113.0/24 is' },
        { type: 'ip_addr', value: '192.0.2.0/24', description: 'pgkeep' }
      ]
    );
  });

  test('of other kinds are reported next to the requested networks', async () => {
    await madeOnDigitalOcean(cloud, basic());
    cloud.cluster('orders').rules.push({ uuid: cloud.state.uuid(), type: 'k8s', value: 'shop-cluster' });
    expect(await planned(basic())).toEqual([]);
    expect(await noticed(basic())).toContainEqual(expect.stringContaining('`k8s shop-cluster` may connect too'));
  });

  test('that others added as networks stay, and are told', async () => {
    await madeOnDigitalOcean(cloud, basic());
    cloud.cluster('orders').rules.push({ uuid: cloud.state.uuid(), type: 'ip_addr', value: '192.0.2.9' });
    expect(await planned(basic())).toEqual([]);
    expect(await noticed(basic())).toContainEqual(expect.stringContaining('sources-kept: `ip_addr 192.0.2.9`'));
    await apply({ ...basic(), allowed_cidr_blocks: '198.51.100.0/24' });
    expect(sources()).toEqual(['ip_addr 192.0.2.9', 'ip_addr 198.51.100.0/24 pgkeep']);
  });

  test('that others opened to everyone are a warning', async () => {
    await madeOnDigitalOcean(cloud, basic());
    cloud.cluster('orders').rules.push({ uuid: cloud.state.uuid(), type: 'ip_addr', value: '0.0.0.0/0' });
    const { plan } = await (await digitaloceanRun(cloud, basic())).plan();
    expect(plan.notices).toContainEqual(expect.objectContaining({ code: 'sources-kept', severity: 'warning' }));
  });

  test('of others stay when a cluster is adopted', async () => {
    await madeOnDigitalOcean(cloud, basic());
    const live = cloud.cluster('orders');
    live.tags = [];
    live.rules = [{ uuid: cloud.state.uuid(), type: 'ip_addr', value: '192.0.2.9', description: 'the office' }];
    await apply({ ...basic(), adopt_existing: 'true' });
    expect(sources()).toEqual(['ip_addr 192.0.2.9 the office', ...OWN]);
  });

  test('that an input lists become the workflow’s when they have no description, and go with the input', async () => {
    await madeOnDigitalOcean(cloud, basic());
    cloud.cluster('orders').rules.push({ uuid: cloud.state.uuid(), type: 'ip_addr', value: '192.0.2.9' });
    await apply({ ...basic(), allowed_cidr_blocks: '192.0.2.9\n198.51.100.0/24' });
    expect(sources()).toEqual(['ip_addr 192.0.2.9 pgkeep', 'ip_addr 198.51.100.0/24 pgkeep']);
    await apply(basic());
    expect(sources()).toEqual(OWN);
  });

  test.each([
    ['an empty list', { allowed_cidr_blocks: '[]' }, 'open the database to the world'],
    ['a network of IPv6', { allowed_cidr_blocks: '2001:db8::/32' }, 'is not an IPv4 network'],
    [
      'a hundred and one',
      { allowed_cidr_blocks: Array.from({ length: 101 }, (_, at) => `192.0.2.${at}`).join('\n') },
      'has too many networks'
    ]
  ])('are refused when they are %s', async (_what, inputs, why) => {
    expect(await refusal({ ...basic(), ...inputs })).toContain(why);
  });

  test('are refused when a new cluster has none, and left as they are when it exists', async () => {
    const { allowed_cidr_blocks: _, ...silent } = basic();
    expect(await refusal(silent)).toContain('`allowed_cidr_blocks`: is needed for a new database');
    await apply(basic());
    expect(await planned(silent)).toEqual([]);
  });

  test('may be empty when the workflow lets everyone connect, which is a danger', async () => {
    const open = { ...basic(), allowed_cidr_blocks: '[]', publicly_accessible: 'true' };
    expect(await noticed(open)).toContainEqual(expect.stringContaining('public-exposure'));
    await apply(open);
    expect(cloud.cluster('orders').rules).toEqual([]);
    await apply(basic());
    await apply(open);
    expect(cloud.cluster('orders').rules).toEqual([]);
    expect(await planned(open)).toEqual([]);
  });

  test('that are empty are a danger also when no input mentions them, existing ones are not', async () => {
    const { allowed_cidr_blocks: _, ...silent } = basic();
    await apply(basic());
    const open = { ...silent, publicly_accessible: 'true' };
    expect((await noticed(open)).join()).not.toContain('public-exposure');
    cloud.cluster('orders').rules = [];
    expect(await noticed(silent)).toContainEqual(expect.stringContaining('public-exposure'));
    cloud.cluster('orders').rules = [{ uuid: cloud.state.uuid(), type: 'tag', value: 'workers' }];
    expect((await noticed(silent)).join()).not.toContain('public-exposure');
  });

  test('that let everyone connect are a danger', async () => {
    const notices = await noticed({ ...basic(), allowed_cidr_blocks: '0.0.0.0/0' });
    expect(notices).toContainEqual(expect.stringContaining('`0.0.0.0/0` lets everyone'));
  });
});

describe('inputs of every cloud', () => {
  /** A value that asks for something, for each input that no other provider alone has. */
  const ASKS: With = {
    engine_version: '16.4',
    storage_encrypted: 'false',
    enable_backup_encryption: 'false',
    subnet_ids: 'subnet-1',
    storage_type: 'gp3',
    storage_iops: '3000',
    storage_throughput: '125',
    kms_key_id: 'key',
    availability_zone: 'a',
    create_security_group: 'true',
    security_group_rules: '[{from_port: "5432", to_port: "5432", cidr_blocks: ["10.0.0.0/8"]}]',
    port: '5433',
    backup_retention_period: '14',
    snapshot_identifier: 'last',
    restore_from_snapshot: 'last',
    final_snapshot_identifier: 'last',
    copy_tags_to_snapshot: 'true',
    enable_performance_insights: 'true',
    enable_enhanced_monitoring: 'true',
    enabled_cloudwatch_logs_exports: 'postgresql',
    parameter_group_name: 'mine',
    option_group_name: 'mine',
    iam_database_authentication_enabled: 'true',
    master_password: 'A-long-password-1'
  };

  test.each(Object.entries(ASKS))('that DigitalOcean does not have are reported: %s', (input, value) => {
    const { spec, problems } = load([{ values: { cloud_provider: 'do', ...basic(), [input]: value } }]);
    expect(problems).toEqual([]);
    const { problems: refused, notices } = digitalocean.validate(spec);
    const said = [...spec.notices, ...refused, ...notices, ...unsupported(spec, digitalocean.capabilities)];
    expect(said.map(one => one.input)).toContain(input);
  });

  test('are named as the workflow names them', async () => {
    const { instance_class: _, ...sizeless } = basic();
    expect(await noticed({ ...sizeless, size: 'db.t3.small' })).toContainEqual(expect.stringContaining('db.t3.small'));
    await expect(digitaloceanRun(cloud, { ...sizeless, size: 'db.x2g.large' })).rejects.toThrow('`size`');
    expect(await refusal({ ...sizeless, size: 'db-s-64vcpu-1tb' })).toContain('`size`');
  });
});
