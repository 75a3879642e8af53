import type { EventChoice } from '../clouds/github/events.ts';
import type { FakeGithub, GithubOptions } from '../clouds/github/github.ts';
import { query } from './client.ts';
import type { Job, RunningStep, Step, StepOptions } from './job.ts';
import { openHarness } from './harness.ts';

type Inputs = Readonly<Record<string, string>>;

/** A repository whose workflow keeps a shared server, `shared`, and makes a database of each pull request on it. */
export interface EphemeralHarness {
  readonly github: FakeGithub;
  readonly job: Job;
  /** The step that made the shared server. */
  readonly server: Step;
  /** Runs the step for a pull request; `action` as GitHub calls it. */
  on(number: number, action: string, inputs?: Inputs, options?: StepOptions): Promise<Step>;
  start(number: number, action: string, inputs?: Inputs): Promise<RunningStep>;
  /** Runs the step for any event. */
  run(event: EventChoice, inputs?: Inputs, options?: StepOptions): Promise<Step>;
  /** As the superuser of the shared server. */
  sql<Row extends Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** Databases and roles of pull requests, `database pr_7_…` and `role pr_7_…` without their hashes. */
  standing(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export async function openEphemeralHarness(
  shared: Inputs = {},
  always: Inputs = {},
  options: GithubOptions = {}
): Promise<EphemeralHarness> {
  const harness = await openHarness(options);
  const job = await harness.job();
  const server = await job.step({ cloud_provider: 'local', name: 'shared', engine_version: '17', ...shared });
  const given = {
    cloud_provider: 'local',
    name: 'orders',
    base_database: 'shared',
    ephemeral: 'database',
    ...always
  };
  const run: EphemeralHarness['run'] = async (event, inputs = {}, stepOptions = {}) =>
    job.step({ ...given, ...inputs }, { event: harness.github.event(event), ...stepOptions });
  const sql: EphemeralHarness['sql'] = async (text, values) => query(server.outputs['database_url'], text, values);
  return {
    github: harness.github,
    job,
    server,
    run,
    sql,
    on: async (number, action, inputs, stepOptions) => run(choice(number, action), inputs, stepOptions),
    start: async (number, action, inputs = {}) =>
      job.start({ ...given, ...inputs }, { event: harness.github.event(choice(number, action)) }),
    standing: async () => {
      const rows = await sql<{ what: string }>(
        `select 'database ' || datname as what from pg_database where datname ~ '^pr_'
         union all select 'role ' || rolname from pg_roles where rolname ~ '^pr_' order by 1`
      );
      return rows.map(({ what }) => what.replace(/_[0-9a-f]{8}$/, ''));
    },
    close: async () => harness.close()
  };
}

function choice(number: number, action: string): EventChoice {
  return { name: 'pull_request', number, action };
}
