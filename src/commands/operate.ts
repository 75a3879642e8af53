import { defined } from '../engine/defined.ts';
import { planOperation, type OperationDraft, type OperationName, type OperationPlan } from '../engine/operation.ts';
import { runOperation } from '../engine/run-operation.ts';
import { ActionError } from '../errors.ts';
import type { RunResult } from '../publish/run-result.ts';
import type { Chosen } from '../providers/operations.ts';
import { operationLines } from '../report/operation-markdown.ts';
import type { Spec } from '../spec/spec.ts';
import { resultOf } from './result-of.ts';
import type { Command, Run } from './command.ts';
import { unconfirmed } from './confirmation.ts';
import { otherPlan } from './planning.ts';
import { isUnready } from '../sql-objects/mask-state.ts';
import { unready } from './mask-clone.ts';
import { verify } from './verify.ts';

/**
 * A command that acts on the live server: reads, plans, prints the plan, and runs exactly that. With `dry_run` it ends
 * with the plan. A goal that is reached is a success without a call. An interrupted run is resumed by the next one,
 * which reads what has happened.
 */
export function operate(operation: OperationName): Command {
  return async run => {
    const { session, runtime, execution, inputs } = run;
    const observed = await session.observe();
    const server = observed.find(({ type }) => type === 'server') ?? observed[0];
    if (server === undefined) throw withoutServer(run, operation);
    const { plan, steps, successor } = await planOperation({
      operation,
      target: session.target,
      server,
      draft: async () => session.operation(operation, observed, chosenIn(run, operation)),
      notices: run.notices.filter(({ severity }) => severity === 'danger'),
      ...defined({ unconfirmed: unconfirmed(run, operation) })
    });
    await runtime.log.group('Plan', async () => {
      for (const line of operationLines(plan)) runtime.log.info(line);
    });
    const error = blockedError(plan) ?? otherPlan(run, plan);
    if (error !== undefined) return { command: operation, result: 'failed', operation: { plan }, error };
    if (inputs.options.dry_run && plan.verdict === 'changes')
      return { command: operation, result: 'planned', operation: { plan } };
    if (plan.verdict === 'no-changes')
      return { command: operation, result: 'no-changes', operation: { plan }, ...(await databaseOf(run, successor)) };

    const { wait, timeout_minutes: minutes } = inputs.options;
    const now = execution.clock.now();
    const deadline = wait ? new Date(now.getTime() + minutes * 60_000) : now;
    const open = steps.filter((_, at) => plan.steps[at]?.state !== 'done');
    const done = await runtime.log.group(operation, async () => runOperation(execution, open, deadline));
    const report = { plan, results: done.results };
    if (done.error !== undefined)
      return { command: operation, result: resultOf(done.error), operation: report, error: done.error };
    return { command: operation, result: 'applied', operation: report, ...(await databaseOf(run, successor)) };
  };
}

/** What the inputs choose for an operation. */
function chosenIn({ inputs: { run } }: Run, operation: OperationName): Chosen {
  return defined({
    replica: operation === 'switchover' ? run.confirm_switchover : run.confirm_promote,
    applyNow: run.apply_immediately,
    postpone: run.postpone_maintenance
  });
}

/** The outputs of the server as it is afterwards; of its successor where there is one. */
async function databaseOf(run: Run, successor: OperationDraft['successor']): Promise<Pick<RunResult, 'database'>> {
  if (successor !== undefined && successor['name'] !== run.session.target.name) {
    const session = await run.open(specOf(run, successor));
    try {
      return await databaseOf({ ...run, session }, undefined);
    } finally {
      await session.close();
    }
  }
  const observed = await run.session.observeForOutputs();
  const [main] = observed;
  if (main !== undefined && isUnready(main)) {
    run.runtime.log.warning(`No outputs are set: ${unready(main)}.`);
    return {};
  }
  const database = await run.session.outputs(observed);
  if (database === undefined) return {};
  if (database.isStopped !== true) await verify(run, observed, database);
  return { database };
}

/** The spec that names the successor. Its replicas are its own: the inputs name those of the server before. */
function specOf({ inputs: { spec } }: Run, { name = spec.name, ...place }: Readonly<Record<string, string>>): Spec {
  const {
    create_read_replica: _wanted,
    read_replica_count: _count,
    replica_names: _names,
    replica_region: _region,
    ...settings
  } = spec.settings;
  return { ...spec, name, settings: { ...settings, ...place } };
}

function blockedError({ operation, verdict, refusals }: OperationPlan): ActionError | undefined {
  const [first] = refusals;
  if (verdict !== 'blocked' || first === undefined) return undefined;
  const more = refusals.length > 1 ? ` (and ${refusals.length - 1} more)` : '';
  return new ActionError(`Could not run \`command: ${operation}\`: ${first.message}${more}`, {
    code: first.rule === 'not-ours' ? 'not-ours' : 'plan-blocked',
    source: 'user',
    ...defined({ hint: first.hint })
  });
}

function withoutServer({ inputs, provider }: Run, operation: OperationName): ActionError {
  return new ActionError(
    `Could not run \`command: ${operation}\`: there is no database ${inputs.spec.name} on ${provider.title}`,
    {
      code: 'not-found',
      source: 'user',
      hint: 'Apply it first; or correct `name`, the region or the account.'
    }
  );
}
