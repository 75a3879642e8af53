import { markFor } from '../../../src/engine/ownership.ts';
import { OPERATIONS, type OperationName } from '../../../src/engine/operation.ts';
import type { CloudRun } from '../../support/cloud-run.ts';
import { EVERY_CLOUD, type StartedCloud } from '../../support/every-cloud.ts';
import { expectGolden } from '../../support/golden.ts';
import { keepAnswers } from '../../support/kept-answers.ts';
import { alike, changedIn, steady } from '../../support/plan-in-words.ts';
import { failureOf } from '../../support/refusal-in.ts';

/**
 * Every state that a cloud documents, of a server and of its replica: what a plan says then, how a change ends that
 * meets it, and what each operation does. A state that is read as another one shows in the golden files.
 * `UPDATE_GOLDENS=1` writes them, to be read.
 */
type With = Readonly<Record<string, string>>;
type CloudName = keyof typeof EVERY_CLOUD;

interface States {
  /** In which it works. */
  readonly usual: string;
  readonly others: readonly string[];
  /** The time limit of a change: one that is not made by then is not made at all. */
  readonly minutes: string;
  /** Another one in a state, and in the usual one. */
  readonly minutesIn?: With;
  /** Calls whose answers tell the state, or depend on it. */
  readonly asked: RegExp;
  /** Inputs of a server that is larger. */
  readonly larger: With;
}

const STATES: Readonly<Record<CloudName, States>> = {
  // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html
  aws: {
    usual: 'available',
    minutes: '1',
    minutesIn: {
      available: '20',
      'incompatible-parameters': '20',
      'storage-optimization': '20',
      'storage-initialization': '20',
      'storage-full': '5'
    },
    others: [
      ['backing-up', 'creating', 'deleting', 'failed', 'inaccessible-encryption-credentials', 'incompatible-create'],
      ['inaccessible-encryption-credentials-recoverable', 'incompatible-network', 'incompatible-option-group'],
      ['incompatible-parameters', 'incompatible-restore', 'insufficient-capacity', 'maintenance', 'modifying'],
      ['rebooting', 'restore-error', 'starting', 'stopped', 'stopping', 'storage-full', 'storage-optimization'],
      ['storage-initialization', 'storage-config-upgrade', 'upgrading', 'unheard-of']
    ].flat(),
    asked: /^Describe(DBInstances|Events)$/,
    larger: { instance_class: 'db.t3.medium', apply_immediately: 'true' }
  },
  // `ServerState` of https://learn.microsoft.com/rest/api/postgresql/servers/get
  azure: {
    usual: 'Ready',
    minutes: '4',
    others: [
      ['Dropping', 'Disabled', 'Starting', 'Stopping', 'Stopped', 'Updating', 'Restarting', 'Inaccessible'],
      ['Provisioning']
    ].flat(),
    asked: /^GET flexibleServers(\/replicas)?$/,
    larger: { sku_name: 'Standard_D4ds_v5', allow_restart: 'true' }
  },
  // https://docs.digitalocean.com/reference/api/ and what it does not document.
  digitalocean: {
    usual: 'online',
    minutes: '4',
    minutesIn: { online: '20' },
    others: ['creating', 'resizing', 'migrating', 'forking', 'offline', 'failed', 'error', 'unheard-of'],
    asked: /^GET \/databases(\/\{id\}(\/replicas.*)?)?$/,
    larger: { instance_class: 'db-s-4vcpu-8gb' }
  },
  // https://cloud.google.com/sql/docs/postgres/admin-api/rest/v1/instances#SqlInstanceState
  gcp: {
    usual: 'RUNNABLE',
    minutes: '7',
    others: [
      ['SUSPENDED', 'PENDING_DELETE', 'PENDING_CREATE', 'MAINTENANCE', 'FAILED', 'ONLINE_MAINTENANCE', 'STOPPED'],
      ['SQL_INSTANCE_STATE_UNSPECIFIED', 'REPAIRING']
    ].flat(),
    asked: /^instances\./,
    larger: { tier: 'db-custom-2-7680', allow_restart: 'true' }
  }
};

/** A server in its usual state with a replica, and a change of both that was planned then. */
interface Ready {
  readonly cloud: StartedCloud;
  readonly asked: RegExp;
  readonly inputs: With;
  readonly change: (minutes: string) => Promise<CloudRun>;
  readonly planned: Awaited<ReturnType<CloudRun['plan']>>;
}

async function ready(name: CloudName): Promise<Ready> {
  const cloud = await EVERY_CLOUD[name]();
  const { asked, larger } = STATES[name];
  const inputs = { ...cloud.small, create_read_replica: 'true', timeout_minutes: '3' };
  await (await cloud.run(inputs)).apply();
  const change = async (minutes: string): Promise<CloudRun> =>
    cloud.run({ ...inputs, ...larger, timeout_minutes: minutes }, { pollSeconds: 60 });
  return { cloud, asked, inputs, change, planned: await (await change('3')).plan() };
}

/** What is seen of it in a state, a line each. */
async function seen(
  { cloud, asked, inputs, change, planned }: Ready,
  operations: readonly OperationName[],
  kept: ReturnType<typeof keepAnswers>,
  minutes: string,
  of?: 'replica'
): Promise<readonly string[]> {
  const lines: string[] = [];
  kept.start(asked);
  const unchanged = await cloud.run(inputs);
  const now = await unchanged.session.observe();
  const failed = await failureOf(async () => lines.push(...changedIn((await unchanged.plan(now)).plan)));
  lines.push(...(failed === '' ? [] : [`a plan fails: ${failed}`]));
  for (const operation of operations) {
    const refused = await failureOf(async () => {
      const { refusals, steps, verdict } = await unchanged.planOperation(operation, CHOSEN, now);
      const states = steps.map(step => `${step.state} ${step.detail}`);
      lines.push(
        `${operation}: ${[verdict, ...states, ...refusals.map(one => `${one.message} ${one.hint}`)].join(', ')}`
      );
    });
    if (refused !== '') lines.push(`${operation} fails: ${refused}`);
  }
  kept.stop();
  const { session } = await change(minutes);
  const steps = planned.plan.steps.filter(({ address }) => of === undefined || address !== 'server');
  const { error } = await session.apply({ ...planned.plan, steps }, planned.observed, markFor(session.target));
  lines.push(`a change: ${error === undefined ? 'made' : `${error.message} ${error.hint ?? ''}`}`);
  return lines;
}

const CHOSEN = { replica: 'orders-replica-1', applyNow: true };

async function page(
  name: CloudName,
  server: Ready,
  kept: ReturnType<typeof keepAnswers>,
  of?: 'replica'
): Promise<string> {
  const { usual, others, minutes, minutesIn = {} } = STATES[name];
  const operations = of === undefined ? OPERATIONS : (['promote', 'switchover'] as const);
  const told: (readonly [string, readonly string[]])[] = [];
  const { cloud } = server;
  const setBack = cloud.savepoint();
  for (const state of [usual, ...others]) {
    cloud.stay(state, of);
    const lines = await seen(server, operations, kept, minutesIn[state] ?? minutes, of);
    setBack();
    told.push([state, lines.map(line => line.replaceAll(`\`${state}\``, '`<state>`'))]);
  }
  return [...alike(told)].flatMap(([text, states]) => [`# ${states.join(', ')}`, text, '']).join('\n');
}

test.each(Object.keys(STATES) as CloudName[])('each state of a server and of its replica on %s is told', async name => {
  const server = await ready(name);
  const kept = keepAnswers();
  try {
    const [own, replica] = [await page(name, server, kept), await page(name, server, kept, 'replica')];
    expectGolden(`states-${name}.txt`, steady(`A server\n\n${own}\nIts replica\n\n${replica}`, {}));
  } finally {
    kept.stop();
    await server.cloud.stop();
  }
});
