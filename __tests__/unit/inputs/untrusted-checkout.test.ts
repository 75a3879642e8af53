import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { refuseUntrustedCheckout } from '../../../src/inputs/untrusted-checkout.ts';
import { readEvent } from '../../../src/github/event.ts';

function git(folder: string, ...args: readonly string[]): string {
  const identity = [
    '-c',
    'user.name=a',
    '-c',
    'user.email=a@b',
    '-c',
    'commit.gpgsign=false',
    '-c',
    'init.defaultBranch=main'
  ];
  return execFileSync('git', [...identity, ...args], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore']
  }).trim();
}

/** A repository with a base, a head that branches off it, and GitHub's merge of the two. */
function origin(): { readonly folder: string; readonly base: string; readonly head: string; readonly merge: string } {
  const folder = mkdtempSync(path.join(tmpdir(), 'pgkeep-test-origin-'));
  git(folder, 'init', '-q');
  git(folder, 'commit', '-q', '--allow-empty', '-m', 'base');
  const base = git(folder, 'rev-parse', 'HEAD');
  git(folder, 'checkout', '-q', '-b', 'feature');
  git(folder, 'commit', '-q', '--allow-empty', '-m', 'head');
  const head = git(folder, 'rev-parse', 'HEAD');
  git(folder, 'checkout', '-q', '-b', 'merging', base);
  git(folder, 'merge', '-q', '--no-ff', '-m', 'merge', head);
  const merge = git(folder, 'rev-parse', 'HEAD');
  git(folder, 'update-ref', 'refs/pull/7/head', head);
  git(folder, 'update-ref', 'refs/pull/7/merge', merge);
  return { folder, base, head, merge };
}

const upstream = origin();

/** As actions/checkout does it: one commit, fetched into a ref of its own, then checked out. */
function workspace(fetched: string, ref: string, at = '.'): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'pgkeep-test-checkout-'));
  const repository = path.join(folder, at);
  mkdirSync(repository, { recursive: true });
  git(repository, 'init', '-q', '-b', 'empty');
  git(repository, 'fetch', '-q', '--depth=1', upstream.folder, `+${fetched}:${ref}`);
  git(repository, 'checkout', '-q', '--force', ref);
  return folder;
}

function outcome(name: 'pull_request' | 'pull_request_target', folder: string): string {
  const payload = {
    action: 'opened',
    pull_request: {
      number: 7,
      state: 'open',
      head: { sha: upstream.head, repo: { id: 2 } },
      base: { sha: upstream.base, ref: 'main', repo: { id: 1 } },
      user: { login: 'stranger' }
    }
  };
  const env = { GITHUB_EVENT_NAME: name, GITHUB_REPOSITORY: 'acme/shop', GITHUB_SHA: upstream.base };
  try {
    refuseUntrustedCheckout(readEvent(env, JSON.stringify(payload)), folder);
    return 'allowed';
  } catch (thrown) {
    return `${(thrown as { code: string }).code}: ${(thrown as Error).message}`;
  }
}

const refused =
  'untrusted-checkout: The workspace holds the code of pull request #7 in a run with the rights of its base (pull_request_target)';

describe('a run with the rights of the base', () => {
  test.each([
    ['its head', () => workspace(upstream.head, 'refs/remotes/origin/feature')],
    ['its head, detached', () => workspace(upstream.head, 'refs/remotes/pull/7/head')],
    ['its head as a branch of the repository', () => workspace('feature', 'refs/heads/feature')],
    ["GitHub's merge of it", () => workspace('refs/pull/7/merge', 'refs/remotes/pull/7/merge')]
  ])('is refused when the workspace holds %s', (_what, make) => {
    const folder = make();
    expect(outcome('pull_request_target', folder)).toBe(refused);
    git(folder, 'pack-refs', '--all');
    expect(outcome('pull_request_target', folder)).toBe(refused);
    expect(outcome('pull_request', folder)).toBe('allowed');
  });

  test('is refused when a folder of the workspace does', () => {
    const folder = workspace(upstream.head, 'refs/remotes/pull/7/head', 'code');
    expect(outcome('pull_request_target', folder)).toContain('The folder code holds');
  });

  test('is allowed with the base, without a checkout, and with what is no repository', () => {
    expect(outcome('pull_request_target', workspace(upstream.base, 'refs/remotes/origin/main'))).toBe('allowed');
    expect(outcome('pull_request_target', workspace('main', 'refs/heads/main'))).toBe('allowed');
    const empty = mkdtempSync(path.join(tmpdir(), 'pgkeep-test-checkout-'));
    expect(outcome('pull_request_target', empty)).toBe('allowed');
    expect(outcome('pull_request_target', path.join(empty, 'nowhere'))).toBe('allowed');
    mkdirSync(path.join(empty, '.git'));
    for (const head of ['', 'ref: refs/heads/../../HEAD', 'ref: refs/heads/nowhere', 'what?']) {
      writeFileSync(path.join(empty, '.git', 'HEAD'), head);
      expect(outcome('pull_request_target', empty)).toBe('allowed');
    }
  });
});
