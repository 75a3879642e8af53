import type { OperationName } from '../../src/engine/operation.ts';
import { lines, type CloudRun } from './cloud-run.ts';
import { drawn, type Share } from './draw-calls.ts';

/** The faults and the state of a fake cloud. */
interface Interruptible {
  readonly mutations: () => readonly { readonly action: string }[];
  fault(rule: {
    readonly action: string;
    readonly nth: number;
    readonly when: 'after';
    readonly mutating: boolean;
  }): void;
  killAfter(action: string, nth: number, kill: () => void): void;
  clearFaults(): void;
  leftovers(): readonly string[];
  stop(): Promise<void>;
}

type Work = 'apply' | 'destroy' | OperationName;

/** A piece of work, to be interrupted at each of its mutating calls on a cloud of its own. */
export interface Scenario<C extends Interruptible> {
  start(): Promise<C>;
  run(cloud: C): Promise<CloudRun>;
  /** What was applied before. Default: nothing before an apply, and the same before a destroy. */
  before?(cloud: C): Promise<CloudRun>;
  /** The work to interrupt. */
  readonly work: Work;
  /** Operations that come before the work. */
  readonly operated?: readonly OperationName[];
  /**
   * `killed`: the run ends after the effect of the call. `lost`: the call took effect and its answer never came. Either
   * way the run does not learn of it.
   */
  readonly how: 'killed' | 'lost';
  /** Default: `kinds`. */
  readonly calls?: Share;
}

/** All ways, for a `test.each`. */
export const INTERRUPTIONS = [
  ['apply', 'killed'],
  ['apply', 'lost'],
  ['destroy', 'killed'],
  ['destroy', 'lost']
] as const;

/**
 * Interrupts the work at one mutating call after the other, lets the next run finish it, and compares the whole account
 * with one where nothing went wrong: what is missing, what is there twice, what is left to plan. A line for each thing
 * that is wrong.
 */
export async function interruptEveryCall<C extends Interruptible>(scenario: Scenario<C>): Promise<readonly string[]> {
  const { actions, account } = await undisturbed(scenario);
  if (actions.length === 0) return ['nothing was changed'];
  const wrong: string[] = [];
  const { calls, seed } = drawn(actions, scenario.calls ?? 'kinds');
  for (const nth of calls) {
    const found = await interrupted(scenario, nth, account);
    wrong.push(...found.map(line => `${scenario.how} at call ${nth} (${actions[nth - 1]}): ${line}`));
  }
  return wrong.length === 0 ? [] : [...wrong, seed];
}

interface Undisturbed {
  readonly actions: readonly string[];
  readonly account: readonly string[];
}

async function undisturbed<C extends Interruptible>(scenario: Scenario<C>): Promise<Undisturbed> {
  const cloud = await scenario.start();
  try {
    await prepare(scenario, cloud);
    const before = cloud.mutations().length;
    await perform(await scenario.run(cloud), scenario.work);
    const actions = cloud.mutations().map(({ action }) => action);
    return { actions: actions.slice(before), account: accountOf(cloud) };
  } finally {
    await cloud.stop();
  }
}

async function prepare<C extends Interruptible>(scenario: Scenario<C>, cloud: C): Promise<void> {
  if (scenario.before !== undefined) await (await scenario.before(cloud)).apply();
  else if (scenario.work !== 'apply') await (await scenario.run(cloud)).apply();
  for (const operation of scenario.operated ?? []) await (await scenario.run(cloud)).operate(operation);
}

async function perform(run: CloudRun, work: Work): Promise<unknown> {
  return work === 'apply' || work === 'destroy' ? run[work]() : run.operate(work);
}

async function interrupted<C extends Interruptible>(
  scenario: Scenario<C>,
  nth: number,
  account: readonly string[]
): Promise<readonly string[]> {
  const cloud = await scenario.start();
  try {
    await prepare(scenario, cloud);
    const first = await scenario.run(cloud);
    if (scenario.how === 'killed') cloud.killAfter('*', nth, () => first.execution.abort(new Error('killed')));
    else cloud.fault({ action: '*', nth, when: 'after', mutating: true });
    const ended = await perform(first, scenario.work).then(
      () => undefined,
      (thrown: unknown) => String(thrown)
    );
    cloud.clearFaults();
    if (scenario.how === 'killed' && ended === undefined) return ['it was not killed'];
    const wrong = scenario.how === 'lost' && ended !== undefined ? [ended] : [];
    // A run that came to its end in spite of it must have left nothing for another.
    if (ended !== undefined) await perform(await scenario.run(cloud), scenario.work);
    return [...wrong, ...(await differences(scenario, cloud, account))];
  } catch (thrown) {
    return [`the next run fails: ${String(thrown)}`];
  } finally {
    await cloud.stop();
  }
}

async function differences<C extends Interruptible>(
  scenario: Scenario<C>,
  cloud: C,
  account: readonly string[]
): Promise<readonly string[]> {
  const now = accountOf(cloud);
  const left = await stillToDo(await scenario.run(cloud), scenario.work);
  return [
    ...left.map(line => `still to do: ${line}`),
    ...without(now, account).map(line => `too much: ${line}`),
    ...without(account, now).map(line => `missing: ${line}`)
  ];
}

async function stillToDo(run: CloudRun, work: Work): Promise<readonly string[]> {
  if (work === 'apply') return lines((await run.plan()).plan);
  if (work === 'destroy') return [];
  const { verdict, steps } = await run.planOperation(work);
  return verdict === 'no-changes' ? [] : steps.map(({ summary, detail }) => `${summary} (${verdict}, ${detail})`);
}

/** The account, but for moments in names, of which no two runs share one. */
export function accountOf(cloud: Pick<Interruptible, 'leftovers'>): readonly string[] {
  return cloud.leftovers().map(line => line.replace(/-\d{14}$/, '-<moment>'));
}

/** Those of `some` that `others` lacks, each as often as it lacks it. */
export function without(some: readonly string[], others: readonly string[]): readonly string[] {
  const rest = [...others];
  return some.filter(line => {
    const at = rest.indexOf(line);
    if (at === -1) return true;
    rest.splice(at, 1);
    return false;
  });
}
