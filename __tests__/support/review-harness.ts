import type { EventChoice } from '../clouds/github/events.ts';
import type { Job, Step } from './job.ts';
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

/** `shared`: a job that outlives the harness, with its database. */
export async function openReviewHarness(shared?: Job): Promise<ReviewHarness> {
  const harness = await openHarness();
  const runner = shared ?? (await harness.job());
  const { github } = harness;
  const on: ReviewHarness['on'] = async (event, changes = {}) =>
    runner.step({ ...REVIEWED, ...changes }, { event: github.event(event), token: github.token });
  return {
    ...harness,
    runner,
    on,
    plan: async (number, changes) => on({ name: 'pull_request', number }, changes),
    merge: async (number, changes) => on({ name: 'push', sha: harness.github.merge(number) }, changes)
  };
}
