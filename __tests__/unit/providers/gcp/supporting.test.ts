import { object, text, type Json } from '../../../clouds/gcp/json.ts';
import { startGcp, type FakeGcp } from '../../../clouds/gcp/fake-gcp.ts';
import { basic } from '../../../support/gcp-inputs.ts';
import { gcpRun, lines } from '../../../support/gcp-run.ts';
import { madeOnGcp } from '../../../support/made-before.ts';

type With = Readonly<Record<string, string>>;

let cloud: FakeGcp;
beforeEach(async () => {
  cloud = await startGcp({ pageSize: 2 });
});
afterEach(async () => cloud.stop());

/** Applies, and holds what follows to the promise that a second plan is empty. */
async function applied(inputs: With): Promise<readonly string[]> {
  const run = await gcpRun(cloud, inputs);
  const { plan } = await run.apply();
  expect(lines((await run.plan()).plan)).toEqual([]);
  return lines(plan);
}
const policies = (): readonly Json[] => [...cloud.state.policies.values()];
const bodies = (action: string): readonly Json[] =>
  cloud.mutations().flatMap(call => (call.action === action ? [call.body] : []));

describe('the users of an instance', () => {
  test('are postgres, whose password is set with the instance, or an additional one', async () => {
    await madeOnGcp(cloud, basic());
    expect(cloud.instance('orders').passwords.get('postgres')).toBe('Canary-horse-8431');
    expect(bodies('users.insert')).toEqual([]);
    expect(await applied({ ...basic(), master_username: 'keeper' })).toEqual(['create user/keeper']);
    expect(bodies('users.insert')).toMatchObject([{ name: 'keeper', type: 'BUILT_IN' }]);
    expect(cloud.instance('orders').passwords.get('keeper')).toBe('Canary-horse-8431');
  });

  test('log in with IAM when the workflow names them: others of the kind are removed, all other users stay', async () => {
    const inputs = { ...basic(), iam_database_authentication_enabled: 'true' };
    await applied({ ...inputs, iam_users: 'Ann@example.com\ngroup:team@example.com' });
    expect(bodies('users.insert')).toMatchObject([
      { name: 'ann@example.com', type: 'CLOUD_IAM_USER' },
      { name: 'team@example.com', type: 'CLOUD_IAM_GROUP' }
    ]);
    const { users } = cloud.instance('orders');
    users.set('reporting', { name: 'reporting', type: 'BUILT_IN' });
    users.set('bob@example.com', { name: 'bob@example.com', type: 'CLOUD_IAM_GROUP_USER' });
    const account = 'serviceAccount:app@shop.iam.gserviceaccount.com';
    expect(await applied({ ...inputs, iam_users: `group:team@example.com\n${account}` })).toEqual([
      'create user/app@shop.iam',
      'delete user/ann@example.com'
    ]);
    expect([...users.keys()].sort()).toEqual([
      'app@shop.iam',
      'bob@example.com',
      'postgres',
      'reporting',
      'team@example.com'
    ]);
    expect(lines((await (await gcpRun(cloud, inputs)).plan()).plan)).toEqual([]);
  });
});

describe('the read replicas of an instance', () => {
  const inputs: With = {
    ...basic(),
    vpc_id: 'shop',
    publicly_accessible: 'false',
    create_read_replica: 'true',
    read_replica_count: '2',
    replica_region: 'US-East1',
    parameters: 'max_connections: "200"'
  };
  const names = (): readonly string[] => [...cloud.state.instances.keys()].filter(name => name !== 'orders').sort();

  test('are created like it, one after the other, in its region or another one', async () => {
    await madeOnGcp(cloud, inputs);
    expect(names()).toEqual(['orders-replica-1', 'orders-replica-2', 'orders-replica-us-east1']);
    for (const [name, region] of [
      ['orders-replica-1', 'us-central1'],
      ['orders-replica-us-east1', 'us-east1']
    ] as const) {
      expect(cloud.instance(name).json).toMatchObject({
        region,
        masterInstanceName: 'shop-project:orders',
        settings: {
          tier: 'db-custom-1-3840',
          databaseFlags: [{ name: 'max_connections', value: '200' }],
          ipConfiguration: { ipv4Enabled: false, privateNetwork: 'projects/shop-project/global/networks/shop' },
          userLabels: { team: 'shop', 'pgkeep-name': 'orders' }
        }
      });
    }
  });

  test('change with it, and are removed from the highest number', async () => {
    await madeOnGcp(cloud, inputs);
    const changed = { ...inputs, tier: 'db-custom-2-7680', disk_size: '40', read_replica_count: '1' };
    const plan = await applied(changed);
    expect(plan.filter(line => line.startsWith('delete'))).toEqual(['delete replica/2']);
    expect(plan.filter(line => line.includes('replica/1')).join('\n')).toMatch(/20 → 40.*\n.*db-custom-2-7680/);
    expect(names()).toEqual(['orders-replica-1', 'orders-replica-us-east1']);
    expect(object(cloud.instance('orders-replica-us-east1').json['settings'])['dataDiskSizeGb']).toBe('40');
  });

  test('are removed before it, also one in creation', async () => {
    await madeOnGcp(cloud, { ...basic(), create_read_replica: 'true' });
    const first = await gcpRun(cloud, { ...basic(), create_read_replica: 'true', read_replica_count: '2' });
    cloud.killAfter('instances.insert', 1, () => first.execution.abort(new Error('killed')));
    await expect(first.apply()).rejects.toThrow();
    cloud.clearFaults();
    await (await gcpRun(cloud, basic())).destroy();
    expect(cloud.leftovers()).toEqual([]);
  });

  test('are known by the instance when they may not be listed', async () => {
    await madeOnGcp(cloud, inputs);
    cloud.state.denied.add('cloudsql.instances.list');
    expect(lines((await (await gcpRun(cloud, inputs)).plan()).plan)).toEqual([]);
  });
});

describe('the alarms on an instance', () => {
  const inputs: With = { ...basic(), alarms: 'cpu\nconnections\nfree_storage', alarm_actions: '' };

  test('watch shares as shares, and the connections to all databases', async () => {
    await madeOnGcp(cloud, {
      ...inputs,
      alarms: 'cpu: {threshold: 70}\nconnections: {}',
      alarm_actions: cloud.channel
    });
    const conditions = policies().map(one => object(object((one['conditions'] as Json[])[0])['conditionThreshold']));
    expect(conditions).toMatchObject([
      {
        filter: expect.stringMatching(/database_id = "shop-project:orders" AND .*cpu\/utilization"$/) as string,
        comparison: 'COMPARISON_GT',
        thresholdValue: 0.7,
        duration: '600s',
        aggregations: [{ alignmentPeriod: '300s', crossSeriesReducer: 'REDUCE_MEAN' }]
      },
      {
        filter: expect.stringContaining('postgresql/num_backends') as string,
        thresholdValue: 80,
        aggregations: [{ crossSeriesReducer: 'REDUCE_SUM' }]
      }
    ]);
    expect(policies()).toMatchObject([
      { notificationChannels: [cloud.channel], userLabels: { team: 'shop', 'pgkeep-name': 'orders' } },
      { notificationChannels: [cloud.channel] }
    ]);
  });

  test('are found on all pages, changed in place, and removed when no longer requested', async () => {
    const { alarm_actions: _none, ...plain } = inputs;
    for (const displayName of ['a', 'b', 'c']) {
      cloud.state.policies.set(`projects/shop-project/alertPolicies/${displayName}`, {
        name: `x/${displayName}`,
        displayName
      });
    }
    await applied(plain);
    const [documented] = policies().slice(3);
    cloud.state.policies.set(text(documented?.['name']), { ...documented, documentation: { content: 'Call Ann.' } });
    expect(await applied({ ...plain, alarms: 'cpu: {threshold: 90, period: 60, evaluation_periods: 5}' })).toEqual([
      'update alarm/cpu: evaluation_periods 2 → 5 (online)',
      'update alarm/cpu: period 300 → 60 (online)',
      'update alarm/cpu: threshold 80 → 90 (online)',
      'delete alarm/connections',
      'delete alarm/free_storage'
    ]);
    expect(policies().map(one => one['displayName'])).toEqual(['a', 'b', 'c', 'CPU utilization of orders']);
    expect(policies()[3]).toMatchObject({ documentation: { content: 'Call Ann.' } });
    await (await gcpRun(cloud, basic())).destroy();
    expect(policies()).toHaveLength(3);
  });

  test('that a user has switched off are switched on again', async () => {
    const { alarm_actions: _none, ...plain } = inputs;
    await applied({ ...plain, alarms: 'cpu' });
    const [live] = policies();
    cloud.state.policies.set(text(live?.['name']), { ...live, enabled: false });
    expect(await applied({ ...plain, alarms: 'cpu' })).toEqual(['update alarm/cpu: enabled false → true (online)']);
  });
});

test('the contents of a stopped instance are read when it runs again', async () => {
  const iam = { iam_database_authentication_enabled: 'true', iam_users: 'ann@example.com' };
  const inputs = { ...basic(), master_username: 'keeper', ...iam };
  await applied(inputs);
  const live = cloud.instance('orders');
  live.json = { ...live.json, settings: { ...object(live.json['settings']), activationPolicy: 'NEVER' } };
  live.users.delete('keeper');
  expect(await applied(inputs)).toEqual([]);
  await (await gcpRun(cloud, inputs)).operate('start');
  expect(object(live.json['settings'])['activationPolicy']).toBe('ALWAYS');
  expect(await applied(inputs)).toEqual(['create user/keeper']);
});

describe('unreadable resources', () => {
  test.each([
    ['monitoring.alertPolicies.list', { alarms: 'cpu' }, 'alarm/cpu'],
    ['cloudsql.users.list', { master_username: 'keeper' }, 'user/keeper'],
    ['cloudsql.databases.get', {}, 'database/orders']
  ])('are unknown, with the permission: %s', async (permission, more: With, address) => {
    const inputs = { ...basic(), ...more };
    await applied(inputs);
    cloud.state.denied.add(permission);
    const run = await gcpRun(cloud, inputs);
    const { plan, observed } = await run.plan();
    expect(lines(plan)).toEqual([]);
    const { unknown = {} } = observed.find(one => one.address === address) ?? {};
    expect(Object.values(unknown)).toContain(permission);
    expect(plan.steps.map(step => step.address)).toContain(address);
  });

  test('do not matter when no input mentions them', async () => {
    cloud.state.denied.add('monitoring.alertPolicies.list');
    await applied(basic());
  });
});

describe('an instance without backups', () => {
  test('has no log: it is switched off with them, the standby only by an input', async () => {
    await madeOnGcp(cloud, { ...basic(), multi_az: 'true' });
    const none = { ...basic(), backup_retention_period: '0' };
    expect(await applied(none)).toEqual([
      'update server: enable_backup true → false (online)',
      'update server: point_in_time_recovery true → false (restart)'
    ]);
    expect(await applied({ ...none, multi_az: 'false' })).toEqual(['update server: multi_az true → false (restart)']);
  });
});

describe('an on-demand backup', () => {
  test('is taken once by its name, and can be found by it', async () => {
    await madeOnGcp(cloud, basic());
    const take = async () => {
      const { session } = await gcpRun(cloud, { ...basic(), snapshot_identifier: 'before' });
      return session.snapshot(await session.observe());
    };
    const first = await take();
    expect(first).toMatchObject({ id: [...cloud.state.backups.keys()][0], detail: 'before, 8.0 GiB' });
    expect(await take()).toEqual({ ...first, existed: true });
    expect(cloud.leftovers()).toContain('backup of orders before');
  });

  test('is deleted with its instance unless that retains it', async () => {
    for (const retains of ['false', 'true']) {
      const inputs = {
        ...basic(),
        name: `orders-${retains}`,
        snapshot_identifier: 'before',
        retain_backups_on_delete: retains
      };
      await applied(inputs);
      const run = await gcpRun(cloud, inputs);
      await run.session.snapshot(await run.session.observe());
      await run.destroy();
    }
    expect(cloud.leftovers()).toEqual(['backup of orders-true before']);
  });

  test('that fails gives the reason', async () => {
    await madeOnGcp(cloud, basic());
    cloud.doom('BACKUP_VOLUME', { code: 'INTERNAL_ERROR', message: 'The backup did not come to an end.' });
    const { session } = await gcpRun(cloud, basic());
    await expect(session.snapshot(await session.observe())).rejects.toThrow('did not come to an end');
  });

  test('is not possible for a missing instance', async () => {
    const { session } = await gcpRun(cloud, basic());
    await expect(session.snapshot(await session.observe())).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('commands that change nothing', () => {
  test("the list of servers has every instance on all pages, but no replica, and no mark of a copy's source", async () => {
    await madeOnGcp(cloud, { ...basic(), create_read_replica: 'true' });
    const other = { kind: 'sql#instance', name: 'other', state: 'RUNNABLE', settings: {} };
    const copy = { ...cloud.instance('orders').json, name: 'copy', replicaNames: [] };
    for (const json of [other, copy]) {
      cloud.state.instances.set(json.name, { ...cloud.instance('orders'), json, before: json });
    }
    const { session } = await gcpRun(cloud, basic());
    const found = await session.listServers();
    expect(found.map(({ title, mark }) => [title, mark?.name])).toEqual([
      ['server orders', 'orders'],
      ['server other', undefined],
      ['server copy', undefined]
    ]);
  });

  /** Until its run writes its own labels, a clone has those of its source. */
  test.each<[string, object, object]>([
    ['orders-pr-7', {}, { name: 'orders-pr-7', pullRequest: 7, expiresAt: '2026-11-03T09:00:00.000Z' }],
    ['orders-rc-0a1b2c3d', {}, { name: 'orders-rc-0a1b2c3d', expiresAt: '2026-11-03T09:00:00.000Z' }],
    ['orders-pr-0', {}, {}],
    ['orders-pr-07', {}, {}],
    ['orders-prod-7', {}, {}],
    ['billing-pr-7', {}, {}],
    ['billing-rc-0a1b2c3d', {}, {}],
    ['orders-pr-7', { createTime: undefined }, {}]
  ])('a copy %s %j with the labels of orders is a leftover by its name and age alone', async (name, more, mark) => {
    await madeOnGcp(cloud, { ...basic(), tags: 'team: shop' });
    const live = cloud.instance('orders');
    const json = { ...live.json, createTime: '2026-11-01T09:00:00.000Z', ...more, name };
    cloud.state.instances.set(name, { ...live, json, before: json });
    const { session } = await gcpRun(cloud, basic());
    const found = (await session.listServers()).find(({ title }) => title === `server ${name}`);
    const { repository, ownTags, ...rest } = found?.mark ?? {};
    const isAbandoned = Object.keys(mark).length > 0;
    expect([repository, ownTags, found?.copyOf]).toEqual(
      isAbandoned ? ['acme/shop', undefined, 'orders'] : [undefined, undefined, undefined]
    );
    expect(isAbandoned ? rest : {}).toMatchObject(mark);
    expect('pullRequest' in rest).toBe('pullRequest' in mark);
  });

  test('doctor names the missing permissions of each command, and leaves unknown ones open', async () => {
    const findings = async (inputs: With) => {
      const { session } = await gcpRun(cloud, inputs);
      const all = await session.doctor();
      return all.map(({ what, state, detail, hint = '' }) => `${state} ${what}: ${detail} ${hint}`);
    };
    expect((await findings(basic())).filter(line => !line.startsWith('ok'))).toEqual([]);
    cloud.state.denied.add('cloudsql.instances.delete');
    const lacking = (await findings(basic())).filter(line => !line.startsWith('ok'));
    expect(lacking).toEqual([
      expect.stringMatching(/^missing Permissions to destroy: cloudsql.instances.delete .*editor/)
    ]);
    for (const one of ['connect', 'executeSql', 'login']) cloud.state.denied.add(`cloudsql.instances.${one}`);
    const as = { login_as: 'deployer@shop-project.iam' };
    const ways = [as, { ...as, connect_through: 'connector' }, { ...as, connect_through: 'data-api' }];
    const unable = await Promise.all(ways.map(async way => findings({ ...basic(), ...way })));
    expect(unable.map(all => all.find(line => line.includes('Permissions to connect'))?.split(' Add ')[0])).toEqual([
      'missing Permissions to connect: cloudsql.instances.login',
      'missing Permissions to connect: cloudsql.instances.connect, cloudsql.instances.login',
      'missing Permissions to connect: cloudsql.instances.executeSql'
    ]);
    cloud.fault({
      action: 'POST /v1/projects/shop-project:testIamPermissions',
      code: 'SERVICE_DISABLED',
      status: 403,
      times: 9
    });
    expect((await findings(basic())).join('\n')).toMatch(/unknown Permissions: .*cloudresourcemanager/);
    cloud.fault({ action: 'instances.get', code: 'accessNotConfigured', status: 403, times: 9 });
    cloud.fault({ action: 'instances.list', code: 'accessNotConfigured', status: 403, times: 9 });
    expect((await findings(basic())).join('\n')).toMatch(/missing Cloud SQL Admin API: .*gcloud services enable/);
  });
});
