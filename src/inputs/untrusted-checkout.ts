import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ActionError } from '../errors.ts';
import type { WorkflowEvent } from '../github/event.ts';

const COMMIT = /^[0-9a-f]{40,64}$/;
/** How many names of names a HEAD may go through. */
const MOST_HOPS = 5;

/**
 * Throws `untrusted-checkout` when a run with the rights of the base (`pull_request_target`) has the pull request's own code in its
 * workspace: its SQL and its configuration file would be run with the repository's secrets. Looks at the workspace and at the folders in
 * it, where `actions/checkout` puts what has a `path`.
 * https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/
 */
export function refuseUntrustedCheckout(event: WorkflowEvent, workspace: string): void {
  if (event.kind !== 'pull_request' || !event.target) return;
  const { number, headSha } = event.pullRequest;
  const folders = [workspace, ...foldersIn(workspace)];
  const untrusted = folders.find(folder => holdsPullRequest(path.join(folder, '.git'), number, headSha));
  if (untrusted === undefined) return;
  const where = path.relative(workspace, untrusted);
  throw new ActionError(
    `${where === '' ? 'The workspace' : `The folder ${where}`} holds the code of pull request #${number} in a run with the rights of its base (pull_request_target)`,
    {
      code: 'untrusted-checkout',
      source: 'user',
      hint: 'Use the event `pull_request`, or check out the base: leave `ref` out of actions/checkout.'
    }
  );
}

function foldersIn(workspace: string): readonly string[] {
  try {
    const entries = readdirSync(workspace, { withFileTypes: true });
    return entries.filter(entry => entry.isDirectory()).map(entry => path.join(workspace, entry.name));
  } catch {
    return [];
  }
}

/** Its head is checked out, or GitHub's merge of it was fetched, which no base has any use for. */
function holdsPullRequest(git: string, number: number, headSha: string): boolean {
  const head = resolve(git, 'HEAD');
  if (head === undefined) return false;
  if (head === headSha) return true;
  const merges = [`refs/remotes/pull/${number}/merge`, `refs/pull/${number}/merge`];
  return merges.some(ref => resolve(git, ref) === head);
}

/** The commit that a name stands for in a repository's folder. */
function resolve(git: string, name: string, hops = MOST_HOPS): string | undefined {
  const content = read(path.join(git, name))?.trim() ?? packed(git, name);
  if (content === undefined || hops === 0) return undefined;
  const [, symbolic] = /^ref: (refs\/[^\s]+)$/.exec(content) ?? [];
  if (symbolic !== undefined) return symbolic.includes('..') ? undefined : resolve(git, symbolic, hops - 1);
  return COMMIT.test(content) ? content : undefined;
}

function packed(git: string, name: string): string | undefined {
  const line = read(path.join(git, 'packed-refs'))
    ?.split('\n')
    .find(one => one.endsWith(` ${name}`));
  return line?.split(' ')[0];
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
