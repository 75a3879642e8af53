import type { FaultRule } from '../../clouds/faults.ts';
import type { CloudRun } from '../../support/cloud-run.ts';
import { EVERY_CLOUD, type StartedCloud } from '../../support/every-cloud.ts';
import { expectGolden } from '../../support/golden.ts';
import { alike, changedIn, differing, steady } from '../../support/plan-in-words.ts';
import { keepAnswers } from '../../support/kept-answers.ts';
import { failureOf } from '../../support/refusal-in.ts';

/**
 * Every call that a plan, `doctor` and the outputs make, failing for good, each alone: what is said in its place. A
 * failure that is taken for an empty answer shows in the golden files. `UPDATE_GOLDENS=1` writes them, to be read.
 */
type With = Readonly<Record<string, string>>;
type CloudName = keyof typeof EVERY_CLOUD;
type Failure = Omit<FaultRule, 'action' | 'times'>;

interface Failing {
  readonly failures: Readonly<Record<string, Failure>>;
  readonly changed: With;
}

const CLOUDS: Readonly<Record<CloudName, Failing>> = {
  aws: {
    failures: {
      denied: { code: 'AccessDenied', status: 403 },
      broken: { code: 'InternalFailure', status: 500 }
    },
    changed: { instance_class: 'db.r5.2xlarge', engine_version: '14.12', parameters: 'work_mem: 8MB' }
  },
  azure: {
    failures: {
      denied: { code: 'AuthorizationFailed', status: 403 },
      broken: { code: 'InternalServerError', status: 500 },
      gone: { code: 'ResourceNotFound', status: 404 }
    },
    changed: { sku_name: 'GP_Standard_D4ds_v5', allocated_storage: '64', parameters: 'work_mem: 8MB' }
  },
  digitalocean: {
    failures: {
      denied: { code: 'forbidden', status: 403 },
      broken: { code: 'server_error', status: 500 },
      gone: { code: 'not_found', status: 404 }
    },
    changed: { instance_class: 'db-s-4vcpu-8gb', parameters: 'work_mem: 8MB' }
  },
  gcp: {
    failures: {
      denied: { code: 'notAuthorized', status: 403 },
      broken: { code: 'backendError', status: 500 },
      gone: { code: 'notFound', status: 404 }
    },
    changed: { tier: 'db-perf-optimized-N-4', parameters: 'work_mem: 8MB' }
  }
};

/** What each work says, a line each. */
const WORK: Readonly<Record<string, (run: CloudRun) => Promise<readonly string[]>>> = {
  plan: async run => changedIn((await run.plan()).plan),
  outputs: async run => {
    const found = await run.session.outputs(await run.session.observeForOutputs());
    return Object.entries(found?.module ?? {}).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  },
  doctor: async run =>
    (await run.session.doctor()).map(({ what, state, detail, hint = '' }) => `${state} ${what}: ${detail} ${hint}`),
  'newest backup': async run => [JSON.stringify(await run.session.newestBackup())],
  servers: async run => (await run.session.listServers()).map(({ title }) => title)
};

async function toldBy(cloud: StartedCloud, inputs: With, work: keyof typeof WORK): Promise<readonly string[]> {
  const lines: string[] = [];
  const failed = await failureOf(async () => {
    const run = await cloud.run(inputs);
    lines.push(...((await WORK[work]?.(run)) ?? []));
    lines.push(...run.execution.lines.filter(line => line.startsWith('warning')));
  });
  return [...lines, ...(failed === '' ? [] : [failed])];
}

async function page(cloud: StartedCloud, name: CloudName, kept: ReturnType<typeof keepAnswers>): Promise<string> {
  const { failures, changed } = CLOUDS[name];
  const live = { ...cloud.large, ...changed };
  const fresh = { ...cloud.large, name: 'fresh' };
  await (await cloud.run(cloud.large)).apply();
  const lines: string[] = [];
  for (const [work, inputs] of [
    ['plan', live],
    ['plan', fresh],
    ...Object.keys(WORK)
      .slice(1)
      .map(other => [other, cloud.large] as const)
  ] as const) {
    const before = cloud.asked().length;
    kept.start();
    const usual = await toldBy(cloud, inputs, work);
    const asked = new Set(cloud.asked().slice(before));
    const outcomes: (readonly [string, readonly string[]])[] = [];
    for (const action of [...asked].filter(one => !/token|identity/i.test(one)).toSorted()) {
      for (const [what, failure] of Object.entries(failures)) {
        kept.except(action);
        cloud.fault({ action, times: 100_000, ...failure });
        const after = await toldBy(cloud, inputs, work);
        cloud.clearFaults();
        const said = differing(usual, after).map(line => line.replaceAll(action, '<call>'));
        outcomes.push([`${action} ${what}`, said]);
      }
    }
    lines.push(`# ${work} of ${inputs['name'] ?? ''}`, '');
    for (const [text, calls] of alike(outcomes)) lines.push(calls.join(', '), text === '' ? '  as usual' : text);
    lines.push('');
  }
  return lines.join('\n');
}

test.each(Object.keys(CLOUDS) as CloudName[])('each call that fails for good on %s is told', async name => {
  const cloud = await EVERY_CLOUD[name]();
  const kept = keepAnswers();
  try {
    expectGolden(`failing-calls-${name}.txt`, steady(await page(cloud, name, kept), cloud.large));
  } finally {
    kept.stop();
    await cloud.stop();
  }
});
