import { defined } from '../engine/defined.ts';
import type { Cost, Estimate } from '../engine/cost.ts';
import { settingsDigest } from '../engine/digest.ts';
import { serverIn } from '../engine/other-owner.ts';
import { ownTagsOf, rememberPassword } from '../engine/own-tags.ts';
import type { OperationPlan } from '../engine/operation.ts';
import type { Notice, Plan, Step } from '../engine/plan.ts';
import { planApply, planDestroy, unmentioned } from '../engine/planner.ts';
import type { Desired, Observed } from '../engine/resource.ts';
import type { Allowances } from '../engine/safety.ts';
import { ActionError } from '../errors.ts';
import { isAboutMade } from '../inputs/made-version.ts';
import { refuseMapped } from '../inputs/strict.ts';
import { planLines } from '../report/log-text.ts';
import type { Runtime } from '../runner/runtime.ts';
import { refuseLiveProblems, type Problem } from '../spec/problem.ts';
import { asks } from '../spec/spec.ts';
import type { Run } from './command.ts';
import { removedMark } from './removed-mark.ts';

export interface Planned {
  readonly plan: Plan;
  readonly desired: readonly Desired[];
  readonly observed: readonly Observed[];
  /** Only when `estimate_cost` asks for it. */
  readonly cost?: Cost;
  /** Digest of the workflow's settings, for the mark. */
  readonly settings: string;
  /** Tags that belong to this workflow once the plan is applied, for the mark. */
  readonly ownTags: readonly string[];
}

/**
 * Observes, translates, plans, and prints the plan. Reads only. Throws `unsupported` when `strict` forbids a mapped or
 * ignored input.
 */
export async function makePlan(run: Run): Promise<Planned> {
  const { session, runtime } = run;
  const observed = await session.observe();
  const findings = await session.check(observed);
  refuseLiveProblems([...nothingToAdopt(run, observed), ...findings.problems]);
  const desired = await session.desired(observed);
  const left = unmentioned(desired, observed);
  const removed = await removedMark(run, observed);
  const ofInputs = run.notices.filter(isAboutMade(run.inputs.spec, desired));
  const notices = [...ofInputs, ...findings.notices, ...removed, ...(left.length === 0 ? [] : [leftAlone(left)])];
  refuseMapped(notices, run.inputs.options.strict);
  const request = {
    target: session.target,
    desired,
    tables: session.tables,
    notices,
    allowances: permitsOf(run),
    isAsked: asks({ ...run.inputs.run, ...run.inputs.spec.settings })
  };
  const alone = planApply({ ...request, observed });
  const dependents = alone.steps.some(deletes) ? await session.dependents(observed) : [];
  const bare = dependents.length === 0 ? alone : planApply({ ...request, observed: [...observed, ...dependents] });
  const estimate = await estimateOf(run, bare, observed);
  const plan = { ...bare, notices: [...bare.notices, ...estimate.notices] };
  await printPlan(runtime, plan);
  const settings = settingsDigest(desired, session.tables);
  const ownTags = rememberPassword(ownTagsOf(desired, plan.lastApplied, observed), plan);
  const { cost } = estimate;
  return defined({ plan, desired, observed, settings, ownTags, cost });
}

/** A name to take over means a server that exists: elsewhere, a wrong region would make a new one. */
function nothingToAdopt({ inputs, session, provider }: Run, observed: readonly Observed[]): readonly Problem[] {
  const { adopt_existing: named } = inputs.options;
  const { region, account, pullRequest } = session.target;
  if (typeof named !== 'string' || pullRequest !== undefined || serverIn(observed) !== undefined) return [];
  const place = [region, account].filter(part => part !== '').join(' of ');
  const why = `names a server that ${provider.title} does not have in ${place}`;
  const instead = 'correct the region and the login of this job, or take `adopt_existing` out to make a new server';
  return [{ input: 'adopt_existing', value: named, why, instead }];
}

function deletes({ action, intended }: Step): boolean {
  return (intended ?? action) === 'delete';
}

async function estimateOf(run: Run, plan: Plan, observed: readonly Observed[]): Promise<Estimate> {
  if (run.inputs.run.estimate_cost !== true) return { notices: [] };
  return (await run.session.cost(plan, observed)) ?? { notices: [noPrices(run.provider.title)] };
}

/** As `makePlan`, for the removal of everything. */
export async function makeDestroyPlan(run: Run): Promise<Planned> {
  const observed = await run.session.observe();
  const dependents = await run.session.dependents(observed);
  const plan = planDestroy({
    target: run.session.target,
    observed: [...observed, ...dependents],
    tables: run.session.tables,
    notices: [...run.notices.filter(notice => notice.severity === 'danger'), ...(run.destroyNotices ?? [])],
    allowances: permitsOf(run)
  });
  await printPlan(run.runtime, plan);
  return { plan, desired: [], observed, settings: '', ownTags: [] };
}

/** The failure of a plan that holds refused changes; `undefined` for any other. */
export function blockedError(plan: Plan): ActionError | undefined {
  if (plan.verdict !== 'blocked') return undefined;
  const refusals = plan.steps.flatMap(step => [
    ...(step.refusal === undefined ? [] : [step.refusal]),
    ...step.changes.flatMap(change => change.refusal ?? [])
  ]);
  const [first] = refusals;
  const more = refusals.length > 1 ? ` (and ${refusals.length - 1} more)` : '';
  return new ActionError(`The plan is refused: ${first?.message ?? 'a change is not safe'}${more}`, {
    code:
      first?.rule === 'not-ours' ? 'not-ours' : first?.rule === 'confirm-destroy' ? 'confirm-destroy' : 'plan-blocked',
    source: 'user',
    ...defined({ hint: first?.hint })
  });
}

/** The failure where `confirm_plan` names another plan than this one. */
export function otherPlan(
  { inputs }: Run,
  {
    digest,
    verdict,
    ...plan
  }: Pick<Plan, 'digest' | 'verdict' | 'intent'> | Pick<OperationPlan, 'digest' | 'verdict' | 'operation'>
): ActionError | undefined {
  const confirmed = inputs.run.confirm_plan;
  if (confirmed === undefined || confirmed === digest || verdict !== 'changes') return undefined;
  const command = 'operation' in plan ? plan.operation : plan.intent;
  return new ActionError(`Could not run \`command: ${command}\`: its plan is not the one that \`confirm_plan\` names`, {
    code: 'plan-changed',
    source: 'user',
    hint: 'Read the plan of this run. If it is the one you want, set `confirm_plan` to the output `plan_digest` of this run.'
  });
}

function permitsOf({ inputs, session }: Run): Allowances {
  const { options, spec, run } = inputs;
  return {
    // A name that is not the database's was refused with the inputs.
    adoptExisting: options.adopt_existing !== false,
    majorVersionUpgrade: options.allow_major_version_upgrade,
    destroy: run.confirm_destroy === spec.name || session.target.pullRequest !== undefined,
    skipFinalSnapshot: spec.settings.skip_final_snapshot === true || session.target.pullRequest !== undefined,
    restart: run.allow_restart !== false
  };
}

function leftAlone(addresses: readonly string[]): Notice {
  return {
    code: 'left-alone',
    severity: 'info',
    message: `Created by this workflow earlier, named by no input now, and left as they are: ${addresses.join(', ')}.`
  };
}

function noPrices(provider: string): Notice {
  return {
    code: 'no-prices',
    severity: 'info',
    input: 'estimate_cost',
    message: `This version has no prices of ${provider}, so the cost is not estimated.`
  };
}

async function printPlan(runtime: Runtime, plan: Plan): Promise<void> {
  await runtime.log.group('Plan', async () => {
    for (const line of planLines(plan)) runtime.log.info(line);
  });
}
