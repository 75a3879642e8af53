import { defined } from '../engine/defined.ts';
import { ActionError, ProviderError } from '../errors.ts';
import { isGithubFailure } from './client-errors.ts';
import type { GithubClient } from './client.ts';
import { CHECK_RUN_LIMIT, firstFitting, type Rendering } from './rendering.ts';

export type CheckConclusion =
  'success' | 'failure' | 'neutral' | 'cancelled' | 'skipped' | 'timed_out' | 'action_required';

/** The contents of a finished check run. */
export interface CheckRunRequest {
  /** The pull request's head, not the merge commit that GitHub made up. */
  readonly headSha: string;
  readonly name: string;
  /** Data for a later run: the plan's digest. */
  readonly externalId: string;
  readonly conclusion: CheckConclusion;
  /** One line. */
  readonly title: string;
  /** From the full text to the shortest; the first that fits is sent. */
  readonly summary: readonly Rendering[];
  /** The text below the summary, for a later run to read; likewise the first that fits. Default: nothing. */
  readonly text?: readonly Rendering[];
  /** Chooses between several check runs of this name. Default: the newest. */
  readonly isMeant?: (checkRun: CheckRun) => boolean;
  /** True for a check run of a later run: it stays as it is. Default: none. */
  readonly yieldsTo?: (checkRun: CheckRun) => boolean;
  /** Where "Details" leads: the run's page. */
  readonly detailsUrl: string;
}

/** A check run made by the app that this token belongs to. */
export interface CheckRun {
  readonly id: number;
  readonly name: string;
  readonly headSha: string;
  readonly externalId: string;
  readonly conclusion: string | undefined;
  readonly title: string;
  readonly summary: string;
  /** Empty when there is none. */
  readonly text: string;
  readonly detailsUrl: string;
  readonly url: string;
}

export type CheckRunResult =
  | { readonly action: 'created' | 'updated' | 'unchanged' | 'superseded'; readonly checkRun: CheckRun }
  /** A warning for the user, with the missing permission in its hint. Never a reason to fail the run. */
  | { readonly action: 'failed'; readonly error: ActionError };

/**
 * The newest check run of this name on a commit that `isMeant`, created by the app that this token belongs to; those of
 * other apps do not count. `undefined` also when the token is a person's: people cannot create check runs, so none can
 * be trusted. Throws `github-denied` or `github-failed`.
 */
export async function findCheckRun(
  client: GithubClient,
  headSha: string,
  name: string,
  isMeant: (checkRun: CheckRun) => boolean = () => true,
  needs: 'checks: read' | 'checks: write' = 'checks: read'
): Promise<CheckRun | undefined> {
  const named = (await readCheckRuns(client, headSha, name, needs)).filter(run => run.name === name);
  return named.toSorted((a, b) => b.id - a.id).find(isMeant);
}

/**
 * All check runs on a commit that the app of this token made, by one name or by any. Throws `github-denied` or
 * `github-failed`.
 */
export async function readCheckRuns(
  client: GithubClient,
  headSha: string,
  name?: string,
  needs: 'checks: read' | 'checks: write' = 'checks: read'
): Promise<readonly CheckRun[]> {
  const all = await client.list(
    { what: `read the check runs of commit ${headSha.slice(0, 7)}`, needs },
    async (octokit, page) => {
      const answer = await octokit.rest.checks.listForRef(
        defined({ ...client.repository, ref: headSha, check_name: name, filter: 'all' as const, ...page })
      );
      return { data: answer.data.check_runs, headers: answer.headers };
    }
  );
  const found = all.filter(run => run.head_sha === headSha);
  if (found.length === 0) return [];
  const { appSlug } = await client.identity();
  return found.filter(run => appSlug !== undefined && run.app?.slug === appSlug).map(convert);
}

/**
 * Records a finished check run: the one of this name on this commit is brought up to date, or one is made. Unchanged
 * sends nothing. Throws only the signal's reason, when the run is cancelled.
 */
export async function putCheckRun(client: GithubClient, request: CheckRunRequest): Promise<CheckRunResult> {
  const wanted = {
    name: request.name,
    external_id: request.externalId,
    details_url: request.detailsUrl,
    status: 'completed',
    conclusion: request.conclusion,
    output: defined({
      title: request.title,
      summary: firstFitting(request.summary, CHECK_RUN_LIMIT),
      text: request.text && firstFitting(request.text, CHECK_RUN_LIMIT)
    })
  } as const;
  const find = async (): Promise<CheckRun | undefined> =>
    findCheckRun(client, request.headSha, request.name, request.isMeant, 'checks: write');
  try {
    const found = await find();
    if (found !== undefined && request.yieldsTo?.(found) === true) return { action: 'superseded', checkRun: found };
    if (found !== undefined && isUnchanged(found, request, wanted.output))
      return { action: 'unchanged', checkRun: found };
    const what = `record the check run on commit ${request.headSha.slice(0, 7)}`;
    if (found !== undefined) {
      const checkRun = await client.send({ what, needs: 'checks: write', idempotent: true }, async octokit => {
        const { data } = await octokit.rest.checks.update({
          ...client.repository,
          check_run_id: found.id,
          ...wanted
        });
        return convert(data);
      });
      return { action: 'updated', checkRun };
    }
    const checkRun = await client.send(
      {
        what,
        needs: 'checks: write',
        idempotent: false,
        recheck: async () => {
          const late = await find();
          return late?.externalId === request.externalId ? late : undefined;
        }
      },
      async octokit => {
        const { data } = await octokit.rest.checks.create({
          ...client.repository,
          head_sha: request.headSha,
          ...wanted
        });
        return convert(data);
      }
    );
    return { action: 'created', checkRun };
  } catch (thrown) {
    if (!isGithubFailure(thrown)) throw thrown;
    return { action: 'failed', error: withWayOut(thrown) };
  }
}

/**
 * Replaces the text of a check run of ours and leaves everything else of it as it is. Throws `github-denied` or
 * `github-failed`.
 */
export async function amendCheckRun(
  client: GithubClient,
  checkRun: CheckRun,
  text: readonly Rendering[]
): Promise<void> {
  const { id, headSha, title, summary } = checkRun;
  await client.send(
    { what: `amend the check run on commit ${headSha.slice(0, 7)}`, needs: 'checks: write', idempotent: true },
    async octokit => {
      await octokit.rest.checks.update({
        ...client.repository,
        check_run_id: id,
        output: { title, summary, text: firstFitting(text, CHECK_RUN_LIMIT) }
      });
    }
  );
}

/** "You must authenticate via a GitHub App": no permission fixes that. */
function withWayOut(error: ActionError): ActionError {
  if (!(error instanceof ProviderError) || !/authenticate via a GitHub App/i.test(error.message)) return error;
  return new ActionError(error.message, {
    code: 'github-denied',
    source: 'user',
    hint: "Leave `github_token` at its default and give the job `permissions: checks: write`: only an app's token can create check runs."
  });
}

function isUnchanged(
  found: CheckRun,
  request: CheckRunRequest,
  output: { readonly summary: string; readonly text?: string }
): boolean {
  return (
    found.externalId === request.externalId &&
    found.conclusion === request.conclusion &&
    found.title === request.title &&
    found.detailsUrl === request.detailsUrl &&
    found.summary.trimEnd() === output.summary.trimEnd() &&
    found.text.trimEnd() === (output.text ?? '').trimEnd()
  );
}

interface Answer {
  readonly id: number;
  readonly name: string;
  readonly head_sha: string;
  readonly external_id: string | null;
  readonly conclusion: string | null;
  readonly output: { readonly title: string | null; readonly summary: string | null; readonly text: string | null };
  readonly details_url: string | null;
  readonly html_url: string | null;
}

function convert(run: Answer): CheckRun {
  return {
    id: run.id,
    name: run.name,
    headSha: run.head_sha,
    externalId: run.external_id ?? '',
    conclusion: run.conclusion ?? undefined,
    title: run.output.title ?? '',
    summary: run.output.summary ?? '',
    text: run.output.text ?? '',
    detailsUrl: run.details_url ?? '',
    url: run.html_url ?? ''
  };
}
