import type { EventChoice } from '../clouds/github/events.ts';
import { startAzure, type AzureOptions, type FakeAzure } from '../clouds/azure/fake-azure.ts';
import { exampleJobs } from './examples.ts';
import type { Job, Step } from './job.ts';
import { openStage, type Stage } from './stage.ts';

/** The password that every Azure test gives; it must be found nowhere. */
export const PASSWORD = 'Canary-horse-8431';

type Inputs = Readonly<Record<string, string>>;

/** A repository on a fake GitHub that keeps its database in a fake Azure subscription. */
export interface AzureStage {
  readonly azure: FakeAzure;
  readonly stage: Stage;
  /** Begins a job that is logged in to the subscription. */
  job(event?: EventChoice): Promise<Job>;
  /** One step in a job of its own that is logged in. */
  step(inputs: Inputs, event?: EventChoice): Promise<Step>;
  /** Runs a step until `kill` was called, which ends it as a lost runner would. `undefined` when that never happened. */
  killed(inputs: Inputs, action: string, nth: number): Promise<Step | undefined>;
  /** The inputs of an example workflow, with the subscription's own names. */
  example(name: string): Inputs;
  close(): Promise<void>;
}

export async function openAzure(options: AzureOptions = {}): Promise<AzureStage> {
  const [azure, stage] = await Promise.all([startAzure(options), openStage()]);
  const env = { ...azure.env, PGKEEP_POLL_SECONDS: '0.01' };
  const job = async (event?: EventChoice): Promise<Job> => stage.job(event, { env });
  return {
    azure,
    stage,
    job,
    step: async (inputs, event) => {
      const one = await job(event);
      return one.step(inputs);
    },
    killed: async (inputs, action, nth) => {
      const one = await job();
      let happened = false;
      const running = await one.start(inputs);
      azure.killAfter(action, nth, () => {
        happened = true;
        running.kill('SIGKILL');
      });
      const step = await running.done;
      azure.clearFaults();
      return happened ? step : undefined;
    },
    example: name => {
      const scope = `/subscriptions/${azure.world.subscription}/resourceGroups/shop/providers`;
      const [found] = exampleJobs([`${name}.yml`], {
        RESOURCE_GROUP: 'shop',
        DATABASE_PASSWORD: PASSWORD,
        RESTORE_TO_TIME: azure.world.now().toISOString(),
        LOG_WORKSPACE_ID: `${scope}/Microsoft.OperationalInsights/workspaces/logs`,
        ALERTS_GROUP_ID: `${scope}/Microsoft.Insights/actionGroups/alerts`
      });
      if (found?.steps[0] === undefined) throw new Error(`There is no example ${name}`);
      return found.steps[0].inputs;
    },
    close: async () => {
      await stage.close();
      await azure.stop();
    }
  };
}
