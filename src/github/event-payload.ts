import * as v from 'valibot';
import { ActionError } from '../errors.ts';

/**
 * The pull request as it was when the event was sent; its live state is in pull-request.ts. Titles and branch names of
 * heads are left out on purpose.
 */
export interface EventPullRequest {
  readonly number: number;
  readonly state: 'open' | 'closed';
  readonly merged: boolean;
  readonly headSha: string;
  readonly baseSha: string;
  readonly baseBranch: string;
  readonly author: string;
  /** The head lies in another repository, or in one that is gone. */
  readonly fork: boolean;
  readonly labels: readonly string[];
}

const repositoryId = v.object({ id: v.number() });

const pullRequestPayload = v.object({
  action: v.string(),
  pull_request: v.object({
    number: v.number(),
    state: v.picklist(['open', 'closed']),
    merged: v.optional(v.nullable(v.boolean())),
    head: v.object({ sha: v.string(), repo: v.nullable(repositoryId) }),
    base: v.object({ sha: v.string(), ref: v.string(), repo: repositoryId }),
    user: v.nullable(v.object({ login: v.string() })),
    labels: v.optional(v.array(v.object({ name: v.string() })), [])
  })
});

const releasePayload = v.object({ action: v.string(), release: v.object({ tag_name: v.string() }) });

const mergeGroupPayload = v.object({
  merge_group: v.object({ head_sha: v.string(), head_ref: v.string(), base_sha: v.string(), base_ref: v.string() })
});

const pushPayload = v.object({ before: v.optional(v.string()), deleted: v.optional(v.boolean()) });

const repositoryPayload = v.object({
  repository: v.optional(v.object({ id: v.optional(v.number()), default_branch: v.optional(v.string()) }))
});

const otherPayload = v.object({
  pull_request: v.optional(v.object({ number: v.number() })),
  issue: v.optional(v.object({ number: v.number(), pull_request: v.optional(v.unknown()) }))
});

/** The payload as a JSON object. Throws `event-invalid` when there is none or it is damaged. */
export function parsePayload(event: string, text: string | undefined): unknown {
  if (text === undefined) throw invalid(event, 'there is no file at GITHUB_EVENT_PATH');
  let payload: unknown;
  try {
    payload = JSON.parse(text);
  } catch {
    // JSON.parse quotes the text around the damage, and that text comes from outside.
    throw invalid(event, `the file at GITHUB_EVENT_PATH is not JSON (${text.length} characters)`);
  }
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    throw invalid(event, 'the file at GITHUB_EVENT_PATH holds no JSON object');
  }
  return payload;
}

/** Throws `event-invalid` when the payload is not that of a pull request. */
export function readPullRequest(
  event: string,
  payload: unknown
): { readonly action: string; readonly pullRequest: EventPullRequest } {
  const { action, pull_request: pull } = parse(event, pullRequestPayload, payload);
  return {
    action,
    pullRequest: {
      number: pull.number,
      state: pull.state,
      merged: pull.merged ?? false,
      headSha: pull.head.sha,
      baseSha: pull.base.sha,
      baseBranch: pull.base.ref,
      author: pull.user?.login ?? 'ghost',
      fork: pull.head.repo?.id !== pull.base.repo.id,
      labels: pull.labels.map(label => label.name)
    }
  };
}

/** Throws `event-invalid` when the payload is not that of a release. */
export function readRelease(event: string, payload: unknown): { readonly action: string; readonly tag: string } {
  const { action, release } = parse(event, releasePayload, payload);
  return { action, tag: release.tag_name };
}

export interface MergeGroup {
  readonly headSha: string;
  readonly baseSha: string;
  /** The branch that the queue merges into, such as `refs/heads/main`. */
  readonly baseRef: string;
  /** Of the pull request that was added last to the group; only the name of the group's branch has it. */
  readonly pullRequestNumber: number | undefined;
}

/** Throws `event-invalid` when the payload is not that of a merge group. */
export function readMergeGroup(event: string, payload: unknown): MergeGroup {
  const { merge_group: group } = parse(event, mergeGroupPayload, payload);
  const number = /\/pr-([0-9]{1,10})-[0-9a-f]+$/.exec(group.head_ref)?.[1];
  return {
    headSha: group.head_sha,
    baseSha: group.base_sha,
    baseRef: group.base_ref,
    pullRequestNumber: number === undefined ? undefined : Number(number)
  };
}

/** `before`: the commit before a push; `undefined` for a new branch. */
export function readPush(
  event: string,
  payload: unknown
): { readonly before: string | undefined; readonly deletes: true | undefined } {
  const { before, deleted } = parse(event, pushPayload, payload);
  const isNew = before === undefined || !/^[0-9a-f]{40,64}$/.test(before) || /^0+$/.test(before);
  return { before: isNew ? undefined : before, deletes: deleted === true ? true : undefined };
}

/** What the payload says about the repository, if anything. */
export function readRepository(
  event: string,
  payload: unknown
): { readonly id: number | undefined; readonly defaultBranch: string | undefined } {
  const { repository } = parse(event, repositoryPayload, payload);
  return { id: repository?.id, defaultBranch: repository?.default_branch };
}

/** The pull request's number on events such as `pull_request_review` and `issue_comment`. */
export function readOther(event: string, payload: unknown): number | undefined {
  const { pull_request: pull, issue } = parse(event, otherPayload, payload);
  if (pull !== undefined) return pull.number;
  return issue?.pull_request === undefined ? undefined : issue.number;
}

function parse<Schema extends v.GenericSchema>(event: string, schema: Schema, payload: unknown): v.InferOutput<Schema> {
  const result = v.safeParse(schema, payload, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw invalid(
    event,
    `\`${String(v.getDotPath(issue))}\` is ${issue.received === 'undefined' ? 'missing' : 'not what GitHub sends'}`
  );
}

function invalid(event: string, cause: string): ActionError {
  return new ActionError(`Could not read the payload of the workflow event ${event}: ${cause}`, {
    code: 'event-invalid',
    source: 'user',
    hint: 'Mount the file in a container job, and pass GITHUB_EVENT_PATH on: GitHub writes it for each run.'
  });
}
