import { OPERATIONS, type OperationPlan } from '../../../src/engine/operation.ts';
import type { Plan, Step } from '../../../src/engine/plan.ts';
import { ActionError } from '../../../src/errors.ts';
import { startAws } from '../../clouds/aws/fake-aws.ts';
import { startAzure } from '../../clouds/azure/fake-azure.ts';
import { startDigitalOcean } from '../../clouds/digitalocean/fake-digitalocean.ts';
import { startGcp } from '../../clouds/gcp/fake-gcp.ts';
import * as awsInputs from '../../support/aws-inputs.ts';
import { awsRun } from '../../support/aws-run.ts';
import * as azureInputs from '../../support/azure-inputs.ts';
import { azureRun } from '../../support/azure-run.ts';
import type { CloudRun } from '../../support/cloud-run.ts';
import * as digitaloceanInputs from '../../support/digitalocean-inputs.ts';
import { digitaloceanRun } from '../../support/digitalocean-run.ts';
import * as gcpInputs from '../../support/gcp-inputs.ts';
import { gcpRun } from '../../support/gcp-run.ts';
import { expectGolden } from '../../support/golden.ts';

/**
 * A server with everything, from its first plan to its end: each plan whole, and each request that changes something
 * with all that it says. A part of a request or of a plan that goes missing shows in the golden files.
 * `UPDATE_GOLDENS=1` writes them, to be read.
 */
type With = Readonly<Record<string, string>>;

interface Call {
  readonly action: string;
  readonly body: unknown;
}

interface Life {
  readonly inputs: With;
  /** Other values for what can be changed. */
  readonly changed: With;
  readonly run: (inputs: With) => Promise<CloudRun>;
  readonly mutations: () => readonly Call[];
  leftovers(): readonly string[];
  stop(): Promise<void>;
}

const LIVES: Readonly<Record<string, () => Promise<Life>>> = {
  aws: async () => {
    const cloud = await startAws();
    const inputs = awsInputs.everything(cloud);
    return {
      inputs,
      changed: {
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
        alarms: 'cpu: {threshold: 70}',
        enable_deletion_protection: 'true',
        master_password: 'another-horse-battery',
        master_password_version: '2',
        tags: 'Cost: low'
      },
      run: async given => awsRun(cloud, given),
      mutations: () =>
        cloud.mutations().map(({ service, region, action, input }) => call(`${service}:${action} ${region}`, input)),
      leftovers: () => cloud.leftovers(),
      stop: async () => cloud.stop()
    };
  },
  azure: async () => {
    const cloud = await startAzure({ pace: { busyAfter: 0 } });
    return {
      inputs: azureInputs.everything(),
      changed: {
        allow_restart: 'true',
        sku_name: 'Standard_D4ds_v5',
        allocated_storage: '64',
        backup_retention_days: '21',
        maintenance_window: 'tue:02:00-tue:03:00',
        allowed_cidr_blocks: '198.51.100.0/24',
        read_replica_count: '1',
        parameters: 'max_connections: "300"\nlog_statement: ddl',
        proxy_config: 'pool_mode: session\ndefault_pool_size: 30',
        alarms: 'cpu: {threshold: 60}',
        enable_deletion_protection: 'true',
        master_password: 'Another-horse-8431',
        master_password_version: '2',
        tags: 'Cost: low'
      },
      run: async given => azureRun(cloud, given),
      mutations: () => cloud.mutations().map(({ action, path: at, body }) => call(`${action} ${at}`, body)),
      leftovers: () => cloud.leftovers(),
      stop: async () => cloud.stop()
    };
  },
  digitalocean: async () => {
    const cloud = await startDigitalOcean();
    return {
      inputs: digitaloceanInputs.everything(),
      changed: {
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
      run: async given => digitaloceanRun(cloud, given),
      mutations: () => cloud.mutations().map(({ action, body }) => call(action, body)),
      leftovers: () => cloud.leftovers(),
      stop: async () => cloud.stop()
    };
  },
  gcp: async () => {
    const cloud = await startGcp();
    return {
      inputs: gcpInputs.everything(),
      changed: {
        tier: 'db-perf-optimized-N-4',
        disk_size: '60',
        engine_version: '17',
        allow_major_version_upgrade: 'true',
        allow_restart: 'true',
        parameters: 'max_connections: "200"',
        alarms: 'cpu: {threshold: 70}',
        master_password: 'another-horse-battery',
        master_password_version: '2',
        enable_deletion_protection: 'true',
        tags: 'Cost: low'
      },
      run: async given => gcpRun(cloud, given),
      mutations: () => cloud.mutations().map(({ action, body }) => call(action, body)),
      leftovers: () => cloud.leftovers(),
      stop: async () => cloud.stop()
    };
  }
};

function call(action: string, body: unknown): Call {
  return { action, body };
}

async function storyOf({ inputs, changed, run, mutations }: Life): Promise<string> {
  const story: string[] = [];
  let sent = 0;
  const tell = (title: string, plan: Plan): void => {
    const requests = mutations()
      .slice(sent)
      .map(({ action, body }) => `> ${action} ${JSON.stringify(body)}`);
    sent = mutations().length;
    story.push(`# ${title}`, ...planned(plan), ...requests.toSorted(), '');
  };
  tell('A new server', (await (await run(inputs)).apply()).plan);
  tell('The same once more', (await (await run(inputs)).plan()).plan);
  const other = { ...inputs, ...changed };
  story.push(...(await questions(await run(inputs))), '');
  tell('A change', (await (await run(other)).apply()).plan);
  tell('The same once more', (await (await run(other)).plan()).plan);
  tell(
    'The end of its protection',
    (await (await run({ ...other, enable_deletion_protection: 'false' })).apply()).plan
  );
  tell('Its end', await (await run({ ...other, enable_deletion_protection: 'false' })).destroy());
  return story.join('\n');
}

/** Everything that can be asked of a live server, without a change. */
async function questions(run: CloudRun): Promise<readonly string[]> {
  const { session } = run;
  const observed = await session.observe();
  const { plan } = await run.plan();
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
    const ask = async (): Promise<readonly string[]> => operated(await run.planOperation(operation, chosen));
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

function operated({ verdict, impact, steps, consequences, refusals, notices }: OperationPlan): readonly string[] {
  return [
    `${verdict}, ${impact}`,
    ...steps.map(({ title, summary, call: of, impact: cost, usually, state, detail }) =>
      [title, summary, of, cost, usually, state, detail].join(' | ')
    ),
    ...consequences,
    ...refusals.map(({ rule, message, hint }) => `refused, ${rule}: ${message} ${hint}`),
    ...notices.map(({ code, message }) => `${code}: ${message}`)
  ];
}

function planned({ steps, notices, verdict, impact }: Plan): readonly string[] {
  return [
    `${verdict}, ${impact}`,
    ...notices.map(({ severity, code, input = '', message }) => `${severity} ${code} ${input}: ${message}`),
    ...steps.map(inWords)
  ];
}

function inWords({ action, title, changes, unchanged, unknown, pending, dependsOn, follows = [] }: Step): string {
  const lists = Object.entries({
    unchanged: action === 'none' ? unchanged : [],
    unknown: Object.keys(unknown),
    pending: Object.keys(pending),
    dependsOn,
    follows
  });
  return [
    `${action} ${title}`,
    ...changes.map(({ field, from, to, shown, impact, input = '' }) => {
      const values = `${shown?.from ?? JSON.stringify(from) ?? ''} → ${shown?.to ?? JSON.stringify(to)}`;
      return `    ${field} (${input}): ${values} (${impact})`;
    }),
    ...lists.filter(([, names]) => names.length > 0).map(([name, names]) => `    ${name}: ${names.join(', ')}`)
  ].join('\n');
}

const RANDOM_ID = /\b[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}\b/g;
const SIGNED_URL = /https:[^"]*X-Amz-Signature[^"]*/g;
const MOMENT = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;
const CERTIFICATES = /-----BEGIN CERTIFICATE[^"]*/g;
const MADE_PASSWORD = /AVNS_[\da-f]+/g;
const HOURS_26 = 26 * 3_600_000;

/** Random ids, signatures, passwords that a fake made, and the time differ from run to run. */
function steady(story: string, given: With): string {
  const known = JSON.stringify(given);
  const numbers = new Map<string, number>();
  return story
    .replaceAll(SIGNED_URL, '<signed>')
    .replaceAll(CERTIFICATES, '<certificates>')
    .replaceAll(MADE_PASSWORD, '<password>')
    .replaceAll(MOMENT, moment => (Math.abs(Date.parse(moment) - Date.now()) < HOURS_26 ? '<now>' : moment))
    .replaceAll(RANDOM_ID, id => {
      if (known.includes(id)) return id;
      if (!numbers.has(id)) numbers.set(id, numbers.size + 1);
      return `<id ${numbers.get(id)}>`;
    });
}

test.each(Object.entries(LIVES))(
  'a server of %s is planned, changed and deleted as its golden file says',
  async (cloud, begin) => {
    const life = await begin();
    try {
      expectGolden(`life-${cloud}.txt`, steady(await storyOf(life), { ...life.inputs, ...life.changed }));
      expect(life.leftovers().filter(left => !left.startsWith('snapshot '))).toEqual([]);
    } finally {
      await life.stop();
    }
  }
);
