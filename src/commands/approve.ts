import { defined } from '../engine/defined.ts';
import { effectOf } from '../engine/digest.ts';
import type { Plan } from '../engine/plan.ts';
import { asSentence } from '../engine/sentence.ts';
import { ActionError } from '../errors.ts';
import { amendCheckRun } from '../github/check-run.ts';
import { isOnTerminal } from '../github/event.ts';
import type { GithubClient } from '../github/client.ts';
import { isGithubFailure } from '../github/client-errors.ts';
import { heading } from '../report/verdict.ts';
import { decide, type Decision, type Question } from '../review/approval.ts';
import { differenceLines } from '../review/difference-lines.ts';
import {
  findGroupRecord,
  findRecord,
  groupOf,
  subjectOf,
  type FoundRecord,
  type Subject
} from '../review/find-record.ts';
import { recordTexts } from '../review/record.ts';
import type { Run } from './command.ts';
import { deployRefsOf } from './deploy-refs.ts';
import { isBaseOf } from './deploy-place.ts';
import { clientOf } from './live-pull-request.ts';

/** How a plan compares to the one that was reviewed. */
export interface Review {
  /** No review is needed, and GitHub is not asked. */
  readonly isIgnored: boolean;
  readonly decision?: Decision;
  /** The merged pull request that this commit came from, if any. */
  readonly carriesOut?: number;
  /** Why nothing may be done. */
  readonly error?: ActionError;
}

/**
 * Whether a review is needed: as `approval` says. By default none is needed for a database that ends with the job,
 * whose plan could not have been reviewed.
 */
export function demandOf({ inputs, provider, session }: Run): Question['demand'] | 'off' {
  const asked = inputs.run.approval;
  if (session.target.pullRequest !== undefined) return 'off';
  return asked ?? (provider.cleanUp === undefined ? 'when-present' : 'off');
}

/**
 * Finds the reviewed plan and compares it with this one. `settings` is the digest of the workflow's, which an apply
 * puts into the mark. A failure of GitHub is returned, not thrown.
 */
export async function review(run: Run, plan: Plan, settings?: string): Promise<Review> {
  if (isOnTerminal(run.event)) return confirmed(run);
  const demand = demandOf(run);
  if (demand === 'off' && run.inputs.run.approval === undefined) return { isIgnored: true };
  const client = clientOf(run);
  let subject: Subject | undefined;
  try {
    const refs = await deployRefsOf(run);
    const counts = (base: string): boolean => isBaseOf(run.event, base, refs);
    subject = await subjectOf(client, run.event, counts);
    const carriesOut = carriedOut(run, subject);
    if (demand === 'off') return { isIgnored: false, ...carriesOut };
    const group = await groupOf(client, run.event, counts);
    const { target, tables } = run.session;
    const found =
      group.length < 2
        ? await findRecord(client, subject, target)
        : await findGroupRecord(client, group, target, effectOf(plan, tables), demand === 'required');
    return { isIgnored: false, ...carriesOut, ...(await decideReview(run, { plan, settings, demand }, client, found)) };
  } catch (thrown) {
    if (!isGithubFailure(thrown)) throw thrown;
    const carriesOut = carriedOut(run, subject);
    return { isIgnored: false, ...carriesOut, ...unknown(run, plan, demand, thrown) };
  }
}

/** On a terminal, `--yes` is the word of the person who saw the plan. It is no review where one is required. */
function confirmed({ inputs }: Run): Review {
  if (inputs.run.approval !== 'required') return { isIgnored: true };
  return {
    isIgnored: false,
    error: new ActionError('Could not apply from a terminal: `approval` is `required`', {
      code: 'approval-missing',
      source: 'user',
      hint: 'Make the change in a pull request: its merge applies the plan that was reviewed.'
    })
  };
}

/** The merged pull request whose comment shows the result of the apply. */
function carriedOut({ event }: Run, subject: Subject | undefined): Pick<Review, 'carriesOut'> {
  const isOther = event.kind === 'pull_request' || subject?.number === undefined || subject.unfit !== undefined;
  return isOther ? {} : { carriesOut: subject.number };
}

/** A record that may not be read counts as missing. One that could not be read may exist, so the run stops. */
function unknown(
  run: Run,
  plan: Plan,
  demand: Question['demand'] | 'off',
  cause: ActionError
): Omit<Review, 'isIgnored'> {
  const why = `${cause.message}${cause.hint === undefined ? '' : `. ${cause.hint}`}`;
  if (demand === 'off') {
    run.runtime.log.debug(`The pull request of this commit is not known: ${why}`);
    return {};
  }
  if (cause.code !== 'github-denied') return { error: cause };
  const decision: Decision = { kind: demand === 'required' ? 'missing' : 'unreviewed', why };
  return { decision, ...verdictOf(run, plan, decision) };
}

async function decideReview(
  run: Run,
  { plan, settings, demand }: Pick<Question, 'plan' | 'demand'> & { readonly settings: string | undefined },
  client: GithubClient,
  { evidence, parts }: FoundRecord
): Promise<Omit<Review, 'isIgnored'>> {
  const decision = decide(
    defined({ demand, evidence, plan, tables: run.session.tables, sha: run.event.sha, settings })
  );
  const isFirst = decision.kind === 'approved' && !decision.rest && run.event.kind !== 'merge_group';
  if (evidence.kind === 'record' && evidence.together !== undefined)
    run.runtime.log.info(
      `The plans of ${evidence.together.map(number => `#${number}`).join(', ')} are compared as one`
    );
  for (const { record, checkRun } of isFirst ? parts : []) {
    // A later run of this commit may then apply the rest.
    const begunWith = [plan.lastApplied?.applied, settings].filter(one => one !== undefined);
    const begun = { ...record, begunFor: run.event.sha, begunWith };
    await amendCheckRun(client, checkRun, recordTexts(begun)).catch((thrown: unknown) => {
      if (!isGithubFailure(thrown)) throw thrown;
      const hint = thrown.hint === undefined ? '' : ` ${thrown.hint}`;
      run.runtime.log.info(
        `Should this apply be interrupted, the next run will not know its rest as reviewed: ${asSentence(thrown.message)}${hint}`
      );
    });
  }
  return { decision, ...verdictOf(run, plan, decision) };
}

function verdictOf(run: Run, plan: Plan, decision: Decision): Pick<Review, 'error'> {
  const { log } = run.runtime;
  switch (decision.kind) {
    case 'approved':
      log.info(
        decision.rest
          ? `This plan is the rest of the one that was reviewed in #${decision.pullRequest}, whose apply had begun`
          : `This is the plan that was reviewed in #${decision.pullRequest}`
      );
      return {};
    case 'unreviewed':
      log.notice(`There is no reviewed plan to compare with: ${decision.why}`);
      return {};
    case 'missing':
      return {
        error: new ActionError(`There is no reviewed plan of ${heading(plan)}: ${decision.why}`, {
          code: 'approval-missing',
          source: 'user',
          hint: 'Make the change in a pull request of this repository whose plan is recorded (`permissions: checks: write`), or set `approval: when-present`.'
        })
      };
    case 'changed': {
      const lines = differenceLines(decision.differences, plan, run.session.tables).map(line => `  - ${line}`);
      return {
        error: new ActionError(
          [`The plan is not the one that was reviewed in #${decision.pullRequest}:`, ...lines].join('\n'),
          {
            code: 'plan-changed',
            source: 'user',
            hint: `Nothing was done. Run the plan of #${decision.pullRequest} again and review it, then run this again; or make the change in a new pull request.`
          }
        )
      };
    }
  }
}
