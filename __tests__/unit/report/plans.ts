import { markFor, type Target } from '../../../src/engine/ownership.ts';
import type { Notice, Plan } from '../../../src/engine/plan.ts';
import { planApply, planDestroy } from '../../../src/engine/planner.ts';
import type { Desired, FieldTable, Observed } from '../../../src/engine/resource.ts';
import type { Allowances } from '../../../src/engine/safety.ts';
import type { FieldValue, Value } from '../../../src/engine/value.ts';
import type { Footer } from '../../../src/report/report.ts';

export const TARGET: Target = {
  provider: 'aws',
  account: '123456789012',
  region: 'eu-west-1',
  name: 'orders',
  environment: 'production',
  repository: 'acme/shop'
};

export const FOOTER: Footer = {
  commit: '4f2c9d1e8b7a6053f1e2d3c4b5a697887766554f',
  commitUrl: 'https://github.com/acme/shop/commit/4f2c9d1e8b7a6053f1e2d3c4b5a697887766554f',
  runUrl: 'https://github.com/acme/shop/actions/runs/1234567890',
  madeAt: new Date('2025-03-14T09:26:53Z'),
  docsUrl: 'https://github.com/acme/pgkeep/blob/v1/docs'
};

const gib = (value: Value): string => `${Number(value)} GiB`;
const kilobytes = (value: Value): string =>
  typeof value === 'number' && value % 1024 === 0 ? `${value / 1024}MB` : `${Number(value)}kB`;

export const TABLES: Readonly<Record<string, FieldTable>> = {
  server: {
    engine_version: { api: 'EngineVersion', input: 'engine_version', impact: 'restart', constraint: 'upgrade-only' },
    instance_class: { api: 'DBInstanceClass', input: 'instance_class', impact: 'failover' },
    allocated_storage: {
      api: 'AllocatedStorage',
      input: 'allocated_storage',
      impact: 'online',
      constraint: 'grow-only',
      show: gib
    },
    storage_encrypted: {
      api: 'StorageEncrypted',
      input: 'storage_encrypted',
      impact: 'restart',
      constraint: 'create-only',
      hint: 'Copy a snapshot with encryption on, and restore it into a new database under another `name`.'
    },
    maintenance_window: {
      api: 'PreferredMaintenanceWindow',
      input: 'maintenance_window',
      impact: 'online'
    },
    performance_insights: {
      api: 'EnablePerformanceInsights',
      input: 'enable_performance_insights',
      impact: 'deferred'
    },
    publicly_accessible: {
      api: 'PubliclyAccessible',
      input: 'publicly_accessible',
      impact: 'online',
      constraint: 'exposure'
    },
    master_password: { api: 'MasterUserPassword', input: 'master_password', impact: 'online' },
    tags: { api: 'Tags', input: 'tags', impact: 'online' },
    'parameters.shared_buffers': { api: 'shared_buffers', input: 'parameters', impact: 'restart', show: kilobytes },
    'parameters.work_mem': { api: 'work_mem', input: 'parameters', impact: 'online', show: kilobytes },
    'parameters.*': { api: 'parameters', input: 'parameters', impact: 'online' }
  },
  replica: {
    source: { api: 'SourceDBInstanceIdentifier', impact: 'online' },
    instance_class: { api: 'DBInstanceClass', input: 'instance_class', impact: 'restart' }
  },
  'security-group': {
    vpc_id: { api: 'VpcId', input: 'vpc_id', impact: 'online', constraint: 'create-only' },
    allowed_cidr_blocks: { api: 'IpRanges', input: 'allowed_cidr_blocks', impact: 'online' }
  },
  database: { owner: { api: 'owner', impact: 'online' } },
  extension: { version: { api: 'version', input: 'extensions', impact: 'online' } }
};

export const NO_PERMITS: Allowances = {
  adoptExisting: false,
  majorVersionUpgrade: false,
  destroy: false,
  skipFinalSnapshot: false,
  restart: true
};

type Fields = Readonly<Record<string, FieldValue>>;

export function wanted(
  address: string,
  title: string,
  fields: Fields,
  dependsOn: readonly string[] = [],
  concurrencyGroup = 'server'
): Desired {
  return {
    address,
    type: address.split('/')[0] ?? address,
    title,
    presence: 'present',
    fields: Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, { value, managed: true }])),
    dependsOn,
    concurrencyGroup
  };
}

export function live(
  address: string,
  title: string,
  fields: Readonly<Record<string, Value>>,
  more: Partial<Observed> = {}
): Observed {
  return {
    address,
    type: address.split('/')[0] ?? address,
    title,
    ownership: { kind: 'ours', mark: markFor(TARGET) },
    fields,
    facts: {},
    dependsOn: [],
    concurrencyGroup: 'server',
    ...more
  };
}

export function plan(
  desired: readonly Desired[],
  observed: readonly Observed[],
  notices: readonly Notice[] = [],
  allowances: Partial<Allowances> = {}
): Plan {
  return planApply({
    target: TARGET,
    desired,
    observed,
    tables: TABLES,
    notices,
    allowances: { ...NO_PERMITS, ...allowances }
  });
}

const SERVER: Readonly<Record<string, Value>> = {
  engine_version: '16.4',
  instance_class: 'db.m7g.large',
  allocated_storage: 100,
  storage_encrypted: true,
  maintenance_window: 'sun:04:00-sun:05:00',
  performance_insights: false,
  publicly_accessible: false,
  tags: { team: 'shop' },
  'parameters.shared_buffers': 2097152,
  'parameters.work_mem': 4096
};

export function newServer(): Plan {
  return plan(
    [
      wanted('security-group', 'security group orders', {
        vpc_id: 'vpc-0a1b2c3d',
        allowed_cidr_blocks: ['10.0.0.0/16', '10.1.0.0/16']
      }),
      wanted(
        'server',
        'server orders',
        {
          ...SERVER,
          master_password: { $secret: 'master_password' },
          port: 5432,
          security_group_ids: { $ref: 'security-group', fact: 'id' },
          backup_window: '03:00-04:00',
          deletion_protection: true
        },
        ['security-group']
      ),
      wanted('replica/1', 'read replica 1 of orders', { source: 'orders', instance_class: 'db.m7g.large' }, ['server']),
      wanted('database/shop', 'database shop', { owner: 'orders_admin' }, ['server']),
      wanted('extension/pgcrypto', 'extension pgcrypto', {}, ['database/shop']),
      wanted('extension/pg_trgm', 'extension pg_trgm', {}, ['database/shop'])
    ],
    [],
    [
      {
        code: 'value-rounded',
        severity: 'info',
        input: 'engine_version',
        message: '`16` means the newest minor version that can be created: 16.4.'
      },
      {
        code: 'value-mapped',
        severity: 'warning',
        input: 'storage_type',
        message: '`gp2` is made as `gp3`: the same size, faster, and no dearer.'
      }
    ]
  );
}

export function updatedServer(): Plan {
  return plan(
    [
      wanted('security-group', 'security group orders', {
        vpc_id: 'vpc-0a1b2c3d',
        allowed_cidr_blocks: ['10.0.0.0/16', '0.0.0.0/0']
      }),
      wanted(
        'server',
        'server orders',
        {
          ...SERVER,
          allocated_storage: 200,
          performance_insights_kms_key: 'alias/orders',
          performance_insights: true,
          publicly_accessible: true,
          tags: { team: 'shop', tier: 'gold' },
          'parameters.shared_buffers': 4194304,
          'parameters.work_mem': 8192,
          'parameters.log_statement': null,
          master_password: { $secret: 'master_password' }
        },
        ['security-group']
      ),
      wanted('replica/1', 'read replica 1 of orders', { instance_class: 'db.m7g.xlarge' }, ['server']),
      { ...wanted('replica/2', 'read replica 2 of orders', {}, ['server']), presence: 'absent' },
      wanted('database/shop', 'database shop', { owner: 'orders_admin' }, ['server']),
      wanted('extension/pgcrypto', 'extension pgcrypto', {}, ['database/shop'])
    ],
    [
      live('security-group', 'security group orders', {
        vpc_id: 'vpc-0a1b2c3d',
        allowed_cidr_blocks: ['10.0.0.0/16']
      }),
      live(
        'server',
        'server orders',
        { ...SERVER, 'parameters.log_statement': 'ddl', master_password: false },
        {
          dependsOn: ['security-group'],
          pending: { ca_certificate: 'rds-ca-ecc384-g1' },
          unknown: { performance_insights_kms_key: 'kms:DescribeKey' }
        }
      ),
      live('replica/1', 'read replica 1 of orders', { instance_class: 'db.m7g.large' }, { dependsOn: ['server'] }),
      live('replica/2', 'read replica 2 of orders', { instance_class: 'db.m7g.large' }, { dependsOn: ['server'] }),
      live(
        'database/shop',
        'database shop',
        { owner: 'orders_admin' },
        { dependsOn: ['server'], ownership: { kind: 'unmarked' } }
      )
    ],
    [
      {
        code: 'storage-cooldown',
        severity: 'warning',
        input: 'allocated_storage',
        message: 'After this the storage can’t be changed again for 6 hours.'
      }
    ],
    { adoptExisting: true }
  );
}

export function blockedPlan(): Plan {
  return plan(
    [
      wanted('server', 'server orders', {
        ...SERVER,
        engine_version: '17.2',
        allocated_storage: 50,
        storage_encrypted: false,
        'parameters.work_mem': 8192
      }),
      wanted('database/shop', 'database shop', { owner: 'orders_admin' }, ['server'])
    ],
    [live('server', 'server orders', SERVER)]
  );
}

export function destroyPlan(): Plan {
  return planDestroy({
    target: TARGET,
    observed: [
      live('security-group', 'security group orders', {}),
      live('server', 'server orders', SERVER, { dependsOn: ['security-group'] }),
      live('replica/1', 'read replica 1 of orders', {}, { dependsOn: ['server'] })
    ],
    tables: TABLES,
    notices: [],
    allowances: { ...NO_PERMITS, destroy: true }
  });
}

export function unchangedPlan(): Plan {
  return plan([wanted('server', 'server orders', SERVER)], [live('server', 'server orders', SERVER)]);
}

/** Text that tries everything at once. */
export const HOSTILE =
  'a|b `c` \\| <!-- marker --> <img src=x onerror=alert(1)> @acme/team #12 GH-7 acme/shop#9 https://evil.example/x www.evil.example :tada: $x$ ' +
  '[x](y)\n::error::owned\r\n\u001B[31m##[add-mask]x \u202Etxt\u0000';

export function hostilePlan(): Plan {
  const hostile = plan(
    [
      wanted('server', 'server orders', {
        ...SERVER,
        tags: { team: HOSTILE },
        'parameters.search_path': HOSTILE,
        'parameters.log_line_prefix': '<!-- pgkeep:aws -->',
        'parameters.pipe': 'a|b',
        'parameters.tick': 'a`b',
        'parameters.ticks': '`'.repeat(90),
        'parameters.lines': 'first\nsecond',
        'parameters.mention': '@acme/team',
        'parameters.command': '::error::owned',
        'parameters.long': `begin ${'x'.repeat(5000)} end`
      })
    ],
    [live('server', `server ${HOSTILE}`, SERVER)],
    [{ code: 'unsupported', severity: 'warning', input: 'tags', message: `The value \`${HOSTILE}\` was kept.` }]
  );
  return { ...hostile, target: { ...TARGET, environment: HOSTILE } };
}

/** Three hundred parameters and three hundred extensions. */
export function largePlan(): Plan {
  const numbers = Array.from({ length: 300 }, (_, index) => index + 1);
  const filler = 'schema_'.repeat(20);
  return plan(
    [
      wanted('server', 'server orders', {
        ...SERVER,
        ...Object.fromEntries(numbers.map(number => [`parameters.setting_${number}`, `${filler}${number}`]))
      }),
      ...numbers.map(number =>
        wanted(`extension/ext_${number}`, `extension ext_${number}`, { version: '1.0' }, ['server'])
      ),
      { ...wanted('replica/1', 'read replica 1 of orders', {}), presence: 'absent' as const }
    ],
    [
      live('server', 'server orders', SERVER),
      live('replica/1', 'read replica 1 of orders', {}, { dependsOn: ['server'] })
    ]
  );
}
