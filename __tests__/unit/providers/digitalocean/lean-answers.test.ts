import { startDigitalOcean, TOKEN } from '../../../clouds/digitalocean/fake-digitalocean.ts';
import { basic, everything } from '../../../support/digitalocean-inputs.ts';
import { digitaloceanRun } from '../../../support/digitalocean-run.ts';
import type { CloudRun } from '../../../support/cloud-run.ts';
import { expectGolden } from '../../../support/golden.ts';
import { madeOnDigitalOcean } from '../../../support/made-before.ts';
import { alike, changedIn, differing, requested, steady } from '../../../support/plan-in-words.ts';
import { failureOf } from '../../../support/refusal-in.ts';

/**
 * What is read of a cluster with everything, and of what others added to it; then the same with answers that lack one
 * member, which the reference calls optional or null. `UPDATE_GOLDENS=1` writes the golden file, to be read.
 */
type With = Readonly<Record<string, string>>;
type Work = (run: CloudRun) => Promise<readonly string[]>;

const copy: With = {
  name: 'copy',
  allowed_cidr_blocks: '203.0.113.0/24',
  restore_source: 'orders',
  restore_to_time: '2025-12-31T12:00:00Z',
  digitalocean_region: 'sfo3',
  vpc_id: '1b7a9c3e-0000-4000-8000-00000000f00d'
};
const other: With = {
  ...everything(),
  instance_class: 'db-s-4vcpu-8gb',
  num_nodes: '3',
  multi_az: 'true',
  allocated_storage: '95',
  parameters: 'work_mem: 8MB\npgbouncer.min_pool_size: 3',
  tags: 'Team: Billing\nplain: x',
  alarms: 'cpu: {threshold: 70, period: 3600}\nfreeable_memory: {}',
  engine_version: '17',
  allow_major_version_upgrade: 'true'
};

const told = (value: unknown): readonly string[] =>
  Object.entries(JSON.parse(JSON.stringify(value ?? {})) as object).map(
    ([name, one]) => `${name}: ${JSON.stringify(one)}`
  );
const planned: Work = async run => changedIn((await run.plan()).plan);
const outputs: Work = async ({ session }) => told(await session.outputs(await session.observeForOutputs()));
const checked: Work = async ({ session }) =>
  (await session.doctor()).map(({ what, state, detail, hint = '' }) => `${state} ${what}: ${detail} ${hint}`);

const WORK: Readonly<Record<string, readonly [With, Work]>> = {
  'a plan': [everything(), planned],
  'a plan of other values': [other, planned],
  'a plan of a copy': [copy, planned],
  'a plan of a new cluster': [
    {
      name: 'fresh',
      digitalocean_region: 'nyc3',
      publicly_accessible: 'true',
      multi_az: 'true',
      enable_proxy: 'true',
      enable_logging: 'true',
      log_sink: 'type: opensearch\nindex_prefix: orders',
      log_sink_url: 'https://user:secret8431@search.example.com:9200'
    },
    planned
  ],
  outputs: [everything(), outputs],
  'outputs of doadmin': [basic(), outputs],
  doctor: [everything(), checked],
  'doctor without alarms': [basic(), checked],
  import: [{ name: 'orders' }, async ({ session }) => told(await session.inputsOf(await session.observe()))],
  'the newest backup': [basic(), async ({ session }) => told(await session.newestBackup())],
  servers: [basic(), async ({ session }) => told(await session.listServers())]
};

/** What each answer may lack, and the work that reads it: a path, and `null` where the reference says so. */
const LEAN: readonly (readonly [action: string, member: string, work: string])[] = [
  ['/account', 'account.team', 'outputs'],
  ['/databases', 'databases.0.tags=null', 'a plan'],
  ['/databases', 'databases.0.db_names=null', 'a plan'],
  ['/databases', 'databases.0.users=null', 'a plan'],
  ['/databases', 'databases.0.maintenance_window=null', 'a plan'],
  ['/databases', 'databases.0.connection', 'outputs'],
  ['/databases', 'databases.0.private_connection', 'outputs'],
  ['/databases/{id}/firewall', 'rules=null', 'a plan'],
  ['/databases/{id}/replicas', 'replicas=null', 'a plan'],
  ['/databases/{id}/replicas', 'replicas.0.connection', 'outputs'],
  ['/databases/{id}/pools', 'pools=null', 'a plan'],
  ['/databases/{id}/pools', 'pools.0.connection', 'outputs'],
  ['/databases/{id}/users/shop', 'user.password', 'outputs'],
  ['/databases/{id}/logsink', 'sinks=null', 'a plan'],
  ['/databases/{id}/autoscale', 'autoscale', 'a plan'],
  ['/databases/{id}/config', 'config', 'a plan'],
  ['/databases/{id}/ca', 'ca', 'outputs'],
  ['/databases/{id}/backups', 'backups=null', 'the newest backup'],
  ['/databases/{id}/dbs', 'dbs=null', 'import'],
  ['/databases/options', 'options.pg', 'a plan of other values'],
  ['/monitoring/alerts', 'policies.0.entities=null', 'a plan'],
  ['/monitoring/alerts', 'policies.0.alerts.email=null', 'a plan']
];

/** The answer without the member at a path, or with `null` in its place. */
function lean(answer: unknown, given: string): string {
  const made = structuredClone(answer);
  const [path = '', value] = given.split('=');
  const steps = path.split('.');
  const last = steps.pop() ?? '';
  const holder = steps.reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], made) as Record<
    string,
    unknown
  >;
  if (!(last in holder)) throw new Error(`no answer has ${path}`);
  if (value === undefined) Reflect.deleteProperty(holder, last);
  else holder[last] = null;
  return JSON.stringify(made);
}

test('each part of an answer is read, and what lacks is told', async () => {
  const cloud = await startDigitalOcean();
  await madeOnDigitalOcean(cloud, everything());
  const live = cloud.cluster('orders');
  live.untilBackup = 0;
  live.dbs.add('reports');
  live.rules.push({ uuid: cloud.state.uuid(), type: 'k8s', value: 'shop-cluster' });
  const [first] = [...live.sinks.values()];
  if (first !== undefined) live.sinks.set('1', { ...first, sink_id: '1', sink_name: 'theirs' });
  const run = async ([inputs, work]: readonly [With, Work]): Promise<readonly string[]> => {
    const lines: string[] = [];
    const failed = await failureOf(async () => {
      const one = await digitaloceanRun(cloud, inputs);
      lines.push(...(await work(one)), ...one.execution.lines.filter(line => line.startsWith('warning')));
    });
    return [...lines, ...(failed === '' ? [] : [failed])];
  };
  const page: string[] = [];
  const usual = new Map<string, readonly string[]>();
  for (const [name, work] of Object.entries(WORK)) {
    const lines = await run(work);
    usual.set(name, lines);
    page.push(`# ${name}`, '', ...lines, '');
  }
  const outcomes: (readonly [string, readonly string[]])[] = [];
  for (const [action, member, name] of LEAN) {
    const path = `/v2${action.replace('{id}', live.id)}`;
    const response = await fetch(`${cloud.url}${path}`, { headers: { authorization: `Bearer ${TOKEN}` } });
    const call = `GET ${action.replace(/users\/shop/, 'users/{name}')}`;
    const body = lean(await response.json(), member);
    cloud.fault({ action: call, about: new RegExp(`${path} `), times: 100_000, body });
    const now = WORK[name];
    const lines = now === undefined ? [] : await run(now);
    outcomes.push([`${member} of ${action} in ${name}`, differing(usual.get(name) ?? [], lines, true)]);
    cloud.clearFaults();
  }
  page.push('# without', '');
  for (const [text, names] of alike(outcomes)) page.push(...names, text === '' ? '  as usual' : text, '');
  const before = cloud.mutations().length;
  await (await digitaloceanRun(cloud, other)).apply();
  const backups = JSON.stringify({ backups: [{ created_at: '2025-12-30T00:00:00Z' }] });
  cloud.fault({ action: 'GET /databases/{id}/backups', times: 100_000, body: backups });
  await (await digitaloceanRun(cloud, { ...copy, digitalocean_region: 'nyc3' })).apply();
  page.push(
    '# the changes',
    '',
    ...requested(
      cloud
        .mutations()
        .slice(before)
        .map(({ action, body }) => ({ action, body }))
    )
  );
  await cloud.stop();
  const text = page.join('\n').replaceAll(/[0-9a-f]{64}/g, '<digest>');
  expectGolden('lean-answers-digitalocean.txt', `${steady(text, { ...everything(), ...copy })}\n`);
});
