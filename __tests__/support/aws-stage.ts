import type { EventChoice } from '../clouds/github/events.ts';
import { startAws, type AwsOptions, type FakeAws } from '../clouds/aws/fake-aws.ts';
import { exampleJobs } from './examples.ts';
import type { Job, Step } from './job.ts';
import { openStage, type Stage } from './stage.ts';

/** The password that every AWS test gives; it must be found nowhere. */
export const PASSWORD = 'Canary-horse-8431';

type Inputs = Readonly<Record<string, string>>;

/** A repository on a fake GitHub that keeps its database in a fake AWS account. */
export interface AwsStage {
  readonly aws: FakeAws;
  readonly stage: Stage;
  /** Begins a job that is logged in to the account. */
  job(event?: EventChoice): Promise<Job>;
  /** One step in a job of its own that is logged in. */
  step(inputs: Inputs, event?: EventChoice): Promise<Step>;
  /** Runs a step until `kill` was called, which ends it as a lost runner would. `undefined` when that never happened. */
  killed(inputs: Inputs, action: string, nth: number): Promise<Step | undefined>;
  /** The inputs of an example workflow, with the account's network, keys and roles. */
  example(name: string): Inputs;
  close(): Promise<void>;
}

export async function openAws(options: AwsOptions = {}): Promise<AwsStage> {
  const [aws, stage] = await Promise.all([startAws(options), openStage()]);
  const env = { ...aws.env, PGKEEP_POLL_SECONDS: '0.01' };
  const job = async (event?: EventChoice): Promise<Job> => stage.job(event, { env });
  return {
    aws,
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
      aws.killAfter(action, nth, () => {
        happened = true;
        running.kill('SIGKILL');
      });
      const step = await running.done;
      aws.clearFaults();
      return happened ? step : undefined;
    },
    example: name => {
      const { vpcId, subnetIds } = aws.network();
      const [found] = exampleJobs([`${name}.yml`], {
        VPC_ID: vpcId,
        SUBNET_IDS: subnetIds.join('\n'),
        DATABASE_PASSWORD: PASSWORD,
        KMS_KEY_ARN: aws.kmsKeyArn(),
        MONITORING_ROLE_ARN: aws.monitoringRoleArn,
        ALERTS_TOPIC_ARN: `arn:aws:sns:us-east-1:${aws.accountId}:alerts`
      });
      if (found?.steps[0] === undefined) throw new Error(`There is no example ${name}`);
      return found.steps[0].inputs;
    },
    close: async () => {
      await stage.close();
      await aws.stop();
    }
  };
}

/** What a person or a later step could read of a run, in one text. */
export function everythingOf(step: Step): string {
  const { password: _password, database_url: _url, ...shown } = step.outputs;
  return [step.log, step.summary, ...Object.values(shown), ...step.commands].join('\n');
}
