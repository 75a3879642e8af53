import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { importDatabase } from '../../../src/commands/import.ts';
import type { ImportReport } from '../../../src/moving-in/import-report.ts';
import type { WayIn } from '../../../src/postgres/way-in.ts';
import { cloudLogins as aws } from '../../../src/providers/aws/cloud-logins.ts';
import { cloudLogins as azure } from '../../../src/providers/azure/cloud-logins.ts';
import type { CloudLogins } from '../../../src/providers/cloud-logins.ts';
import { cloudLogins as gcp } from '../../../src/providers/gcp/cloud-logins.ts';
import type { Settings } from '../../../src/spec/catalogue.ts';
import type { Spec } from '../../../src/spec/spec.ts';
import { fakeWayIn } from '../../support/fake-way-in.ts';
import { fakeContext } from '../../support/fake-context.ts';
import { PROMPT, startAws, type FakeAws } from '../../clouds/aws/fake-aws.ts';
import { completePostgres } from '../../clouds/aws/live-servers.ts';
import { startGcp } from '../../clouds/gcp/fake-gcp.ts';
import { object } from '../../clouds/gcp/json.ts';
import { basic } from '../../support/gcp-inputs.ts';
import { printedInputs } from '../../support/moves-in.ts';
import { stepsIn } from '../../support/step-in-process.ts';

let cloud: FakeAws;
let back = (): void => {};
beforeAll(async () => {
  cloud = await startAws(PROMPT);
  await completePostgres(cloud);
  back = cloud.savepoint();
});
beforeEach(() => {
  back();
});
afterAll(async () => cloud.stop());

const NAME = { cloud_provider: 'aws', name: 'complete-postgresql' };

test('import → plan: only adoption → apply → plan: empty → one change → apply → release: only marks', async () => {
  const step = stepsIn(cloud.env);
  const seeded = cloud.mutations().length;
  const imported = await step({ ...NAME, command: 'import' });
  expect(imported.failed).toBe(false);
  expect(cloud.mutations()).toHaveLength(seeded);
  const inputs = printedInputs(imported);
  expect(inputs).toMatchObject({
    cloud_provider: 'aws',
    aws_region: 'us-east-1',
    name: 'complete-postgresql',
    adopt_existing: 'complete-postgresql',
    engine_version: '16',
    instance_class: 'db.t4g.large',
    subnet_group_name: 'complete-vpc',
    parameter_group_name: 'complete-postgresql-20260102030405',
    multi_az: 'true',
    monitoring_interval: '60'
  });
  const unmanaged = JSON.parse(imported.outputs['unmanaged'] ?? '[]') as readonly { what: string }[];
  expect(unmanaged.map(({ what }) => what).join()).toContain('tags Name, Example, Repository');

  const plan = await step({ ...inputs, command: 'plan' });
  expect(plan.outputs).toMatchObject({ to_create: '0', to_update: '1', to_delete: '0', blocked: '0' });
  expect(imported.summary).toContain(plan.outputs['plan_digest']?.slice(0, 12));
  expect((await step({ ...inputs, command: 'apply' })).outputs['result']).toBe('applied');
  expect(
    new Set(
      cloud
        .mutations()
        .slice(seeded)
        .map(({ action }) => action)
    )
  ).toEqual(new Set(['AddTagsToResource']));
  const { adopt_existing: _, ...kept } = inputs;
  expect((await step({ ...kept, command: 'plan' })).outputs['result']).toBe('no-changes');
  const again = await step({ ...NAME, command: 'import' });
  expect(printedInputs(again)).toEqual(inputs);
  expect(again.outputs['unmanaged']).toEqual(imported.outputs['unmanaged']);
  const adopts = 'The first plan with these inputs adopts it and changes nothing else';
  expect([imported.summary, again.summary]).toEqual([
    expect.stringContaining(adopts),
    expect.stringContaining('It is kept by this workflow already')
  ]);
  expect((await step({ ...kept, backup_retention_period: '14', command: 'apply' })).outputs['result']).toBe('applied');

  const before = cloud.state().instances.get('complete-postgresql')?.live;
  const released = await step({ ...kept, command: 'release' });
  expect(released.log).toMatch(/marks? .*taken off/);
  const server = cloud.state().instances.get('complete-postgresql');
  expect(server?.tags.tags.map(({ Key }) => Key).toSorted()).toEqual(['Example', 'Name', 'Repository']);
  expect({ ...server?.live, TagList: [] }).toEqual({ ...before, TagList: [] });
  expect((await step({ ...kept, command: 'release' })).outputs['result']).toBe('no-changes');
  expect((await step({ ...kept, command: 'plan' })).log).toContain('carries no ownership mark');
});

test('what can be kept by no inputs is refused, and the plan that the hint names says why', async () => {
  const google = await startGcp();
  try {
    const step = stepsIn(google.env);
    const inputs = { cloud_provider: 'gcp', ...basic() };
    await step({ ...inputs, command: 'apply' });
    const instance = google.instance('orders');
    const { userLabels: _, ...settings } = object(instance.json['settings']);
    instance.json = { ...instance.json, state: 'FAILED', settings };
    instance.staleLooks = 0;
    const refused = await step({ cloud_provider: 'gcp', name: 'orders', command: 'import' });
    expect(refused.log).toContain('Plan with `name` and `adopt_existing` alone, and read what the plan says');
    const alone = { cloud_provider: 'gcp', name: 'orders', gcp_region: 'us-central1', adopt_existing: 'orders' };
    expect((await step({ ...alone, command: 'plan' })).log).toContain('Remove the cause, or set another `name`');
    // The cause is removed.
    instance.json = { ...instance.json, state: 'RUNNABLE' };
    const imported = await step({ cloud_provider: 'gcp', name: 'orders', command: 'import' });
    expect(imported.outputs['result']).toBe('no-changes');
  } finally {
    await google.stop();
  }
});

describe('a Terraform state', () => {
  const state = (identifier: string): string =>
    JSON.stringify({
      format_version: '1.0',
      values: {
        root_module: {
          resources: [
            {
              address: 'aws_db_instance.reports',
              mode: 'managed',
              type: 'aws_db_instance',
              values: { identifier: 'reports', replicate_source_db: identifier, password: 'hunter2-of-the-state' }
            }
          ],
          child_modules: [
            {
              address: 'module.db',
              resources: [
                {
                  address: 'module.db.aws_db_instance.this[0]',
                  mode: 'managed',
                  type: 'aws_db_instance',
                  values: { identifier, id: 'db-1', password: 'hunter2-of-the-state' }
                }
              ]
            }
          ]
        }
      }
    });

  test('is told how to let go, with what is still at risk, and without its secrets', async () => {
    const step = stepsIn(cloud.env, { 'state.json': state('complete-postgresql') });
    const { summary, all } = await step({ ...NAME, command: 'import', terraform_state: 'state.json' });
    expect(summary).toContain('removed {\n  from = module.db\n  lifecycle {\n    destroy = false\n  }\n}');
    expect(summary).toContain("terraform state rm -dry-run 'module.db'\nterraform state rm 'module.db'");
    expect(summary).toContain(
      'Terraform still deletes in the live server, so let these go too: `aws_db_instance.reports`'
    );
    expect(all).not.toContain('hunter2');
  });

  test.each([
    ['of another server', { 'state.json': state('billing') }, /has no server complete-postgresql of this account/],
    ['that is not there', {}, /Could not read `terraform_state` \(state\.json\): ENOENT/],
    ['outside of the workspace', {}, /lies outside of the workspace/]
  ])('%s is refused', async (what, files, why) => {
    const terraform_state = what.startsWith('outside') ? '../state.json' : 'state.json';
    const { log, failed } = await stepsIn(cloud.env, files)({ ...NAME, command: 'import', terraform_state });
    expect(failed).toBe(true);
    expect(log).toMatch(why);
  });
});

describe('an import is refused', () => {
  test.each<[string, () => void, RegExp]>([
    [
      'of a server that is not there',
      () => cloud.state().instances.delete('complete-postgresql'),
      /There is no database complete-postgresql/
    ],
    [
      'of another engine',
      () => Object.assign(cloud.state().instances.get('complete-postgresql')?.live ?? {}, { Engine: 'mysql' }),
      /is a server of another engine: mysql/
    ],
    [
      "of another workflow's server",
      () => {
        const server = cloud.state().instances.get('complete-postgresql');
        const tags = { 'pgkeep:repository': 'acme/billing', 'pgkeep:name': 'complete-postgresql' };
        if (server !== undefined) server.tags.tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
      },
      /belongs to acme\/billing/
    ]
  ])('%s', async (_what, change, why) => {
    change();
    const { log, failed } = await stepsIn(cloud.env)({ ...NAME, command: 'import' });
    expect([failed, log]).toEqual([true, expect.stringMatching(why)]);
  });
});

/** What the live server of an import without a cloud is like. */
interface Live {
  /** Whether the owner of its database may be read. Default: true. */
  readonly isOpen?: boolean;
  readonly pinned?: Record<string, string>;
  readonly way?: WayIn;
  readonly logins?: CloudLogins;
  readonly run?: Record<string, string>;
  /** Of the run. */
  readonly workspace?: string;
  /** Is told the settings of each session of the proof. */
  readonly seen?: (settings: Settings) => void;
}

const SECRET = 'Canary-horse-8431';

async function importOf({ isOpen = true, seen, run = {}, workspace = '/tmp', ...live }: Live): Promise<ImportReport> {
  const server = { address: 'server', type: 'server', fields: {}, facts: {}, ownership: { kind: 'unmarked' } };
  const objects = { address: 'database/shop', type: 'sql-database', title: 'database shop', dependsOn: [] };
  const session = {
    target: { provider: 'gcp', account: 'shop', region: 'r', name: 'orders', environment: '', repository: 'acme/shop' },
    tables: { server: {}, 'sql-database': { owner: { api: 'owner', input: 'databases', impact: 'online' } } },
    observe: async () => [
      { ...server, title: 'server orders', dependsOn: [], concurrencyGroup: 'server' },
      {
        ...server,
        ...objects,
        ...(isOpen ? { fields: { owner: 'app' } } : { unknown: { owner: 'a way in' } })
      }
    ],
    check: async () => ({ problems: [], notices: [] }),
    inputsOf: async () => ({ place: { gcp_region: 'r' }, pinned: live.pinned ?? { databases: '{"shop":{}}' } }),
    wayIn: async () => live.way ?? { kind: 'not-reachable', why: 'no', hint: '' },
    desired: async () => [
      { ...objects, presence: 'present', fields: { owner: { managed: true, value: 'app' } }, concurrencyGroup: 'sql' }
    ],
    ...(live.logins === undefined ? {} : { cloudLogins: live.logins }),
    close: async () => undefined
  };
  const access = { runner_access: 'step', runner_access_in_plan: true, connect_through: 'data-api', login_as: 'ci' };
  const { imported } = await importDatabase({
    session,
    open: async (spec: Spec) => {
      seen?.(spec.settings);
      return session;
    },
    inputs: {
      spec: { provider: 'gcp', name: 'orders', environment: '', settings: access },
      secrets: new Map([['master_password', SECRET]]),
      run
    },
    provider: { validate: () => ({ problems: [], notices: [] }) },
    runtime: { log: { info: () => undefined }, paths: { workspace } },
    execution: fakeContext()
  } as never);
  if (imported === undefined) throw new Error('nothing was imported');
  expect(JSON.stringify(imported)).not.toContain(SECRET);
  return imported.report;
}

test('the proof gets into the server by the way of the run, and an input that it could not compare is left out', async () => {
  const seen: Settings[] = [];
  expect((await importOf({ seen: settings => void seen.push(settings) })).pinned).toHaveProperty('databases');
  expect(seen[0]).toMatchObject({
    runner_access: 'step',
    runner_access_in_plan: true,
    connect_through: 'data-api',
    login_as: 'ci'
  });
  const { pinned, unmanaged } = await importOf({ isOpen: false });
  expect(pinned).toEqual({});
  expect(unmanaged).toContainEqual({
    what: '`databases`',
    why: 'database shop could not be compared without a way in',
    input: 'databases'
  });
});

test('the file holds no input that only a workflow may set, and none of the place once more', async () => {
  const pinned = { databases: '{"shop":{}}', connect_through: 'data-api', gcp_region: 'r' };
  expect(await importOf({ pinned })).toMatchObject({ place: { gcp_region: 'r' } });
  expect(Object.keys((await importOf({ pinned })).pinned)).toEqual(['databases']);
});

test('the step that gets into the server names the secret of its password, and does not hold it', async () => {
  const row = {
    admin: { name: 'keeper', current: 'orders', super: false, roles: true, databases: true },
    roles: [],
    databases: [{ name: 'shop', comment: null, owner: 'keeper', allows: false, limit: -1, privileges: [] }]
  };
  const way = fakeWayIn({ rows: [row] });
  const report = await importOf({ pinned: {}, way });
  expect([report.pinned, report.way]).toEqual([
    { databases: '{"shop":{}}' },
    {
      master_password: '${{ secrets.DATABASE_PASSWORD }}',
      runner_access: 'step',
      connect_through: 'data-api',
      login_as: 'ci'
    }
  ]);
});

const OID = '00000000-0000-4000-8000-000000000001';

/**
 * How each cloud shows an identity in its servers. Labels as in the guide of Azure, with `admin` on administrators:
 * https://learn.microsoft.com/azure/postgresql/security/security-manage-entra-users
 */
test.each<readonly [string, CloudLogins, object, object | string]>([
  [
    'a member of rds_iam',
    aws,
    { name: 'bi', member_of: [{ role: 'rds_iam', by: 'rdsadmin', inherits: true, sets: true }] },
    { bi: { login: 'cloud' } }
  ],
  ['no member of it', aws, { name: 'bi' }, { bi: {} }],
  [
    'an account of Google',
    gcp,
    { name: 'bi@shop.iam', administrable: false },
    { bi: { login: 'cloud', principal: 'serviceAccount:bi@shop.iam.gserviceaccount.com' } }
  ],
  ['a person or a group of Google', gcp, { name: 'ann@example.com' }, 'with `login: cloud` and its `principal`'],
  [
    'a group of Entra ID',
    azure,
    { name: 'bi', label: `aadauth,oid=${OID},type=group` },
    { bi: { login: 'cloud', object_id: OID, kind: 'group' } }
  ],
  [
    'a user of Entra ID',
    azure,
    { name: 'ann@example.com', label: `aadauth,oid=${OID},type=user,mfa` },
    { ann: { login: 'cloud', principal: 'ann@example.com' } }
  ],
  ['an administrator', azure, { name: 'ann', label: `aadauth,oid=${OID},type=user,admin` }, '`entra_administrators`'],
  ['a login by password', azure, { name: 'bi', label: null }, { bi: {} }]
])('%s is imported with the login that it has', async (_who, logins, role, printed) => {
  const usual = {
    comment: null,
    login: true,
    limit: -1,
    member_of: [],
    settings: [],
    administrable: true,
    assumable: true
  };
  const row = {
    admin: { name: 'keeper', current: 'orders', super: false, roles: true, databases: true },
    roles: [{ ...usual, ...role }],
    databases: []
  };
  const { pinned, unmanaged } = await importOf({ pinned: {}, way: fakeWayIn({ rows: [row] }), logins });
  if (typeof printed === 'string') {
    expect(pinned).toEqual({});
    expect(unmanaged.map(({ why }) => why).join()).toContain(printed);
  } else expect(pinned).toEqual({ roles: JSON.stringify(printed) });
});

test('a Terraform state that is too large is refused unread', async () => {
  const workspace = mkdtempSync(path.join(tmpdir(), 'pgkeep-state-'));
  writeFileSync(path.join(workspace, 'state.json'), '');
  // It takes no room on the disk.
  truncateSync(path.join(workspace, 'state.json'), 256 * 1024 * 1024 + 1);
  const asked = importOf({ run: { terraform_state: 'state.json' }, workspace });
  await expect(asked).rejects.toThrow(/\(state\.json\): it is larger than the limit of 268435456 bytes/);
  rmSync(workspace, { recursive: true });
});
