import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startGithub, type FakeGithub } from '../../__tests__/clouds/github/github.ts';
import { query } from '../../__tests__/support/client.ts';
import { testInstallation } from '../../__tests__/support/installation.ts';
import { startJob, type Job, type JobOptions, type Step } from '../../__tests__/support/job.ts';
import { processesOfJob } from '../../__tests__/support/processes.ts';
import type { Major } from '../../src/postgres/major.ts';
import { PINS, type Pin, type PinnedPlatform } from '../../src/providers/local/installation/pins.ts';
import { selectOne } from './peers.mts';

/** Where everything that is measured takes place. */
export interface Ground {
  readonly directory: string;
  readonly rounds: number;
  readonly major: Major;
  readonly pin: Pin;
  readonly binDir: string;
  /**
   * What a machine needs to download through TLS; everything else runs without, since it costs Node tens of
   * milliseconds at its start.
   */
  readonly certificates: Readonly<Record<string, string | undefined>>;
  job(options?: JobOptions): Promise<Job>;
  /**
   * The bundle as a step of a job of its own runs it, with all that it does, up to a client's first answer.
   * Milliseconds.
   */
  ours(options?: OurOptions): Promise<number>;
  /** A step that leaves its server running; `stop` ends it. */
  step(
    job: Job,
    inputs: Readonly<Record<string, string>>,
    env?: StepEnvironment
  ): Promise<Step & { stop(): Promise<void> }>;
  close(): Promise<void>;
}

type StepEnvironment = Readonly<Record<string, string | undefined>>;

export interface OurOptions {
  readonly toolCache?: string;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly env?: StepEnvironment;
  readonly prepare?: (job: Job) => Promise<unknown>;
}

export async function openGround(options: { readonly rounds: number; readonly major: Major }): Promise<Ground> {
  const certificates = { NODE_EXTRA_CA_CERTS: process.env['NODE_EXTRA_CA_CERTS'] };
  const { rounds, major } = options;
  const pin = PINS[`${process.platform}-${process.arch}` as PinnedPlatform][major];
  if (pin === undefined) throw new Error(`No binaries of PostgreSQL ${major} are published for this platform`);
  const { binDir } = await testInstallation(major);
  delete process.env['NODE_EXTRA_CA_CERTS'];
  const directory = await mkdtemp(path.join(tmpdir(), 'pgkeep-bench-'));
  await chmod(directory, 0o755);
  const github: FakeGithub = await startGithub();
  const event = github.event({ name: 'push' });
  const jobs: Job[] = [];
  let steps = 0;

  const job: Ground['job'] = async jobOptions => {
    const begun = await startJob({ event, token: github.token, ...jobOptions });
    jobs.push(begun);
    return begun;
  };
  const step: Ground['step'] = async (begun, inputs, env) => {
    steps += 1;
    const tracking = `bench_${process.pid}_${steps}`;
    const ended = await begun.step(inputs, { env: { RUNNER_TRACKING_ID: tracking, ...env } });
    if (ended.exitCode !== 0) throw new Error(ended.log);
    return { ...ended, stop: async () => stopServers(tracking) };
  };
  return {
    directory,
    rounds,
    major,
    pin,
    binDir,
    certificates,
    job,
    step,
    ours: async ({ toolCache, inputs, env, prepare } = {}) => {
      const begun = await job(toolCache === undefined ? {} : { toolCache });
      await prepare?.(begun);
      const asked = { cloud_provider: 'local', name: 'bench', engine_version: String(major), ...inputs };
      const ended = await step(begun, asked, env);
      const connecting = performance.now();
      await selectOne(ended.outputs['database_url'] ?? '');
      const milliseconds = ended.milliseconds + performance.now() - connecting;
      await ended.stop();
      return milliseconds;
    },
    close: async () => {
      await Promise.all(jobs.map(async begun => begun.end()));
      await github.stop();
      await rm(directory, { recursive: true, force: true });
    }
  };
}

/** The data stays until the end: on ext4 a directory that was just removed makes the next one slow. */
async function stopServers(tracking: string): Promise<void> {
  for (const { pid } of await processesOfJob(tracking)) process.kill(pid, 'SIGQUIT');
  while ((await processesOfJob(tracking)).length > 0) await new Promise(resolve => setTimeout(resolve, 5));
}

/** A table of half a million rows with two indexes, and the statements that make it again. */
export async function fill(url: string | undefined): Promise<string> {
  await query(url, 'create table item (id int not null, name text not null, at timestamptz not null)');
  await query(url, `insert into item select n, md5(n::text), now() from generate_series(1, 500000) as n`);
  const ends = ['alter table item add primary key (id)', 'create index on item (name)'];
  for (const statement of ends) await query(url, statement);
  const rows = await query<{ line: string }>(url, `select format('(%s,%L,%L)', id, name, at) as line from item`);
  const dump = ['create table item (id int not null, name text not null, at timestamptz not null)'];
  for (let at = 0; at < rows.length; at += 1000) {
    const lines = rows.slice(at, at + 1000).map(({ line }) => line);
    dump.push(`insert into item values ${lines.join(',')}`);
  }
  return [...dump, ...ends].map(statement => `${statement};\n`).join('');
}
