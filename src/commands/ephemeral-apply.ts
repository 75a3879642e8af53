import { defined } from '../engine/defined.ts';
import { markFor, type Mark } from '../engine/ownership.ts';
import type { Notice, Plan } from '../engine/plan.ts';
import { refuseOtherValues } from '../engine/refuse-other-values.ts';
import type { Observed } from '../engine/resource.ts';
import { ActionError } from '../errors.ts';
import { requireCapacity, requireCapacityAgain } from '../ephemeral/capacity.ts';
import { expiryOf } from '../ephemeral/ephemeral.ts';
import { requireOwn, wrongDatabase } from '../ephemeral/require-own.ts';
import type { DatabaseOutputs } from '../providers/provider.ts';
import { databaseTime } from './database-time.ts';
import { resultOf } from './result-of.ts';
import { destroy } from './destroy.ts';
import { livePullRequest, type LivePullRequest } from './live-pull-request.ts';
import { blockedError, makePlan } from './planning.ts';
import { runOf, type Command, type Run } from './command.ts';
import { INIT_SQL, MASK_SQL_ADDRESS } from '../sql-objects/names.ts';
import { begunWith, isUnready, maskStateOf, PENDING, UNMASKED, type Mask } from '../sql-objects/mask-state.ts';
import { destroyUnmasked, maskOf, refuseMaskWithoutCopy } from './mask-clone.ts';
import type { RunResult } from '../publish/run-result.ts';
import { pullRequestOf } from './pull-request-of.ts';
import { showActive, showGone } from './show-deployment.ts';
import { verify, withNotice } from './verify.ts';

/** A pull request that carries this label gets a new database with each push. */
export const RESET_LABEL = 'pgkeep-reset';

/**
 * Creates or keeps the database of a pull request, and extends its life. Fenced: the pull request's live state is read
 * before anything is created and again at the end. The database of a pull request that was closed meanwhile is
 * destroyed.
 */
export const applyEphemeral: Command = async run => {
  const number = pullRequestOf(run);
  const before = await livePullRequest(run, number);
  if (before.state === 'gone') return removeFor(run, `Pull request #${number} ${before.why}: it gets no database.`);

  refuseMaskWithoutCopy(run);
  const mask = await maskOf(run);
  const reset = isResetAsked(run, before) ? await removeOld(run) : undefined;
  const undone = reset ?? (await removeUnmasked(run, mask));
  if (undone?.error !== undefined) return undone;

  const expiresAt = expiryOf(databaseTime(run), run.inputs.run.ttl);
  const { plan, observed, settings, ownTags, cost } = await makePlan({
    ...run,
    notices: [...run.notices, life(number, expiresAt)]
  });
  const blocked = blockedError(plan);
  const refused = blocked ?? unrunScripts(run, plan);
  if (refused !== undefined) return { command: 'apply', result: 'failed', plan, error: refused };
  const countAgain = observed.length === 0 ? await capacityFor(run) : undefined;

  const lasting = { applied: settings, ownTags, expiresAt, run: runOf(run) };
  const [live] = observed;
  const markWith = (masked: string | undefined): Mark => markFor(run.session.target, defined({ ...lasting, masked }));
  const needsMask = mask !== undefined && (live === undefined || maskStateOf(live, mask) === 'pending');
  const hasScripts = run.ephemeral?.kind === 'clone' && (runsScripts(plan) || wasMarked(live));
  const mark = markWith(mask?.hash ?? (hasScripts ? UNMASKED : undefined));
  const isBegun = live === undefined ? hasScripts : isUnready(live);
  const first = needsMask ? markWith(PENDING) : isBegun ? markWith(begunWith(mask?.hash)) : mark;
  const applied =
    plan.verdict === 'no-changes'
      ? undefined
      : await run.runtime.log.group('Apply', async () => run.session.apply(plan, observed, first));
  const masking = applied?.results.find(({ address }) => address === MASK_SQL_ADDRESS);
  const failed = masking?.outcome === 'failed' ? await destroyUnmasked(run, masking) : applied?.error;
  if (failed !== undefined)
    return defined({ command: 'apply', result: resultOf(failed), plan, applied, error: failed });
  if (needsMask && masking?.outcome !== 'done') throw stillUnmasked(run);
  const over = await countAgain?.();
  if (over !== undefined) return { ...over, plan };
  const after = await livePullRequest(run, number);
  if (after.state === 'gone') {
    return removeFor(
      run,
      `Pull request #${number} ${after.why} since this run began: its database is destroyed again.`
    );
  }
  const now = applied === undefined ? observed : await run.session.observe();
  if (applied !== undefined) {
    const desired = await run.session.desired(now);
    refuseOtherValues(applied, { desired, observed: now, tables: run.session.tables });
  }
  await run.session.writeMark(now, mark);
  const last = await run.session.observe();
  const database = await outputsOf(run, last);
  const { notice } = await verify(run, last, database);
  await showActive(run, number);
  return defined({
    command: 'apply',
    result: applied === undefined ? 'no-changes' : 'applied',
    plan: withNotice(plan, notice),
    cost,
    applied,
    database
  });
};

/** The failure where no run could tell whether `init_sql` ran in the copy: no output names it before. */
function unrunScripts({ ephemeral, session }: Run, { steps }: Plan): ActionError | undefined {
  const unread = steps.find(({ type, unknown }) => type === INIT_SQL && Object.keys(unknown).length > 0);
  if (ephemeral?.kind !== 'clone' || unread === undefined) return undefined;
  const [why] = Object.values(unread.unknown);
  return new ActionError(
    `Could not set outputs: whether \`init_sql\` ran in ${session.target.name} is not known without ${why}`,
    {
      code: 'not-reachable',
      source: 'user',
      hint: 'Run this step where the copy is reachable (`runner_access: true`, or a runner in its network), or remove `init_sql`.'
    }
  );
}

function runsScripts({ steps }: Plan): boolean {
  return steps.some(({ type }) => type === INIT_SQL);
}

function wasMarked(live: Observed | undefined): boolean {
  return live?.ownership.kind === 'ours' && live.ownership.mark.masked !== undefined;
}

function stillUnmasked({ session }: Run): ActionError {
  return new ActionError(`Could not set outputs: the data of ${session.target.name} is not masked`, {
    code: 'internal',
    source: 'bug'
  });
}

/** Throws `wrong-database` when the live database is not the one that this run has created or found. */
async function outputsOf({ session }: Run, observed: readonly Observed[]): Promise<DatabaseOutputs> {
  const [main] = observed;
  const ownership = main?.ownership;
  requireOwn({
    target: session.target,
    marks: [ownership === undefined || ownership.kind === 'unmarked' ? undefined : ownership.mark],
    own: main?.title ?? 'what was there',
    base: ''
  });
  const database = await session.outputs(observed);
  if (database !== undefined) return database;
  throw wrongDatabase(
    session.target,
    `${main?.title ?? 'it'} was changed by another run or by hand after this run created it`
  );
}

function life(number: number, expiresAt: string): Notice {
  const until = expiresAt.replace('T', ' ').replace(/:\d\dZ$/, ' UTC');
  return {
    code: 'ephemeral',
    severity: 'info',
    message: `Destroyed when pull request #${number} is closed, or ${until} unless there is another push.`
  };
}

/** Destroys because of the pull request's state; the reason is in the plan and in the log. */
async function removeFor(run: Run, why: string): Promise<RunResult> {
  run.runtime.log.info(why);
  const reason = { code: 'pull-request-closed', severity: 'info', message: why } as const;
  const runResult = await destroyServer({ ...run, destroyNotices: [reason] });
  if (runResult.error === undefined) await showGone(run, [pullRequestOf(run)]);
  return { ...runResult, command: 'apply', ...(runResult.result === 'no-changes' ? { remark: why } : {}) };
}

function isResetAsked({ inputs, event }: Run, live: LivePullRequest): boolean {
  if (inputs.run.reset === true) return true;
  const known = event.kind === 'pull_request' ? event.pullRequest.labels : [];
  return (live.state === 'open' ? live.labels : known).includes(RESET_LABEL);
}

/** A database that this very run has created stays: another step or job of it asked for the same one. */
async function removeOld(run: Run): Promise<RunResult | undefined> {
  const [main] = await run.session.observe();
  if (main === undefined || madeBy(main) === runOf(run)) return undefined;
  run.runtime.log.info(`${main.title} is recreated (reset)`);
  return destroyServer(run);
}

/** A copy whose data is not masked is recreated, whatever is in it. */
async function removeUnmasked(run: Run, mask: Mask | undefined): Promise<RunResult | undefined> {
  if (run.ephemeral?.kind !== 'clone') return undefined;
  const [main] = await run.session.observe();
  if (main === undefined || maskStateOf(main, mask) !== 'stale') return undefined;
  run.runtime.log.info(`${main.title} is recreated: its data is not masked by this \`mask_sql\``);
  return destroyServer(run);
}

/** What is inside it goes with it. */
async function destroyServer(run: Run): Promise<RunResult> {
  return destroy({ ...run, session: run.session.serverOnly ?? run.session });
}

function madeBy({ ownership }: Observed): string | undefined {
  return ownership.kind === 'ours' ? ownership.mark.run : undefined;
}

/**
 * Throws `ephemeral-limit` when the repository has as many as `max_ephemeral` allows. Returns what looks again when the
 * server stands, and destroys it where runs that began at once made too many.
 */
async function capacityFor(run: Run): Promise<(() => Promise<RunResult | undefined>) | undefined> {
  const { session, inputs, ephemeral } = run;
  const limit = inputs.run.max_ephemeral;
  if (limit === undefined) return undefined;
  const before = requireCapacity(session.target, await session.listServers(), limit);
  // Roles of a shared server are counted under a lock.
  if (ephemeral?.kind === 'database') return undefined;
  return async () => {
    try {
      requireCapacityAgain(session.target, before, await session.listServers(), limit);
      return undefined;
    } catch (thrown) {
      if (!(thrown instanceof ActionError) || thrown.code !== 'ephemeral-limit') throw thrown;
      run.runtime.log.info(`${thrown.message}: other runs began at the same time. Its server is destroyed again.`);
      const undone = await destroyServer(run);
      return { ...undone, command: 'apply', result: 'failed', error: undone.error ?? thrown };
    }
  };
}
