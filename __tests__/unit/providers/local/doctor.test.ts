import { mkdir } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { ActionError } from '../../../../src/errors.ts';
import type { LocalContext } from '../../../../src/providers/local/context.ts';
import { doctor } from '../../../../src/providers/local/doctor.ts';
import type { Machine } from '../../../../src/providers/local/installation/machine.ts';
import { fakeMachine, type FakeMachine } from '../../../support/fake-machine.ts';

let machine: FakeMachine;

beforeEach(async () => {
  machine = await fakeMachine({ uid: 1001 });
});

afterEach(async () => machine.remove());

const DOWNLOAD = { source: 'download', version: '17.10', pin: { package: '@example/linux-x64' } };
const INSTALLED = { source: 'installed', version: '16.9', binDir: '/usr/bin' };

/** The findings, a line each, without the number of a free port. */
async function told(located: object, changes: Partial<Machine> = {}, port?: number): Promise<readonly string[]> {
  const context = {
    machine: { ...machine, ...changes, env: { ...machine.env, ...changes.env } },
    settings: { port },
    located: async () => {
      if (located instanceof Error) throw located;
      return located;
    }
  };
  const findings = await doctor(context as unknown as LocalContext);
  return findings.map(({ what, state, detail, hint }) =>
    `${what}: ${state}: ${detail}${hint === undefined ? '' : ` | ${hint}`}`.replace(
      /\d+ is free on 127\.0\.0\.1( and ::1)?$/,
      'N is free'
    )
  );
}

const OWN = 'unprivileged user: ok: the server runs as this user';
const FREE = 'loopback port: ok: N is free';
const DOWNLOADED = 'PostgreSQL binaries: ok: 17.10 will be downloaded as @example/linux-x64 and kept in the tool cache';

test('a machine with a server needs no npm', async () => {
  expect(await told(INSTALLED)).toEqual([
    'PostgreSQL binaries: ok: 16.9 in /usr/bin',
    'npm: ok: not needed: the binaries are installed',
    FREE,
    OWN
  ]);
});

test('one without a server needs the settings of npm, or npm where only that can follow them', async () => {
  expect(await told(DOWNLOAD)).toEqual([
    DOWNLOADED,
    'npm: ok: not needed: its settings say where the registry is',
    FREE,
    OWN
  ]);
  const offline = { env: { npm_config_offline: 'true' } };
  expect((await told(DOWNLOAD, offline))[1]).toBe(
    'npm: missing: not found, and only npm itself can follow its settings | ' +
      'Add actions/setup-node before this step, or set `bin_dir`.'
  );
  await machine.script('/node/bin/npm', '');
  expect((await told(DOWNLOAD, offline))[1]).toBe('npm: ok: found');
  // npm's own file has settings as well.
  await machine.file('/node/lib/node_modules/npm/npmrc', 'offline=true\n');
  expect((await told(DOWNLOAD))[1]).toBe('npm: ok: found');
});

test('what is missing is told with the way out', async () => {
  const nothing = new ActionError('Could not find PostgreSQL 17: none', {
    code: 'unsupported',
    source: 'user',
    hint: 'Install it.'
  });
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  try {
    const findings = await told(nothing, { env: { npm_config_offline: 'true' } }, port);
    expect(findings[0]).toBe('PostgreSQL binaries: missing: Could not find PostgreSQL 17: none | Install it.');
    expect(findings[1]).toMatch(/^npm: missing: not found/);
    expect(findings[2]).toMatch(/^loopback port: missing: Could not listen on 127\.0\.0\.1 .* uses it \| Stop it,/);
    expect(findings[3]).toBe(OWN);
  } finally {
    other.close();
  }
});

test('root is told as whom the server runs, and where', async () => {
  for (const folder of ['tmp', 'var/tmp', 'var/lib']) await mkdir(join(machine.root, folder), { recursive: true });
  const [, , , found] = await told(INSTALLED, { uid: 0 });
  expect(found).toBe(
    `unprivileged user: ok: this is root: the server will run as uid 54321, in ${machine.temporaryDirectory}`
  );
});
