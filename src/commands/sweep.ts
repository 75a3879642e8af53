import type { Execution } from '../engine/execution.ts';
import { repositoryOf } from '../engine/ownership.ts';
import { ActionError, asActionError } from '../errors.ts';
import { decideSweep, type SweepDecision, type SweepFacts } from '../ephemeral/decide-sweep.ts';
import { isThrowaway } from '../ephemeral/restore-check.ts';
import { openAmong, readPullRequest } from '../github/pull-request.ts';
import type { GithubClient } from '../github/client.ts';
import type { OpenableServer } from '../providers/provider.ts';
import { sweepLines, type Swept } from '../report/sweep-markdown.ts';
import { docsUrlOf } from '../publish/docs-url.ts';
import { failureSentence } from '../report/verdict.ts';
import { databaseTime } from './database-time.ts';
import { resultOf } from './result-of.ts';
import { clientOf } from './live-pull-request.ts';
import type { Command, Run } from './command.ts';
import { removeServer } from './remove-server.ts';
import { showGone } from './show-deployment.ts';
import { sweepRules, sweepRulesOf } from './sweep-rules.ts';

/** Number of databases destroyed in parallel. */
const PARALLELISM = 4;

/** A database that was found, and the decision about it. */
interface Candidate {
  readonly found: OpenableServer;
  readonly judgement: SweepDecision;
}

/**
 * Removes leftovers of pull requests: expired databases, and those of pull requests that are not open. Marks are read
 * before the state of their pull requests, so that one opened meanwhile is never taken for closed. Each that seems
 * closed is looked up once more. When GitHub can't be asked, only expired databases are removed.
 */
export const sweep: Command = async run => {
  const sweepsRules = run.session.runnerAccess?.request !== undefined;
  const sweepsChecks = run.inputs.run.check_sql !== undefined;
  const sweepsServers = run.ephemeral !== undefined || sweepsChecks;
  if (!sweepsServers && !sweepsRules) throw withoutKind();
  const listed = sweepsServers ? await run.session.listServers() : [];
  // Without `ephemeral`, the servers of pull requests are another workflow's to sweep.
  const found =
    run.ephemeral === undefined ? listed.filter(({ mark }) => isThrowaway(mark, run.session.target)) : listed;
  const client = clientOf(run);
  const facts = { ...repositoryOf(run.session.target), now: new Date(0) };
  const open = await openNumbers(run, client, undecided(found, facts));
  const evidence = { ...facts, now: databaseTime(run), open };
  const candidates = found.map(one => ({ found: one, judgement: decideSweep(one.mark, evidence) }));
  const confirmed = await inTurns(run.execution, candidates, async one => confirm(one, run, client));

  const isDryRun = run.inputs.options.dry_run;
  const { signal } = run.execution;
  const items = new Map<Candidate, Swept>(confirmed.map(one => [one, swept(one, isDryRun)]));
  const errors: ActionError[] = [];
  if (!isDryRun) {
    const doomed = confirmed.filter(({ judgement }) => judgement.kind === 'remove');
    await inTurns(run.execution, doomed, async one => {
      try {
        await remove(run, one.found);
        items.set(one, { ...swept(one, false), outcome: 'removed' });
        run.runtime.log.info(`${one.found.title}: removed (${one.judgement.why})`);
      } catch (thrown) {
        signal.throwIfAborted();
        const error = asActionError(thrown);
        errors.push(error);
        items.set(one, { ...swept(one, false), outcome: 'failed', why: error.message });
      }
    }).catch((thrown: unknown) => errors.push(asActionError(thrown)));
  }
  const kept = confirmed.filter(({ judgement }) => judgement.kind === 'keep');
  const rules = signal.aborted
    ? []
    : [
        await sweepRules(run, run.session),
        ...(await inTurns(run.execution, kept, async one => sweepRulesOf(run, one.found)))
      ].flat();
  errors.push(...rules.filter(({ outcome }) => outcome === 'failed').map(ruleError));
  const gone = confirmed.filter(one => items.get(one)?.outcome === 'removed');
  if (!signal.aborted) await showGone(run, [...new Set(gone.flatMap(numberOf))]);
  const report = { isDryRun, knowsOpenPullRequests: open !== undefined, items: [...items.values(), ...rules] };
  for (const line of sweepLines(report)) run.runtime.log.info(line);
  const count = report.items.filter(({ outcome }) => outcome === 'removed' || outcome === 'removable').length;
  const [error] = errors;
  if (error !== undefined) return { command: 'sweep', result: resultOf(error), sweep: report, error };
  return { command: 'sweep', result: count === 0 ? 'no-changes' : isDryRun ? 'planned' : 'swept', sweep: report };
};

function ruleError({ title, why }: Swept): ActionError {
  return new ActionError(`Could not remove the ${title}: ${why}`, { code: 'provider-failed', source: 'provider' });
}

function numberOf({ judgement }: Candidate): readonly number[] {
  return judgement.kind === 'remove' && judgement.pullRequest !== undefined ? [judgement.pullRequest] : [];
}

/** The result is not known yet. */
function swept({ found, judgement }: Candidate, isDryRun: boolean): Swept {
  const outcomes = { remove: isDryRun ? 'removable' : 'not run', keep: 'kept', leave: 'left' } as const;
  return { title: found.title, outcome: outcomes[judgement.kind], why: judgement.why };
}

/** The pull requests whose state decides about one of these: only they are asked for. */
function undecided(found: readonly OpenableServer[], facts: Omit<SweepFacts, 'open'>): readonly number[] {
  return found.flatMap(({ mark }) => {
    const judgement = decideSweep(mark, { ...facts, open: new Set() });
    const isOpenQuestion = judgement.kind === 'remove' && !judgement.isCertain;
    return isOpenQuestion && judgement.pullRequest !== undefined ? [judgement.pullRequest] : [];
  });
}

async function openNumbers(
  run: Run,
  client: GithubClient,
  numbers: readonly number[]
): Promise<ReadonlySet<number> | undefined> {
  try {
    return await openAmong(client, numbers);
  } catch (thrown) {
    run.execution.signal.throwIfAborted();
    run.runtime.log.warning(
      `Could not read the open pull requests from GitHub, so only expired databases are removed: ${failureSentence(asActionError(thrown), docsUrlOf(run.runtime, run.event))}`
    );
    return undefined;
  }
}

/** Lists can be a moment old: before a database is destroyed, its pull request is looked up by itself. */
async function confirm(candidate: Candidate, run: Run, client: GithubClient): Promise<Candidate> {
  const { judgement } = candidate;
  if (judgement.kind !== 'remove' || judgement.isCertain || judgement.pullRequest === undefined) return candidate;
  const { pullRequest } = judgement;
  try {
    const live = await readPullRequest(client, pullRequest);
    const why =
      live === undefined ? `there is no pull request #${pullRequest}` : `pull request #${pullRequest} is ${live.state}`;
    return { ...candidate, judgement: live?.state === 'open' ? { kind: 'keep', why } : { ...judgement, why } };
  } catch {
    run.execution.signal.throwIfAborted();
    return { ...candidate, judgement: { kind: 'keep', why: `pull request #${pullRequest} could not be looked up` } };
  }
}

/** Throws what a step failed with, and what a rule refuses. */
async function remove({ execution }: Run, found: OpenableServer): Promise<void> {
  const session = await found.open();
  try {
    await removeServer(session, execution);
  } finally {
    await session.close();
  }
}

/**
 * A few at a time, in order. Starts nothing more once the run is cancelled, and throws the signal's reason when the
 * running ones have ended.
 */
async function inTurns<T, R>(
  { signal }: Pick<Execution, 'signal'>,
  items: readonly T[],
  work: (item: T) => Promise<R>
): Promise<readonly R[]> {
  const results = new Map<number, R>();
  const rest = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of rest) {
      signal.throwIfAborted();
      results.set(index, await work(item));
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: PARALLELISM }, worker));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return [...results.entries()].sort(([one], [other]) => one - other).map(([, result]) => result);
}

function withoutKind(): ActionError {
  return new ActionError('Could not sweep: no input says which databases', {
    code: 'input-invalid',
    source: 'user',
    hint: 'Set `ephemeral` (and `base_database`) as in the workflow that creates the databases, `check_sql` to remove leftovers of restore checks, or `runner_access` to remove expired rules for runners.'
  });
}
