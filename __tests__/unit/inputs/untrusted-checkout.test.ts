import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { refuseUntrustedCheckout, refuseUntrustedFiles } from '../../../src/inputs/untrusted-checkout.ts';
import { namedFiles } from '../../../src/commands/named-files.ts';
import { load } from '../../../src/spec/load.ts';
import { usesFiles } from '../../../src/inputs/uses-files.ts';
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
function origin(): Readonly<Record<'folder' | 'older' | 'base' | 'head' | 'merge', string>> {
  const folder = mkdtempSync(path.join(tmpdir(), 'pgkeep-test-origin-'));
  git(folder, 'init', '-q');
  git(folder, 'commit', '-q', '--allow-empty', '-m', 'older');
  const older = git(folder, 'rev-parse', 'HEAD');
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
  return { folder, older, base, head, merge };
}

const upstream = origin();

let committed: string | undefined;

/** A clone of the base whose commit has two files, for a step to add to. */
function withFiles(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'pgkeep-test-checkout-'));
  cpSync((committed ??= commitFiles()), folder, { recursive: true, preserveTimestamps: true });
  return folder;
}

function commitFiles(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'pgkeep-test-checkout-'));
  git(folder, 'init', '-q');
  mkdirSync(path.join(folder, 'db'));
  writeFileSync(path.join(folder, 'db', 'schema.sql'), 'select 1;\n');
  writeFileSync(path.join(folder, 'pgkeep.yml'), 'name: orders\n');
  git(folder, 'add', '.');
  git(folder, 'commit', '-q', '-m', 'base');
  return folder;
}

const checkouts = new Map<string, string>();

/** A copy of what actions/checkout makes, for a test to change. */
function workspace(fetched: string, ref: string, at = '.'): string {
  const key = [fetched, ref, at].join(' ');
  const made = checkouts.get(key) ?? checkOut(fetched, ref, at);
  checkouts.set(key, made);
  const folder = mkdtempSync(path.join(tmpdir(), 'pgkeep-test-checkout-'));
  cpSync(made, folder, { recursive: true, preserveTimestamps: true });
  return folder;
}

/** As actions/checkout does it: one commit, fetched into a ref of its own, then checked out. */
function checkOut(fetched: string, ref: string, at: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'pgkeep-test-checkout-'));
  const repository = path.join(folder, at);
  mkdirSync(repository, { recursive: true });
  git(repository, 'init', '-q', '-b', 'empty');
  git(repository, 'fetch', '-q', '--depth=1', upstream.folder, `+${fetched}:${ref}`);
  git(repository, 'checkout', '-q', '--force', ref);
  return folder;
}

type Name = 'pull_request' | 'pull_request_target' | 'issue_comment' | 'workflow_run' | 'push';

const HEAD = { sha: upstream.head, repo: { id: 2 } };
const PAYLOADS: Readonly<Record<Name, object>> = {
  pull_request: pullRequest(),
  pull_request_target: pullRequest(),
  issue_comment: { action: 'created', issue: { number: 7, pull_request: {} } },
  workflow_run: run('pull_request', upstream.head, 'feature', 2),
  push: {}
};

function pullRequest(): object {
  return {
    action: 'opened',
    pull_request: {
      number: 7,
      state: 'open',
      head: HEAD,
      base: { sha: upstream.base, ref: 'main', repo: { id: 1 } },
      user: { login: 'stranger' }
    }
  };
}

function run(event: string, sha: string, branch: string, repository: number): object {
  return {
    workflow_run: { event, head_sha: sha, head_branch: branch, head_repository: { id: repository } },
    repository: { id: 1, default_branch: 'main' }
  };
}

function outcome(name: Name, folder: string, more: { payload?: object; usesFiles?: boolean } = {}): string {
  const payload = JSON.stringify(more.payload ?? PAYLOADS[name]);
  const env = { GITHUB_EVENT_NAME: name, GITHUB_REPOSITORY: 'acme/shop', GITHUB_SHA: upstream.base };
  try {
    refuseUntrustedCheckout(readEvent(env, payload), folder, payload, more.usesFiles ?? false);
    return 'allowed';
  } catch (thrown) {
    return `${(thrown as { code: string }).code}: ${(thrown as Error).message}`;
  }
}

/** A clone with the whole history, at a commit. */
function clone(commit: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'pgkeep-test-checkout-'));
  git(folder, 'clone', '-q', upstream.folder, '.');
  git(folder, 'checkout', '-q', '--detach', commit);
  return folder;
}

const refused =
  "untrusted-checkout: The workspace holds code that is not the base's, such as that of pull request #7, in a run with the rights of its base";
const EVENTS = ['pull_request_target', 'issue_comment', 'workflow_run'] as const;

/** What each event with the rights of the base, in this order, comes to. */
const outcomes = (folder: string, more: { usesFiles?: boolean } = {}): readonly string[] =>
  EVENTS.map(name => outcome(name, folder, more));
const forEach = (expected: string): readonly string[] => EVENTS.map(() => expect.stringContaining(expected) as string);

describe('a run of an outsider’s event, which has the rights of the base', () => {
  test.each([
    ['its head', () => workspace(upstream.head, 'refs/remotes/origin/feature')],
    ['its head, detached', () => workspace(upstream.head, 'refs/remotes/pull/7/head')],
    ['its head as a branch of the repository', () => workspace('feature', 'refs/heads/feature')],
    ["its head under the name of the base's branch", () => workspace(upstream.head, 'refs/heads/main')],
    ["GitHub's merge of it", () => workspace('refs/pull/7/merge', 'refs/remotes/pull/7/merge')],
    ['a merge of it that the job made', () => mergedHere()],
    ['a worktree of it', () => worktree()]
  ])('is refused when the workspace holds %s', (_what, make) => {
    const folder = make();
    expect(outcomes(folder)).toEqual(forEach('untrusted-checkout: '));
    expect(outcome('pull_request', folder)).toBe('allowed');
    expect(outcome('push', folder)).toBe('allowed');
  });

  test('is refused when a folder of the workspace does, also one far below', () => {
    for (const at of ['code', 'a/b/c']) {
      const folder = workspace(upstream.head, 'refs/remotes/pull/7/head', at);
      expect(outcomes(folder)).toEqual(forEach(`The folder ${at} holds`));
    }
  });

  test('is refused when it would read files that did not come from a checkout', () => {
    const archive = mkdtempSync(path.join(tmpdir(), 'pgkeep-test-archive-'));
    writeFileSync(path.join(archive, 'schema.sql'), 'select 1');
    expect(outcomes(archive, { usesFiles: true })).toEqual(forEach('files that did not come from a checkout'));
    expect(outcomes(archive)).toEqual(forEach('allowed'));
  });

  test('is allowed with the base, and with its ancestors when the history is available', () => {
    expect(outcomes(workspace(upstream.base, 'refs/remotes/origin/main'))).toEqual(forEach('allowed'));
    expect(outcomes(clone(upstream.older))).toEqual(forEach('allowed'));
    expect(outcomes(workspace(upstream.older, 'refs/heads/main'))).toEqual(forEach('untrusted-checkout'));
    expect(outcomes(clone(upstream.head))).toEqual(forEach('untrusted-checkout'));
  });
});

test('the message names the event and the pull request', () => {
  const folder = workspace(upstream.head, 'refs/heads/x');
  expect(outcome('pull_request_target', folder)).toBe(`${refused} (pull_request_target)`);
  git(folder, 'pack-refs', '--all');
  expect(outcome('pull_request_target', folder)).toBe(`${refused} (pull_request_target)`);
});

test.each([
  ['a push to the default branch', run('push', upstream.head, 'main', 1), 'allowed'],
  ['a push to another branch', run('push', upstream.head, 'feature', 1), 'untrusted-checkout'],
  ["a push in a fork to its branch of the base's name", run('push', upstream.head, 'main', 2), 'untrusted-checkout'],
  ['a pull request from a branch of that name', run('pull_request', upstream.head, 'main', 1), 'untrusted-checkout'],
  ['nothing that can be read', { workflow_run: 1 }, 'untrusted-checkout']
])('after %s, a workflow_run with that commit is allowed', (_what, payload, expected) => {
  expect(outcome('workflow_run', workspace(upstream.head, 'refs/heads/x'), { payload })).toContain(expected);
});

test('a comment on an issue that is not a pull request brings no foreign code', () => {
  const folder = workspace(upstream.head, 'refs/heads/x');
  expect(outcome('issue_comment', folder, { payload: { issue: { number: 7 } } })).toBe('allowed');
});

test('a folder that is not a repository is not a checkout', () => {
  const empty = mkdtempSync(path.join(tmpdir(), 'pgkeep-test-checkout-'));
  expect(outcome('pull_request_target', empty)).toBe('allowed');
  expect(outcome('pull_request_target', path.join(empty, 'nowhere'))).toBe('allowed');
  mkdirSync(path.join(empty, '.git'));
  for (const head of ['', 'ref: refs/heads/../../HEAD', 'ref: refs/heads/nowhere', 'what?']) {
    writeFileSync(path.join(empty, '.git', 'HEAD'), head);
    expect(outcome('pull_request_target', empty)).toBe('allowed');
  }
});

describe('a run of an outsider’s event, in a checkout of the base,', () => {
  async function outcomesOf(folder: string, ...files: readonly string[]): Promise<readonly string[]> {
    const sha = git(folder, 'rev-parse', 'HEAD');
    const whole = files.map(file => path.join(folder, file));
    return Promise.all(
      EVENTS.map(async name => {
        const env = { GITHUB_EVENT_NAME: name, GITHUB_REPOSITORY: 'acme/shop', GITHUB_SHA: sha };
        const payload = JSON.stringify(PAYLOADS[name]);
        return refuseUntrustedFiles(readEvent(env, payload), folder, payload, async () => whole).then(
          () => 'allowed',
          (thrown: { code: string; message: string }) => `${thrown.code}: ${thrown.message}`
        );
      })
    );
  }

  test('reads files of its commit, with any line ends', async () => {
    const folder = withFiles();
    expect(await outcomesOf(folder, 'pgkeep.yml', 'db/schema.sql')).toEqual(forEach('allowed'));
    writeFileSync(path.join(folder, 'db', 'schema.sql'), 'select 1;\r\n');
    symlinkSync('schema.sql', path.join(folder, 'db', 'link.sql'));
    expect(await outcomesOf(folder, 'db/schema.sql', 'db/link.sql')).toEqual(forEach('allowed'));
  });

  test.each<[string, (folder: string) => string]>([
    ['an artifact that was downloaded next to it', folder => put(folder, 'artifact/schema.sql')],
    ['a file that a step changed', folder => put(folder, 'db/schema.sql')],
    ['a file that was added to the index only', folder => staged(folder)],
    ['a file of another repository in it', folder => nested(folder)],
    ['a link to such a file', folder => linked(folder)],
    ['a file that is not there', () => 'db/nowhere.sql']
  ])('does not read %s', async (_what, make) => {
    const folder = withFiles();
    const file = make(folder);
    expect(await outcomesOf(folder, 'pgkeep.yml', file)).toEqual(
      forEach(`untrusted-checkout: The file ${file} is not as`)
    );
  });

  test('follows no replacement of an object that lies in the checkout', async () => {
    const folder = withFiles();
    const file = put(folder, 'db/schema.sql');
    const forged = git(folder, 'hash-object', '-w', file);
    git(folder, 'replace', git(folder, 'rev-parse', 'HEAD:db/schema.sql'), forged);
    git(folder, 'add', '.');
    const tree = git(folder, 'write-tree');
    git(folder, 'replace', git(folder, 'rev-parse', 'HEAD^{tree}'), tree);
    expect(await outcomesOf(folder, file)).toEqual(forEach('untrusted-checkout'));
  });
});

test('a run that an outsider cannot start reads any file of its workspace', async () => {
  const env = { GITHUB_EVENT_NAME: 'push', GITHUB_REPOSITORY: 'acme/shop', GITHUB_SHA: upstream.base };
  const files = async (): Promise<never> => {
    throw new Error('asked for');
  };
  await expect(refuseUntrustedFiles(readEvent(env, '{}'), '/nowhere', '{}', files)).resolves.toBeUndefined();
});

function put(folder: string, file: string): string {
  mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  writeFileSync(path.join(folder, file), 'drop table orders;');
  return file;
}

function staged(folder: string): string {
  put(folder, 'db/new.sql');
  git(folder, 'add', '.');
  return 'db/new.sql';
}

function nested(folder: string): string {
  const at = path.join(folder, 'code');
  mkdirSync(at);
  git(at, 'init', '-q');
  return put(folder, 'code/schema.sql');
}

function linked(folder: string): string {
  put(folder, 'artifact/schema.sql');
  symlinkSync('../artifact/schema.sql', path.join(folder, 'db', 'link.sql'));
  return 'db/link.sql';
}

test('no file of the repository is run to find out where a commit comes from', () => {
  const folder = clone(upstream.older);
  const proof = path.join(folder, 'ran');
  for (const key of ['core.fsmonitor', 'core.sshCommand', 'core.pager', 'remote.origin.uploadpack', 'core.hooksPath'])
    git(folder, 'config', key, `touch ${proof}`);
  git(folder, 'config', 'remote.origin.promisor', 'true');
  expect(outcome('pull_request_target', folder)).toBe('allowed');
  expect(existsSync(proof)).toBe(false);
});

function mergedHere(): string {
  const folder = clone(upstream.base);
  git(folder, 'merge', '-q', '--no-ff', '-m', 'here', upstream.head);
  return folder;
}

function worktree(): string {
  const main = clone(upstream.base);
  const folder = mkdtempSync(path.join(tmpdir(), 'pgkeep-test-worktree-'));
  git(main, 'worktree', 'add', '-q', path.join(folder, 'code'), upstream.head);
  return folder;
}

test.each([
  [{ INPUT_CONFIG: 'pgkeep.yml' }, true],
  [{ INPUT_TERRAFORM_STATE: 'state.json' }, true],
  [{ INPUT_DATABASES: 'sales:\n  init_sql: db/*.sql' }, true],
  [{ INPUT_DATABASES: '{"sales": {"init_sql": ["db/seed.sql"]}}' }, true],
  [{ INPUT_DATABASES: 'sales', INPUT_CONFIG: '' }, false],
  [{}, false]
])('whether %j names files of the workspace: %s', (env, expected) => {
  expect(usesFiles(env)).toBe(expected);
});

test('the files that inputs name are those of every database, the configuration, states and local snapshots', async () => {
  const folder = withFiles();
  const named = async (values: Readonly<Record<string, string>>): Promise<readonly string[]> =>
    (await namedFiles(load([{ values: { name: 'orders', ...values } }]), folder)).map(file =>
      path.relative(folder, file)
    );
  const files = {
    config: 'pgkeep.yml',
    terraform_state: 'state.json',
    restore_from_snapshot: 'orders.tar.zst',
    databases: '{"sales": {"init_sql": ["db/*.sql"]}}'
  };
  expect(await named({ ...files, cloud_provider: 'local', init_sql: 'pgkeep.yml' })).toEqual([
    'pgkeep.yml',
    'state.json',
    'orders.tar.zst',
    'pgkeep.yml',
    path.join('db', 'schema.sql')
  ]);
  const bin = await named({ cloud_provider: 'local', bin_dir: 'build/bin' });
  expect(bin).toEqual([path.join('build', 'bin', 'postgres')]);
  expect(await named({ cloud_provider: 'local', bin_dir: '/usr/lib/postgresql/17/bin' })).toEqual([]);
  expect(await named({ cloud_provider: 'aws', restore_from_snapshot: 'rds:orders' })).toEqual([]);
  const schema = path.join('db', 'schema.sql');
  expect(await named({ mask_sql: 'db/*.sql', check_sql: 'db/schema.sql' })).toEqual([schema, schema]);
  expect(await named({ mask_sql: 'select 1', check_sql: 'select 1' })).toEqual([]);
});
