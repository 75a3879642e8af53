/** Whether a committed pack is what would be made today. */
import { join } from 'node:path';
import type { Client } from 'pg';
import { readPack, type CharacterType } from '../../src/providers/local/cluster/pack.ts';
import type { Installation } from '../../src/providers/local/installation/installation.ts';
import { unpackedCluster } from './server.mts';

/** What differs from one making to the next: transaction numbers, counts, samples, the password. */
export const VOLATILE: readonly string[] = [
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
 * Boots the committed pack and the one made again, in both character types, and compares the files' names and sizes and
 * the contents of every catalog. Throws when they differ; returns what was compared.
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
  const cluster = await unpackedCluster(installation, packsDirectory, directory, characterType);
  return await cluster.run(async connect => {
    const found: Record<string, string> = {};
    for (const database of ['postgres', 'template1']) {
      const client = await connect(database);
      const { rows } = await client.query<{ name: string; columns: string }>(CATALOGS, [VOLATILE]);
      for (const { name, columns } of rows) found[`${database}.${name}`] = await digest(client, name, columns);
      await client.end();
    }
    return found;
  });
}

async function digest(client: Client, table: string, columns: string): Promise<string> {
  const { rows } = await client.query<{ digest: string }>(
    `SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) AS digest FROM (SELECT ${columns} FROM ${table}) t`
  );
  return rows[0]?.digest ?? '';
}
