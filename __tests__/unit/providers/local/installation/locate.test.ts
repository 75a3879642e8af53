import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { locate } from '../../../../../src/providers/local/installation/locate.ts';
import type { Machine } from '../../../../../src/providers/local/installation/machine.ts';
import { PINS, type Pin } from '../../../../../src/providers/local/installation/pins.ts';
import { completeMark, entryDirectory } from '../../../../../src/providers/local/installation/tool-cache.ts';
import { fakeMachine, postgresScript, type FakeMachine } from '../../../../support/fake-machine.ts';

const machines: FakeMachine[] = [];

async function machine(changes: Partial<Machine> = {}): Promise<FakeMachine> {
  const made = await fakeMachine(changes);
  machines.push(made);
  return made;
}

afterEach(async () => {
  await Promise.all(machines.splice(0).map(made => made.remove()));
});

const any = { version: undefined, binDir: undefined };

function pin17(): Pin {
  const pin = PINS['linux-x64'][17];
  if (pin === undefined) throw new Error('linux-x64 has no pin for 17');
  return pin;
}

async function withServer(version: string): Promise<FakeMachine & { readonly binDir: string }> {
  const having = await machine();
  await having.script('/opt/mine/postgres', postgresScript(version));
  await having.script('/usr/lib/postgresql/16/bin/postgres', postgresScript('16.15'));
  return { ...having, binDir: join(having.root, 'opt/mine') };
}

describe('locate', () => {
  test('takes the default major from the published binaries on a bare machine', async () => {
    const bare = await machine();
    const located = await locate(any, bare);
    expect(located).toEqual({
      source: 'download',
      major: 17,
      version: pin17().version,
      pin: pin17(),
      directory: entryDirectory(pin17(), bare),
      notices: []
    });
    expect(entryDirectory(pin17(), bare)).toContain(join(bare.root, 'tools', 'pgkeep-postgres', pin17().version));
  });

  test('skips an installed server that the server’s user may not reach, when another is available', async () => {
    const closed = await machine({ uid: 0 });
    await closed.script('/usr/lib/postgresql/17/bin/postgres', postgresScript('17.4'));
    await chmod(join(closed.root, 'usr/lib/postgresql'), 0o700);
    expect(await locate(any, closed)).toMatchObject({ source: 'download' });
    expect(await locate(any, { ...closed, uid: 1001 })).toMatchObject({ source: 'installed' });
    // Only root can run a program as the server's user, to ask it for its version.
    const unpublished = locate(any, { ...closed, arch: 'mips' }).catch(({ code }: { code: string }) => ({
      source: code
    }));
    expect(await unpublished).toMatchObject({ source: process.geteuid?.() === 0 ? 'installed' : 'unsupported' });
  });

  test.each([
    ['Debian', '/usr/lib/postgresql/16/bin', {}],
    ['the PostgreSQL project’s RPM', '/usr/pgsql-16/bin', {}],
    ['Alpine', '/usr/libexec/postgresql16', {}],
    ['Homebrew on an Apple silicon Mac', '/opt/homebrew/opt/postgresql@16/bin', { platform: 'darwin', arch: 'arm64' }],
    ['Homebrew on an Intel Mac', '/usr/local/opt/postgresql@16/bin', { platform: 'darwin' }],
    ['Homebrew on Linux', '/home/linuxbrew/.linuxbrew/opt/postgresql@16/bin', {}]
  ] as const)('prefers the installed server of the requested major: %s', async (_name, binDir, changes) => {
    const having = await machine(changes);
    await having.script(join(binDir, 'postgres'), postgresScript('16.15 (Debian 16.15-1)'));
    expect(await locate({ ...any, version: '16' }, having)).toEqual({
      source: 'installed',
      major: 16,
      version: '16.15',
      binDir: join(having.root, binDir),
      notices: []
    });
  });

  test('finds the installed server that PGBIN names', async () => {
    const having = await machine();
    await having.script('/opt/pg/postgres', postgresScript('17.2'));
    const env = { ...having.env, PGBIN: join(having.root, 'opt/pg') };
    expect(await locate(any, { ...having, env })).toMatchObject({ source: 'installed', version: '17.2' });
  });

  test('skips a PGBIN of another major', async () => {
    const having = await machine();
    await having.script('/opt/pg/postgres', postgresScript('14.2'));
    const env = { ...having.env, PGBIN: join(having.root, 'opt/pg') };
    expect(await locate(any, { ...having, env })).toMatchObject({ source: 'download', version: pin17().version });
  });

  test.each([
    ['that does not run', 'exit 1'],
    ['of a release under test', postgresScript('17beta2')],
    ['that is something else', 'echo pgbouncer 17.1']
  ])('skips an installed server %s', async (_name, text) => {
    const having = await machine();
    await having.script('/usr/lib/postgresql/17/bin/postgres', text);
    expect(await locate(any, having)).toMatchObject({ source: 'download' });
  });

  test('uses a complete entry of the tool cache', async () => {
    const having = await machine();
    const directory = entryDirectory(pin17(), having);
    const mark = completeMark(pin17());
    await mkdir(join(directory, 'bin'), { recursive: true });
    await writeFile(join(directory, 'bin', 'postgres'), '');
    await writeFile(join(directory, mark.name), mark.text);
    expect(await locate(any, having)).toMatchObject({
      pin: pin17(),
      source: 'tool-cache',
      major: 17,
      version: pin17().version,
      binDir: join(directory, 'bin'),
      notices: []
    });
  });

  test.each([
    ['without the mark', ['bin/postgres']],
    ['without the server', ['.complete']]
  ])('does not use an entry of the tool cache %s', async (_name, files) => {
    const having = await machine();
    const directory = entryDirectory(pin17(), having);
    await mkdir(join(directory, 'bin'), { recursive: true });
    for (const file of files) await writeFile(join(directory, file), completeMark(pin17()).text);
    expect(await locate(any, having)).toMatchObject({ source: 'download', directory });
  });

  test('does not use an entry of the tool cache that is marked for other content', async () => {
    const having = await machine();
    const directory = entryDirectory(pin17(), having);
    await mkdir(join(directory, 'bin'), { recursive: true });
    await writeFile(join(directory, 'bin', 'postgres'), '');
    await writeFile(join(directory, '.complete'), completeMark({ ...pin17(), sha512: 'AAAA' }).text);
    expect(await locate(any, having)).toMatchObject({ source: 'download' });
  });

  test('takes the nearest minor with a notice', async () => {
    const located = await locate({ ...any, version: '17.4' }, await machine());
    expect(located.version).toBe(pin17().version);
    expect(located.notices).toEqual([{ code: 'version-nearest', message: expect.any(String) as string }]);
    expect(located.notices[0]?.message).toContain(
      `PostgreSQL 17.4 was asked for; ${pin17().version} is used, the nearest of the published binaries.`
    );
  });

  test('prefers a published minor that is exactly the requested one over another installed minor', async () => {
    const having = await machine();
    await having.script('/usr/lib/postgresql/17/bin/postgres', postgresScript('17.99'));
    expect(await locate({ ...any, version: pin17().version }, having)).toMatchObject({
      source: 'download',
      notices: []
    });
    expect(await locate({ ...any, version: '17.99' }, having)).toMatchObject({ source: 'installed', notices: [] });
    expect(await locate({ ...any, version: '17.4' }, having)).toMatchObject({ source: 'installed', version: '17.99' });
  });

  test.each([
    ['nonsense', 'input-invalid', 'Could not read engine_version: "nonsense" is not a version of PostgreSQL'],
    ['16.4.1', 'input-invalid', 'Could not read engine_version: "16.4.1" is not a version of PostgreSQL'],
    ['13', 'unsupported', 'Could not find PostgreSQL 13: this version is not supported'],
    ['99.1', 'unsupported', 'Could not find PostgreSQL 99.1: this version is not supported']
  ])('refuses version %s', async (version, code, message) => {
    await expect(locate({ ...any, version }, await machine())).rejects.toMatchObject({
      code,
      message,
      hint: expect.stringContaining('14, 15, 16, 17, 18') as string
    });
    for (const allowed of ['16', '17.4'])
      expect(await locate({ ...any, version: allowed }, await machine())).toBeDefined();
  });

  test('gives a hint on a platform without published binaries', async () => {
    await expect(locate(any, await machine({ platform: 'freebsd' }))).rejects.toMatchObject({
      code: 'unsupported',
      message: 'Could not find PostgreSQL 17: no binaries are published for freebsd-x64',
      hint: 'Install PostgreSQL 17 in an earlier step or name its directory in bin_dir.'
    });
  });

  test('names the available majors when one is not published for the platform', async () => {
    const missing = Object.entries(PINS).find(([, pins]) => pins[14] === undefined);
    const [platform, arch] = missing?.[0].split('-') ?? [];
    const there = await machine({ platform: platform as NodeJS.Platform, arch: arch ?? '' });
    await expect(locate({ ...any, version: '14' }, there)).rejects.toMatchObject({
      code: 'unsupported',
      hint: expect.stringMatching(/bin_dir, or set engine_version to one of 15, 16, 17, 18\.$/) as string
    });
  });

  describe('on musl', () => {
    test.each([['/etc/alpine-release'], ['/lib/ld-musl-x86_64.so.1']])(
      'refuses published binaries (%s)',
      async path => {
        const alpine = await machine();
        await alpine.file(path);
        await expect(locate(any, alpine)).rejects.toMatchObject({
          code: 'unsupported',
          message: 'Could not find PostgreSQL 17: the published binaries need glibc, and this system has musl (Alpine)',
          hint: expect.stringContaining('apk add postgresql17') as string
        });
      }
    );

    test('still uses an installed server', async () => {
      const alpine = await machine();
      await alpine.file('/etc/alpine-release');
      await alpine.script('/usr/libexec/postgresql17/postgres', postgresScript('17.6'));
      expect(await locate(any, alpine)).toMatchObject({ source: 'installed', version: '17.6' });
    });

    test('treats a glibc system that also has musl as glibc', async () => {
      const debian = await machine();
      await debian.file('/lib/ld-musl-x86_64.so.1');
      await debian.file('/lib64/ld-linux-x86-64.so.2');
      expect(await locate(any, debian)).toMatchObject({ source: 'download' });
    });
  });

  describe('with bin_dir', () => {
    test('uses that server and its major, with any other one installed', async () => {
      const having = await withServer('16.1');
      expect(await locate({ version: undefined, binDir: having.binDir }, having)).toEqual({
        source: 'bin-dir',
        major: 16,
        version: '16.1',
        binDir: having.binDir,
        notices: []
      });
    });

    test('gives a notice when its minor is not the requested one', async () => {
      const having = await withServer('16.1');
      const located = await locate({ version: '16.4', binDir: having.binDir }, having);
      expect(located.notices[0]?.message).toContain('16.4 was asked for; 16.1 is used, the one in bin_dir.');
    });

    test('refuses it when its major is not the requested one', async () => {
      const having = await withServer('16.1');
      await expect(locate({ version: '17', binDir: having.binDir }, having)).rejects.toMatchObject({
        code: 'input-invalid',
        message: `Could not use the PostgreSQL server in bin_dir ${having.binDir}: it is 16.1, not 17`,
        hint: 'Set `engine_version` to 16, or leave one of `engine_version` and `bin_dir` out.'
      });
      for (const followed of [
        { version: '16', binDir: having.binDir },
        { version: undefined, binDir: having.binDir },
        { version: '17', binDir: undefined }
      ])
        expect(await locate(followed, having)).toBeDefined();
    });

    test('refuses a major that is not supported', async () => {
      const having = await withServer('12.22');
      await expect(locate({ version: undefined, binDir: having.binDir }, having)).rejects.toMatchObject({
        code: 'unsupported',
        hint: 'Set `bin_dir` to a server of one of the majors 14, 15, 16, 17, 18.'
      });
      const followed = { version: undefined, binDir: join(having.root, 'usr/lib/postgresql/16/bin') };
      expect(await locate(followed, having)).toMatchObject({ source: 'bin-dir', major: 16 });
    });

    test('refuses a directory without a server, and one that cannot be run', async () => {
      const having = await withServer('16.1');
      const empty = { version: undefined, binDir: having.root };
      await expect(locate(empty, having)).rejects.toMatchObject({
        code: 'input-invalid',
        hint: 'Set `bin_dir` to the directory that holds postgres, initdb and pg_ctl, or leave it out.'
      });
      expect(await locate({ ...empty, binDir: having.binDir }, having)).toMatchObject({ source: 'bin-dir' });
      expect(await locate(any, having)).toMatchObject({ source: 'download' });
      await chmod(join(having.binDir, 'postgres'), 0o644);
      const broken = { version: undefined, binDir: having.binDir };
      await expect(locate(broken, having)).rejects.toMatchObject({ code: 'input-invalid' });
    });
  });
});
