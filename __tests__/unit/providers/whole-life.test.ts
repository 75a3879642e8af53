import { markFor } from '../../../src/engine/ownership.ts';
import { OPERATIONS } from '../../../src/engine/operation.ts';
import type { Plan } from '../../../src/engine/plan.ts';
import { ActionError } from '../../../src/errors.ts';
import type { CloudRun } from '../../support/cloud-run.ts';
import { overhear, type Exchange } from '../../clouds/exchange.ts';
import { EVERY_CLOUD, type StartedCloud } from '../../support/every-cloud.ts';
import { expectGolden } from '../../support/golden.ts';
import { inOrder, operated, planned, requested, steady } from '../../support/plan-in-words.ts';
import { failureOf } from '../../support/refusal-in.ts';

/**
 * A server with everything, from its first plan to its end: each plan whole, and each request that changes something
 * with all that it says. A part of a request or of a plan that goes missing shows in the golden files.
 * `UPDATE_GOLDENS=1` writes them, to be read.
 */
type With = Readonly<Record<string, string>>;

/** Other values for what can be changed. */
const CHANGED: Readonly<Record<keyof typeof EVERY_CLOUD, With>> = {
  aws: {
    instance_class: 'db.r5.2xlarge',
    apply_immediately: 'true',
    allow_restart: 'true',
    allocated_storage: '600',
    backup_retention_period: '14',
    backup_window: '02:00-03:00',
    maintenance_window: 'mon:04:00-mon:05:00',
    monitoring_interval: '30',
    performance_insights_retention_period: '31',
    read_replica_count: '1',
    parameters: 'log_connections: on\nwork_mem: 8MB\nshared_buffers: 512MB',
    allowed_cidr_blocks: '10.0.0.0/16\n10.1.0.0/16',
    proxy_config: 'default_pool_size: 30\nmax_client_conn: 100',
    alarms: 'cpu: {threshold: 70}\nfree_storage: {}\nfreeable_memory: {}',
    enable_deletion_protection: 'true',
    master_password: 'another-horse-battery',
    master_password_version: '2',
    tags: 'Cost: low'
  },
  azure: {
    allow_restart: 'true',
    sku_name: 'Standard_D4ds_v5',
    allocated_storage: '64',
    backup_retention_days: '21',
    maintenance_window: 'tue:02:00-tue:03:00',
    allowed_cidr_blocks: '198.51.100.0/24',
    read_replica_count: '1',
    parameters: 'max_connections: "300"\nlog_statement: ddl',
    proxy_config: 'pool_mode: session\ndefault_pool_size: 30',
    alarms: 'cpu: {threshold: 60}\nfree_storage: {}\nfreeable_memory: {}',
    enable_deletion_protection: 'true',
    master_password: 'Another-horse-8431',
    master_password_version: '2',
    tags: 'Cost: low'
  },
  digitalocean: {
    instance_class: 'db-s-4vcpu-8gb',
    num_nodes: '3',
    allocated_storage: '160',
    engine_version: '17',
    allow_major_version_upgrade: 'true',
    allowed_cidr_blocks: '192.0.2.0/24',
    maintenance_window: 'mon:01:00-mon:02:00',
    backup_window: '05:15-06:15',
    digitalocean_project: '9cc10173-0000-4000-8000-00000000aaaa',
    parameters: 'work_mem: 32MB\njit: on\npgbouncer.min_pool_size: 3',
    proxy_config: 'pool_mode: session\ndefault_pool_size: 30',
    read_replica_count: '1',
    log_sink: 'server: logs.example.com\nport: 514\ntls: false',
    alarms: 'cpu: {threshold: 60}\nfreeable_memory: {}',
    enable_deletion_protection: 'true',
    tags: 'Cost: low'
  },
  gcp: {
    tier: 'db-perf-optimized-N-4',
    disk_size: '60',
    engine_version: '17',
    allow_major_version_upgrade: 'true',
    allow_restart: 'true',
    parameters: 'max_connections: "200"',
    alarms: 'cpu: {threshold: 70}\nfreeable_memory: {}',
    master_password: 'another-horse-battery',
    master_password_version: '2',
    enable_deletion_protection: 'true',
    tags: 'Cost: low'
  }
};

/** What a run sets back whose plan is older than the end of its server. */
const BACK = ['alarms', 'allowed_cidr_blocks', 'log_sink', 'parameters', 'proxy_config', 'read_replica_count', 'tags'];

interface Life {
  readonly story: string;
  /** The requests of a plan and of each question, with all that they say. */
  readonly reads: string;
}

async function lifeOf({ large: inputs, run, mutations, ...cloud }: StartedCloud, changed: With): Promise<Life> {
  const story: string[] = [];
  let sent = 0;
  const tell = (title: string, plan: Plan): void => {
    story.push(`# ${title}`, ...planned(plan), ...requested(mutations().slice(sent)), '');
    sent = mutations().length;
  };
  const isAllowed = async (): Promise<void> => expect(cloud.undocumented('plan')).toEqual([]);
  const first = await run(inputs);
  tell('A new server', (await first.apply(isAllowed)).plan);
  const made = await first.session.observe();
  const calls = cloud.asked().length;
  // For the digest of its settings, which goes into the mark.
  expect(await first.session.desired(made)).not.toEqual([]);
  expect(cloud.asked().slice(calls)).toEqual([]);
  tell('The same once more', (await (await run(inputs)).plan()).plan);
  const other = { ...inputs, ...changed };
  const heard = await overhear(async () => story.push(...(await questions(await run(inputs))), ''));
  tell('A change', (await (await run(other)).apply()).plan);
  tell('The same once more', (await (await run(other)).plan()).plan);
  tell(
    'The end of its protection',
    (await (await run({ ...other, enable_deletion_protection: 'false' })).apply()).plan
  );
  const last = { ...other, enable_deletion_protection: 'false' };
  const back = Object.fromEntries(Object.entries(inputs).filter(([input]) => BACK.includes(input)));
  const [changing, deleting] = [await run({ ...last, ...back }), await run(last)];
  const late = await changing.plan();
  const failed = await failureOf(async () =>
    deleting.destroy(async () => tell('Its end', await (await run(last)).destroy()))
  );
  expect(cloud.leftovers().filter(left => !left.startsWith('snapshot '))).toEqual([]);
  const told = (): readonly string[] => {
    const requests = mutations()
      .slice(sent)
      .map(({ action }) => `> ${action}`);
    sent = mutations().length;
    return inOrder(requests);
  };
  story.push('# The same end by a run that planned it before', failed === '' ? 'done' : failed, ...told(), '');
  story.push('# Each step of a change by a run that planned it before');
  for (const step of late.plan.steps) {
    const alone = { ...late.plan, steps: [step] };
    const { results } = await changing.session.apply(alone, late.observed, markFor(changing.session.target));
    const outcomes = results.map(({ title, action, outcome, error }) =>
      [`${action} ${title}: ${outcome}`, error?.message, error?.hint].filter(part => part !== undefined).join(' ')
    );
    story.push(...outcomes, ...told());
  }
  expect(cloud.undocumented('apply')).toEqual([]);
  story.push('');
  return { story: story.join('\n'), reads: reads(heard, inputs) };
}

/** Everything that can be asked of a live server, without a change. */
async function questions(run: CloudRun): Promise<readonly string[]> {
  const { session } = run;
  const observed = await session.observe();
  const { plan } = await run.plan(observed);
  const asked: Readonly<Record<string, () => Promise<unknown>>> = {
    outputs: async () => session.outputs(observed),
    'the inputs that import writes': async () => session.inputsOf(observed),
    doctor: async () => session.doctor(),
    'the newest backup': async () => session.newestBackup(),
    costs: async () => session.cost(plan, observed),
    advice: async () => session.advice(),
    'servers within reach': async () => session.listServers(),
    'who changed it': async () => session.whoChanged(observed, ['server'])
  };
  const told: string[] = [];
  for (const [title, ask] of Object.entries(asked)) told.push(`# ${title}`, ...(await answered(ask)), '');
  for (const operation of OPERATIONS) {
    const replica = observed.find(({ address }) => address.startsWith('replica/'))?.facts['id'];
    const chosen = { ...(typeof replica === 'string' ? { replica } : {}), postpone: 'next-window' };
    const ask = async (): Promise<readonly string[]> => operated(await run.planOperation(operation, chosen, observed));
    told.push(`# ${operation}`, ...(await answered(ask)), '');
  }
  return told;
}

async function answered(ask: () => Promise<unknown>): Promise<readonly string[]> {
  try {
    const answer = await ask();
    const all: readonly unknown[] = Array.isArray(answer) ? answer : Object.entries(answer ?? {});
    return all.map(one => (typeof one === 'string' ? one : JSON.stringify(one)));
  } catch (thrown) {
    if (!(thrown instanceof ActionError)) throw thrown;
    return [`${thrown.code}: ${thrown.message}${thrown.hint === undefined ? '' : ` ${thrown.hint}`}`];
  }
}

function reads(heard: readonly Exchange[], inputs: With): string {
  const lines = heard
    .filter(({ url }) => !/token|identity/i.test(url))
    .map(({ method, url, body }) => `${method} ${readable(url)}${body === '' ? '' : ` ${readable(body)}`}`);
  return `${[...new Set(steady(lines.join('\n'), inputs).split('\n'))].toSorted().join('\n')}\n`;
}

function readable(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

test.each(Object.keys(CHANGED) as (keyof typeof CHANGED)[])(
  'a server of %s is planned, read, changed and deleted as its golden files say',
  async name => {
    const cloud = await EVERY_CLOUD[name]();
    try {
      const given = { ...cloud.large, ...CHANGED[name] };
      const { story, reads: asked } = await lifeOf(cloud, CHANGED[name]);
      expectGolden(`reads-${name}.txt`, asked);
      expectGolden(`life-${name}.txt`, steady(story, given));
    } finally {
      await cloud.stop();
    }
  }
);
