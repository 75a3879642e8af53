import { startGcp, type FakeGcp } from '../../../clouds/gcp/fake-gcp.ts';
import { object } from '../../../clouds/gcp/json.ts';
import { setBack } from '../../../support/copied-state.ts';
import { accessFor } from '../../../support/firewalls.ts';
import { basic } from '../../../support/gcp-inputs.ts';
import { gcpRun, lines } from '../../../support/gcp-run.ts';
import { keptAccount } from '../../../support/kept-account.ts';
import { failureOf, refusalIn } from '../../../support/refusal-in.ts';

type With = Readonly<Record<string, string | undefined>>;

interface Row {
  /** Applied before. */
  readonly live?: With;
  readonly refused: With;
  /** What the refusal says to set. */
  readonly says: RegExp;
  /** The refused inputs with that. */
  readonly followed: With;
}

let cloud: FakeGcp;
const given = keptAccount(
  async () => {
    cloud = await startGcp();
    return { savepoint: () => setBack(cloud.state), stop: async () => cloud.stop() };
  },
  async inputs => gcpRun(cloud, inputs)
);

const PLUS = { tier: 'db-perf-optimized-N-2' };

const rows: Readonly<Record<string, Row>> = {
  'a log without backups': {
    live: { enable_backup: 'false' },
    refused: { enable_binary_log_backup: 'true' },
    says: /`enable_backup: true` as well/,
    followed: { enable_binary_log_backup: 'true', enable_backup: 'true' }
  },
  'a larger disk than a live tier can have': {
    live: { tier: 'db-g1-small' },
    refused: { tier: undefined, disk_size: '3055' },
    says: /more than db-g1-small can have/,
    followed: { tier: 'db-custom-1-3840', disk_size: '3055' }
  },
  'a shared core for a disk that is too large for it': {
    live: { disk_size: '4000' },
    refused: { tier: 'db-g1-small', disk_size: undefined },
    says: /`tier`.*3054 GiB at most, and there are 4000 already; allowed: a tier that does not share its core/,
    followed: { tier: 'db-custom-1-4096', disk_size: undefined }
  },
  'Private Service Connect for a live instance with a public address alone': {
    live: {},
    refused: { psc_enabled: 'true' },
    says: /`psc_enabled`: "true" is not possible with a public address alone; allowed: `publicly_accessible: false`/,
    followed: { psc_enabled: 'true', publicly_accessible: 'false' }
  },
  'Private Service Connect for a new instance with a public address alone': {
    refused: { psc_enabled: 'true', publicly_accessible: 'true' },
    says: /or `vpc_id` as well/,
    followed: { psc_enabled: 'true', publicly_accessible: 'true', vpc_id: 'shop' }
  },
  'another region': {
    live: {},
    refused: { gcp_region: 'us-east1' },
    says: /Copy it into a new database under another `name`/,
    followed: { name: 'hint-moved', gcp_region: 'us-east1' }
  },
  'more throughput than the Hyperdisk of a live tier has': {
    live: { tier: 'db-custom-N4-8-32768' },
    refused: { tier: undefined, storage_throughput: '481' },
    says: /more than a Hyperdisk of db-custom-N4-8-32768 has; allowed: 480 at most/,
    followed: { tier: undefined, storage_throughput: '480' }
  }
};

/** Several refusals of one instance: a single run follows all of their hints. */
interface Group {
  readonly live?: With;
  readonly rows: Readonly<Record<string, Row>>;
}

const groups: Readonly<Record<string, Group>> = {
  'a new instance': {
    rows: {
      'an instance without an address': {
        refused: { publicly_accessible: 'false', allowed_cidr_blocks: undefined },
        says: /`vpc_id`, the network of the instance/,
        followed: { publicly_accessible: 'false', allowed_cidr_blocks: undefined, vpc_id: 'shop' }
      },
      'the zone of a standby that does not exist': {
        refused: { secondary_zone: 'us-central1-b' },
        says: /`multi_az: true`/,
        followed: { secondary_zone: 'us-central1-b', multi_az: 'true' }
      },
      'a zone of another region': {
        refused: { availability_zone: 'europe-west1-b' },
        says: /a zone such as `us-central1-a`/,
        followed: { availability_zone: 'us-central1-a' }
      },
      'a tier that Cloud SQL lists for other databases': {
        refused: { tier: 'db-n1-highmem-2' },
        says: /`tier`.*does not have for PostgreSQL; allowed: such as `db-custom-2-13312`/,
        followed: { tier: 'db-custom-2-13312' }
      },
      'one of them by its newer name': {
        refused: { tier: 'db-standard-4' },
        says: /allowed: such as `db-custom-4-15360`/,
        followed: { tier: 'db-custom-4-15360' }
      },
      'a replica of a new instance without backups': {
        refused: { create_read_replica: 'true', enable_backup: 'false' },
        says: /`create_read_replica`.*needs automated backups.*`enable_backup: true` as well/,
        followed: { create_read_replica: 'true', enable_backup: 'true' }
      },
      'a replica of an instance that keeps no backup': {
        refused: { create_read_replica: 'true', backup_retention_period: '0' },
        says: /`create_read_replica`.*`backup_retention_period: 1` at least/,
        followed: { create_read_replica: 'true', backup_retention_period: '1' }
      },
      'a new instance without a login': {
        refused: { master_password: undefined },
        says: /a secret, or `iam_database_authentication_enabled: true`/,
        followed: { master_password: undefined, iam_database_authentication_enabled: 'true' }
      },
      'more replicas than an instance can have': {
        refused: { create_read_replica: 'true', read_replica_count: '11' },
        says: /10 in all/,
        followed: { create_read_replica: 'true', read_replica_count: '2' }
      },
      // https://cloud.google.com/sql/docs/postgres/machine-series-overview: each series has its own disks.
      'a Hyperdisk with a tier of Enterprise': {
        refused: { storage_type: 'HYPERDISK_BALANCED' },
        says: /`PD_SSD` or `PD_HDD`, or no `storage_type`/,
        followed: { storage_type: 'PD_HDD' }
      },
      'a parameter that Cloud SQL does not know': {
        refused: { parameters: 'no_such_parameter: on' },
        says: /no_such_parameter/,
        followed: { parameters: 'log_statement: all' }
      }
    }
  },
  'a new instance with the smallest tier': {
    rows: {
      'a large disk with the tier that a new instance gets': {
        refused: { tier: undefined, disk_size: '4000' },
        says: /`disk_size`.*more than db-f1-micro can have; allowed: 3054 GiB at most, or a larger tier/,
        followed: { tier: undefined, disk_size: '3054' }
      },
      'a new instance without a region': {
        refused: { gcp_region: undefined },
        says: /such as `europe-west1`/,
        followed: { gcp_region: 'europe-west1' }
      }
    }
  },
  'Enterprise Plus': {
    rows: {
      // "backup retention should be >= transaction log retention", terraform-google-sql-db#785.
      'a longer log than a new instance keeps backups': {
        refused: { ...PLUS, transaction_log_retention_days: '14' },
        says: /`transaction_log_retention_days`.*7 backups.*1 to 7, or `backup_retention_period: 14` as well/,
        followed: { ...PLUS, transaction_log_retention_days: '14', backup_retention_period: '14' }
      },
      'a magnetic disk with Enterprise Plus': {
        refused: { ...PLUS, storage_type: 'PD_HDD' },
        says: /not possible with db-perf-optimized-N-2; allowed: `PD_SSD`/,
        followed: { ...PLUS, storage_type: 'PD_SSD' }
      }
    }
  },
  C4A: {
    rows: {
      'an SSD of AWS with C4A': {
        refused: { tier: 'db-c4a-highmem-4', storage_type: 'gp3' },
        says: /not possible with db-c4a-highmem-4 \(it means PD_SSD\); allowed: `HYPERDISK_BALANCED`, or no `storage_type`/,
        followed: { tier: 'db-c4a-highmem-4' }
      },
      'fewer IOPS than a Hyperdisk has': {
        refused: { tier: 'db-c4a-highmem-4', storage_iops: '1000' },
        says: /3000 or more/,
        followed: { tier: 'db-c4a-highmem-4', storage_iops: '3000' }
      },
      'less throughput than a Hyperdisk has': {
        refused: { tier: 'db-c4a-highmem-4', storage_throughput: '100' },
        says: /140 or more/,
        followed: { tier: 'db-c4a-highmem-4', storage_throughput: '140' }
      },
      'more throughput than a Hyperdisk of C4A has': {
        refused: { tier: 'db-c4a-highmem-4', storage_throughput: '801' },
        says: /800 at most/,
        followed: { tier: 'db-c4a-highmem-4', storage_throughput: '800' }
      }
    }
  },
  N4: {
    rows: {
      'an SSD with N4': {
        refused: { tier: 'db-custom-N4-2-8192', storage_type: 'PD_SSD' },
        says: /`HYPERDISK_BALANCED`/,
        followed: { tier: 'db-custom-N4-2-8192', storage_type: 'HYPERDISK_BALANCED' }
      },
      // https://cloud.google.com/sql/docs/postgres/storage-options-overview: the vCPUs of each series limit its disk.
      'more IOPS than a Hyperdisk of N4 has': {
        refused: { tier: 'db-custom-N4-2-8192', storage_iops: '15001' },
        says: /15000 at most, or a larger tier/,
        followed: { tier: 'db-custom-N4-2-8192', storage_iops: '15000' }
      }
    }
  },
  'a live instance': {
    live: {},
    rows: {
      'fewer backups than a live instance keeps days of log': {
        refused: { backup_retention_period: '3' },
        says: /`backup_retention_period`.*at least 7, or `transaction_log_retention_days: 3` as well/,
        followed: { backup_retention_period: '3', transaction_log_retention_days: '3' }
      },
      'a major upgrade without a word': {
        refused: { engine_version: '17' },
        says: /set `allow_major_version_upgrade: true`/,
        followed: { engine_version: '17', allow_major_version_upgrade: 'true' }
      },
      'a restart that is forbidden': {
        refused: { tier: 'db-custom-2-7680', allow_restart: 'false' },
        says: /Set `allow_restart: true`/,
        followed: { tier: 'db-custom-2-7680', allow_restart: 'true' }
      }
    }
  },
  'a live instance without backups': {
    live: { multi_az: 'true', enable_backup: 'false' },
    rows: {
      'a log without backups, beside a standby': {
        refused: { multi_az: 'true', enable_binary_log_backup: 'true' },
        says: /`enable_backup: true` as well/,
        followed: { multi_az: 'true', enable_binary_log_backup: 'true', enable_backup: 'true' }
      },
      'a replica elsewhere of a live instance without backups': {
        refused: { replica_region: 'us-east1' },
        says: /`replica_region`.*needs automated backups.*`enable_backup: true` as well/,
        followed: { replica_region: 'us-east1', enable_backup: 'true' }
      }
    }
  },
  'a live instance of Enterprise Plus': {
    live: { ...PLUS, backup_retention_period: '10' },
    rows: {
      'a longer log than a live instance keeps backups': {
        refused: { ...PLUS, transaction_log_retention_days: '11' },
        says: /`transaction_log_retention_days`.*1 to 10, or /,
        followed: { ...PLUS, transaction_log_retention_days: '10' }
      },
      'another disk for a live tier that no input names': {
        refused: { tier: undefined, storage_type: 'HYPERDISK_BALANCED' },
        says: /not possible with db-perf-optimized-N-2/,
        followed: { tier: undefined }
      }
    }
  },
  'one that becomes Enterprise': {
    live: {
      ...PLUS,
      enable_proxy: 'true',
      enable_binary_log_backup: 'true',
      transaction_log_retention_days: '14',
      backup_retention_period: '15'
    },
    rows: {
      'the edition Enterprise with a long log': {
        refused: {},
        says: /`transaction_log_retention_days: 7` as well/,
        followed: { transaction_log_retention_days: '7' }
      },
      'the edition Enterprise with a pooler': {
        refused: {},
        says: /`enable_proxy: false` as well/,
        followed: { enable_proxy: 'false' }
      }
    }
  }
};

function inputsOf(more: With): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries({ ...basic(), ...more }).filter((entry): entry is [string, string] => entry[1] !== undefined)
  );
}

async function isRefused({ live, refused, says }: Row): Promise<void> {
  if (live !== undefined) await given(inputsOf(live));
  const before = cloud.mutations().length;
  expect(await refusalIn(async () => gcpRun(cloud, inputsOf(refused)))).toMatch(says);
  expect(cloud.mutations().length).toBe(before);
}

async function isGreen(followed: With): Promise<void> {
  await (await gcpRun(cloud, inputsOf(followed))).apply();
  expect(await refusalIn(async () => gcpRun(cloud, inputsOf(followed)))).toBe('');
}

test.each(Object.entries(rows))('%s is refused, and the run that follows the hint is green', async (_what, row) => {
  await isRefused(row);
  await isGreen(row.followed);
});

describe.each(Object.entries(groups))('of %s', (_what, { live, rows: all }) => {
  test.each(Object.entries(all))('%s is refused', async (_of, row) =>
    isRefused(live === undefined ? row : { live, ...row })
  );

  test('each hint is followed by the run, which is green', async () => {
    if (live !== undefined) await given(inputsOf(live));
    await isGreen(Object.assign({}, ...Object.values(all).map(row => row.followed)) as With);
  });
});

test('what exists asks for no backups: neither a replica, nor the log of a server that keeps none', async () => {
  const inputs = basic();
  const copied = { ...inputs, create_read_replica: 'true' };
  const refusal = async (more: Readonly<Record<string, string>>): Promise<string> =>
    refusalIn(async () => gcpRun(cloud, { ...copied, ...more }));
  await given(copied);
  expect(await refusal({ enable_backup: 'false' })).toBe('');
  expect(await refusal({ enable_backup: 'false', read_replica_count: '2' })).toMatch(/needs automated backups/);
  expect(await refusal({ enable_backup: 'false', transaction_log_retention_days: '3', ...PLUS })).toBe('');
  expect(await refusal({ enable_backup: 'false', transaction_log_retention_days: '14', ...PLUS })).toBe('');
  expect(await refusal({ transaction_log_retention_days: '14', ...PLUS })).toMatch(/more than the 7 backups/);
});

describe('the hint is followed', () => {
  const named = (more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> => {
    return { ...basic(), ...more };
  };

  test.each<[string, With, RegExp, With]>([
    ['names no region', { gcp_region: undefined }, /Set `gcp_region`\.$/, { gcp_region: 'us-central1' }],
    [
      'names a region without the tier',
      { gcp_region: 'us-east1', tier: 'db-perf-optimized-N-128' },
      /Set `gcp_region` to one of us-central1\.$/,
      { gcp_region: 'us-central1', tier: 'db-perf-optimized-N-128' }
    ],
    [
      'names a tier of no region',
      { tier: 'db-perf-optimized-N-3' },
      /Set another `tier` or `gcp_region`\.$/,
      { tier: 'db-perf-optimized-N-2' }
    ]
  ])('of a doctor whose step %s', async (_what, inputs, says, followed) => {
    const hints = async (more: With): Promise<readonly string[]> => {
      const all = Object.entries({ ...named(), ...more }).filter(([, value]) => value !== undefined);
      const { session } = await gcpRun(cloud, Object.fromEntries(all) as Readonly<Record<string, string>>);
      return (await session.doctor()).flatMap(({ hint }) => hint ?? []);
    };
    expect(await hints(inputs)).toEqual([expect.stringMatching(says)]);
    expect(await hints(followed)).toEqual([]);
  });

  test('of an instance that failed', async () => {
    const inputs = named();
    await given(inputs);
    const instance = cloud.instance(inputs['name'] ?? '');
    instance.json = { ...instance.json, state: 'FAILED' };
    instance.staleLooks = 0;
    expect(await refusalIn(async () => gcpRun(cloud, inputs))).toMatch(/or set another `name`/);
    await (await gcpRun(cloud, { ...inputs, name: `${inputs['name']}-2` })).apply();
    // The cause is removed.
    instance.json = { ...instance.json, state: 'RUNNABLE' };
    expect((await (await gcpRun(cloud, inputs)).plan()).plan.verdict).toBe('no-changes');
  });

  test('of an instance without a public address', async () => {
    const { allowed_cidr_blocks: _, ...inputs } = named({ publicly_accessible: 'false', vpc_id: 'shop' });
    await given(inputs);
    const { session } = await gcpRun(cloud, inputs, { access: accessFor(['203.0.113.7']) });
    expect(await session.runnerAccess?.admit()).toMatchObject({
      kind: 'not-admitted',
      hint: expect.stringContaining('Set `connect_through: data-api`') as string
    });
    const instance = cloud.instance(inputs['name'] ?? '');
    instance.json = {
      ...instance.json,
      settings: { ...object(instance.json['settings']), dataApiAccess: 'ALLOW_DATA_API' }
    };
    instance.staleLooks = 0;
    const through = await gcpRun(cloud, {
      ...inputs,
      connect_through: 'data-api',
      login_as: 'deployer@shop-project.iam'
    });
    expect(await through.session.wayIn(await through.session.observe())).toMatchObject({ kind: 'way-in' });
    // The other way: a runner in the network needs no rule.
    const near = await gcpRun(cloud, inputs, { access: accessFor(['10.0.1.7']) });
    expect(await near.session.runnerAccess?.admit()).toMatchObject({ kind: 'admitted' });
  });

  test.each([
    ['a replica', 'replica-1', { create_read_replica: 'true' }, 'replica_names', 'hint-reader'],
    ['a replica elsewhere', 'replica-us-east1', { replica_region: 'us-east1' }, 'replica_region', 'europe-west1']
  ])('of %s whose name Cloud SQL keeps for a deleted one', async (_what, suffix, asked, input, other) => {
    const inputs = named();
    const name = inputs['name'] ?? '';
    const again = { ...inputs, ...asked };
    await given(inputs);
    cloud.state.deleted.add(`${name}-${suffix}`);
    const failed = await failureOf(async () => (await gcpRun(cloud, again)).apply());
    expect(failed).toMatch(/the name is taken, although nothing has it/);
    expect(failed).toContain(`\`${input}\``);
    const followed = { ...again, [input]: other };
    await (await gcpRun(cloud, followed)).apply();
    expect(await refusalIn(async () => gcpRun(cloud, followed))).toBe('');
  });

  // https://cloud.google.com/sql/docs/postgres/built-in-authentication#instance_password_policies
  test('of a password that the policy of the instance, or of the source of a copy, refuses', async () => {
    const inputs = named();
    await given(inputs);
    const instance = cloud.instance(inputs['name'] ?? '');
    const policy = { enablePasswordPolicy: true, minLength: 20, complexity: 'COMPLEXITY_DEFAULT' };
    instance.json = {
      ...instance.json,
      settings: {
        ...object(instance.json['settings']),
        passwordValidationPolicy: { ...policy, disallowUsernameSubstring: true }
      }
    };
    instance.staleLooks = 0;
    const refusal = async (more: Readonly<Record<string, string>>): Promise<string> =>
      refusalIn(async () => gcpRun(cloud, { ...inputs, ...more }));
    const says = /`master_password`: .*at least 20 characters.*a secret that keeps it/;
    // What is not sent is not refused.
    expect(await refusal({})).toBe('');
    const renewed = { master_password_version: '2' };
    expect(await refusal(renewed)).toMatch(says);
    expect(await refusal({ ...renewed, master_password: 'long-but-of-few-kinds' })).toMatch(
      /small and capital letters/
    );
    expect(await refusal({ ...renewed, master_password: 'A-postgres-password-8431' })).toMatch(/name of the user/);
    expect(await refusal({ master_username: 'keeper' })).toMatch(says);
    const copy = { name: `${inputs['name'] ?? ''}-copy`, restore_source: inputs['name'] ?? '' };
    expect(await refusal(copy)).toMatch(says);
    const kept = { master_password: 'Canary-horse-battery-8431' };
    await (await gcpRun(cloud, { ...inputs, ...renewed, ...kept })).apply();
    await (await gcpRun(cloud, { ...inputs, ...copy, ...kept })).apply();
    expect(await refusal({ ...copy, ...kept })).toBe('');
  });

  const key = 'projects/shop-project/locations/europe-west1/keyRings/own/cryptoKeys/db';
  test.each<[string, With]>([
    ['sql.restrictPublicIp', { publicly_accessible: 'false', vpc_id: 'shop', allowed_cidr_blocks: undefined }],
    ['sql.restrictAuthorizedNetworks', { allowed_cidr_blocks: undefined }],
    ['gcp.restrictNonCmekServices', { kms_key_id: key, gcp_region: 'europe-west1' }],
    [
      'gcp.resourceLocations',
      { gcp_region: 'europe-west1', keep_role_passwords: 'true', roles: 'app: {access: {orders: readonly}}' }
    ]
  ])('of an instance that the organization refuses by %s', async (constraint, followed) => {
    const inputs = named();
    cloud.state.constraints.add(constraint);
    const failed = await failureOf(async () => (await gcpRun(cloud, inputs)).apply());
    expect(failed).toContain(`constraints/${constraint}`);
    expect(failed).toContain(`\`${Object.keys(followed)[0] ?? ''}`);
    const all = Object.entries({ ...inputs, ...followed }).filter(([, value]) => value !== undefined);
    await (await gcpRun(cloud, Object.fromEntries(all) as Readonly<Record<string, string>>)).apply();
    cloud.state.constraints.clear();
  });

  test('of a constraint of the organization that no input keeps names it', async () => {
    cloud.state.constraints.add('custom.team');
    expect(await failureOf(async () => (await gcpRun(cloud, named())).apply())).toMatch(
      /Ask an administrator of the organization about the constraint custom\.team/
    );
    cloud.state.constraints.clear();
  });

  test('of a backup of what does not exist', async () => {
    const inputs = named();
    const snapshot = async (): Promise<unknown> => {
      const { session } = await gcpRun(cloud, inputs);
      return session.snapshot(await session.observe());
    };
    expect(await failureOf(snapshot)).toMatch(/Run `apply` first, or correct `name` or `gcp_project`/);
    await (await gcpRun(cloud, inputs)).apply();
    expect(await failureOf(snapshot)).toBe('');
  });

  test('of an instance that was protected after the plan of its destroy', async () => {
    const inputs = named();
    await given(inputs);
    const protect = { ...inputs, enable_deletion_protection: 'true' };
    const destroy = await gcpRun(cloud, inputs);
    const failed = await failureOf(async () => destroy.destroy(async () => (await gcpRun(cloud, protect)).apply()));
    expect(failed).toMatch(/Apply `enable_deletion_protection: false`/);
    await (await gcpRun(cloud, { ...inputs, enable_deletion_protection: 'false' })).apply();
    await (await gcpRun(cloud, inputs)).destroy();
  });

  // https://cloud.google.com/sql/docs/postgres/deletion-protection: a replica is protected by itself.
  test.each([
    ['that the inputs name', { create_read_replica: 'true' }],
    ['that no input names', {}]
  ])('of a read replica that someone protected, %s', async (_what, naming) => {
    await given(named({ create_read_replica: 'true' }));
    const inputs = named(naming);
    const replica = cloud.instance('orders-replica-1');
    replica.json = {
      ...replica.json,
      settings: { ...object(replica.json['settings']), deletionProtectionEnabled: true }
    };
    const before = cloud.mutations().length;
    expect(await failureOf(async () => (await gcpRun(cloud, inputs)).destroy())).toMatch(
      /it holds refused changes \(read replica orders-replica-1\)/
    );
    expect(cloud.mutations()).toHaveLength(before);
    const off = { ...inputs, enable_deletion_protection: 'false' };
    await (await gcpRun(cloud, off)).apply();
    expect((await (await gcpRun(cloud, off)).plan()).plan.verdict).toBe('no-changes');
    await (await gcpRun(cloud, inputs)).destroy();
  });

  test('of a read replica that is not wanted any more, and that someone protected', async () => {
    await given(named({ create_read_replica: 'true' }));
    const replica = cloud.instance('orders-replica-1');
    const settings = { ...object(replica.json['settings']), deletionProtectionEnabled: true };
    replica.json = { ...replica.json, settings };
    const inputs = named({ create_read_replica: 'false' });
    expect(await refusalIn(async () => gcpRun(cloud, inputs))).toMatch(
      /Apply `enable_deletion_protection: false` first/
    );
    const off = { ...inputs, enable_deletion_protection: 'false' };
    expect(lines((await (await gcpRun(cloud, off)).apply()).plan)).toEqual([
      'update replica/1: deletion_protection true → false (online)'
    ]);
    expect(lines((await (await gcpRun(cloud, off)).apply()).plan)).toEqual(['delete replica/1']);
  });

  test('of a network without private services access', async () => {
    const inputs = named({ vpc_id: 'shop' });
    cloud.doom('CREATE', { code: 'NETWORK_NOT_PEERED', message: 'It could not be created.' });
    expect(await failureOf(async () => (await gcpRun(cloud, inputs)).apply())).toMatch(
      /Set up private services access in the network of `vpc_id`/
    );
    // The network has it now.
    const other = { ...inputs, name: `${inputs['name'] ?? ''}-2` };
    await (await gcpRun(cloud, other)).apply();
    expect(await refusalIn(async () => gcpRun(cloud, other))).toBe('');
    await (await gcpRun(cloud, inputs)).destroy();
  });
});
