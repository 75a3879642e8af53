import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { NEEDED } from '../../scripts/build/node-gate.mts';
import { startDigitalOcean, type FakeDigitalOcean } from '../clouds/digitalocean/fake-digitalocean.ts';
import { bundleDirectory } from '../support/bundle.ts';
import { basic } from '../support/digitalocean-inputs.ts';
import { machineVariables } from '../support/runner-environment.ts';
import { testToolCache } from '../support/tool-cache.ts';
import { compileCache } from '../support/warm-steps.ts';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '..', '..');

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Where `npm install` put the packed package. */
let installed: string;
let folder: string;
let digitalocean: FakeDigitalOcean;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'pgkeep-cli-')));
  await chmod(folder, 0o755);
  const staged = path.join(folder, 'staged');
  const env = { ...process.env, ...compileCache() };
  const script = path.join(root, 'scripts/build/package.mts');
  await run(process.execPath, [script, staged, 'v1.2.3', await bundleDirectory()], { env });
  // Packs it first, as `npm publish` does.
  const quietly = ['--silent', '--offline', '--no-audit', '--no-fund', '--ignore-scripts'];
  await run('npm', ['install', '--install-links', ...quietly, '--prefix', folder, staged], { cwd: folder, env });
  installed = path.join(folder, 'node_modules');
  await mkdir(path.join(folder, 'shop', '.git'), { recursive: true });
  digitalocean = await startDigitalOcean();
}, 120_000);
afterAll(async () => {
  await digitalocean.stop();
  await rm(folder, { recursive: true, force: true });
});

async function pgkeep(args: readonly string[], env: Readonly<Record<string, string | undefined>> = {}): Promise<Ended> {
  const program = path.join(installed, 'pgkeep', 'bin', 'pgkeep.cjs');
  const all = { ...machineVariables(), ...compileCache(), XDG_CACHE_HOME: path.join(folder, 'cache'), ...env };
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return run(process.execPath, [program, ...args], {
    cwd: path.join(folder, 'shop'),
    env: given
  }).then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
    (thrown: unknown) => {
      const { code, stdout, stderr } = thrown as { code: number; stdout: string; stderr: string };
      return { code, out: stdout, err: stderr };
    }
  );
}

const flags = (inputs: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(inputs).flatMap(([name, value]) => [`--${name}`, value]);

describe('the packed package', () => {
  test('depends on nothing and brings its command', async () => {
    expect(await readdir(installed)).toEqual(['.bin', '.package-lock.json', 'pgkeep']);
    const published = JSON.parse(await readFile(path.join(installed, 'pgkeep', 'package.json'), 'utf8')) as object;
    expect(published).toMatchObject({ version: '1.2.3', engines: { node: NEEDED }, bin: { pgkeep: 'bin/pgkeep.cjs' } });
    expect(Object.keys(published)).not.toContain('dependencies');
    expect(await pgkeep(['--version'])).toEqual({ code: 0, out: '1.2.3\n', err: '' });
    const help = await pgkeep([]);
    expect(help).toMatchObject({ code: 0, err: '' });
    expect(help.out).toMatch(/^Usage: pgkeep <command>/);
  });

  test('says by its exit code when the command line is wrong, and in a workflow', async () => {
    expect(await pgkeep(['plan'])).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/Add --repository/) });
    const inWorkflow = await pgkeep(['apply', '--yes'], { GITHUB_ACTIONS: 'true' });
    expect(inWorkflow).toMatchObject({ code: 2, err: expect.stringMatching(/Use the action as a step/) });
  });
});

describe('a database of DigitalOcean, from a laptop', () => {
  const login = (): Readonly<Record<string, string | undefined>> => ({
    ...digitalocean.env,
    PGKEEP_POLL_SECONDS: '0.01'
  });

  test('is planned from a file with the user’s own login, applied with --yes only, checked and found', async () => {
    await run('git', ['init', '-q'], { cwd: path.join(folder, 'shop') });
    await run('git', ['remote', 'add', 'origin', 'git@github.com:acme/shop.git'], { cwd: path.join(folder, 'shop') });
    const lines = Object.entries({ cloud_provider: 'digitalocean', ...basic() }).map(
      ([name, value]) => `${name}: ${JSON.stringify(value)}`
    );
    await writeFile(path.join(folder, 'shop', 'pgkeep.yml'), `${lines.join('\n')}\n`);
    const asFile = ['--config', 'pgkeep.yml'];

    const planned = await pgkeep(['plan', ...asFile], login());
    expect(planned).toMatchObject({ code: 0 });
    expect(planned.out).toMatch(/PostgreSQL orders · digitalocean[\s\S]*\d to create, 0 to update, 0 to delete\./);
    expect(digitalocean.mutations()).toEqual([]);

    const applied = await pgkeep(['apply', ...asFile, '--yes', '--repository_id', '7'], login());
    expect(applied).toMatchObject({ code: 0, out: expect.stringMatching(/Applied: \d created/) });
    const outputs = await pgkeep(['outputs', ...asFile], login());
    expect(outputs.out).toMatch(/^host +\S+$/m);
    const all = [planned, applied, outputs].map(({ out, err }) => out + err).join('');
    expect(all).not.toMatch(/AVNS_/);
    expect(all).not.toContain(login()['DIGITALOCEAN_TOKEN']);
    expect(outputs.out).toMatch(/^password +\*\*\*$/m);

    const grown = await pgkeep(['check', ...asFile, '--instance_class', 'db-s-2vcpu-4gb'], login());
    expect(grown).toMatchObject({ code: 1, err: expect.stringMatching(/^Error: The database is not as/m) });
    await pgkeep(['apply', ...asFile, '--yes', '--instance_class', 'db-s-2vcpu-4gb'], login());
    // The number of the repository, which a workflow wrote, and this command line does not know.
    expect(digitalocean.cluster('orders')).toMatchObject({
      size: 'db-s-2vcpu-4gb',
      tags: expect.arrayContaining(['pgkeep:origin:1:7'])
    });
  }, 120_000);

  test('is refused what only the author may say, from the file of the repository', async () => {
    await writeFile(
      path.join(folder, 'shop', 'theirs.yml'),
      'name: orders\nadopt_existing: true\nmaster_password: x\n'
    );
    const refused = await pgkeep(
      ['plan', '--config', 'theirs.yml', ...flags({ cloud_provider: 'digitalocean' })],
      login()
    );
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/`adopt_existing` \(in theirs.yml\): is for the author of the workflow to set/);
    expect(refused.err).toMatch(/`master_password` \(in theirs.yml\): must not be kept in a file/);
  });
});

describe('a server on this machine', () => {
  test('outlives the command that started it, until it is destroyed', async () => {
    const env = { XDG_CACHE_HOME: path.join(folder, 'cache') };
    await mkdir(path.join(folder, 'cache', 'pgkeep'), { recursive: true });
    await run('ln', ['-s', testToolCache(), path.join(folder, 'cache', 'pgkeep', 'tools')]);
    const local = ['--cloud_provider', 'local', '--repository', 'acme/shop'];
    const first = await pgkeep(['apply', ...local, '--yes'], env);
    expect(first).toMatchObject({ code: 0, out: expect.stringMatching(/Applied: 1 created/) });
    const gone = await pgkeep(['destroy', ...local, '--confirm_destroy', 'postgres', '--yes'], env);
    expect(gone).toMatchObject({ code: 0, out: expect.stringMatching(/Destroyed: 1 deleted/) });
  }, 120_000);
});
