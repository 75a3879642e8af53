import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { programEnvironment } from '../engine/program-environment.ts';

/** A repository that lies in the workspace, and the commit that is checked out in it. */
export interface Checkout {
  /** The folder that was checked out. */
  readonly folder: string;
  /** Its Git directory. */
  readonly git: string;
  /** `undefined` when nothing is checked out, or when that can't be read. */
  readonly head: string | undefined;
}

const COMMIT = /^[0-9a-f]{40,64}$/;
/** The most symbolic references that a HEAD may go through. */
const MOST_HOPS = 5;
/** Levels of folders below the workspace that are searched for a checkout: `path: a/b/c`. */
const MOST_LEVELS = 3;
const MOST_FOLDERS = 3000;

/** Every repository in a folder and a few levels below, worktrees and submodules among them. */
export function checkoutsIn(workspace: string): readonly Checkout[] {
  const found: Checkout[] = [];
  let level = [workspace];
  let seen = 0;
  for (let depth = 0; depth <= MOST_LEVELS && seen < MOST_FOLDERS; depth += 1) {
    const next: string[] = [];
    for (const folder of level) {
      seen += 1;
      const git = gitFolder(folder);
      if (git !== undefined) found.push({ folder, git, head: resolve(git, 'HEAD') });
      if (seen < MOST_FOLDERS) next.push(...foldersIn(folder));
    }
    level = next;
  }
  return found;
}

/**
 * Whether `commit` is an ancestor of a trusted one, by Git. The repository is not trusted: nothing of it is run, and
 * nothing is fetched. False when Git is missing, or when the history is (a shallow checkout).
 */
export function isAncestor(git: string, commit: string, trusted: string): boolean {
  if (!COMMIT.test(commit) || !COMMIT.test(trusted)) return false;
  return askGit(git, ['merge-base', '--is-ancestor', commit, trusted]) !== undefined;
}

/**
 * Whether a file is one of a checkout's commit, as it is there. False for a file that was made or unpacked since, and
 * for one that another step changed. Line ends may differ, since Git for Windows changes them.
 */
export function isCommitted(checkouts: readonly Checkout[], file: string): boolean {
  try {
    const real = realpathSync(file);
    const [nearest] = checkouts
      .map(checkout => ({ ...checkout, folder: realpathSync(checkout.folder) }))
      .filter(({ folder }) => real.startsWith(`${folder}${path.sep}`))
      .sort((one, other) => other.folder.length - one.folder.length);
    if (nearest?.head === undefined) return false;
    const name = path.relative(nearest.folder, real).split(path.sep).join('/');
    const blob = askGit(nearest.git, ['rev-parse', '--verify', '--end-of-options', `${nearest.head}:${name}`])?.trim();
    const content = readFileSync(real);
    const withoutReturns = Buffer.from(content.toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
    return blob !== undefined && [content, withoutReturns].some(bytes => blobOf(bytes, blob.length) === blob);
  } catch {
    return false;
  }
}

/** The name that Git gives to a content. Repositories have names of 40 digits, or of 64. */
function blobOf(content: Buffer, digits: number): string {
  return createHash(digits === 64 ? 'sha256' : 'sha1')
    .update(`blob ${content.length}\0`)
    .update(content)
    .digest('hex');
}

/** What Git answers about a repository; `undefined` when it fails or is missing. */
function askGit(git: string, question: readonly string[]): string | undefined {
  try {
    return execFileSync('git', [`--git-dir=${git}`, ...question], {
      timeout: 10_000,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      env: programEnvironment(process, {
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CONFIG_GLOBAL: process.platform === 'win32' ? 'NUL' : '/dev/null',
        GIT_NO_LAZY_FETCH: '1',
        GIT_NO_REPLACE_OBJECTS: '1',
        GIT_ALLOW_PROTOCOL: 'none',
        GIT_TERMINAL_PROMPT: '0',
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: 'safe.directory',
        GIT_CONFIG_VALUE_0: '*'
      })
    });
  } catch {
    return undefined;
  }
}

/** The commit that is checked out in a folder; `undefined` when it holds no repository, or one that can't be read. */
export function checkedOutCommit(folder: string): string | undefined {
  const git = gitFolder(folder);
  return git === undefined ? undefined : resolve(git, 'HEAD');
}

/** The parents of that commit, in a shallow checkout as well; none when Git can't tell. */
export function checkedOutParents(folder: string): readonly string[] {
  const git = gitFolder(folder);
  const commit = git === undefined ? undefined : askGit(git, ['cat-file', 'commit', 'HEAD']);
  const [headers = ''] = (commit ?? '').split('\n\n', 1);
  return [...headers.matchAll(/^parent ([0-9a-f]{40,64})$/gm)].map(([, sha = '']) => sha);
}

/** `.git` of a folder: a folder itself, or a file that names one. */
function gitFolder(folder: string): string | undefined {
  const git = path.join(folder, '.git');
  if (read(path.join(git, 'HEAD')) !== undefined) return git;
  const [, named] = /^gitdir: (\S[^\r\n]*)/.exec(read(git) ?? '') ?? [];
  return named === undefined ? undefined : path.resolve(folder, named);
}

function foldersIn(folder: string): readonly string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries
      .filter(entry => entry.isDirectory() && entry.name !== '.git' && entry.name !== 'node_modules')
      .map(entry => path.join(folder, entry.name));
  } catch {
    return [];
  }
}

/** The commit of a reference in a repository's folder. Branches of a worktree lie in the folder of its repository. */
function resolve(git: string, name: string, hops = MOST_HOPS): string | undefined {
  const common = path.resolve(git, read(path.join(git, 'commondir'))?.trim() ?? '.');
  const content = read(path.join(git, name))?.trim() ?? read(path.join(common, name))?.trim() ?? packed(common, name);
  if (content === undefined || hops === 0) return undefined;
  const [, symbolic] = /^ref: (refs\/\S+)$/.exec(content) ?? [];
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
