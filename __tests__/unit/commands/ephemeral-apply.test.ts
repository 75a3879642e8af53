import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command, Run } from '../../../src/commands/command.ts';
import { applyEphemeral } from '../../../src/commands/ephemeral-apply.ts';
import { outputs } from '../../../src/commands/outputs.ts';
import { plan } from '../../../src/commands/plan.ts';
import { restoreCheck } from '../../../src/commands/restore-check.ts';
import { ActionError } from '../../../src/errors.ts';
import { maskOf } from '../../../src/commands/mask-clone.ts';
import type { RunResult } from '../../../src/publish/run-result.ts';
import type { NotReachable, WayIn } from '../../../src/postgres/way-in.ts';
import type { CopyOfData } from '../../../src/sql-objects/context.ts';
import { NOT_READY } from '../../../src/providers/way-in.ts';
import { PROMPT, startAws } from '../../clouds/aws/fake-aws.ts';
import { startAzure } from '../../clouds/azure/fake-azure.ts';
import { startDigitalOcean } from '../../clouds/digitalocean/fake-digitalocean.ts';
import { startGcp } from '../../clouds/gcp/fake-gcp.ts';
import { basic as awsBasic } from '../../support/aws-inputs.ts';
import { awsRun } from '../../support/aws-run.ts';
import { basic as azureBasic } from '../../support/azure-inputs.ts';
import { azureRun } from '../../support/azure-run.ts';
import type { CloudRun, CloudRunOptions } from '../../support/cloud-run.ts';
import { basic as digitaloceanBasic } from '../../support/digitalocean-inputs.ts';
import { digitaloceanRun } from '../../support/digitalocean-run.ts';
import { EMPTY_SERVER, fakeWayIn } from '../../support/fake-way-in.ts';
import { basic as gcpBasic } from '../../support/gcp-inputs.ts';
import { gcpRun } from '../../support/gcp-run.ts';

type Inputs = Readonly<Record<string, string>>;

interface Account {
  readonly run: (inputs: Inputs, options: CloudRunOptions) => Promise<CloudRun>;
  /** Time passes until the server has a backup. */
  readonly backUp?: () => void;
  readonly savepoint?: () => () => void;
  readonly stop: () => Promise<void>;
}

const ACCOUNTS: Readonly<Record<string, () => Promise<Account>>> = {
  aws: async () => {
    const cloud = await startAws(PROMPT);
    const run: Account['run'] = async (inputs, options) => awsRun(cloud, { ...awsBasic(cloud), ...inputs }, options);
    return { run, savepoint: () => cloud.savepoint(), stop: async () => cloud.stop() };
  },
  azure: async () => {
    const cloud = await startAzure({ pace: { busyAfter: 0, stale: 0 } });
    const run: Account['run'] = async (inputs, options) => azureRun(cloud, { ...azureBasic(), ...inputs }, options);
    const backUp = (): void => {
      const daily = { backupType: 'Full', completedTime: '2026-01-01T00:00:00Z', source: 'Automatic' };
      for (const { backups } of cloud.state.servers.values()) backups.set('daily', daily);
    };
    return { run, backUp, stop: async () => cloud.stop() };
  },
  digitalocean: async () => {
    const cloud = await startDigitalOcean();
    const run: Account['run'] = async (inputs, options) =>
      digitaloceanRun(cloud, { ...digitaloceanBasic(), ...inputs }, options);
    // The time of the runs.
    cloud.state.now = () => '2026-01-01T00:00:00.000Z';
    const backUp = (): void => {
      cloud.cluster('orders').untilBackup = 0;
    };
    return { run, backUp, stop: async () => cloud.stop() };
  },
  gcp: async () => {
    const cloud = await startGcp();
    const run: Account['run'] = async (inputs, options) => gcpRun(cloud, { ...gcpBasic(), ...inputs }, options);
    return { run, stop: async () => cloud.stop() };
  }
};

/** Where each way is shown: a call takes a third of the time there. */
const WHOLE = 'digitalocean';

/** One account of each cloud, with one server, from which copies are made. */
const accounts = new Map<string, Account>();
/** Sets an account back to its server alone. */
const alone = new Map<string, () => void>();
afterAll(async () => {
  await Promise.all([...accounts.values()].map(async account => account.stop()));
});

/** Lets callers pass once that many have come. */
function barrier(count: number): () => Promise<void> {
  let come = 0;
  let open = (): void => {};
  const opened = new Promise<void>(resolve => {
    open = resolve;
  });
  return async () => {
    come += 1;
    if (come === count) open();
    return opened;
  };
}

interface Job {
  readonly most: number;
  /** Called between its count and its work. */
  readonly meet?: () => Promise<void>;
  readonly source?: Inputs;
  readonly way?: WayIn | NotReachable;
  /** `mask_sql`. */
  readonly mask?: string;
  /** Default: that of a push to the pull request. */
  readonly command?: Command;
  readonly workspace?: string;
}

const serverOn = (cloud: string): Inputs => ({
  backup_retention_period: '7',
  ...(cloud === 'gcp' && { enable_binary_log_backup: 'true' })
});
const RUNTIME = { paths: { workspace: '/tmp' } };

/** What a job of a pull request does, whose server is a new one, or a copy with `source`. */
async function applied(
  { run }: Account,
  pullRequest: number,
  { most, meet = async () => {}, source = {}, way = NOT_READY, mask, command = applyEphemeral, workspace }: Job
): Promise<RunResult | ActionError> {
  const name = `orders-pr-${pullRequest}`;
  const inputs = { name, skip_final_snapshot: 'true', ...source };
  const given = mask && { kind: 'text', text: mask };
  const masking = mask && { mask: await maskOf({ inputs: { run: { mask_sql: given } }, runtime: RUNTIME } as never) };
  const copy = 'restore_source' in source ? { copy: { isKept: true, way, ...masking } } : {};
  const { session, execution, spec } = await run(inputs, {
    pullRequest,
    workspace,
    ...copy
  } as CloudRunOptions);
  let counts = 0;
  const counting = {
    ...session,
    wayIn: async () => way,
    listServers: async () => {
      const found = await session.listServers();
      counts += 1;
      // All have counted before one makes a server.
      if (counts === 1) await meet();
      return found;
    }
  };
  const asked = {
    runtime: {
      env: {},
      paths: { workspace: '/tmp' },
      log: { ...execution.log, group: async <T>(_: string, work: () => Promise<T>) => work() }
    },
    execution,
    inputs: {
      secrets: new Map(),
      options: { strict: false },
      run: { max_ephemeral: most, mask_sql: given },
      spec
    },
    event: {
      kind: 'pull_request',
      pullRequest: { labels: [] },
      apiUrl: 'http://127.0.0.1:1',
      serverUrl: '',
      runId: 1,
      runAttempt: 1
    },
    session: counting,
    provider: { title: 'a cloud' },
    ephemeral: { kind: 'restore_source' in source ? 'clone' : 'instance', pullRequest },
    notices: []
  } as unknown as Run;
  return command(asked).catch((thrown: unknown) => {
    if (thrown instanceof ActionError) return thrown;
    throw thrown;
  });
}

const codeOf = (ended: Awaited<ReturnType<typeof applied>>): string | undefined =>
  ended instanceof ActionError ? ended.code : (ended.error?.code ?? ended.result);

/** The pull requests whose servers stand. */
async function standing({ run }: Account): Promise<readonly (number | undefined)[]> {
  const { session } = await run({}, {});
  return (await session.listServers()).flatMap(({ mark }) => mark?.pullRequest ?? []);
}

// What a cloud adds is its list of the servers.
test.each(['azure', 'digitalocean', 'gcp'])('two at once with a limit of one keep one server on %s', async cloud => {
  const account = await accountOf(cloud);
  const meet = barrier(2);
  const ended = await Promise.all([7, 5].map(async number => applied(account, number, { most: 1, meet })));
  expect(ended.map(codeOf)).toEqual(['ephemeral-limit', 'applied']);
  expect(await standing(account)).toEqual([5]);
});

test('three at once with a limit of one keep one server', async () => {
  const account = await accountOf('aws');
  const meet = barrier(3);
  const ended = await Promise.all([7, 5, 6].map(async number => applied(account, number, { most: 1, meet })));
  expect(ended.map(codeOf)).toEqual(['ephemeral-limit', 'applied', 'ephemeral-limit']);
  expect(await standing(account)).toEqual([5]);
  // Who comes later makes nothing, and one that stands stays with its next push.
  expect(codeOf(await applied(account, 4, { most: 1 }))).toBe('ephemeral-limit');
  expect(codeOf(await applied(account, 5, { most: 1 }))).toBe('no-changes');
  expect(await standing(account)).toEqual([5]);
});

test('copies are counted as well, and one that stood before stays', async () => {
  const account = await accountOf('aws');
  alone.get('aws')?.();
  const source = { restore_source: 'orders', restore_to_time: 'latest' };
  expect(codeOf(await applied(account, 9, { most: 1, source }))).toBe('applied');
  const meet = barrier(2);
  const ended = await Promise.all([6, 5].map(async number => applied(account, number, { most: 2, meet, source })));
  expect(ended.map(codeOf)).toEqual(['ephemeral-limit', 'applied']);
  expect(new Set(await standing(account))).toEqual(new Set([5, 9]));
});

test.each(Object.keys(ACCOUNTS))('a copy on %s that could not be masked is destroyed, with no outputs', async cloud => {
  const account = await accountOf(cloud);
  const source = { restore_source: 'orders', restore_to_time: 'latest' };
  const masked = async (pullRequest: number, way: WayIn | NotReachable): ReturnType<typeof applied> =>
    applied(account, pullRequest, { most: 9, source, way, mask: 'update customer set card = null' });
  const refusal = Object.assign(new Error('relation "customer" does not exist'), { code: '42P01', severity: 'ERROR' });
  const rows = [EMPTY_SERVER];
  const before = await standing(account);
  // Why a mask fails makes no difference to the cloud.
  const failing = [fakeWayIn({ rows, error: refusal }), ...(cloud === WHOLE ? [NOT_READY] : [])];
  for (const [at, way] of failing.entries()) {
    const ended = await masked(15 + at, way);
    expect(ended).toMatchObject({ error: { message: expect.stringMatching(/\. It is destroyed$/) as string } });
    expect(ended).not.toHaveProperty('database');
    expect(await standing(account)).toEqual(before);
  }
  // On the other clouds the next test makes a masked copy.
  if (cloud !== WHOLE) return;
  expect(await masked(17, fakeWayIn({ rows }))).toMatchObject({
    result: 'applied',
    database: expect.anything() as object
  });
});

test.each(Object.keys(ACCOUNTS))('a copy on %s has no outputs until its initial SQL ran', async cloud => {
  const account = await accountOf(cloud);
  const workspace = mkdtempSync(join(tmpdir(), 'pgkeep-test-workspace-'));
  writeFileSync(join(workspace, 'cut.sql'), 'delete from customer');
  const source = { restore_source: 'orders', restore_to_time: 'latest', init_sql: 'cut.sql' };
  const job = { most: 9, source, workspace };
  const refusal = Object.assign(new Error('relation "customer" does not exist'), { code: '42P01', severity: 'ERROR' });
  const rows = [EMPTY_SERVER];
  const works = fakeWayIn({ rows });
  const failsAt = (text: string): WayIn => fakeWayIn({ rows, error: refusal, errorAt: text });
  const mask = { mask: 'update customer set card = null' };
  // What is asked of a cloud is the same with a mask and without.
  for (const more of cloud === WHOLE ? [{}, mask] : [mask]) {
    const number = 'mask' in more ? 26 : 25;
    const failed = await applied(account, number, { ...job, ...more, way: failsAt('delete from') });
    expect(codeOf(failed)).toBe('init-sql-failed');
    expect(await standing(account)).toContain(number);
    const asked = await applied(account, number, { ...job, ...more, way: works, command: outputs });
    expect(asked).toMatchObject({ code: 'not-found', message: expect.stringContaining('have not run') as string });
    const planned = await applied(account, number, { ...job, ...more, way: works, command: plan });
    expect(planned).toMatchObject({ result: 'planned' });
    expect(planned).not.toHaveProperty('database');
    // A push goes on where that one stopped.
    expect(await applied(account, number, { ...job, ...more, way: failsAt('update customer') })).toMatchObject({
      result: 'applied',
      database: expect.anything() as object
    });
    const done = { ...job, ...more, command: outputs };
    expect(await applied(account, number, { ...done, way: works })).toHaveProperty('database');
    if (cloud !== WHOLE) continue;
    // A run that does not reach the copy can't tell that they ran.
    const away = await applied(account, number, { ...job, ...more, way: NOT_READY });
    expect(away).toMatchObject({ error: { hint: expect.stringContaining('Run this step where') as string } });
    expect(await applied(account, number, { ...job, ...more, way: works })).toHaveProperty('database');
  }
});

/** `command: restore-check` of the server, whose copy is reached by this way. */
async function restored(
  { run, backUp }: Account,
  { inputs, way, runId }: { readonly inputs: Inputs; readonly way: WayIn | NotReachable; readonly runId: number }
): Promise<{ readonly ended: RunResult; readonly saved: readonly string[] }> {
  backUp?.();
  const opened = await run(inputs, {});
  const { session, spec, execution } = opened;
  const saved: string[] = [];
  const given = {
    runtime: {
      env: {},
      paths: { workspace: '/tmp' },
      log: { ...execution.log, group: async <T>(_: string, work: () => Promise<T>) => work() },
      saveState: (_: string, value: string) => void saved.push(value)
    },
    execution,
    inputs: {
      secrets: new Map(),
      options: { strict: false, wait: true, dry_run: false, timeout_minutes: 60, adopt_existing: false },
      run: {
        mask_sql: { kind: 'text', text: 'update customer set card = null' },
        check_sql: { kind: 'text', text: 'select true' }
      },
      spec
    },
    event: { runId, runAttempt: 1 },
    provider: { title: 'a cloud', validate: () => ({ problems: [], notices: [] }) },
    session,
    open: async (of: typeof spec, copy: CopyOfData) => opened.open(of, { ...copy, way }),
    notices: []
  } as unknown as Run;
  return { ended: await restoreCheck(given), saved };
}

test.each(Object.keys(ACCOUNTS))(
  'a restored backup on %s that could not be masked is destroyed, with no outputs',
  async cloud => {
    const account = await accountOf(cloud);
    const inputs = serverOn(cloud);
    const opened = await account.run(inputs, {});
    const before = await opened.session.listServers();
    const refusal = Object.assign(new Error('relation "customer" does not exist'), {
      code: '42P01',
      severity: 'ERROR'
    });
    const unreached = { way: NOT_READY, code: 'not-reachable', runId: 1 };
    const failed = { way: fakeWayIn({ rows: [EMPTY_SERVER], error: refusal }), code: 'restore-failed', runId: 2 };
    for (const { way, code, runId } of cloud === WHOLE ? [unreached, failed] : [failed]) {
      const { ended, saved } = await restored(account, { inputs, way, runId });
      expect(ended).toMatchObject({ result: 'failed', error: { code }, restore: { isDestroyed: true, checks: [] } });
      expect([ended.database, ended.restore?.seconds]).toEqual([undefined, undefined]);
      // It was remembered for the post step, and is not any more.
      expect(saved).toEqual([expect.stringContaining('orders-rc-'), '']);
      expect(await opened.session.listServers()).toHaveLength(before.length);
    }
  }
);

async function accountOf(cloud: string): Promise<Account> {
  const before = accounts.get(cloud);
  if (before !== undefined) return before;
  const account = await ACCOUNTS[cloud]?.();
  if (account === undefined) throw new Error(`There is no account of ${cloud}`);
  accounts.set(cloud, account);
  await (await account.run(serverOn(cloud), {})).apply();
  const back = account.savepoint?.();
  if (back !== undefined) alone.set(cloud, back);
  return account;
}
