/** Whether a committed pack is what would be made today. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { createDataDirectory } from '../src/providers/local/cluster/data-directory.ts';
import { serverOwner } from '../src/providers/local/cluster/owner.ts';
import { readPack, type CharacterType } from '../src/providers/local/cluster/pack.ts';
import { thisMachine } from '../src/providers/local/installation/machine.ts';
import type { Installation } from '../src/providers/local/installation/installation.ts';

const PASSWORD = 'only for this check';

/** What differs from one making to the next: transaction numbers, counts, samples, the password. */
const VOLATILE = [
  'relfrozenxid',
  'relminmxid',
  'relpages',
  'reltuples',
  'relallvisible',
  'relallfrozen',
  'datfrozenxid',
  'datminmxid',
  'rolpassword'
];

const CATALOGS = `
  SELECT c.oid::regclass::text AS name, string_agg(quote_ident(a.attname), ',' ORDER BY a.attnum) AS columns
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
  WHERE c.relkind = 'r' AND c.oid < 16384 AND c.relname NOT IN ('pg_statistic', 'pg_statistic_ext_data')
    AND a.attname <> ALL ($1) AND a.atttypid <> 'pg_catalog.anyarray'::regtype
  GROUP BY c.oid ORDER BY c.oid`;

/**
 * Boots the committed pack and the one made anew, in both character types, and compares the files' names and sizes and the contents of
 * every catalog. Throws when they differ; returns what was compared.
 */
export async function checkPack(installation: Installation, committed: string, made: string): Promise<string> {
  const [old, fresh] = await Promise.all([readPack(committed, installation.major), readPack(made, installation.major)]);
  const listOf = (pack: typeof old): string =>
    JSON.stringify([
      pack.header.catalogVersion,
      pack.header.placeholder,
      pack.header.directories,
      pack.header.files.map(([path, , , size]) => `${path} ${size}`)
    ]);
  if (listOf(old) !== listOf(fresh)) throw new Error(`${installation.major}.pack has other files than one made today`);

  let catalogs = 0;
  for (const characterType of ['C', 'C.UTF-8'] as const) {
    const before = await digests(installation, committed, join(made, `old-${characterType}`), characterType);
    const after = await digests(installation, made, join(made, `new-${characterType}`), characterType);
    const differing = Object.keys({ ...before, ...after }).filter(name => before[name] !== after[name]);
    if (differing.length > 0) {
      throw new Error(`${installation.major}.pack (${characterType}) differs in ${differing.join(', ')}`);
    }
    catalogs += Object.keys(after).length;
  }
  return `${old.header.files.length} files and ${catalogs} catalogs as committed`;
}

async function digests(
  installation: Installation,
  packsDirectory: string,
  directory: string,
  characterType: CharacterType
): Promise<Readonly<Record<string, string>>> {
  const machine = thisMachine(process.env);
  const owner = await serverOwner(machine);
  await mkdir(directory);
  await chmod(directory, 0o755);
  if (owner !== undefined) await chown(directory, owner.uid, owner.gid);
  const data = join(directory, 'data');
  const request = { installation, machine, directory: data, password: PASSWORD, owner, packsDirectory, characterType };
  const created = await createDataDirectory(request);
  if (created.way !== 'pack') throw new Error(`The pack is not used: ${created.reason}`);

  const args = ['-D', data, '-c', 'listen_addresses=', '-c', `unix_socket_directories=${directory}`, '-c', 'fsync=off'];
  const server = spawn(join(installation.binDir, 'postgres'), args, {
    cwd: directory,
    env: { LC_ALL: 'C' },
    stdio: 'ignore',
    ...owner
  });
  try {
    return await digestAll(directory);
  } finally {
    server.kill('SIGINT');
    await once(server, 'exit');
  }
}

async function digestAll(host: string): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const database of ['postgres', 'template1']) {
    const client = await connect(host, database);
    const { rows } = await client.query<{ name: string; columns: string }>(CATALOGS, [VOLATILE]);
    for (const { name, columns } of rows) {
      const text = `SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) AS digest FROM (SELECT ${columns} FROM ${name}) t`;
      const { rows: answer } = await client.query<{ digest: string }>(text);
      found[`${database}.${name}`] = answer[0]?.digest ?? '';
    }
    await client.end();
  }
  return found;
}

async function connect(host: string, database: string): Promise<Client> {
  for (let tries = 0; ; tries += 1) {
    const client = new Client({ host, user: 'postgres', password: PASSWORD, database });
    try {
      await client.connect();
      return client;
    } catch (thrown) {
      if (tries === 100) throw thrown;
      await sleep(50);
    }
  }
}
