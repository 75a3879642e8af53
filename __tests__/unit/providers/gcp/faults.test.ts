import { startGcp, type FakeGcp, type GcpOptions } from '../../../clouds/gcp/fake-gcp.ts';
import { basic } from '../../../support/gcp-inputs.ts';
import { accessFor } from '../../../support/firewalls.ts';
import { gcpRun, lines } from '../../../support/gcp-run.ts';
import { madeOnGcp } from '../../../support/made-before.ts';

type With = Readonly<Record<string, string>>;

let cloud: FakeGcp;
afterEach(async () => cloud.stop());

async function start(options: GcpOptions = {}): Promise<void> {
  cloud = await startGcp(options);
}

async function applied(inputs: With): Promise<readonly string[]> {
  return lines((await (await gcpRun(cloud, inputs)).apply()).plan);
}

async function planned(inputs: With): Promise<readonly string[]> {
  return lines((await (await gcpRun(cloud, inputs)).plan()).plan);
}

const actions = (): readonly string[] => cloud.mutations().map(({ action }) => action);

describe('an operation of Cloud SQL', () => {
  const larger = { ...basic(), tier: 'db-custom-2-7680' };

  test("that is done with an error has failed, with Google's words, and the next run plans it again", async () => {
    await start();
    await madeOnGcp(cloud, basic());
    cloud.doom('UPDATE', { code: 'RESOURCE_EXHAUSTED', message: 'The zone has not enough of that tier.' });
    await expect(applied(larger)).rejects.toMatchObject({
      message: expect.stringContaining('The zone has not enough of that tier.'),
      hint: expect.stringContaining('another zone')
    });
    expect(await planned(larger)).toEqual([expect.stringContaining('instance_class')]);
    await applied(larger);
    expect(await planned(larger)).toEqual([]);
  });

  test('that fails to create the instance is told by the next run too, which does not wait for ever', async () => {
    await start();
    cloud.doom('CREATE', { code: 'INTERNAL_ERROR', message: 'Failed to create the subnetwork.' });
    await expect(applied(basic())).rejects.toThrow('Failed to create the subnetwork.');
    const next = await gcpRun(cloud, basic());
    await expect(next.apply()).rejects.toThrow();
    expect(actions()).toEqual(['instances.insert']);
  });

  test('that creates a replica, and whose answer is lost, is found and not sent again', async () => {
    await start();
    await madeOnGcp(cloud, basic());
    cloud.fault({ action: 'instances.insert', when: 'after', times: 1 });
    await applied({ ...basic(), create_read_replica: 'true' });
    expect(actions().filter(action => action === 'instances.insert')).toHaveLength(1);
  });

  test('survives polls without an answer, and polls that do not find it yet', async () => {
    await start({ pace: { hidden: 3 } });
    for (const nth of [2, 4]) cloud.fault({ action: 'operations.get', nth });
    cloud.fault({ action: 'operations.get', nth: 3, code: 'internalError', status: 500 });
    await applied(basic());
    expect(actions().filter(action => action === 'instances.insert')).toHaveLength(1);
    expect(await planned(basic())).toEqual([]);
  });

  test('that still runs at the deadline is continued by the next run, not started twice', async () => {
    await start({ pace: { operation: 30 } });
    await applied(basic());
    const before = actions().length;
    await expect(applied({ ...larger, timeout_minutes: '1' })).rejects.toMatchObject({ code: 'in-progress' });
    expect(actions().slice(before)).toEqual(['instances.patch']);
    const next = await gcpRun(cloud, larger);
    const { plan } = await next.plan();
    expect(lines(plan)).toContain('update server: state "CHANGING" → "RUNNABLE" (online)');
    await next.apply();
    expect(next.execution.lines.join('\n')).toContain('continue the change of orders');
    expect(cloud.state.instances.get('orders')?.json).toMatchObject({ settings: { tier: 'db-custom-2-7680' } });
    expect(await planned(larger)).toEqual([]);
  });

  test('that fails makes the run fail that continued it', async () => {
    await start({ pace: { operation: 30 } });
    await applied(basic());
    cloud.doom('UPDATE', { code: 'INTERNAL_ERROR', message: 'The machine could not be changed.' });
    await expect(applied({ ...larger, timeout_minutes: '1' })).rejects.toMatchObject({ code: 'in-progress' });
    await expect(applied(larger)).rejects.toThrow('The machine could not be changed.');
  });

  test('of another user is waited for before a change is sent, also when it starts in between', async () => {
    await start();
    await madeOnGcp(cloud, basic());
    cloud.fault({ action: 'instances.patch', code: 'operationInProgress', status: 409, times: 2 });
    await applied(larger);
    expect(await planned(larger)).toEqual([]);
  });

  test('is sent with the version of the settings; a newer version is read and used', async () => {
    await start();
    await madeOnGcp(cloud, basic());
    cloud.fault({ action: 'instances.patch', code: 'staleData', status: 412, nth: 1 });
    await applied(larger);
    const versions = cloud.mutations().flatMap(({ action, body }) => {
      const settings = body['settings'] as Readonly<Record<string, unknown>> | undefined;
      return action === 'instances.patch' ? [settings?.['settingsVersion']] : [];
    });
    expect(versions).toEqual(versions.filter(one => typeof one === 'string' && /^\d+$/.test(one)));
    expect(await planned(larger)).toEqual([]);
  });
});

test('a change that another run has made meanwhile is not sent again, empty', async () => {
  await start();
  const closed = { ...basic(), allowed_cidr_blocks: '198.51.100.0/24' };
  await applied(closed);
  const one = async (): Promise<unknown> => {
    const { session } = await gcpRun(cloud, closed, { access: accessFor(['203.0.113.7']) });
    return session.runnerAccess?.admit();
  };
  const before = cloud.mutations().length;
  expect(await Promise.all([one(), one()])).toMatchObject([{ kind: 'admitted' }, { kind: 'admitted' }]);
  const bodies = cloud
    .mutations()
    .slice(before)
    .map(({ body }) => Object.keys(body));
  expect(bodies.filter(keys => !keys.includes('settings'))).toEqual([]);
  expect(bodies.length).toBeGreaterThan(0);
});

describe('several changes', () => {
  test('go in operations of their own: the version alone, then the machine, then everything else', async () => {
    await start();
    await madeOnGcp(cloud, basic());
    const before = cloud.mutations().length;
    await applied({
      ...basic(),
      engine_version: '17',
      allow_major_version_upgrade: 'true',
      tier: 'db-perf-optimized-N-2',
      disk_size: '40',
      enable_proxy: 'true',
      backup_retention_period: '10',
      multi_az: 'true'
    });
    const bodies = cloud
      .mutations()
      .slice(before)
      .map(({ body }) => body);
    const version = expect.stringMatching(/^\d+$/) as unknown;
    expect(bodies.slice(0, 4)).toEqual([
      { databaseVersion: 'POSTGRES_17' },
      { settings: { edition: 'ENTERPRISE_PLUS', tier: 'db-perf-optimized-N-2', settingsVersion: version } },
      {
        settings: {
          availabilityType: 'REGIONAL',
          backupConfiguration: {
            backupRetentionSettings: { retainedBackups: 10, retentionUnit: 'COUNT' },
            pointInTimeRecoveryEnabled: true
          },
          dataDiskSizeGb: '40',
          settingsVersion: version
        }
      },
      {
        databaseVersion: 'POSTGRES_17',
        settings: { connectionPoolConfig: { connectionPoolingEnabled: true, flags: [] }, settingsVersion: version }
      }
    ]);
  });

  test('send only changed labels, and keep labels of others', async () => {
    await start();
    await madeOnGcp(cloud, basic());
    const orders = cloud.state.instances.get('orders');
    if (orders === undefined) throw new Error('There is no instance');
    const settings = orders.json['settings'] as Readonly<Record<string, unknown>>;
    const labels = settings['userLabels'] as Readonly<Record<string, string>>;
    orders.json = { ...orders.json, settings: { ...settings, userLabels: { ...labels, billing: '4711' } } };
    const { tags: _tags, ...untagged } = basic();
    const before = cloud.mutations().length;
    await applied({ ...untagged, disk_size: '40' });
    expect(cloud.mutations()[before]?.body).toEqual({
      settings: { dataDiskSizeGb: '40', settingsVersion: expect.stringMatching(/^\d+$/) }
    });
    const now = cloud.state.instances.get('orders')?.json['settings'] as Readonly<Record<string, unknown>>;
    expect(now['userLabels']).toMatchObject({ billing: '4711', team: 'shop', 'managed-by': 'pgkeep' });
  });
});

describe('a name', () => {
  test('of a deleted replica causes a warning too, with the input that leads out', async () => {
    await start();
    const reader = { ...basic(), create_read_replica: 'true' };
    await applied(reader);
    await applied({ ...reader, read_replica_count: '0' });
    const { plan } = await (await gcpRun(cloud, reader)).plan();
    expect(plan.notices.find(({ code }) => code === 'name-reserved')).toMatchObject({
      input: 'replica_names',
      message: expect.stringContaining('orders-replica-1') as string
    });
  });

  test('of a deleted instance causes a warning, and the refusal of Cloud SQL is explained', async () => {
    await start();
    await madeOnGcp(cloud, basic());
    await (await gcpRun(cloud, basic())).destroy();
    const again = await gcpRun(cloud, basic());
    const { plan } = await again.plan();
    expect(plan.notices.map(({ code }) => code)).toContain('name-reserved');
    await expect(again.apply()).rejects.toMatchObject({
      message: expect.stringContaining('the name is taken, although nothing has it'),
      hint: expect.stringContaining('up to a week')
    });
  });

  test('of a missing instance is free, whether Cloud SQL answers 404 or 403', async () => {
    await start({ missing: 403 });
    await applied(basic());
    expect(await planned(basic())).toEqual([]);
  });
});

describe('a changed password', () => {
  const passwordOf = (name: string): string | undefined => cloud.state.instances.get('orders')?.passwords.get(name);

  test('is not visible, and is sent once when its version changes', async () => {
    await start();
    const first = { ...basic(), master_password_version: '1' };
    await applied(first);
    expect(passwordOf('postgres')).toBe('Canary-horse-8431');
    expect(await planned({ ...first, master_password: 'another-battery' })).toEqual([]);
    const second = { ...first, master_password: 'another-battery', master_password_version: '2' };
    expect(await applied(second)).toEqual(['update server: master_password_version "1" → "2" (online)']);
    expect(passwordOf('postgres')).toBe('another-battery');
    expect(await planned(second)).toEqual([]);
  });

  test('is that of the user of the workflow', async () => {
    await start();
    const own = { ...basic(), master_username: 'keeper' };
    await applied(own);
    await applied({ ...own, master_password: 'another-battery', master_password_version: 'a' });
    expect(passwordOf('keeper')).toBe('another-battery');
    expect(passwordOf('postgres')).toBeUndefined();
  });

  test('is sent again when the earlier run ended before its version was written', async () => {
    await start();
    await madeOnGcp(cloud, basic());
    const run = await gcpRun(cloud, { ...basic(), master_password: 'another-battery', master_password_version: '2' });
    cloud.killAfter('users.update', 1, () => run.execution.abort(new Error('killed')));
    await expect(run.apply()).rejects.toMatchObject({ code: 'cancelled' });
    cloud.clearFaults();
    const next = { ...basic(), master_password: 'third-battery', master_password_version: '2' };
    await applied(next);
    expect(passwordOf('postgres')).toBe('third-battery');
  });
});
