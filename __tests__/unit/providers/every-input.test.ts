import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Observed } from '../../../src/engine/resource.ts';
import type { Provider } from '../../../src/providers/provider.ts';
import { loadProvider } from '../../../src/providers/registry.ts';
import { unsupported } from '../../../src/providers/unsupported.ts';
import { DATABASE_INPUTS } from '../../../src/spec/catalogue.ts';
import { load } from '../../../src/spec/load.ts';
import { describeProblem, type Problem } from '../../../src/spec/problem.ts';
import { startAws } from '../../clouds/aws/fake-aws.ts';
import { startAzure } from '../../clouds/azure/fake-azure.ts';
import { startDigitalOcean } from '../../clouds/digitalocean/fake-digitalocean.ts';
import { startGcp } from '../../clouds/gcp/fake-gcp.ts';
import { awsRun } from '../../support/aws-run.ts';
import { azureRun } from '../../support/azure-run.ts';
import { local } from '../../../src/providers/local/provider.ts';
import { cloudRun, type CloudRun } from '../../support/cloud-run.ts';
import { digitaloceanRun } from '../../support/digitalocean-run.ts';
import { gcpRun } from '../../support/gcp-run.ts';
import { EXAMPLES } from '../../support/example-inputs.ts';
import { expectGolden } from '../../support/golden.ts';
import { keepAnswers } from '../../support/kept-answers.ts';
import { differing, inOneLine, noticed } from '../../support/plan-in-words.ts';

type With = Readonly<Record<string, string>>;

/** A cloud, and the inputs of a new server that has everything which other inputs are about. */
interface Cloud {
  readonly base: With;
  run(inputs: With): Promise<CloudRun>;
  stop(): Promise<void>;
}

const BASE: With = { name: 'orders', master_password: 'Canary-horse-8431' };

const CLOUDS = {
  aws: async (): Promise<Cloud> => {
    const cloud = await startAws();
    return { base: BASE, run: async inputs => awsRun(cloud, inputs), stop: async () => cloud.stop() };
  },
  azure: async (): Promise<Cloud> => {
    const cloud = await startAzure();
    const base = { ...BASE, resource_group_name: 'shop', location: 'East US' };
    return { base, run: async inputs => azureRun(cloud, inputs), stop: async () => cloud.stop() };
  },
  digitalocean: async (): Promise<Cloud> => {
    const cloud = await startDigitalOcean();
    const base = { name: 'orders', digitalocean_region: 'nyc3', allowed_cidr_blocks: '203.0.113.0/24' };
    return { base, run: async inputs => digitaloceanRun(cloud, inputs), stop: async () => cloud.stop() };
  },
  gcp: async (): Promise<Cloud> => {
    const cloud = await startGcp();
    const base = { ...BASE, gcp_region: 'us-central1' };
    return { base, run: async inputs => gcpRun(cloud, inputs), stop: async () => cloud.stop() };
  },
  // No server is started: a plan of a new one needs the inputs alone.
  local: async (): Promise<Cloud> => ({
    base: BASE,
    run: async inputs => cloudRun(local, { GITHUB_ACTIONS: 'true' }, inputs),
    stop: async () => undefined
  })
};

/** What an input needs with it, or a value that is no default, also for one cloud: `gcp storage_encrypted`. */
const ROWS: Readonly<Record<string, With>> = {
  storage_encrypted: { storage_encrypted: 'false' },
  enable_backup_encryption: { enable_backup_encryption: 'false' },
  performance_insights_retention_period: {
    instance_class: 'db.r6g.large',
    enable_performance_insights: 'true',
    performance_insights_retention_period: '31'
  },
  proxy_name: { enable_proxy: 'true' },
  log_retention_days: { enable_logging: 'true' },
  alarm_actions: { alarms: 'cpu: { threshold: 80 }' },
  'aws alarm_actions': { alarms: 'cpu', alarm_actions: 'arn:aws:sns:us-east-1:123456789012:alerts' },
  replica_kms_key_id: { create_read_replica: 'true', replica_region: 'eu-central-1' },
  replica_subnet_group_name: { create_read_replica: 'true', replica_region: 'eu-central-1' },
  'digitalocean vpc_id': { vpc_id: 'c33931f2-a26a-4e61-b85c-4e95a2ec431b' },
  num_nodes: { num_nodes: '2', size: 'db-s-2vcpu-4gb' },
  pool_name: { enable_proxy: 'true' },
  log_sink: { enable_logging: 'true' },
  log_sink_name: { enable_logging: 'true', log_sink: 'server: logs.example.com\nport: 6514' },
  'gcp enable_logging': { enable_logging: 'false' },
  'local storage_encrypted': { storage_encrypted: 'true' },
  'local enable_backup_encryption': { enable_backup_encryption: 'true' }
};

/** Inputs that change nothing of a new server's plan, by the test that shows what each does. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  skip_final_snapshot: 'unit/providers/aws/ownership.test.ts',
  final_snapshot_identifier: 'unit/providers/aws/ownership.test.ts',
  snapshot_keep_days: 'unit/providers/newest-backup.test.ts',
  snapshot_copy_region: 'unit/providers/aws/snapshot-copies.test.ts',
  snapshot_copy_kms_key_id: 'unit/providers/aws/snapshot-copies.test.ts',
  snapshot_share_accounts: 'unit/providers/aws/snapshot-copies.test.ts',
  upgrade_strategy: 'unit/providers/aws/blue-green.test.ts',
  blue_green_keep_hours: 'unit/providers/aws/blue-green.test.ts',
  final_backup_days: 'unit/providers/gcp/plan.test.ts',
  rotation_days: 'unit/providers/rotate.test.ts',
  failover_mode: 'unit/providers/restart-failover.test.ts',
  base_database: 'e2e/ephemeral-base.test.ts',
  template_database: 'e2e/ephemeral-base.test.ts',
  runner_access: 'e2e/way-in.test.ts',
  runner_access_in_plan: 'unit/runner/access-request.test.ts',
  runner_address: 'unit/runner/runner-address.test.ts',
  runner_address_service: 'e2e/way-in.test.ts',
  login_as: 'unit/providers/identity-login.test.ts',
  connect_through: 'unit/providers/gcp/connector.test.ts',
  extensions: 'unit/sql-objects/objects.test.ts',
  update_extensions: 'unit/sql-objects/objects.test.ts',
  init_sql: 'unit/sql-objects/objects.test.ts',
  databases: 'unit/sql-objects/objects.test.ts',
  roles: 'unit/sql-objects/objects.test.ts',
  application_role: 'unit/sql-objects/objects.test.ts',
  keep_role_passwords: 'unit/providers/role-secrets.test.ts',
  aws_region: 'unit/providers/aws/cost.test.ts',
  gcp_project: 'unit/providers/gcp/context.test.ts',
  azure_authority_host: 'unit/providers/azure/places.test.ts',
  azure_resource_manager_endpoint: 'unit/providers/azure/places.test.ts',
  azure_subscription_id: 'unit/providers/azure/places.test.ts',
  digitalocean_token: 'e2e/digitalocean.test.ts'
};

function valueOf(input: string): string {
  const value = EXAMPLES.get(input);
  if (value === undefined) throw new Error(`No example of ${input} is known`);
  return value;
}

/** What the run says before it asks the cloud, a line each. */
function said(definition: Provider, inputs: With): readonly string[] {
  const { problems, spec } = load([{ values: { cloud_provider: definition.name, ...inputs } }]);
  const validation = definition.validate(spec);
  return [
    ...[...problems, ...validation.problems].map(refused),
    ...[...spec.notices, ...unsupported(spec, definition.capabilities), ...validation.notices].map(noticed)
  ];
}

/** What it wants, and says then, a line each. */
async function wanted(opened: Promise<CloudRun>, observed: readonly Observed[]): Promise<readonly string[]> {
  try {
    const { session } = await opened;
    const { problems, notices } = await session.check(observed);
    if (problems.length > 0) return problems.map(refused);
    const desired = await session.desired(observed);
    return [...notices.map(noticed), ...desired.flatMap(one => leaves(one, one.address))];
  } catch (thrown) {
    return [String(thrown)];
  }
}

function refused(problem: Problem): string {
  return `refused ${describeProblem(problem)}`;
}

/** Every value in it, with its path; what a default chose is told as such. */
function leaves(value: unknown, at: string): readonly string[] {
  if (typeof value === 'object' && value !== null && 'managed' in value && 'value' in value) {
    const by = 'input' in value ? `, by ${String(value.input)}` : '';
    return [`${at}: ${JSON.stringify(value.value)}${value.managed === true ? '' : ', by default'}${by}`];
  }
  if (typeof value !== 'object' || value === null) {
    return typeof value === 'function' || value === undefined ? [] : [`${at}: ${JSON.stringify(value)}`];
  }
  return Object.entries(value).flatMap(([key, one]) => leaves(one, `${at}.${key}`));
}

function difference(before: readonly string[], after: readonly string[]): readonly string[] {
  return differing(before, after, !after.some(line => line.startsWith('refused') && !before.includes(line)));
}

/** By input with its value: what it changes. */
async function effects(definition: Provider, cloud: Cloud): Promise<ReadonlyMap<string, readonly string[]>> {
  const observed = await (await cloud.run(cloud.base)).session.observe();
  const without = new Map<string, Promise<readonly string[]>>();
  const found = new Map<string, readonly string[]>();
  for (const input of Object.keys(DATABASE_INPUTS)) {
    if (ELSEWHERE[input] !== undefined) continue;
    const { [input]: value = valueOf(input), ...others } = {
      ...cloud.base,
      ...ROWS[input],
      ...ROWS[`${definition.name} ${input}`]
    };
    const heard = difference(said(definition, others), said(definition, { ...others, [input]: value }));
    const key = JSON.stringify(others);
    const before = without.get(key) ?? wanted(cloud.run(others), observed);
    without.set(key, before);
    const isAsked = !heard.some(line => line.startsWith('refused'));
    const after = isAsked ? await wanted(cloud.run({ ...others, [input]: value }), observed) : [];
    const changed = isAsked ? difference(await before, after) : [];
    found.set(`${input}: ${inOneLine(value)}`, [...heard, ...changed]);
  }
  return found;
}

test.each(Object.keys(CLOUDS) as (keyof typeof CLOUDS)[])(
  'each input has an effect on %s, or is refused, as its golden file says',
  async provider => {
    const cloud = await CLOUDS[provider]();
    const kept = keepAnswers();
    kept.start();
    try {
      const found = [...(await effects(await loadProvider(provider), cloud))];
      expect(found.filter(([, lines]) => lines.length === 0).map(([input]) => input)).toEqual([]);
      const page = found.flatMap(([input, lines]) => [input, ...lines.map(line => `  ${line}`)]);
      expectGolden(`inputs-${provider}.txt`, `${page.join('\n')}\n`);
    } finally {
      kept.stop();
      await cloud.stop();
    }
  }
);

test.each(Object.entries(ELSEWHERE))('%s has a test of its effect: %s', async (input, file) => {
  expect(await readFile(path.join(import.meta.dirname, '../..', file), 'utf8')).toMatch(new RegExp(`\\b${input}\\b`));
});
