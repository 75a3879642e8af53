import { Client } from 'pg';
import type { EventChoice } from '../clouds/github/events.ts';
import { startJob, type Job, type Step, type StepOptions } from './job.ts';
import { openHarness, type Harness } from './harness.ts';

/** A repository whose one job keeps a database for as long as the test lasts, as a cloud would. */
export interface ReviewHarness extends Harness {
  /** Runs a step for an event, on the one database. */
  on(event: EventChoice, changes?: Readonly<Record<string, string>>): Promise<Step>;
  /** The plan of pull request #`number`, as its workflow asks. */
  plan(number: number, changes?: Readonly<Record<string, string>>): Promise<Step>;
  /** Merges it and runs what its merge starts. */
  merge(number: number, changes?: Readonly<Record<string, string>>): Promise<Step>;
  readonly runner: Job;
}

/** The inputs of every step. `local` needs reviews only on request. */
export const REVIEWED = {
  cloud_provider: 'local',
  name: 'orders',
  environment: 'production',
  engine_version: '17',
  approval: 'when-present'
};

export const CHECK_NAME = 'pgkeep: orders (local, production)';

/** `shared`: a job that outlives the harness, with its database. `options` are those of each step. */
export async function openReviewHarness(shared?: Job, options: StepOptions = {}): Promise<ReviewHarness> {
  const harness = await openHarness();
  const runner = shared ?? (await harness.job());
  const { github } = harness;
  const on: ReviewHarness['on'] = async (event, changes = {}) =>
    runner.step({ ...REVIEWED, ...changes }, { event: github.event(event), token: github.token, ...options });
  return {
    ...harness,
    runner,
    on,
    plan: async (number, changes) => on({ name: 'pull_request', number }, changes),
    merge: async (number, changes) => on({ name: 'push', sha: github.merge(number) }, changes)
  };
}

/** A database that the tests of a file share, each with a GitHub of its own. */
export interface SharedDatabase {
  readonly runner: Job;
  /** Of the administrator. */
  readonly url: string | undefined;
  /** Sets parameters by hand, as an administrator would; `default` takes one back. */
  set(values: Readonly<Record<string, string>>): Promise<void>;
  end(): Promise<void>;
}

/** Applies a database once, without a review. */
export async function sharedDatabase(changes: Readonly<Record<string, string>>): Promise<SharedDatabase> {
  const runner = await startJob();
  const harness = await openReviewHarness(runner);
  const { outputs } = await harness.on({ name: 'push' }, { ...changes, approval: 'off' });
  await harness.close();
  const url = outputs['database_url'];
  const administrator = new Client({ connectionString: url });
  await administrator.connect();
  return {
    runner,
    url,
    set: async values => {
      for (const [name, value] of Object.entries(values)) {
        await administrator.query(`alter system set ${name} = ${value === 'default' ? value : `'${value}'`}`);
      }
      await administrator.query('select pg_reload_conf()');
    },
    end: async () => {
      await administrator.end();
      await runner.end();
    }
  };
}
