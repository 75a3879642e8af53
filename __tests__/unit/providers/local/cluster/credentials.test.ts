import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  readCredentials,
  writeCredentials,
  type ServerCredentials
} from '../../../../../src/providers/local/cluster/credentials.ts';

const credentials: ServerCredentials = {
  formatVersion: 1,
  serverName: 'orders',
  superuser: { name: 'postgres', password: 'canary' },
  port: 5432,
  addresses: ['127.0.0.1'],
  binDir: '/bin',
  version: '17.10',
  process: { pid: 42, startedAt: 1_700_000_000 }
};
let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pgkeep-test-'));
  file = join(directory, 'credentials.json');
});

afterEach(() => rm(directory, { recursive: true }));

test('come back as they were written, from a file that only its owner reads', async () => {
  await writeCredentials(file, { ...credentials, port: 1 });
  await writeCredentials(file, credentials);
  await expect(readCredentials(file)).resolves.toEqual(credentials);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await expect(readdir(directory)).resolves.toEqual(['credentials.json']);
});

test('are undefined when there are none', async () => {
  await expect(readCredentials(file)).resolves.toBeUndefined();
});

test.each([
  [
    'cut',
    '{"formatVersion":1,"superuser":{"name":"postgres","password":"canary"',
    `Could not read FILE: it is damaged`
  ],
  ['empty', '', `Could not read FILE: it is damaged`],
  [
    'of another kind',
    JSON.stringify({ ...credentials, superuser: { name: 'postgres', password: 7, note: 'canary' } }),
    `Could not read FILE: it is damaged at superuser.password`
  ],
  [
    'of a later version',
    JSON.stringify({ ...credentials, formatVersion: 2 }),
    `Could not read FILE: it is damaged at formatVersion`
  ]
])('report where they are damaged, and no secret: %s', async (_, text, message) => {
  await writeFile(file, text);
  await expect(readCredentials(file)).rejects.toMatchObject({
    code: 'server-failed',
    message: message.replace('FILE', file)
  });
});
