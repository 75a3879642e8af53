import type { OperationName } from '../../src/engine/operation.ts';
import { lines, type CloudRun } from './cloud-run.ts';
import { copyState } from './copied-state.ts';
import { drawn } from './draw-calls.ts';

interface LostAnswers {
  readonly action: string;
  readonly nth: number;
  readonly when: 'after';
  readonly mutating: boolean;
  readonly eachOnce?: boolean;
}

/** The faults and the state of a fake cloud. */
interface Interruptible {
  /** All that is there. Without it, every cloud is prepared in the same way again. */
  readonly state?: unknown;
  /** Sets it back to what it holds now: one cloud serves all interruptions then. */
  readonly savepoint?: () => () => void;
  readonly mutations: () => readonly { readonly action: string }[];
  fault(rule: LostAnswers): void;
  killAfter(action: string, nth: number, kill: () => void): void;
  clearFaults(): void;
  leftovers(): readonly string[];
  stop(): Promise<void>;
}

type Work = 'apply' | 'destroy' | OperationName;

/** A piece of work, to be interrupted at each of its mutating calls on a cloud of its own. */
export interface Scenario<C extends Interruptible> {
  start(): Promise<C>;
  readonly run: (cloud: C) => Promise<CloudRun>;
  /** What was applied before. Default: nothing before an apply, and the same before a destroy. */
  before?(cloud: C): Promise<CloudRun>;
  /** A cloud that starts has that already. */
  readonly isMade?: boolean;
  /** The work to interrupt. */
  readonly work: Work;
  /** Operations that come before the work. */
  readonly operated?: readonly OperationName[];
  /** Default: both. */
  readonly how?: How;
  /**
   * Calls whose effect goes on by itself after the answer, as a server is being created. Default: any of an apply. What
   * has come to rest looks the same to each run of a row: what one forgets of it, the last one forgets too.
   */
  readonly goesOn?: (action: string) => boolean;
  /** Shared by an apply and a destroy of the same: the end of the one is the beginning of the other. */
  readonly applied?: Applied;
  /** What is wrong with the calls of all runs, at the end of each row. */
  readonly atEnd?: (cloud: C) => readonly string[];
}

/** What an apply without an interruption has made. */
interface Applied {
  copied?: (into: object) => void;
}

/**
 * `killed`: the run ends after the effect of the call. `lost`: the call took effect and its answer never came. Either
 * way the run does not learn of it.
 */
type How = 'killed' | 'lost';

/** A scenario with what its clouds begin with, once one was prepared. */
type Prepared<C extends Interruptible> = Scenario<C> & { readonly made: Made<C> };

interface Made<C> {
  copied?: (into: object) => void;
  kept?: { readonly cloud: C; readonly setBack: () => void };
}

/** The same with one way to interrupt it. */
type Interruption<C extends Interruptible> = Prepared<C> & { readonly how: How };

/**
 * Interrupts the work at every mutating call, lets the next run finish it, and compares the whole account with one
 * where nothing went wrong: what is missing, what is there twice, what is left to plan. A line for each thing that is
 * wrong.
 *
 * All calls in a row on one cloud: a run that loses every answer once, or runs that are each killed at the first call
 * that no other has made. Then some calls, each on a cloud of its own, where one run goes on to the end from what it
 * has found.
 */
export async function interruptEveryCall<C extends Interruptible>(given: Scenario<C>): Promise<readonly string[]> {
  const scenario: Prepared<C> = { ...given, made: {} };
  try {
    return await wrongOfAll(scenario);
  } finally {
    await scenario.made.kept?.cloud.stop();
  }
}

async function wrongOfAll<C extends Interruptible>(scenario: Prepared<C>): Promise<readonly string[]> {
  const expected = await undisturbed(scenario);
  if (expected.actions.length === 0) return ['nothing was changed'];
  const wrong: string[] = [];
  for (const how of scenario.how === undefined ? (['killed', 'lost'] as const) : [scenario.how])
    wrong.push(...(await wrongWhere({ ...scenario, how }, expected)));
  return wrong;
}

async function wrongWhere<C extends Interruptible>(
  scenario: Interruption<C>,
  { actions, account }: Undisturbed
): Promise<readonly string[]> {
  const inARow = await ended(scenario, account, scenario.how === 'killed' ? killedAgainAndAgain : losesEveryAnswer);
  const wrong = inARow.map(line => `${scenario.how} at all calls in a row: ${line}`);
  const { calls } = drawn(actions, share(scenario));
  // Of one call, the row was that call.
  for (const nth of actions.length === 1 ? [] : calls) {
    const found = await ended(scenario, account, async (...on) => interrupted(...on, nth));
    wrong.push(...found.map(line => `${scenario.how} at call ${nth} (${actions[nth - 1]}): ${line}`));
  }
  return wrong;
}

/**
 * What a resumed creation forgot, the next run of a row may plan: so each kind of call has a run to the end too, and
 * once a week each call. A lost answer is not resumed by another run: the row loses each.
 */
function share({
  work,
  how,
  goesOn = () => true
}: Pick<Interruption<Interruptible>, 'work' | 'how' | 'goesOn'>): Parameters<typeof drawn>[1] {
  return { kinds: action => how === 'killed' && work !== 'destroy' && goesOn(action), others: 0 };
}

interface Undisturbed {
  readonly actions: readonly string[];
  readonly account: readonly string[];
}

async function undisturbed<C extends Interruptible>(scenario: Prepared<C>): Promise<Undisturbed> {
  const cloud = await begun(scenario);
  try {
    const before = cloud.mutations().length;
    await perform(await scenario.run(cloud), scenario.work);
    const actions = cloud.mutations().map(({ action }) => action);
    if (scenario.work === 'apply' && isObject(cloud.state) && scenario.applied !== undefined)
      scenario.applied.copied = copyState(cloud.state);
    return { actions: actions.slice(before), account: accountOf(cloud) };
  } finally {
    await leave(scenario, cloud);
  }
}

/** A cloud with what is there before the work: the one before, set back, or another one. */
async function begun<C extends Interruptible>(scenario: Prepared<C>): Promise<C> {
  const { made } = scenario;
  if (made.kept !== undefined) {
    made.kept.setBack();
    return made.kept.cloud;
  }
  const cloud = await scenario.start();
  try {
    await prepare(scenario, cloud);
    const setBack = cloud.savepoint?.();
    if (setBack !== undefined) made.kept = { cloud, setBack };
    return cloud;
  } catch (thrown) {
    await cloud.stop();
    throw thrown;
  }
}

async function leave<C extends Interruptible>({ made }: Prepared<C>, cloud: C): Promise<void> {
  if (made.kept?.cloud !== cloud) await cloud.stop();
}

/** Once for a scenario: its other clouds begin with a copy. */
async function prepare<C extends Interruptible>(scenario: Prepared<C>, cloud: C): Promise<void> {
  const { made } = scenario;
  const { state } = cloud;
  if (!isObject(state)) return prepareAnew(scenario, cloud);
  const copied = made.copied ?? (scenario.work === 'destroy' ? scenario.applied?.copied : undefined);
  if (copied !== undefined) return copied(state);
  await prepareAnew(scenario, cloud);
  made.copied = copyState(state);
}

function isObject(state: unknown): state is object {
  return typeof state === 'object' && state !== null;
}

async function prepareAnew<C extends Interruptible>(scenario: Scenario<C>, cloud: C): Promise<void> {
  if (scenario.isMade !== true) {
    if (scenario.before !== undefined) await (await scenario.before(cloud)).apply();
    else if (scenario.work !== 'apply') await (await scenario.run(cloud)).apply();
  }
  for (const operation of scenario.operated ?? []) await (await scenario.run(cloud)).operate(operation);
}

async function perform(run: CloudRun, work: Work): Promise<unknown> {
  return work === 'apply' || work === 'destroy' ? run[work]() : run.operate(work);
}

/** What is wrong after a cloud was prepared, the work was interrupted on it, and the last run has ended. */
async function ended<C extends Interruptible>(
  scenario: Interruption<C>,
  account: readonly string[],
  interrupt: (scenario: Interruption<C>, cloud: C) => Promise<readonly string[]>
): Promise<readonly string[]> {
  const cloud = await begun(scenario);
  try {
    const wrong = await interrupt(scenario, cloud);
    return [...wrong, ...(await differences(scenario, cloud, account)), ...(scenario.atEnd?.(cloud) ?? [])];
  } catch (thrown) {
    return [`the next run fails: ${String(thrown)}`];
  } finally {
    await leave(scenario, cloud);
  }
}

async function interrupted<C extends Interruptible>(
  scenario: Interruption<C>,
  cloud: C,
  nth: number
): Promise<readonly string[]> {
  const first = await scenario.run(cloud);
  if (scenario.how === 'killed') cloud.killAfter('*', nth, () => first.execution.abort(new Error('killed')));
  else cloud.fault({ action: '*', nth, when: 'after', mutating: true });
  const failure = await failureOf(first, scenario.work);
  cloud.clearFaults();
  if (scenario.how === 'killed' && failure === undefined) return ['it was not killed'];
  // A run that came to its end in spite of it must have left nothing for another.
  if (failure !== undefined) await perform(await scenario.run(cloud), scenario.work);
  return scenario.how === 'lost' && failure !== undefined ? [failure] : [];
}

/** One run, whose calls all take effect and are answered when they are made again only. */
async function losesEveryAnswer<C extends Interruptible>(
  scenario: Interruption<C>,
  cloud: C
): Promise<readonly string[]> {
  cloud.fault({ action: '*', nth: 1, when: 'after', mutating: true, eachOnce: true });
  const failure = await failureOf(await scenario.run(cloud), scenario.work);
  cloud.clearFaults();
  return failure === undefined ? [] : [failure];
}

/** Each run is killed after its first call, or where that was a repetition, after the one behind it. */
async function killedAgainAndAgain<C extends Interruptible>(
  scenario: Interruption<C>,
  cloud: C
): Promise<readonly string[]> {
  const made = new Set<string>();
  for (let nth = 1, kills = 0; kills < MOST_KILLS; kills += 1) {
    const run = await scenario.run(cloud);
    const before = cloud.mutations().length;
    let isKilled = false;
    cloud.killAfter('*', nth, () => {
      isKilled = true;
      run.execution.abort(new Error('killed'));
    });
    const failure = await failureOf(run, scenario.work);
    cloud.clearFaults();
    if (failure === undefined) return kills === 0 ? ['it was not killed'] : [];
    if (!isKilled) return [failure];
    const calls = cloud.mutations().slice(before).map(whatIsAsked);
    nth = calls.some(call => !made.has(call)) ? 1 : nth + 1;
    for (const call of calls) made.add(call);
  }
  return [`it never came to its end: ${[...made].join('\n')}`];
}

const MOST_KILLS = 400;

/** A call, but for its number and its answer. */
function whatIsAsked(call: object): string {
  return JSON.stringify({ ...call, n: 0, status: 0 });
}

async function failureOf(run: CloudRun, work: Work): Promise<string | undefined> {
  return perform(run, work).then(
    () => undefined,
    (thrown: unknown) => String(thrown)
  );
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
