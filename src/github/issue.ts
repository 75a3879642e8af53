import { defined } from '../engine/defined.ts';
import type { ActionError } from '../errors.ts';
import { isGithubFailure } from './client-errors.ts';
import type { GithubClient } from './client.ts';
import { identityOf, isSameLogin, type Identity } from './identity.ts';
import { carriesMarker, markerOf, type DatabaseKey } from './marker.ts';
import { COMMENT_LIMIT, firstFitting, type Rendering } from './rendering.ts';

/** The one issue of a database. */
export interface IssueRequest {
  readonly database: DatabaseKey;
  /** One line. */
  readonly title: string;
  /** From the full text to the shortest; the first that fits is sent. */
  readonly renderings: readonly Rendering[];
  /** `closed` creates none: it closes an open one. */
  readonly state: 'open' | 'closed';
}

export type IssueResult =
  | { readonly action: 'created' | 'updated' | 'unchanged' | 'closed'; readonly url: string; readonly number: number }
  /** None existed, and none was wanted. */
  | { readonly action: 'none' }
  /** A warning for the user, with the missing permission in its hint. Never a reason to fail the run. */
  | { readonly action: 'failed'; readonly error: ActionError };

interface Issue {
  readonly number: number;
  readonly url: string;
  readonly title: string;
  /** With the marker line. */
  readonly body: string;
}

/**
 * Updates, opens or closes the one open issue of a database. Ours has the exact marker in its first line and was opened
 * by this token's identity; those of others are left alone. Of several of ours (two jobs raced) the oldest stays open.
 * Throws only the signal's reason, when the run is cancelled.
 */
export async function putIssue(client: GithubClient, request: IssueRequest): Promise<IssueResult> {
  const marker = markerOf(request.database);
  const body = firstFitting(request.renderings, COMMENT_LIMIT, `${marker}\n`);
  try {
    const [oldest, ...younger] = await findOurs(client, marker);
    for (const extra of younger) await close(client, extra, 'not_planned');
    if (request.state === 'closed') {
      if (oldest === undefined) return { action: 'none' };
      await close(client, { ...oldest, title: request.title, body }, 'completed');
      return { action: 'closed', url: oldest.url, number: oldest.number };
    }
    if (oldest !== undefined) return await update(client, oldest, { ...oldest, title: request.title, body });
    return await open(client, marker, request.title, body);
  } catch (thrown) {
    if (!isGithubFailure(thrown)) throw thrown;
    return { action: 'failed', error: thrown };
  }
}

/**
 * Open issues that carry the marker and are ours, oldest first. GitHub is asked for those of this token's identity
 * first: a repository can have thousands of others. Where that finds none, all are read, since not every GitHub finds
 * what a bot has opened: https://github.com/renovatebot/renovate/issues/44730
 */
async function findOurs(client: GithubClient, marker: string): Promise<readonly Issue[]> {
  const identity = await client.identity();
  const found = await openIssues(client, marker, identity, identity.login);
  return found.length > 0 ? found : openIssues(client, marker, identity);
}

async function openIssues(
  client: GithubClient,
  marker: string,
  identity: Identity,
  creator?: string
): Promise<readonly Issue[]> {
  const all = await client.list({ what: 'read the open issues', needs: 'issues: write' }, (octokit, page) =>
    octokit.rest.issues.listForRepo({ ...client.repository, ...defined({ creator }), state: 'open', ...page })
  );
  return all
    .filter(issue => issue.pull_request === undefined && carriesMarker(issue.body ?? '', marker))
    .filter(issue => isSameLogin(issue.user?.login, identity))
    .map(({ number, html_url: url, title, body }) => ({ number, url, title, body: body ?? '' }))
    .sort((a, b) => a.number - b.number);
}

/** Opens one, unless another run has done so meanwhile: then that one stays. */
async function open(client: GithubClient, marker: string, title: string, body: string): Promise<IssueResult> {
  const made = await client.send<Issue>(
    {
      what: 'open an issue',
      needs: 'issues: write',
      idempotent: false,
      recheck: async () => (await findOurs(client, marker))[0]
    },
    async octokit => {
      const { data } = await octokit.rest.issues.create({ ...client.repository, title, body });
      if (data.user !== null) client.learnIdentity(identityOf(data.user.login));
      return { number: data.number, url: data.html_url, title, body };
    }
  );
  const [oldest = made, ...younger] = await findOurs(client, marker);
  for (const extra of younger) await close(client, extra, 'not_planned');
  return { action: oldest.number === made.number ? 'created' : 'unchanged', url: oldest.url, number: oldest.number };
}

async function update(client: GithubClient, found: Issue, wanted: Issue): Promise<IssueResult> {
  const { number, url, title, body } = wanted;
  if (found.title === title && plain(found.body) === plain(body)) return { action: 'unchanged', url, number };
  await client.send({ what: `update issue #${number}`, needs: 'issues: write', idempotent: true }, async octokit => {
    await octokit.rest.issues.update({ ...client.repository, issue_number: number, title, body });
  });
  return { action: 'updated', url, number };
}

async function close(client: GithubClient, issue: Issue, reason: 'completed' | 'not_planned'): Promise<void> {
  const { number, title, body } = issue;
  await client.send({ what: `close issue #${number}`, needs: 'issues: write', idempotent: true }, async octokit => {
    await octokit.rest.issues.update({
      ...client.repository,
      issue_number: number,
      title,
      body,
      state: 'closed',
      state_reason: reason
    });
  });
}

/** GitHub's editor changes line ends and trims the end. */
function plain(text: string): string {
  return text.replaceAll('\r\n', '\n').trimEnd();
}
