import type { EventChoice } from '../clouds/github/events.ts';
import { copyState } from './copied-state.ts';
import { exampleJobs } from './examples.ts';
import type { Job, Step, StepOptions } from './job.ts';
import { openHarness, type Harness } from './harness.ts';

/** The password that every test of a cloud gives; it must be found nowhere. */
export const PASSWORD = 'Canary-horse-8431';

type Inputs = Readonly<Record<string, string>>;

/** A fake cloud, as far as a stage needs it. */
interface Fake {
  /** What a login leaves in the environment of a job. */
  readonly env: Readonly<Record<string, string>>;
  readonly state: object;
  killAfter(action: string, nth: number, kill: () => void): void;
  clearFaults(): void;
  stop(): Promise<void>;
}

/** A repository on a fake GitHub that keeps its database in a fake cloud. */
export interface CloudHarness {
  readonly harness: Harness;
  /** What the login leaves in the environment of a job. */
  readonly env: Readonly<Record<string, string>>;
  /** Begins a job that is logged in. */
  job(event?: EventChoice): Promise<Job>;
  /** One step in a job of its own that is logged in. */
  step(inputs: Inputs, event?: EventChoice, options?: StepOptions): Promise<Step>;
  /** One step that applies these inputs to an empty account. What it makes is there for `begun`. */
  made(inputs: Inputs): Promise<Step>;
  /** Begins with what a step that applies these inputs made: one of the first stage that asks, copied by the others. */
  begun(inputs: Inputs): Promise<void>;
  /**
   * Runs a step until `kill` was called, which ends it as a lost runner would. `undefined` when that never happened.
   */
  killed(inputs: Inputs, action: string, nth: number): Promise<Step | undefined>;
  /** The inputs of an example workflow, with what the account has. */
  example(name: string): Inputs;
  close(): Promise<void>;
}

/** The accounts that stages of this process have begun with. */
const begun = new Map<string, (into: object) => void>();

/** `values` are the variables and secrets of the repository, besides DATABASE_PASSWORD. */
export async function openCloudHarness(fake: Fake, values: () => Inputs): Promise<CloudHarness> {
  const harness = await openHarness();
  const env = { ...fake.env, PGKEEP_POLL_SECONDS: '0.01' };
  const job = async (event?: EventChoice): Promise<Job> => harness.job(event, { env });
  const step = async (inputs: Inputs, event?: EventChoice, options?: StepOptions): Promise<Step> => {
    const one = await job(event);
    return one.step(inputs, options);
  };
  const made = async (inputs: Inputs): Promise<Step> => {
    const applied = await step({ ...inputs, command: 'apply' });
    if (applied.outputs['result'] !== 'applied') throw new Error(applied.log);
    begun.set(JSON.stringify(inputs), copyState(fake.state));
    return applied;
  };
  return {
    harness,
    env: fake.env,
    job,
    step,
    made,
    begun: async inputs => {
      const copy = begun.get(JSON.stringify(inputs));
      if (copy === undefined) await made(inputs);
      else copy(fake.state);
    },
    killed: async (inputs, action, nth) => {
      const one = await job();
      let happened = false;
      const running = await one.start(inputs);
      fake.killAfter(action, nth, () => {
        happened = true;
        running.kill('SIGKILL');
      });
      const ended = await running.done;
      fake.clearFaults();
      return happened ? ended : undefined;
    },
    example: name => {
      const [found] = exampleJobs([`${name}.yml`], { DATABASE_PASSWORD: PASSWORD, ...values() });
      if (found?.steps[0] === undefined) throw new Error(`There is no example ${name}`);
      return found.steps[0].inputs;
    },
    close: async () => {
      await harness.close();
      await fake.stop();
    }
  };
}

/** The outputs whose values are masked. */
const WITH_PASSWORD: readonly string[] = ['password', 'database_url', 'pool_url', 'jdbc_url', 'asyncpg_url'];

/** What a person or a later step could read of a run, in one text. */
export function everythingOf(step: Step): string {
  const shown = Object.entries(step.outputs).filter(([name]) => !WITH_PASSWORD.includes(name));
  return [step.log, step.summary, ...shown.map(([, value]) => value), ...step.commands].join('\n');
}
