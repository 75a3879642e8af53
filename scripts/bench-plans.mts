import { openAws } from '../__tests__/support/aws-stage.ts';
import type { Step } from '../__tests__/support/job.ts';

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
export const TIMED_PLANS: readonly TimedPlan[] = [{ example: 'aws-advanced', open: async pace => openAws(pace) }];

/** Milliseconds of whole runs that plan against a cloud which takes that long for each answer: of what is not there yet, and of what is. */
export async function planTimes(
  { example, open }: TimedPlan,
  latencyMs: number,
  rounds: number
): Promise<{ readonly absent: readonly number[]; readonly present: readonly number[] }> {
  const pace: Pace = { latencyMs };
  const place = await open(pace);
  try {
    const inputs = place.example(example);
    const times = async (): Promise<readonly number[]> => {
      const all: number[] = [];
      for (let round = 0; round <= rounds; round += 1) {
        const { exitCode, milliseconds, log } = await place.step({ ...inputs, command: 'plan' });
        if (exitCode !== 0) throw new Error(log);
        all.push(milliseconds);
      }
      return all.slice(1);
    };
    const absent = await times();
    pace.latencyMs = 0;
    const { exitCode, log } = await place.step({ ...inputs, command: 'apply' });
    if (exitCode !== 0) throw new Error(log);
    pace.latencyMs = latencyMs;
    return { absent, present: await times() };
  } finally {
    await place.close();
  }
}
