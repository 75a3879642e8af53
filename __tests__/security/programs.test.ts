import { chmod, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { JOB_VARIABLES } from '../../scripts/docs/job-variables.ts';
import { programEnvironment } from '../../src/engine/program-environment.ts';
import { locate } from '../../src/providers/local/installation/locate.ts';
import { thisMachine, type Machine } from '../../src/providers/local/installation/machine.ts';
import { secretsInEnvironment, takeEnvironment } from '../../src/runner/environment-secrets.ts';
import { INPUT_NAMES } from '../../src/spec/input-names.ts';

const SOURCE = path.resolve(import.meta.dirname, '../../src');
const CANARY = 'canary-of-the-step';

/** What steps of a job have in their environment that no program needs. */
const SECRETS = [
  ...INPUT_NAMES.map(name => `INPUT_${name.toUpperCase()}`),
  'GITHUB_TOKEN',
  'GH_TOKEN',
  'ACTIONS_RUNTIME_TOKEN',
  'PGPASSWORD',
  'DIGITALOCEAN_TOKEN',
  'DIGITALOCEAN_ACCESS_TOKEN'
];
const CLOUDS = [
  'AWS_SECRET_ACCESS_KEY',
  'AZURE_CLIENT_SECRET',
  'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
  'NPM_TOKEN',
  'ANYTHING'
];

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'pgkeep-programs-')));
  await chmod(folder, 0o777);
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

/** Each call in `src` that starts a program, as its text. */
function starts(): readonly { readonly file: string; readonly text: string }[] {
  const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ts'));
  return files.flatMap(file => {
    const source = readFileSync(path.join(SOURCE, file), 'utf8');
    if (!source.includes('child_process')) return [];
    const found = source.matchAll(/(?<![\w.])(?:spawn|spawnSync|execFile|execFileSync|exec|execSync|fork)\)?\(/g);
    // As far as the bracket that closes the call.
    return [...found].map(({ index }) => ({ file, text: callAt(source, source.indexOf('(', index)) }));
  });
}

function callAt(source: string, at: number): string {
  let depth = 0;
  for (let end = at; end < source.length; end += 1) {
    if (source[end] === '(') depth += 1;
    if (source[end] === ')') depth -= 1;
    if (depth === 0) return source.slice(at, end + 1);
  }
  return source.slice(at);
}

test('every program that src starts gets an environment of its own', () => {
  const all = starts();
  expect(all.map(({ file }) => file).length).toBeGreaterThanOrEqual(10);
  expect(all.filter(({ text }) => !/\benv: (?:programEnvironment|npmEnvironment)\(/.test(text))).toEqual([]);
});

test('src starts programs in no other way', () => {
  const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ts'));
  const others = files.filter(file =>
    /promisify\((?:exec|spawn|fork)\b|from '(?:execa|cross-spawn|@actions\/exec|node:cluster|node:worker_threads)'|= promisify\(execFile\)|import \* as \w+ from 'node:child_process'/.test(
      readFileSync(path.join(SOURCE, file), 'utf8')
    )
  );
  expect(others).toEqual([]);
});

test.each(['linux', 'darwin', 'win32'] as const)('on %s that environment holds no input and no token', platform => {
  const env = Object.fromEntries([...SECRETS, ...CLOUDS].map(name => [name, CANARY]));
  const given = programEnvironment({ env: { ...env, PATH: '/bin', RUNNER_TRACKING_ID: 'job' }, platform });
  expect(given).toEqual({ PATH: '/bin', RUNNER_TRACKING_ID: 'job', LC_ALL: 'C' });
});

test('programs that a library starts see neither inputs nor tokens of others', () => {
  const env: NodeJS.ProcessEnv = Object.fromEntries([...SECRETS, 'AWS_SECRET_ACCESS_KEY'].map(name => [name, CANARY]));
  const taken = takeEnvironment(env, 'linux');
  expect(Object.keys(env)).toEqual(['AWS_SECRET_ACCESS_KEY']);
  expect(Object.keys(taken)).toEqual([...SECRETS, 'AWS_SECRET_ACCESS_KEY']);
});

test.each(JOB_VARIABLES.map(row => [row.names.slice(0, 3).join(', '), row] as const))(
  'what becomes of %s in a job is as a test shows it',
  (_names, { names, treatment, shownBy: [file, title] }) => {
    const source = readFileSync(path.join(SOURCE, '../__tests__', `${file}.test.ts`), 'utf8');
    expect(["'", '"', '`'].some(quote => source.includes(`${quote}${title}`))).toBe(true);
    const env: NodeJS.ProcessEnv = Object.fromEntries(names.map(name => [name, 'x']));
    takeEnvironment(env, 'linux');
    // Our libraries read these, of those that are ignored; none of them reads the others.
    const isRead = (name: string): boolean =>
      treatment === 'ignored' && !/^(NODE_(PATH|ENV)|PG(DATA|ROOT))$/.test(name);
    expect(Object.keys(env)).toEqual(names.filter(name => !isRead(name)));
  }
);

test('variables of this action itself reach it', () => {
  const env: NodeJS.ProcessEnv = { PGKEEP_POLL_SECONDS: '1', PGSERVICE: 'x' };
  expect(takeEnvironment(env, 'win32')).toEqual({ PGKEEP_POLL_SECONDS: '1' });
});

describe('a program in bin_dir', () => {
  /** Writes down who runs it and with what, and answers as a server does. */
  async function program(): Promise<Machine> {
    const file = path.join(folder, 'postgres');
    const script = `#!/bin/sh\n{ id -u; env; } > '${folder}/seen'\necho 'postgres (PostgreSQL) 17.1'\n`;
    await writeFile(file, script);
    await chmod(file, 0o755);
    return thisMachine({ ...process.env, INPUT_MASTER_PASSWORD: CANARY, GITHUB_TOKEN: CANARY });
  }
  const isRoot = process.geteuid?.() === 0;

  test('is started without inputs and tokens, and never as root', async () => {
    const machine = await program();
    expect(await locate({ version: undefined, binDir: folder }, machine)).toMatchObject({ version: '17.1' });
    const [uid = '', ...env] = (await readFile(path.join(folder, 'seen'), 'utf8')).split('\n');
    expect(uid).toMatch(/^[1-9]\d*$/);
    expect(env.join('\n')).not.toContain(CANARY);
  });

  (isRoot ? test : test.skip)('is not started at all where only root may enter', async () => {
    const machine = await program();
    await chmod(folder, 0o700);
    await expect(locate({ version: undefined, binDir: folder }, machine)).rejects.toThrow(/may not enter/);
    await expect(readFile(path.join(folder, 'seen'))).rejects.toThrow(/ENOENT/);
  });
});

/** The variables in which each cloud's and GitHub's own tools take a secret. */
test.each([
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'AZURE_CLIENT_SECRET',
  'AZURE_CLIENT_CERTIFICATE_PASSWORD',
  'IDENTITY_HEADER',
  'MSI_SECRET',
  'CLOUDSDK_AUTH_ACCESS_TOKEN',
  'GOOGLE_OAUTH_ACCESS_TOKEN',
  'DIGITALOCEAN_TOKEN',
  'DIGITALOCEAN_ACCESS_TOKEN',
  'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
  'ACTIONS_RUNTIME_TOKEN',
  'GITHUB_TOKEN',
  'GH_TOKEN',
  'PGPASSWORD',
  'INPUT_MASTER_PASSWORD',
  'INPUT_DIGITALOCEAN_TOKEN',
  'INPUT_ROLE_PASSWORDS'
])('the value of %s is a secret', name => {
  expect(secretsInEnvironment({ [name]: 'hunter2', [`${name}_OF`]: 'hunter3' })).toEqual(['hunter2']);
});
