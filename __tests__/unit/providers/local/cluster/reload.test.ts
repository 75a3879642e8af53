import { appendFile, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { withSqlSession } from '../../../../../src/postgres/connection.ts';
import { reloadSettings } from '../../../../../src/providers/local/cluster/reload.ts';
import { testClusters, testContext, type TestCluster, type TestClusters } from '../../../../support/real-server.ts';

const execution = testContext();
let clusters: TestClusters;
let cluster: TestCluster;

beforeAll(async () => {
  clusters = await testClusters();
  cluster = await clusters.create();
  await cluster.start();
});

afterAll(() => clusters.remove());

async function reload(parameters: Readonly<Record<string, string>>): Promise<readonly string[]> {
  await cluster.configure({ parameters: { shared_buffers: '16MB', ...parameters } });
  return withSqlSession(cluster.target(), execution.signal, session => reloadSettings(execution, session));
}

async function show(name: string): Promise<unknown> {
  return withSqlSession(cluster.target(), execution.signal, async session => {
    const [row] = await session.query<{ value: string }>('select current_setting($1, true) as value', [name]);
    return row?.value;
  });
}

test('is in force when it returns, each time', async () => {
  for (const value of ['5MB', '6MB', '7MB', '8MB', '9MB']) {
    await expect(reload({ work_mem: value })).resolves.toEqual([]);
    await expect(show('work_mem')).resolves.toBe(value);
  }
});

test('names parameters that wait for a restart, and those that were taken back', async () => {
  await expect(reload({ max_connections: '17', work_mem: '3MB' })).resolves.toEqual(['max_connections']);
  await expect(show('work_mem')).resolves.toBe('3MB');
  await expect(reload({ work_mem: '3MB' })).resolves.toEqual([]);
  await expect(reload({ shared_buffers: '32MB' })).resolves.toEqual(['shared_buffers']);
  await expect(reload({})).resolves.toEqual([]);
});

test.each([
  [
    { work_mem: 'much', maintenance_work_mem: '77MB' },
    'Could not reload the configuration: work_mem: setting could not be applied'
  ],
  [{ work_mme: '1MB' }, 'Could not reload the configuration: work_mme: unrecognized configuration parameter']
])('reloads nothing when a setting is wrong: %j', async (parameters, message) => {
  await reload({ work_mem: '5MB' });
  await expect(reload(parameters)).rejects.toMatchObject({
    kind: 'invalid',
    message: expect.stringContaining(message) as string,
    hint: 'Correct the value under `parameters`.'
  });
  await expect(show('work_mem')).resolves.toBe('5MB');
  await expect(show('maintenance_work_mem')).resolves.toBe('64MB');
  await expect(reload({ work_mem: '4MB' })).resolves.toEqual([]);
  await expect(show('work_mem')).resolves.toBe('4MB');
});

test.each([
  ['postgresql.conf', "work_mme = '1MB'\n", /work_mme: unrecognized/, 'Destroy the database and apply again: '],
  ['postgresql.conf', 'not = = valid\n', /postgresql\.conf line \d+: syntax error/, 'Destroy the database and'],
  [
    'postgresql.auto.conf',
    "work_mem = 'much'\n",
    /work_mem: setting could not/,
    'Correct the value under `parameters`.'
  ]
])('names the way out where %s has %j', async (name, line, message, hint) => {
  await reload({ work_mem: '5MB' });
  const file = path.join(cluster.layout.dataDirectory, name);
  const before = await readFile(file);
  await appendFile(file, line);
  await expect(reload({ work_mem: '6MB' })).rejects.toMatchObject({
    kind: 'invalid',
    message: expect.stringMatching(message) as string,
    hint: expect.stringContaining(hint) as string
  });
  await expect(show('work_mem')).resolves.toBe('5MB');
  await writeFile(file, before);
  await expect(reload({ work_mem: '6MB' })).resolves.toEqual([]);
});

test('says where to look when the server does not answer', async () => {
  // A clock that runs out at once, over a session whose server never loads its files.
  let seconds = 0;
  const clock = { ...execution.clock, now: () => new Date(seconds * 1000), sleep: async () => void (seconds += 1) };
  const query = async (text: string): Promise<readonly unknown[]> => (/load_time/.test(text) ? [{ at: 'before' }] : []);
  await expect(reloadSettings({ ...execution, clock }, { query } as never)).rejects.toMatchObject({
    message: 'Could not reload the configuration: the server did not answer within 10 s',
    hint: "Read the server's log: it says what was refused."
  });
});
