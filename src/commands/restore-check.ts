import { defined } from '../engine/defined.ts';
import { asSentence } from '../engine/sentence.ts';
import { describeOwner, markFor } from '../engine/ownership.ts';
import type { Plan } from '../engine/plan.ts';
import type { Observed } from '../engine/resource.ts';
import { ActionError, asActionError } from '../errors.ts';
import { expiryOf } from '../ephemeral/ephemeral.ts';
import { isThrowaway, restoreCheckSpec } from '../ephemeral/restore-check.ts';
import { checkScript, type SqlCheck } from '../postgres/check-script.ts';
import { scriptsOf } from '../postgres/given-sql.ts';
import type { Script } from '../postgres/script.ts';
import type { ApplyResult } from '../engine/apply.ts';
import type { Mask } from '../sql-objects/mask-state.ts';
import { initSqlAddress, MASK_SQL_ADDRESS } from '../sql-objects/names.ts';
import { databaseTime } from './database-time.ts';
import { maskOf } from './mask-clone.ts';
import { isFailure } from '../providers/failures.ts';
import { ageSeconds } from '../providers/newest-backup.ts';
import type { Session } from '../providers/provider.ts';
import { lacksPassword } from '../providers/way-in.ts';
import { throwawayName } from '../providers/throwaway-name.ts';
import type { RunResult } from '../publish/run-result.ts';
import { plural } from '../report/labels.ts';
import { restoreLines, type RestoreReport } from '../report/restore-markdown.ts';
import { rememberServer } from '../runner/left-server.ts';
import { refuseProblems } from '../spec/problem.ts';
import type { Spec } from '../spec/spec.ts';
import { resultOf } from './result-of.ts';
import { runOf, type Command, type Run } from './command.ts';
import { blockedError, makePlan } from './planning.ts';
import { removeServer } from './remove-server.ts';
import { inDatabase, isAboutData, throughWayIn } from './run-sql.ts';

/** Minutes that a throwaway server of a killed run lives beyond the run's own limit. */
const GRACE_MINUTES = 15;

/**
 * Proves the newest backup: restores it into a throwaway server, runs `mask_sql`, `init_sql` and `check_sql` there, and
 * destroys it, whatever happened. The database itself is only read. A killed run is cleaned up by the post step, by the
 * next restore check or by a sweep. Fails with `restore-failed` when there is no backup, or it does not pass.
 */
export const restoreCheck: Command = async run => {
  refuseInputs(run);
  const scripts = await scriptsAsked(run);
  const observed = await run.session.observe();
  refuseOthers(run, observed[0]);
  const heading = headingOf(run);
  const { account, region } = run.session.target;
  const target = { account, region };
  const backup = await run.session.newestBackup();
  if (backup.kind === 'none') {
    const { why, hint } = backup;
    return failed(
      { heading, target, checks: [], isDryRun: false },
      restoreFailed(run, `there is no backup: ${why}`, hint)
    );
  }
  const { at, title } = backup;
  const age = ageSeconds(at, databaseTime(run));
  const report: RestoreReport = {
    heading,
    target,
    backup: { title, at, ageSeconds: age },
    checks: [],
    isDryRun: run.inputs.options.dry_run
  };
  const told = { kind: 'found', at, title, seconds: age } as const;
  const name = throwawayName(run.inputs.spec.name, runOf(run), run.execution.clock.now());
  const spec = restoreCheckSpec(run.inputs.spec, name, backup.restore);
  refuseProblems(run.provider.validate(spec).problems);
  await removeLeftovers(run);
  const { database_name: main } = run.inputs.spec.settings;
  const session = await run.open(spec, defined({ mask: scripts.mask, isKept: false, main }));
  try {
    return { ...(await prove(run, session, { spec, scripts, report, observed })), backup: told };
  } finally {
    await session.close();
  }
};

interface Proof {
  readonly spec: Spec;
  readonly scripts: Scripts;
  readonly report: RestoreReport;
  /** Of the database itself. */
  readonly observed: readonly Observed[];
}

interface Scripts {
  readonly mask: Mask | undefined;
  readonly check: readonly Script[];
}

async function prove(
  run: Run,
  session: Session,
  { spec, scripts, report: before, ...proof }: Proof
): Promise<RunResult> {
  const { runtime, execution, inputs } = run;
  const { plan, observed } = await makePlan({ ...run, session, inputs: { ...inputs, spec }, notices: [] });
  const blocked = blockedError(plan) ?? (await unknownPassword(run, plan, proof.observed));
  if (blocked !== undefined) return failed(before, blocked);
  if (inputs.options.dry_run) return { command: 'restore-check', result: 'planned', restore: before };

  const began = execution.clock.now();
  const expiresAt = expiryOf(databaseTime(run), inputs.options.timeout_minutes + GRACE_MINUTES);
  const mark = markFor(session.target, { expiresAt, run: runOf(run) });
  let report: RestoreReport = { ...before, server: session.target.name, isDestroyed: false };
  let error: ActionError | undefined;
  rememberServer(runtime, { name: spec.name, environment: spec.environment });
  try {
    const applied = await runtime.log.group('Restore', async () => session.apply(plan, observed, mark));
    if (applied.error !== undefined) throw ofScripts(run, applied);
    const proven = await runtime.log.group('Check', async () => proofIn(run, session, scripts));
    const usableAt = reachedBy(applied) ?? proven.usableAt;
    const seconds = Math.round((usableAt.getTime() - began.getTime()) / 100) / 10;
    const initialised = applied.facts.get(INIT)?.['ran'];
    report = defined({
      ...report,
      seconds,
      masked: scripts.mask?.scripts.length,
      initialised: typeof initialised === 'number' ? initialised : undefined,
      checks: proven.checks
    });
    for (const line of restoreLines(report)) runtime.log.info(line);
    error = failureOf(run, proven.checks);
  } catch (thrown) {
    error = asActionError(execution.signal.aborted ? execution.signal.reason : thrown);
  }
  // A cancelled run has no time for it: the post step destroys the server.
  if (execution.signal.aborted) return failed(report, error ?? asActionError(execution.signal.reason));
  try {
    const wasThere = await runtime.log.group('Destroy', async () => removeServer(session, execution));
    // A server whose creation got no answer may show later: the post step looks once more.
    if (wasThere) rememberServer(runtime, undefined);
    else if (isRefused(error))
      rememberServer(runtime, { name: spec.name, environment: spec.environment, wasRefused: true });
    report = wasThere ? { ...report, isDestroyed: true } : before;
  } catch (thrown) {
    const left = asActionError(thrown);
    runtime.log.warning(
      `Could not destroy server ${spec.name}: ${asSentence(left.message)} The step at the end of the job tries once more`
    );
    error ??= left;
  }
  return error === undefined
    ? { command: 'restore-check', result: 'restored', restore: report }
    : failed(report, error);
}

/** A copy has the password of its source, unless its provider makes one: without it no check gets in. */
async function unknownPassword(
  { session, inputs }: Run,
  { steps }: Plan,
  observed: readonly Observed[]
): Promise<ActionError | undefined> {
  const makesOne = steps.some(({ changes }) =>
    changes.some(({ field, to }) => field === 'manage_master_user_password' && to === true)
  );
  if (makesOne || inputs.secrets.has('master_password')) return undefined;
  const way = await session.wayIn(observed);
  if (!lacksPassword(way)) return undefined;
  const { why, hint } = way;
  const message = `Could not check the backup of ${session.target.name}: ${why}, which its copy has too`;
  return new ActionError(message, { code: 'not-reachable', source: 'user', ...defined({ hint }) });
}

/** The same call is answered in the same way: an earlier one without an answer made nothing either. */
function isRefused(error: ActionError | undefined): boolean {
  return error !== undefined && (isFailure(error, 'denied') || isFailure(error, 'invalid'));
}

const INIT = initSqlAddress('', true);

/** When a script first got into the restored server. */
function reachedBy({ facts }: ApplyResult): Date | undefined {
  const at = facts.get(MASK_SQL_ADDRESS)?.['reachedAt'] ?? facts.get(INIT)?.['reachedAt'];
  return typeof at === 'string' ? new Date(at) : undefined;
}

/** The failure of an apply. One of a script says something about the backup. */
function ofScripts(run: Run, { results, error }: ApplyResult): unknown {
  const isOfScript = results.some(
    ({ address, outcome }) => outcome === 'failed' && (address === MASK_SQL_ADDRESS || address === INIT)
  );
  return isOfScript && isAboutData(error) ? aboutData(run, error) : error;
}

function aboutData(run: Run, thrown: unknown): ActionError {
  const { message, hint } = asActionError(thrown);
  return restoreFailed(run, message, hint ?? 'Read what the statement says about the restored data.');
}

/** Waits for a login, then checks. */
async function proofIn(
  run: Run,
  session: Session,
  { check }: Pick<Scripts, 'check'>
): Promise<{ readonly usableAt: Date; readonly checks: readonly SqlCheck[] }> {
  const { clock, signal } = run.execution;
  const outputs = await session.outputs(await session.observe());
  const database = run.inputs.spec.settings.database_name ?? outputs?.endpoint.database ?? 'postgres';
  const what = `check the backup of ${run.session.target.name}`;
  try {
    return await throughWayIn(session, what, async way => {
      const at = { database, what, signal };
      const usableAt = await inDatabase(way, at, async one => {
        await one.query('SELECT 1');
        return clock.now();
      });
      const checks = await inDatabase(way, at, async one => {
        const all: SqlCheck[] = [];
        for (const script of check) all.push(...(await checkScript(one, script)));
        return all;
      });
      return { usableAt, checks };
    });
  } catch (thrown) {
    if (!isAboutData(thrown)) throw thrown;
    throw aboutData(run, thrown);
  }
}

function failureOf(run: Run, checks: readonly SqlCheck[]): ActionError | undefined {
  const wrong = checks.filter(({ isPassed }) => !isPassed);
  const [first] = wrong;
  if (first === undefined) return undefined;
  const more = wrong.length === 1 ? '' : ` (and ${plural(wrong.length - 1, 'more check')})`;
  return restoreFailed(
    run,
    `${first.place} returned ${first.returned}${more}`,
    'Restore the backup under another `name` and look at its data; correct `check_sql` where the data is right.'
  );
}

function restoreFailed({ session }: Run, why: string, hint: string): ActionError {
  return new ActionError(`Could not prove the backup of ${session.target.name}: ${why}`, {
    code: 'restore-failed',
    source: 'user',
    hint
  });
}

function failed(report: RestoreReport, error: ActionError): RunResult {
  return {
    command: 'restore-check',
    result: resultOf(error),
    restore: { ...report, failure: asSentence(error.message) },
    error
  };
}

/**
 * Removes servers of restore checks whose run is long over, or that an earlier attempt of this run left. One that fails
 * to go stays for the sweep.
 */
async function removeLeftovers(run: Run): Promise<void> {
  const { session, inputs, execution, runtime } = run;
  if (inputs.options.dry_run) return;
  const now = databaseTime(run);
  for (const found of await session.listServers()) {
    if (!isThrowaway(found.mark, session.target)) continue;
    const isExpired = Date.parse(found.mark.expiresAt) <= now.getTime();
    if (!isExpired && !isOfEarlierAttempt(run, found.mark.run)) continue;
    const left = await found.open();
    try {
      await removeServer(left, execution);
      runtime.log.info(`${found.title}: removed (left by an earlier restore check)`);
    } catch (thrown) {
      execution.signal.throwIfAborted();
      runtime.log.warning(
        `Could not remove ${found.title} of an earlier restore check: ${asActionError(thrown).message}`
      );
    } finally {
      await left.close();
    }
  }
}

function isOfEarlierAttempt({ event }: Run, made: string | undefined): boolean {
  const [id, attempt] = made?.split('.') ?? [];
  return id === event.runId && Number(attempt) < event.runAttempt;
}

async function scriptsAsked(run: Run): Promise<Scripts> {
  const { check_sql: given } = run.inputs.run;
  const [mask, check] = await Promise.all([
    maskOf(run),
    given === undefined ? [] : scriptsOf(given, 'check_sql', run.runtime.paths.workspace)
  ]);
  return { mask, check };
}

function headingOf({ session }: Run): readonly string[] {
  const { name, environment, provider, region } = session.target;
  return [name, environment, provider, region].filter((part, at, all) => part !== '' && all.indexOf(part) === at);
}

function refuseOthers({ session }: Run, main: Awaited<ReturnType<Session['observe']>>[number] | undefined): void {
  if (main === undefined || main.ownership.kind === 'ours') return;
  const why = describeOwner(main.ownership);
  throw new ActionError(`Could not prove the backup of ${session.target.name}: ${main.title} ${why}`, {
    code: 'not-ours',
    source: 'user',
    hint: 'Set `name` and `environment` to those of a database that this workflow keeps.'
  });
}

function refuseInputs({ inputs, ephemeral }: Run): void {
  const refused = (why: string, hint: string): ActionError =>
    new ActionError(`Could not run \`command: restore-check\` ${why}`, { code: 'input-invalid', source: 'user', hint });
  if (!inputs.options.wait) throw refused('with `wait: false`: it ends with the check', 'Remove `wait`.');
  if (ephemeral === undefined) return;
  throw refused('with `ephemeral`: the database of a pull request has no backups', 'Remove `ephemeral`.');
}
