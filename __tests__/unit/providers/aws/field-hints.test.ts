import { PROMPT, startAws, type FakeAws } from '../../../clouds/aws/fake-aws.ts';
import { basic } from '../../../support/aws-inputs.ts';
import { awsRun, snapshotTaken } from '../../../support/aws-run.ts';
import { accessFor } from '../../../support/firewalls.ts';
import { keptAccount } from '../../../support/kept-account.ts';
import { failureOf, refusalIn, refusalsOf } from '../../../support/refusal-in.ts';

type With = Readonly<Record<string, string | undefined>>;

interface Row {
  /** Applied before. */
  readonly live?: With;
  readonly refused: With | (() => With);
  /** What the refusal says to set. */
  readonly says: RegExp;
  /** The refused inputs with that. */
  readonly followed: With | (() => With);
}

const SHARED = 'arn:aws:rds:us-east-1:210987654321:snapshot:shared';
let cloud: FakeAws;
/** The account has a snapshot of version 15 as well, and one that another account shares. */
const given = keptAccount(
  async () => {
    cloud = await startAws(PROMPT);
    const older = { ...basic(cloud), name: 'older', engine_version: '15' };
    await (await awsRun(cloud, older)).apply();
    await snapshotTaken(cloud, { ...older, snapshot_identifier: 'of-15' });
    const { snapshots } = cloud.state();
    const own = snapshots.get('of-15');
    if (own === undefined) throw new Error('no snapshot');
    const snapshot = { ...own.snapshot, DBSnapshotIdentifier: 'shared', DBSnapshotArn: SHARED, Encrypted: true };
    snapshots.set('shared', { ...own, snapshot });
    return cloud;
  },
  async inputs => awsRun(cloud, inputs)
);

const elsewhere = (): With => {
  const { otherVpcId, otherVpcSubnetIds } = cloud.network();
  return { vpc_id: otherVpcId, subnet_ids: otherVpcSubnetIds.join('\n') };
};
const NO_PASSWORD = { master_password: undefined };
const REPLICA = { create_read_replica: 'true', read_replica_count: '1' };
const NOW = { apply_immediately: 'true' };
const RESTORED = { name: 'hint-older', engine_version: undefined, restore_from_snapshot: 'of-15' };

const rows: Readonly<Record<string, Row>> = {
  'a replica of a live one': {
    live: NO_PASSWORD,
    refused: { ...NO_PASSWORD, ...REPLICA },
    says: /with `master_password`, which takes the password over/,
    followed: REPLICA
  },
  'no backups with a replica': {
    live: REPLICA,
    refused: { backup_retention_period: '0', ...NOW },
    says: /or `create_read_replica: false`/,
    followed: { backup_retention_period: '0', create_read_replica: 'false', ...NOW }
  },
  'IOPS for a small gp3': {
    live: { storage_type: 'gp3' },
    refused: { storage_type: 'gp3', storage_iops: '12000' },
    says: /allocated_storage/,
    followed: { storage_type: 'gp3', storage_iops: '12000', allocated_storage: '400', ...NOW }
  },
  'a major upgrade without a word': {
    live: { engine_version: '16' },
    refused: { engine_version: '17', ...NOW },
    says: /set `allow_major_version_upgrade: true`/,
    followed: { engine_version: '17', allow_major_version_upgrade: 'true', ...NOW }
  }
};

/** Several refusals of one server: a single run follows all of their hints. */
interface Group {
  readonly live?: With;
  readonly rows: Readonly<Record<string, Row>>;
}

const groups: Readonly<Record<string, Group>> = {
  'a new server': {
    rows: {
      'a replica of a new server whose password RDS keeps': {
        refused: { ...NO_PASSWORD, ...REPLICA },
        says: /with `master_password`/,
        followed: REPLICA
      },
      'a VPC without its subnets': {
        refused: { subnet_ids: undefined },
        says: /subnets of the VPC in at least two availability zones/,
        followed: {}
      },
      'a version that does not exist': {
        refused: { engine_version: '16.99' },
        says: /16\.1\d/,
        followed: { engine_version: '16.12' }
      },
      'a class that is not sold': {
        refused: { instance_class: 'db.x9.huge' },
        says: /such as `db\.t4g\.micro` or `db\.m7g\.large`/,
        followed: { instance_class: 'db.m7g.large' }
      },
      'a standby in a zone of its own choice': {
        refused: { multi_az: 'true', availability_zone: 'us-east-1a' },
        says: /one of the two/,
        followed: { multi_az: 'true' }
      },
      'an authority that the version does not have': {
        refused: { ca_certificate_identifier: 'rds-ca-2019' },
        says: /rds-ca-rsa2048-g1/,
        followed: { ca_certificate_identifier: 'rds-ca-rsa2048-g1' }
      },
      'a parameter that is not allowed': {
        refused: { parameters: 'max_connections: 999999' },
        says: /from 1 to 262143/,
        followed: { parameters: 'max_connections: 200' }
      },
      'more days of backups than RDS keeps': {
        refused: { backup_retention_period: '36' },
        says: /0–35 days/,
        followed: { backup_retention_period: '35' }
      }
    }
  },
  'a live server': {
    live: { allocated_storage: '100', backup_window: '03:00-04:00', maintenance_window: 'sun:05:00-sun:06:00' },
    rows: {
      'a family of another version than the live one': {
        refused: { engine_version: undefined, parameter_group_family: 'postgres17' },
        says: /`parameter_group_family`.*`postgres16`, or leave it unset/,
        followed: { engine_version: undefined }
      },
      'a replica elsewhere in the region of the environment': {
        refused: { replica_region: 'us-east-1' },
        says: /`replica_region`.*is the database's own region; allowed: another region/,
        followed: { replica_region: 'us-west-2' }
      },
      'copies of backups elsewhere in the region of the environment': {
        refused: { backup_region: 'us-east-1' },
        says: /`backup_region`.*is the database's own region; allowed: another region/,
        followed: { backup_region: 'eu-west-1' }
      },
      'a ceiling below the storage': {
        refused: { allocated_storage: '100', max_allocated_storage: '105' },
        says: /at least 110/,
        followed: { allocated_storage: '100', max_allocated_storage: '110' }
      },
      'a window that overlaps that of the server': {
        refused: { backup_window: '05:30-06:30' },
        says: /windows that have no minute in common/,
        followed: { backup_window: '07:00-08:00' }
      },
      'a restart that is forbidden': {
        refused: { instance_class: 'db.t3.small', allow_restart: 'false', ...NOW },
        says: /Set `allow_restart: true`/,
        followed: { instance_class: 'db.t3.small', allow_restart: 'true', ...NOW }
      },
      'a smaller storage': {
        refused: { allocated_storage: '50' },
        says: /Keep the larger size/,
        followed: { allocated_storage: '100' }
      },
      'another database name': {
        refused: { database_name: 'other' },
        says: /leave `database_name` as it was/,
        followed: {}
      },
      'a group of another version': {
        refused: { parameter_group_name: 'default.postgres14' },
        says: /is for 14, and the server has or gets 16/,
        followed: { parameter_group_name: 'default.postgres16' }
      }
    }
  },
  'a server without backups': {
    live: { backup_retention_period: '0' },
    rows: {
      'a replica while backups wait for the window': {
        refused: { ...REPLICA, backup_retention_period: '7' },
        says: /with `apply_immediately: true`/,
        followed: { ...REPLICA, backup_retention_period: '7', ...NOW }
      },
      'a replica without backups': {
        refused: { ...REPLICA, ...NOW },
        says: /with `backup_retention_period`, 1–35 days/,
        followed: { ...REPLICA, ...NOW, backup_retention_period: '7' }
      }
    }
  },
  'an older version': {
    live: {},
    rows: {
      'a family of another version than that of the snapshot': {
        refused: { ...RESTORED, parameter_group_family: 'postgres16' },
        says: /`parameter_group_family`.*`postgres15`, or leave it unset/,
        followed: { ...RESTORED, parameter_group_family: 'postgres15' }
      },
      // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ShareSnapshot.html: copy it, and restore the copy.
      'an encrypted snapshot that another account shares': {
        refused: { ...RESTORED, restore_from_snapshot: SHARED },
        says: /is encrypted and of the account 210987654321.*a copy of it in this account/,
        followed: RESTORED
      },
      'an older version': {
        refused: { engine_version: '15' },
        says: /Restore a backup of the older version into a new database .*`restore_from_snapshot`/,
        followed: { ...RESTORED, engine_version: '15' }
      }
    }
  },
  'a server that has to be another one': {
    live: {},
    rows: {
      // ModifyDBSubnetGroup: "The new Subnets are not in the same Vpc as the existing subnet group".
      'subnets of another VPC than that of the live server': {
        refused: elsewhere,
        says: /`subnet_ids`.*or a new database under another `name`/,
        followed: () => ({ ...elsewhere(), name: 'hint-elsewhere' })
      },
      'a live server without encryption': {
        refused: { storage_encrypted: 'false' },
        says: /Restore a snapshot into a new database under another `name`/,
        followed: { name: 'hint-elsewhere', storage_encrypted: 'false' }
      }
    }
  }
};

function inputsOf(more: With | (() => With)): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries({ ...basic(cloud), ...(typeof more === 'function' ? more() : more) }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined
    )
  );
}

async function isRefused({ live, refused, says }: Row): Promise<void> {
  if (live !== undefined) await given(inputsOf(live));
  const before = cloud.mutations().length;
  expect(await refusalIn(async () => awsRun(cloud, inputsOf(refused)))).toMatch(says);
  expect(cloud.mutations().length).toBe(before);
}

test.each(Object.entries(rows))('%s is refused, and the run that follows the hint is green', async (_what, row) => {
  await isRefused(row);
  const { plan } = await (await awsRun(cloud, inputsOf(row.followed))).apply();
  expect(refusalsOf(plan)).toBe('');
});

describe.each(Object.entries(groups))('of %s', (_what, { live, rows: all }) => {
  test.each(Object.entries(all))('%s is refused', async (_of, row) =>
    isRefused(live === undefined ? row : { live, ...row })
  );

  test('each hint is followed by the run, which is green', async () => {
    if (live !== undefined) await given(inputsOf(live));
    const followed = Object.values(all).map(row =>
      typeof row.followed === 'function' ? row.followed() : row.followed
    );
    const { plan } = await (await awsRun(cloud, inputsOf(Object.assign({}, ...followed) as With))).apply();
    expect(refusalsOf(plan)).toBe('');
  });
});

describe('the hint is followed', () => {
  const named = (more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> => ({
    ...basic(cloud),
    ...more
  });

  test('of a run that knows no region', async () => {
    const env = { ...cloud.env, AWS_REGION: '', AWS_DEFAULT_REGION: '' };
    const inputs = named();
    const open = async (more = {}, variables = {}): Promise<unknown> =>
      awsRun({ ...cloud, env: { ...env, ...variables } }, { ...inputs, ...more }).then(async run => run.plan());
    expect(await failureOf(async () => open())).toMatch(/Set `aws_region`, or the variable AWS_REGION/);
    expect(await failureOf(async () => open({ aws_region: 'us-east-1' }))).toBe('');
    expect(await failureOf(async () => open({}, { AWS_REGION: 'us-east-1' }))).toBe('');
  });

  test('of a server without any backup', async () => {
    const inputs = named({ backup_retention_period: '0' });
    const backup = async (more = {}): Promise<unknown> =>
      (await awsRun(cloud, { ...inputs, ...more })).session.newestBackup();
    await given(inputs);
    expect(await backup()).toMatchObject({ hint: 'Apply `backup_retention_period`, or run `command: snapshot`.' });
    await snapshotTaken(cloud, inputs);
    expect(await backup()).toMatchObject({ kind: 'found' });
    await given(inputs, { ...inputs, backup_retention_period: '7', ...NOW });
    const backed = cloud.state().instances.get('orders');
    if (backed !== undefined) backed.live.LatestRestorableTime = new Date();
    expect(await (await awsRun(cloud, inputs)).session.newestBackup()).toMatchObject({
      title: 'point-in-time recovery'
    });
  });

  test('of a proxy in other subnets', async () => {
    const inputs = named({ enable_proxy: 'true' });
    const moved = { ...inputs, subnet_ids: cloud.network().subnetIds.slice(0, 2).join('\n') };
    await given(inputs);
    expect(await refusalIn(async () => awsRun(cloud, moved))).toMatch(
      /`enable_proxy: false`\), apply, and switch it on/
    );
    await (await awsRun(cloud, { ...moved, enable_proxy: 'false' })).apply();
    await (await awsRun(cloud, moved)).apply();
    expect((await (await awsRun(cloud, moved)).plan()).plan.verdict).toBe('no-changes');
  });

  test('of a security group that is in another VPC', async () => {
    const inputs = named();
    await given(inputs);
    const { vpc_id: _, ...rest } = inputs;
    const moved = { ...rest, subnet_ids: cloud.network().otherVpcSubnetIds.join('\n') };
    cloud.state().instances.delete('orders');
    expect(await refusalIn(async () => awsRun(cloud, moved))).toMatch(
      /Create a new database under another `name` there/
    );
    await (await awsRun(cloud, { ...moved, name: 'hint-moved' })).apply();
  });

  test('of a server that no rule makes public', async () => {
    const inputs = named();
    const access = accessFor(['203.0.113.7']);
    await given(inputs);
    const closed = await awsRun(cloud, inputs, { access });
    expect(await closed.session.runnerAccess?.admit()).toMatchObject({
      hint: expect.stringContaining('or set `publicly_accessible: true`') as string
    });
    const open = await awsRun(cloud, { ...inputs, publicly_accessible: 'true', ...NOW }, { access });
    await open.apply();
    expect(await open.session.runnerAccess?.admit()).toMatchObject({ kind: 'admitted' });
    await open.session.close();
    // The other way: a runner in the VPC needs no rule.
    const near = await awsRun(cloud, inputs, { access: accessFor(['10.0.1.7']) });
    expect(await near.session.runnerAccess?.admit()).toMatchObject({ kind: 'admitted' });
  });

  test('of a snapshot of what does not exist', async () => {
    const inputs = named();
    expect(await failureOf(async () => snapshotTaken(cloud, inputs))).toMatch(/Apply first, or correct `name`/);
    await given(inputs);
    await snapshotTaken(cloud, inputs);
  });

  test('of a server that does not start with its parameters', async () => {
    const inputs = named({ ...NOW, allow_restart: 'true', parameters: 'shared_buffers: 8MB' });
    await (await awsRun(cloud, inputs)).apply();
    const failed = await failureOf(async () =>
      (await awsRun(cloud, { ...inputs, parameters: 'shared_buffers: 64GB' })).apply()
    );
    expect(failed).toMatch(/`incompatible-parameters`.*Lower the parameters that ask for memory/);
    await (await awsRun(cloud, inputs)).apply();
    expect(cloud.state().instances.get('orders')?.live.DBInstanceStatus).toBe('available');
    expect((await (await awsRun(cloud, inputs)).plan()).plan.verdict).toBe('no-changes');
  });

  test('of such a server whose reads are late: the change is waited for, and the restart follows', async () => {
    const late = await startAws({ pace: { stale: 5 } });
    try {
      const inputs = { ...basic(late), ...NOW, allow_restart: 'true', parameters: 'shared_buffers: 8MB' };
      await (await awsRun(late, inputs)).apply();
      // More than the class has, and the parameters stay: the server is still broken when its class is changed.
      const large = { ...inputs, parameters: 'shared_buffers: 2GB' };
      await failureOf(async () => (await awsRun(late, large)).apply());
      await (await awsRun(late, { ...large, instance_class: 'db.t3.large' })).apply();
      expect(late.state().instances.get('orders')?.live).toMatchObject({
        DBInstanceStatus: 'available',
        DBInstanceClass: 'db.t3.large'
      });
    } finally {
      await late.stop();
    }
  });

  test('of a server whose storage is full', async () => {
    const inputs = named(NOW);
    await given(named());
    const live = cloud.state().instances.get('orders')?.live;
    if (live === undefined) throw new Error('There is no server');
    live.DBInstanceStatus = 'storage-full';
    expect(await refusalIn(async () => awsRun(cloud, inputs))).toMatch(
      /Raise `allocated_storage` with `apply_immediately/
    );
    const later = { ...inputs, allocated_storage: '40', apply_immediately: 'false' };
    expect(await refusalIn(async () => awsRun(cloud, later))).toMatch(/with `apply_immediately: true`/);
    const larger = { ...inputs, allocated_storage: '40', max_allocated_storage: '100' };
    await (await awsRun(cloud, larger)).apply();
    expect(live.AllocatedStorage).toBe(40);
  });

  test.each<[string, RegExp, RegExp, Readonly<Record<string, string>>]>([
    [
      'InsufficientDBInstanceCapacity',
      /DBInstanceClass=db\.t3\.micro/,
      /Choose another `instance_class`/,
      { instance_class: 'db.t3.small' }
    ],
    ['StorageTypeNotSupported', /StorageType=gp2/, /Set another `storage_type`/, { storage_type: 'gp3' }]
  ])('of a creation that RDS refuses with %s', async (code, about, says, more) => {
    const inputs = named();
    cloud.fault({ action: 'CreateDBInstance', about, times: 99, code });
    expect(await failureOf(async () => (await awsRun(cloud, inputs)).apply())).toMatch(says);
    await (await awsRun(cloud, { ...inputs, ...more })).apply();
    cloud.clearFaults();
  });

  let toDoomed: (() => void) | undefined;
  // RDS: such an instance holds nothing, and takes no change. A larger class would be refused as well.
  test.each(['insufficient-capacity', 'restore-error', 'incompatible-create', 'inaccessible-encryption-credentials'])(
    'of a server that is %s, which a destroy without a final snapshot removes',
    async status => {
      const inputs = named({ skip_final_snapshot: 'false' });
      if (toDoomed === undefined) {
        cloud.doom('orders', { status, message: 'It is not possible.' });
        await failureOf(async () => (await awsRun(cloud, inputs)).apply());
        toDoomed = cloud.savepoint();
      }
      toDoomed();
      const record = cloud.state().instances.get('orders');
      if (record === undefined) throw new Error('There is no server');
      Object.assign(record, { rest: status }).live.DBInstanceStatus = status;
      const other = { ...inputs, instance_class: 'db.t3.small' };
      const refusal = await refusalIn(async () => awsRun(cloud, other));
      if (status === 'insufficient-capacity') expect(refusal).toMatch(/Destroy it with `skip_final_snapshot: true`/);
      expect(await failureOf(async () => (await awsRun(cloud, inputs)).destroy())).toMatch(/holds refused changes/);
      await (await awsRun(cloud, { ...inputs, skip_final_snapshot: 'true' })).destroy();
      expect([...cloud.state().instances.keys()]).toEqual(['older']);
      if (status !== 'insufficient-capacity') return;
      expect(refusalsOf((await (await awsRun(cloud, other)).apply()).plan)).toBe('');
    }
  );

  test('of a proxy for which the subnets have no address left', async () => {
    const inputs = named({ enable_proxy: 'true' });
    const code = 'InsufficientAvailableIPsInSubnetFault';
    cloud.fault({ action: 'RegisterDBProxyTargets', times: 99, code });
    expect(await failureOf(async () => (await awsRun(cloud, inputs)).apply())).toMatch(/Free addresses in the subnets/);
    cloud.clearFaults();
    await (await awsRun(cloud, inputs)).apply();
    expect((await (await awsRun(cloud, inputs)).plan()).plan.verdict).toBe('no-changes');
  });

  test('of quotas that may not be read, once they are higher', async () => {
    const inputs = named();
    cloud.fault({ action: 'DescribeAccountAttributes', times: 99, code: 'AccessDenied' });
    cloud.fault({ action: 'CreateDBInstance', code: 'InstanceQuotaExceeded' });
    expect(await failureOf(async () => (await awsRun(cloud, inputs)).apply())).toMatch(/Ask for a higher quota/);
    await (await awsRun(cloud, inputs)).apply();
    cloud.clearFaults();
  });

  test('of more networks than a quota allows that may not be read: joined, or a higher quota', async () => {
    const networks = Array.from({ length: 70 }, (_, at) => `10.0.${at}.0/24`).join('\n');
    const inputs = named({ allowed_cidr_blocks: networks });
    cloud.fault({ action: 'GetServiceQuota', times: 99, code: 'AccessDeniedException' });
    expect(await failureOf(async () => (await awsRun(cloud, inputs)).apply())).toMatch(
      /Ask for a higher quota \(Inbound or outbound rules.*, or join networks/
    );
    const joined = { ...inputs, allowed_cidr_blocks: '10.0.0.0/16' };
    await (await awsRun(cloud, joined)).apply();
    expect((await (await awsRun(cloud, joined)).plan()).plan.verdict).toBe('no-changes');
    cloud.allowRules(100);
    await (await awsRun(cloud, inputs)).apply();
    cloud.allowRules(60);
    cloud.clearFaults();
  });

  test('of a server with too many tags of others, added after the plan', async () => {
    const inputs = named();
    await given(inputs);
    const tags = Array.from({ length: 5 }, (_, at) => `mine-${at}: x`).join('\n');
    const changed = { ...inputs, tags };
    cloud.fault({ action: 'AddTagsToResource', about: /mine-4/, times: 99, code: 'TooManyTags' });
    expect(await failureOf(async () => (await awsRun(cloud, changed)).apply())).toMatch(/List fewer `tags`/);
    const fewer = { ...inputs, tags: 'mine-1: x' };
    await (await awsRun(cloud, fewer)).apply();
    expect((await (await awsRun(cloud, fewer)).plan()).plan.verdict).toBe('no-changes');
    cloud.clearFaults();
  });
});
