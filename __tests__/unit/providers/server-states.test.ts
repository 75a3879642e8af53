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
  /** Others in which a change is made, after a while. */
  readonly changeable?: readonly string[];
  /** Inputs of a server that is larger. */
  readonly larger: With;
}

const STATES: Readonly<Record<CloudName, States>> = {
  // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html
  aws: {
    usual: 'available',
    changeable: ['incompatible-parameters', 'storage-optimization', 'storage-initialization'],
    others: [
      ['backing-up', 'creating', 'deleting', 'failed', 'inaccessible-encryption-credentials', 'incompatible-create'],
      ['inaccessible-encryption-credentials-recoverable', 'incompatible-network', 'incompatible-option-group'],
      ['incompatible-parameters', 'incompatible-restore', 'insufficient-capacity', 'maintenance', 'modifying'],
      ['rebooting', 'restore-error', 'starting', 'stopped', 'stopping', 'storage-full', 'storage-optimization'],
      ['storage-initialization', 'storage-config-upgrade', 'upgrading', 'unheard-of']
    ].flat(),
    larger: { instance_class: 'db.t3.medium', apply_immediately: 'true' }
  },
  // `ServerState` of https://learn.microsoft.com/rest/api/postgresql/servers/get
  azure: {
    usual: 'Ready',
    others: [
      ['Dropping', 'Disabled', 'Starting', 'Stopping', 'Stopped', 'Updating', 'Restarting', 'Inaccessible'],
      ['Provisioning']
    ].flat(),
    larger: { sku_name: 'Standard_D4ds_v5', allow_restart: 'true' }
  },
  // https://docs.digitalocean.com/reference/api/ and what it does not document.
  digitalocean: {
    usual: 'online',
    others: ['creating', 'resizing', 'migrating', 'forking', 'offline', 'failed', 'error', 'unheard-of'],
    larger: { instance_class: 'db-s-4vcpu-8gb' }
  },
  // https://cloud.google.com/sql/docs/postgres/admin-api/rest/v1/instances#SqlInstanceState
  gcp: {
    usual: 'RUNNABLE',
    others: [
      ['SUSPENDED', 'PENDING_DELETE', 'PENDING_CREATE', 'MAINTENANCE', 'FAILED', 'ONLINE_MAINTENANCE', 'STOPPED'],
      ['SQL_INSTANCE_STATE_UNSPECIFIED', 'REPAIRING']
    ].flat(),
    larger: { tier: 'db-custom-2-7680', allow_restart: 'true' }
  }
};

/** A server in its usual state, and a change that was planned then. */
interface Ready {
  readonly cloud: StartedCloud;
  readonly inputs: With;
  readonly change: (minutes: string) => Promise<CloudRun>;
  readonly planned: Awaited<ReturnType<CloudRun['plan']>>;
}

async function ready(name: CloudName): Promise<Ready> {
  const cloud = await EVERY_CLOUD[name]();
  const inputs = { ...cloud.small, create_read_replica: 'true', timeout_minutes: '3' };
  await (await cloud.run(inputs)).apply();
  const change = async (minutes: string): Promise<CloudRun> =>
    cloud.run({ ...inputs, ...STATES[name].larger, timeout_minutes: minutes });
  return { cloud, inputs, change, planned: await (await change('3')).plan() };
}

/** What is seen of it in a state, a line each. */
async function seen(
  { cloud, inputs, change, planned }: Ready,
  operations: readonly OperationName[],
  kept: ReturnType<typeof keepAnswers>,
  minutes: string
): Promise<readonly string[]> {
  const lines: string[] = [];
  kept.start();
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
  const { error } = await session.apply(planned.plan, planned.observed, markFor(session.target));
  lines.push(`a change: ${error === undefined ? 'made' : `${error.message} ${error.hint ?? ''}`}`);
  return lines;
}

/** The time limit of a change: one that is not made by then is not made at all. */
function minutesFor(name: CloudName, state: string, of?: 'replica'): string {
  const { usual, changeable = [] } = STATES[name];
  if (name === 'gcp' || state === usual || changeable.includes(state)) return '3';
  return of === undefined ? '1' : '2';
}

const CHOSEN = { replica: 'orders-replica-1', applyNow: true };

async function page(name: CloudName, kept: ReturnType<typeof keepAnswers>, of?: 'replica'): Promise<string> {
  const { usual, others } = STATES[name];
  const operations = of === undefined ? OPERATIONS : (['promote', 'switchover'] as const);
  const told: (readonly [string, readonly string[]])[] = [];
  const server = await ready(name);
  const { cloud } = server;
  const setBack = cloud.savepoint();
  for (const state of [usual, ...others]) {
    cloud.stay(state, of);
    const lines = await seen(server, operations, kept, minutesFor(name, state, of));
    setBack();
    told.push([state, lines.map(line => line.replaceAll(`\`${state}\``, '`<state>`'))]);
  }
  await cloud.stop();
  return [...alike(told)].flatMap(([text, states]) => [`# ${states.join(', ')}`, text, '']).join('\n');
}

test.each(Object.keys(STATES) as CloudName[])('each state of a server and of its replica on %s is told', async name => {
  const kept = keepAnswers();
  try {
    const story = `A server\n\n${await page(name, kept)}\nIts replica\n\n${await page(name, kept, 'replica')}`;
    expectGolden(`states-${name}.txt`, steady(story, {}));
  } finally {
    kept.stop();
  }
});
