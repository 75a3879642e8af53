import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadScripts, type Script } from '../../../src/postgres/script.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'pgkeep-test-'));
  await mkdir(join(directory, 'db', 'folder.sql'), { recursive: true });
  for (const name of ['db/2.sql', 'db/10.sql', 'db/1.sql', 'schema.sql']) {
    await writeFile(join(directory, name), `select '${name}'`);
  }
});

afterEach(() => rm(directory, { recursive: true }));

async function textOf(script: Script | undefined): Promise<string> {
  const pieces: string[] = [];
  if (script === undefined) return 'none';
  for await (const piece of script.read()) pieces.push(piece);
  return pieces.join('');
}

test('does not go on with a file that was changed after it was planned', async () => {
  const [script] = await loadScripts(['schema.sql'], directory);
  await writeFile(join(directory, 'schema.sql'), 'select now()');
  await expect(textOf(script)).rejects.toMatchObject({ code: 'plan-changed' });
});

test('reads files in the order of the patterns, sorted within each, once', async () => {
  const scripts = await loadScripts(['schema.sql', 'db/*.sql', './db/1.sql'], directory);
  expect(scripts.map(({ file }) => file)).toEqual(['schema.sql', 'db/1.sql', 'db/10.sql', 'db/2.sql']);
  expect(await textOf(scripts[0])).toBe("select 'schema.sql'");
  expect(scripts[0]).toMatchObject({
    file: 'schema.sql',
    hash: createHash('sha256').update("select 'schema.sql'").digest('hex')
  });
});

test('reads characters that are cut between two pieces, and a file that ends within one is refused', async () => {
  // Of one to four bytes, so that each is cut at each of its places somewhere.
  const text = 'é€😀x'.repeat(30_000);
  await writeFile(join(directory, 'long.sql'), text);
  const [script] = await loadScripts(['long.sql'], directory);
  expect((await textOf(script)) === text).toBe(true);
  await writeFile(join(directory, 'long.sql'), Buffer.from(text).subarray(0, -3));
  await expect(loadScripts(['long.sql'], directory)).rejects.toMatchObject({ code: 'input-invalid' });
});

test('drops a byte order mark, which still counts in the hash', async () => {
  await writeFile(join(directory, 'bom.sql'), '\uFEFFselect 1');
  const [script] = await loadScripts(['bom.sql'], directory);
  expect(await textOf(script)).toBe('select 1');
  expect(script?.hash).not.toBe(createHash('sha256').update('select 1').digest('hex'));
});

test.each(['nothing.sql', 'nothing/**/*.sql', 'db/folder.sql', 'db'])(
  'refuses a pattern that matches no file: %s',
  async pattern => {
    await expect(loadScripts(['schema.sql', pattern], directory)).rejects.toMatchObject({
      code: 'input-invalid',
      message: `Could not read init_sql "${pattern}": it matches no file`
    });
  }
);

test('tells who writes a statement in the place of a file what to do', async () => {
  await expect(loadScripts(['create table a (id int);'], directory)).rejects.toMatchObject({
    hint: expect.stringContaining('Write the SQL into a file') as string
  });
});

test.each([
  ['Latin-1', Buffer.from("select 'caf\xe9'", 'latin1')],
  ['a binary dump', Buffer.from('PGDMP\0\0\0')]
])('refuses %s', async (_, bytes) => {
  await writeFile(join(directory, 'odd.sql'), bytes);
  await expect(loadScripts(['odd.sql'], directory)).rejects.toMatchObject({
    code: 'input-invalid',
    message: 'Could not read init_sql odd.sql: it is not UTF-8 text'
  });
});
