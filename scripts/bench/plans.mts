import { openAws } from '../../__tests__/support/aws-harness.ts';
import { openAzure } from '../../__tests__/support/azure-harness.ts';
import { openDigitalOcean } from '../../__tests__/support/digitalocean-harness.ts';
import { openGcp } from '../../__tests__/support/gcp-harness.ts';
import type { Step } from '../../__tests__/support/job.ts';

type Inputs = Readonly<Record<string, string>>;

/** A fake account in which the inputs of an example workflow can be planned. */
interface Place {
  step(inputs: Inputs): Promise<Step>;
  example(name: string): Inputs;
  close(): Promise<void>;
}

/** How slow the fake is; read at each of its answers, so that it can be made slow once everything is there. */
interface Pace {
  latencyMs: number;
}

/** A plan that is timed: the largest example of a cloud. */
export interface TimedPlan {
  readonly example: string;
  open(pace: Pace): Promise<Place>;
}

/** One for each cloud. */
export const TIMED_PLANS: readonly TimedPlan[] = [
  { example: 'aws-advanced', open: async pace => openAws(pace) },
  { example: 'azure-production', open: async pace => openAzure(pace) },
  { example: 'digitalocean-production', open: async pace => openDigitalOcean(pace) },
  { example: 'gcp-production', open: async pace => openGcp(pace) }
];

/** Milliseconds of whole runs, each without and with that wait for every answer of the cloud. */
export interface PlanTimes {
  readonly what: 'of a new server' | 'without a change';
  readonly atOnce: readonly number[];
  readonly slow: readonly number[];
}

/** Plans what is not there yet, makes it, and plans again. */
export async function planTimes(timed: TimedPlan, latencyMs: number, rounds: number): Promise<readonly PlanTimes[]> {
  const pace: Pace = { latencyMs: 0 };
  const place = await timed.open(pace);
  try {
    const inputs = place.example(timed.example);
    const run = async (command: string): Promise<number> => {
      const { exitCode, milliseconds, log } = await place.step({ ...inputs, command });
      if (exitCode !== 0) throw new Error(log);
      return milliseconds;
    };
    const times = async (what: PlanTimes['what']): Promise<PlanTimes> => {
      const [atOnce, slow]: [number[], number[]] = [[], []];
      await run('plan');
      for (let round = 1; round <= rounds; round += 1) {
        pace.latencyMs = 0;
        atOnce.push(await run('plan'));
        pace.latencyMs = latencyMs;
        slow.push(await run('plan'));
      }
      pace.latencyMs = 0;
      return { what, atOnce, slow };
    };
    const absent = await times('of a new server');
    await run('apply');
    return [absent, await times('without a change')];
  } finally {
    await place.close();
  }
}
