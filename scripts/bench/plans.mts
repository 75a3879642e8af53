import { openAws } from '../../__tests__/support/aws-harness.ts';
import { openAzure } from '../../__tests__/support/azure-harness.ts';
import { openDigitalOcean } from '../../__tests__/support/digitalocean-harness.ts';
import { openGcp } from '../../__tests__/support/gcp-harness.ts';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Job, Step } from '../../__tests__/support/job.ts';

type Inputs = Readonly<Record<string, string>>;

/** A fake account in which the inputs of an example workflow can be planned. */
interface Place {
  step(inputs: Inputs): Promise<Step>;
  job(): Promise<Job>;
  example(name: string): Inputs;
  /** Calls of the cloud so far. */
  calls(): number;
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
  { example: 'aws-advanced', open: async pace => counting(await openAws(pace), ({ aws }) => aws) },
  { example: 'azure-production', open: async pace => counting(await openAzure(pace), ({ azure }) => azure) },
  {
    example: 'digitalocean-production',
    open: async pace => counting(await openDigitalOcean(pace), ({ digitalocean }) => digitalocean)
  },
  { example: 'gcp-production', open: async pace => counting(await openGcp(pace), ({ gcp }) => gcp) }
];

function counting<H extends Omit<Place, 'calls'>>(
  harness: H,
  cloudOf: (harness: H) => { calls(): readonly unknown[] }
): Place {
  return { ...harness, calls: () => cloudOf(harness).calls().length };
}

/** What one run costs, whatever the machine does besides. */
export interface PlanCost {
  readonly calls: number;
  /** Of all threads of the process, with its start. */
  readonly cpuMilliseconds: number;
  readonly peakBytes: number;
}

/** Milliseconds of whole runs, each without and with that wait for every answer of the cloud. */
export interface PlanTimes {
  readonly what: 'of a new server' | 'without a change';
  readonly atOnce: readonly number[];
  readonly slow: readonly number[];
  readonly cost: PlanCost;
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
      return { what, atOnce, slow, cost: await costOf(place, { ...inputs, command: 'plan' }) };
    };
    const absent = await times('of a new server');
    await run('apply');
    return [absent, await times('without a change')];
  } finally {
    await place.close();
  }
}

/**
 * The preload writes what the system counted for the process, at its end. The peak is that of its own memory: `maxRSS`
 * of a child on Linux begins with what its parent had when it was started.
 */
async function costOf(place: Place, inputs: Inputs): Promise<PlanCost> {
  const directory = await mkdtemp(path.join(tmpdir(), 'pgkeep-cost-'));
  try {
    const [note, preload] = [path.join(directory, 'usage.json'), path.join(directory, 'usage.cjs')];
    await writeFile(preload, `(${noteUsage.toString()})(${JSON.stringify(note)});\n`);
    const before = place.calls();
    const job = await place.job();
    const { exitCode, log } = await job.step(inputs, { env: { NODE_OPTIONS: `--require ${preload}` } });
    if (exitCode !== 0) throw new Error(log);
    const usage = JSON.parse(await readFile(note, 'utf8')) as NodeJS.ResourceUsage;
    return {
      calls: place.calls() - before,
      cpuMilliseconds: (usage.userCPUTime + usage.systemCPUTime) / 1000,
      peakBytes: usage.maxRSS * 1024
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Runs in the measured process, from its text. */
function noteUsage(note: string): void {
  const { readFileSync, writeFileSync } = process.getBuiltinModule('node:fs');
  process.on('exit', () => {
    const usage = process.resourceUsage();
    let status = '';
    try {
      status = readFileSync('/proc/self/status', 'utf8');
    } catch {
      // Not Linux: there `maxRSS` is right.
    }
    const peak = Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? usage.maxRSS);
    writeFileSync(note, JSON.stringify({ ...usage, maxRSS: peak }));
  });
}
