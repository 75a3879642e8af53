import { startGcp, type FakeGcp } from '../../../clouds/gcp/fake-gcp.ts';
import { object, type Json } from '../../../clouds/gcp/json.ts';
import { basic } from '../../../support/gcp-inputs.ts';
import { gcpRun, lines } from '../../../support/gcp-run.ts';
import { madeOnGcp } from '../../../support/made-before.ts';

type With = Readonly<Record<string, string>>;

let cloud: FakeGcp;
beforeEach(async () => {
  cloud = await startGcp();
});
afterEach(async () => cloud.stop());

async function applied(inputs: With): Promise<readonly string[]> {
  return lines((await (await gcpRun(cloud, inputs)).apply()).plan);
}

async function planned(inputs: With): Promise<readonly string[]> {
  return lines((await (await gcpRun(cloud, inputs)).plan()).plan);
}

async function notices(inputs: With): Promise<readonly string[]> {
  return (await (await gcpRun(cloud, inputs)).plan()).plan.notices.map(({ code, message }) => `${code}: ${message}`);
}

/** What Cloud SQL was asked to make. */
function made(): Json {
  const body = cloud.mutations().find(({ action }) => action === 'instances.insert')?.body;
  if (body === undefined) throw new Error('Nothing was made');
  return body;
}

/** Changes the live instance, as another user or Cloud SQL would. */
function change(settings: Json): void {
  const orders = cloud.state.instances.get('orders');
  if (orders === undefined) throw new Error('There is no instance');
  orders.json = { ...orders.json, settings: { ...(orders.json['settings'] as Json), ...settings } };
}

const without = (inputs: With, ...names: readonly string[]): With =>
  Object.fromEntries(Object.entries(inputs).filter(([name]) => !names.includes(name)));

describe('a new instance', () => {
  test("of the module's own example is created as the module intends", async () => {
    await applied({
      name: 'orders',
      gcp_project: 'shop-project',
      gcp_region: 'us-central1',
      instance_type: 'db-f1-micro',
      database_version: 'POSTGRES_14',
      enable_backup: 'true',
      backup_time: '03:00',
      enable_binary_log_backup: 'true',
      master_password: 'Canary-horse-8431'
    });
    expect(made()).toMatchObject({
      name: 'orders',
      region: 'us-central1',
      databaseVersion: 'POSTGRES_14',
      settings: {
        tier: 'db-f1-micro',
        edition: 'ENTERPRISE',
        dataDiskSizeGb: '20',
        dataDiskType: 'PD_SSD',
        availabilityType: 'ZONAL',
        backupConfiguration: { enabled: true, startTime: '03:00', pointInTimeRecoveryEnabled: true },
        maintenanceWindow: { day: 7, hour: 4 },
        deletionProtectionEnabled: false,
        ipConfiguration: { ipv4Enabled: true, authorizedNetworks: [], sslMode: 'ENCRYPTED_ONLY' }
      }
    });
  });

  test.each([['db-perf-optimized-N-2', 'ENTERPRISE_PLUS']])(
    'of tier %s gets its edition, %s',
    async (tier, edition) => {
      await applied({ ...basic(), tier });
      expect(made()['settings']).toMatchObject({ tier, edition });
    }
  );

  test.each([['db.r5.4xlarge', 'db-custom-20-131072']])(
    'takes an AWS class, %s, as %s, with a notice',
    async (instance_class, tier) => {
      const { plan } = await (await gcpRun(cloud, { ...without(basic(), 'tier'), instance_class })).apply();
      const message = `\`${instance_class}\` becomes ${tier} on Cloud SQL.`;
      expect(plan.notices).toContainEqual(expect.objectContaining({ code: 'value-mapped', message }));
      expect(made()['settings']).toMatchObject({ tier });
    }
  );

  test('with a shared core has a notice on availability and creation time', async () => {
    expect((await notices({ ...basic(), tier: 'db-f1-micro' })).join()).toMatch(/no availability.*30 to 50 minutes/);
  });

  test('of an unmaintained version has a warning', async () => {
    expect((await notices({ ...basic(), engine_version: '14' })).join()).toContain('no longer maintains 14');
    expect((await notices(without(basic(), 'engine_version'))).join()).toContain('no longer maintains 14');
    expect((await notices(basic())).join()).not.toContain('version-ended');
  });

  test('with a standby gets the backups and the log that it needs', async () => {
    await applied({ ...basic(), multi_az: 'true' });
    expect(made()['settings']).toMatchObject({
      availabilityType: 'REGIONAL',
      backupConfiguration: { enabled: true, pointInTimeRecoveryEnabled: true }
    });
  });

  test('gets its secrets and its marked labels in the create call', async () => {
    const run = await gcpRun(cloud, basic());
    const { plan } = await run.apply();
    expect(JSON.stringify(plan)).not.toContain('Canary-horse-8431');
    expect(made()).toMatchObject({
      rootPassword: 'Canary-horse-8431',
      settings: { userLabels: { team: 'shop', 'managed-by': 'pgkeep', 'pgkeep-repository': 'acme_sshop' } }
    });
  });

  test('in a private network has no public address unless one is asked for', async () => {
    await applied({ ...without(basic(), 'publicly_accessible', 'allowed_cidr_blocks'), vpc_id: 'shop' });
    expect(made()['settings']).toMatchObject({
      ipConfiguration: { ipv4Enabled: false, privateNetwork: 'projects/shop-project/global/networks/shop' }
    });
  });

  test('needs a region, and a way to log in', async () => {
    await expect(planned(without(basic(), 'gcp_region'))).rejects.toThrow('`gcp_region`');
    await expect(planned(without(basic(), 'master_password'))).rejects.toThrow('`master_password`');
    const iam = { ...without(basic(), 'master_password'), iam_database_authentication_enabled: 'true' };
    expect(await planned(iam)).toContain('create server');
  });

  test('of a tier that the region does not offer is refused in the plan', async () => {
    await expect(planned({ ...basic(), tier: 'db-perf-optimized-N-999' })).rejects.toThrow(
      'not a tier that Cloud SQL offers'
    );
    await expect(planned({ ...basic(), tier: 'db-perf-optimized-N-2', gcp_region: 'mars-east1' })).rejects.toThrow(
      'is not available in mars-east1'
    );
  });
});

describe('a disk', () => {
  beforeEach(async () => {
    await madeOnGcp(cloud, basic());
  });

  test('that grew by itself matches, with a notice', async () => {
    change({ dataDiskSizeGb: '55' });
    expect(await planned(basic())).toEqual([]);
    expect((await notices(basic())).join()).toContain('The disk has 55 GiB');
  });

  test('that grew also matches when growth is now switched off', async () => {
    change({ dataDiskSizeGb: '55', storageAutoResize: false });
    expect(await planned(basic())).toEqual([]);
    expect((await notices(basic())).join()).toContain('never shrinks a disk (performDiskShrink)');
  });

  test('grows up to a limit, without one, or not at all', async () => {
    expect(await planned({ ...basic(), max_allocated_storage: '100' })).toEqual([
      'update server: max_allocated_storage "unlimited" → 100 (online)'
    ]);
    await applied({ ...basic(), max_allocated_storage: '100' });
    expect(cloud.mutations().at(-2)?.body['settings']).toMatchObject({
      storageAutoResize: true,
      storageAutoResizeLimit: '100'
    });
    await applied({ ...basic(), max_allocated_storage: '0' });
    expect(await planned({ ...basic(), max_allocated_storage: '0' })).toEqual([]);
  });
});

describe('networks', () => {
  test('that are private are not sent to Cloud SQL, with a notice', async () => {
    const inputs = { ...basic(), allowed_cidr_blocks: '10.0.0.0/8\n203.0.113.7' };
    expect((await notices(inputs)).join()).toContain('value-ignored: 10.0.0.0/8 is a private network');
    await applied(inputs);
    expect(made()['settings']).toMatchObject({
      ipConfiguration: { authorizedNetworks: [{ value: '203.0.113.7/32', name: 'pgkeep' }] }
    });
    expect(await planned(inputs)).toEqual([]);
  });

  test.each([
    ['0.0.0.0/0', 'danger'],
    ['198.51.100.1/32', 'warning']
  ])('of others that admit %s are a %s', async (value, severity) => {
    await madeOnGcp(cloud, basic());
    change({ ipConfiguration: { ipv4Enabled: true, authorizedNetworks: [{ value, name: 'ann' }] } });
    const { plan } = await (await gcpRun(cloud, basic())).plan();
    expect(plan.notices).toContainEqual(expect.objectContaining({ code: 'foreign-rules', severity }));
  });

  test('a zone in capitals is the zone', async () => {
    const zoned = { ...basic(), availability_zone: 'US-CENTRAL1-B' };
    await applied(zoned);
    expect(made()['settings']).toMatchObject({ locationPreference: { zone: 'us-central1-b' } });
    expect(await planned({ ...basic(), availability_zone: 'us-central1-b' })).toEqual([]);
  });

  test('and nothing else is said of an instance as it was applied', async () => {
    const quiet = { ...basic(), tags: 'team: shop' };
    await madeOnGcp(cloud, quiet);
    expect(await notices(quiet)).toEqual([]);
    expect(await notices({ ...quiet, subnet_ids: 'subnet-1' })).toEqual([
      expect.stringMatching(/^value-ignored: An instance is in a network, not in subnets: `subnet_ids`/)
    ]);
    const { plan } = await (await gcpRun(cloud, { ...quiet, subnet_ids: 'subnet-1' })).plan();
    expect(plan.notices.map(({ input }) => input)).toEqual(['subnet_ids']);
  });

  test('in a private network a range can be added once, and not be changed', async () => {
    const within = { ...basic(), vpc_id: 'shop' };
    await madeOnGcp(cloud, within);
    const ranged = { ...within, allocated_ip_range: 'orders-range' };
    expect(await applied(ranged)).toEqual(['update server: allocated_ip_range null → "orders-range" (restart)']);
    expect(await planned(ranged)).toEqual([]);
    const { plan } = await (await gcpRun(cloud, { ...within, allocated_ip_range: 'other-range' })).plan();
    expect(plan.verdict).toBe('blocked');
  });

  test('of others stay and are reported; those of this workflow follow the list', async () => {
    await madeOnGcp(cloud, { ...basic(), allowed_cidr_blocks: '203.0.113.0/24\n198.51.100.0/24' });
    change({
      ipConfiguration: {
        ipv4Enabled: true,
        sslMode: 'ENCRYPTED_ONLY',
        authorizedNetworks: [
          { value: '203.0.113.0/24', name: 'office', kind: 'sql#aclEntry' },
          { value: '198.51.100.0/24', name: 'pgkeep' },
          { value: '198.51.100.1/32', name: 'ann' }
        ]
      }
    });
    const more = { ...basic(), allowed_cidr_blocks: '203.0.113.0/24\n192.0.2.0/24' };
    expect(await notices(more)).toContain(
      'foreign-rules: The instance also authorises 198.51.100.1/32, which this workflow did not add: they stay. Remove them in the Google Cloud console.'
    );
    await applied(more);
    // The mark of what was applied is a change of its own.
    const changes = cloud.mutations().map(({ body }) => object(body['settings']));
    expect(changes.findLast(one => 'ipConfiguration' in one)).toMatchObject({
      ipConfiguration: {
        authorizedNetworks: [
          { value: '198.51.100.1/32', name: 'ann' },
          { value: '203.0.113.0/24', name: 'office', kind: 'sql#aclEntry' },
          { value: '192.0.2.0/24', name: 'pgkeep' }
        ]
      }
    });
    expect(await planned(more)).toEqual([]);
  });

  test('of the private kind can be added, and neither exchanged nor removed', async () => {
    await madeOnGcp(cloud, basic());
    const within = { ...basic(), vpc_id: 'shop' };
    expect(await planned(within)).toEqual([
      'update server: private_network null → "projects/shop-project/global/networks/shop" (restart)'
    ]);
    await applied(within);
    expect(await planned({ ...within, vpc_id: 'projects/shop-project/global/networks/shop' })).toEqual([]);
    expect(await planned(basic())).toEqual([]);
    expect(await planned({ ...basic(), vpc_id: 'other' })).toEqual([expect.stringContaining('(blocked)')]);
  });

  test('that open the instance to every address are a danger', async () => {
    const all = await (await gcpRun(cloud, { ...basic(), allowed_cidr_blocks: '0.0.0.0/0' })).plan();
    expect(all.plan.notices).toContainEqual(expect.objectContaining({ code: 'public-exposure', severity: 'danger' }));
  });
});

describe('backups', () => {
  test('are counted, not dated, and switched off by 0', async () => {
    await applied({ ...basic(), backup_retention_period: '14' });
    expect(made()['settings']).toMatchObject({
      backupConfiguration: { enabled: true, backupRetentionSettings: { retainedBackups: 14, retentionUnit: 'COUNT' } }
    });
    expect((await notices({ ...basic(), backup_retention_period: '14' })).join()).toContain('keeps the last 14');
    const none = { ...basic(), backup_retention_period: '0' };
    expect(await applied(none)).toEqual(['update server: enable_backup true → false (online)']);
    expect(await planned(none)).toEqual([]);
  });

  test('and the log are switched on with a requested standby', async () => {
    const bare = { ...basic(), backup_retention_period: '0' };
    await madeOnGcp(cloud, bare);
    const standby = { ...basic(), multi_az: 'true' };
    expect(await applied(standby)).toEqual([
      'update server: enable_backup false → true (online)',
      'update server: multi_az false → true (restart)',
      'update server: point_in_time_recovery false → true (restart)'
    ]);
    expect(await planned(standby)).toEqual([]);
  });

  // terraform-google-sql-db#344: it was made so, and the module's example has a standby without the log.
  test.each([
    ['no log', { enable_binary_log_backup: 'false' }, 'enable_binary_log_backup'],
    ['no backups', { enable_backup: 'false' }, 'enable_backup']
  ])('a standby with %s is taken, with a warning, and kept as it is', async (_what, lacking: With, input) => {
    const warning = expect.objectContaining({ code: 'less-safe', input, severity: 'warning' }) as unknown;
    const standby = { ...basic(), multi_az: 'true' };
    const { plan } = await (await gcpRun(cloud, { ...standby, ...lacking })).apply();
    expect(plan.notices).toContainEqual(warning);
    expect(await planned(standby)).toEqual([]);
    expect((await (await gcpRun(cloud, standby)).plan()).plan.notices).not.toContainEqual(warning);
    await applied({ ...basic(), multi_az: 'false' });
    const { plan: alone } = await (await gcpRun(cloud, { ...basic(), ...lacking })).plan();
    expect(alone.notices).not.toContainEqual(warning);
  });

  test('keep the log longer, and in another place', async () => {
    const inputs = {
      ...basic(),
      enable_binary_log_backup: 'true',
      transaction_log_retention_days: '5',
      backup_location: 'eu',
      backup_window: '23:30-00:30'
    };
    await applied(inputs);
    expect(made()['settings']).toMatchObject({
      backupConfiguration: { transactionLogRetentionDays: 5, location: 'eu', startTime: '23:30' }
    });
    expect(await planned(inputs)).toEqual([]);
  });
});

describe('parameters', () => {
  const asked = {
    ...basic(),
    parameters:
      'ssl: on\nshared_preload_libraries: pg_stat_statements,pgaudit\nshared_buffers: 256MB\nlog_statement: ALL\nlog_line_prefix: "%m [%p] "\nTimeZone: Asia/Seoul'
  };

  test('are flags in native units; other parameters are mapped or explained', async () => {
    const said = (await notices(asked)).join('\n');
    expect(said).toContain('`ssl = on` becomes the SSL mode ENCRYPTED_ONLY');
    expect(said).toContain('Cloud SQL loads pg_stat_statements by itself');
    expect(said).toContain('becomes the flag `cloudsql.enable_pgaudit`');
    await applied(asked);
    expect(made()['settings']).toMatchObject({
      ipConfiguration: { sslMode: 'ENCRYPTED_ONLY' },
      databaseFlags: [
        { name: 'cloudsql.enable_pgaudit', value: 'on' },
        { name: 'log_line_prefix', value: '%m [%p] ' },
        { name: 'log_statement', value: 'all' },
        { name: 'shared_buffers', value: '32768' },
        { name: 'timezone', value: 'Asia/Seoul' }
      ]
    });
    expect(await planned(asked)).toEqual([]);
  });

  test('restart the instance where Cloud SQL says so', async () => {
    await madeOnGcp(cloud, basic());
    const inputs = { ...basic(), parameters: 'max_connections: 200\nwork_mem: 8MB' };
    expect(await planned(inputs)).toEqual([
      'update server: parameters.max_connections null → "200" (restart)',
      'update server: parameters.work_mem null → "8192" (online)'
    ]);
  });

  test.each([
    ['wal_level: logical', 'not a database flag of Cloud SQL'],
    ['max_connections: 5', 'out of the range'],
    ['log_statement: some', 'log_statement'],
    ['rds.force_ssl: 1', 'another cloud'],
    ['cloudsql.iam_authentication: on', 'is set by `iam_database_authentication_enabled`'],
    ['shared_preload_libraries: timescaledb', 'not a library that Cloud SQL loads']
  ])('%s is refused: %s', async (parameters, why) => {
    await expect(planned({ ...basic(), parameters })).rejects.toThrow(why);
  });

  test('are written as a whole list: flags of others stay, flags no longer listed are reset', async () => {
    await madeOnGcp(cloud, { ...basic(), parameters: 'work_mem: 8MB' });
    change({
      databaseFlags: [
        { name: 'work_mem', value: '8192' },
        { name: 'cloudsql.logical_decoding', value: 'on' },
        { name: 'log_connections', value: 'on' }
      ]
    });
    const next = { ...basic(), parameters: 'maintenance_work_mem: 64MB', iam_database_authentication_enabled: 'true' };
    expect(await applied(next)).toEqual([
      'update server: iam_database_authentication_enabled false → true (online)',
      'update server: parameters.log_connections "on" → null (online)',
      'update server: parameters.maintenance_work_mem null → "65536" (online)',
      'update server: parameters.work_mem "8192" → null (online)'
    ]);
    const settings = cloud.state.instances.get('orders')?.json['settings'] as Json;
    expect(settings['databaseFlags']).toEqual([
      { name: 'cloudsql.iam_authentication', value: 'on' },
      { name: 'cloudsql.logical_decoding', value: 'on' },
      { name: 'maintenance_work_mem', value: '65536' }
    ]);
    expect(await planned(next)).toEqual([]);
  });
});

describe('the impact of a change', () => {
  test.each([
    ['availability_zone', 'us-central1-f', 'availability_zone "us-central1-a" → "us-central1-f" (restart)'],
    ['gcp_region', 'europe-west1', 'gcp_region "us-central1" → "europe-west1" (blocked)']
  ])('of %s is %s', async (input, value, line) => {
    await madeOnGcp(cloud, basic());
    expect(await planned({ ...basic(), [input]: value })).toContain(
      `${line.endsWith('(blocked)') ? 'blocked' : 'update'} server: ${line}`
    );
  });

  test('includes a change of edition, with its tier', async () => {
    await madeOnGcp(cloud, basic());
    expect(await planned({ ...basic(), tier: 'db-perf-optimized-N-2' })).toEqual([
      'update server: edition "ENTERPRISE" → "ENTERPRISE_PLUS" (restart)',
      'update server: instance_class "db-custom-1-3840" → "db-perf-optimized-N-2" (restart)'
    ]);
  });
});

describe('inputs that Cloud SQL does not take', () => {
  const IAM = { iam_database_authentication_enabled: 'true' };
  const KEY = 'projects/shop-project/locations/us-central1/keyRings/shop/cryptoKeys/sql';
  const many = (line: (at: number) => string): string => Array.from({ length: 101 }, (_, at) => line(at)).join('\n');
  test.each([
    ['a pooler in Enterprise', { enable_proxy: 'true' }, 'is not available in the edition Enterprise'],
    ['a mode of pooling', { enable_proxy: 'true', proxy_config: 'pool_mode: statement' }, 'not a mode of the pooler'],
    ['no address at all', { publicly_accessible: 'false' }, 'without an address'],
    ['an odd machine', { tier: 'db-custom-3-7680' }, 'even number'],
    ['an unknown tier', { tier: 'huge' }, 'is not a tier of Cloud SQL'],
    ['a small disk', { disk_size: '5' }, '10 GiB or more'],
    ['a large disk on a shared core', { tier: 'db-g1-small', disk_size: '4000' }, 'is more than db-g1-small can have'],
    ['an unknown disk', { disk_type: 'FLOPPY' }, 'is not a disk type of Cloud SQL'],
    ['long logs in Enterprise', { transaction_log_retention_days: '30' }, 'than the edition Enterprise keeps'],
    ['no encryption', { storage_encrypted: 'false' }, 'always encrypts'],
    ['tags that become one', { tags: 'Team: a\nteam: b' }, 'becomes the same label'],
    ['a tag that begins with a digit', { tags: '"1st": a' }, 'does not begin with a letter'],
    ['a tag of ours', { tags: 'pgkeep-name: a' }, 'is reserved for this action'],
    ['IPv6', { allowed_cidr_blocks: '2001:db8::/32' }, 'is not an IPv4 network'],
    ['an alias of a key', { kms_key_id: 'alias/shop' }, 'is not the path of a key'],
    ['a user of no kind', { ...IAM, iam_users: 'ann' }, 'is not a user, service account or group'],
    ['users without their logins', { iam_users: 'user:ann@example.com' }, 'needs `iam_database_authentication_enabled'],
    ['an address for alarms', { alarms: 'cpu', alarm_actions: 'ann@example.com' }, 'is not a notification channel'],
    ['an alarm that is watched for long', { alarms: 'cpu: {period: 3600, evaluation_periods: 24}' }, 'of at most 23,'],
    ['an alarm over a day', { alarms: 'cpu: {period: 86400, evaluation_periods: 1}' }, 'allowed: a shorter `period`'],
    ['a replica elsewhere of a key', { replica_region: 'europe-west1', kms_key_id: KEY }, 'a key of its own region'],
    ['very many networks', { allowed_cidr_blocks: many(at => `203.0.${at}.0/24`) }, 'lists too many networks'],
    ['very many tags', { tags: many(at => `tag-${at}: a`) }, 'lists too many tags'],
    ['a range without its network', { allocated_ip_range: 'sql' }, 'needs `vpc_id`, the network of the range'],
    ['backups of which none stays', { enable_backup: 'true', backup_retention_period: '0' }, 'keeps no backups'],
    ['one zone twice', { availability_zone: 'us-central1-a', secondary_zone: 'us-central1-a' }, 'is the same']
  ] as const)('are refused: %s', async (_what, inputs: With, why) => {
    await expect(planned({ ...basic(), ...inputs })).rejects.toThrow(new RegExp(why));
  });

  test('an alarm that Cloud SQL does not measure is told, whatever its period', async () => {
    const run = await gcpRun(cloud, { ...basic(), alarms: 'read_latency: {period: 86400}' });
    expect((await run.plan()).plan.notices.map(({ input }) => input)).toContain('alarms');
  });
});

describe('the outputs', () => {
  test('say how to connect, with the certificate of the instance and the host in the private network', async () => {
    const run = await gcpRun(cloud, {
      ...basic(),
      tier: 'db-perf-optimized-N-2',
      vpc_id: 'shop',
      enable_proxy: 'true',
      enable_performance_insights: 'true'
    });
    const { outputs } = await run.apply();
    const addresses = (cloud.state.instances.get('orders')?.json['ipAddresses'] ?? []) as readonly Json[];
    const [host, privateHost] = ['PRIMARY', 'PRIVATE'].map(
      type => addresses.find(one => one['type'] === type)?.['ipAddress']
    );
    expect(outputs).toMatchObject({
      endpoint: { host, port: 5432, database: 'orders', username: 'postgres', sslmode: 'verify-ca' },
      pool: { host, port: 6432 },
      privateHost,
      module: {
        db_instance_id: 'orders',
        db_instance_arn: 'https://sqladmin.googleapis.com/v1/projects/shop-project/instances/orders',
        db_instance_endpoint: `${String(host)}:5432`,
        db_instance_resource_id: 'shop-project:us-central1:orders',
        performance_insights_enabled: true,
        proxy_endpoint: `${String(host)}:6432`
      }
    });
    expect(outputs?.endpoint.caCertificate).toContain('BEGIN CERTIFICATE');
  });
});

describe('the final backup', () => {
  test('is taken by a destroy unless it is skipped, and kept as long as the workflow says', async () => {
    const kept = { ...without(basic(), 'skip_final_snapshot'), final_backup_days: '90' };
    await applied(kept);
    await (await gcpRun(cloud, kept)).destroy();
    expect([...cloud.state.backups.values()]).toEqual([
      expect.objectContaining({ description: expect.stringMatching(/^orders-final-\d{14}$/) })
    ]);
  });

  test('is not taken when it is skipped', async () => {
    await madeOnGcp(cloud, basic());
    await (await gcpRun(cloud, basic())).destroy();
    expect(cloud.state.backups.size).toBe(0);
  });
});

describe('a limit that a replica may not have lower than its instance', () => {
  const order = async (inputs: With): Promise<readonly string[]> => {
    const { plan } = await (await gcpRun(cloud, inputs)).plan();
    return plan.steps.filter(({ action }) => action === 'update').map(({ address }) => address);
  };
  const asked = { ...basic(), create_read_replica: 'true', parameters: 'max_connections: 200' };

  test('is raised in the replica first, and lowered in the instance first', async () => {
    await madeOnGcp(cloud, asked);
    const raised = { ...asked, parameters: 'max_connections: 400' };
    expect(await order(raised)).toEqual(['replica/1', 'server']);
    await applied(raised);
    expect(await planned(raised)).toEqual([]);
    expect(await order(asked)).toEqual(['server', 'replica/1']);
    await applied(asked);
    expect(await planned(asked)).toEqual([]);
  });
});
