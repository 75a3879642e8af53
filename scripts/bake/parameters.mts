/**
 * Writes src/postgres/parameters/table.ts: PostgreSQL's own parameters, as real servers of each major describe them
 * (`pg_settings`), and how they spell the values of enumerations.
 *
 * npx node scripts/bake/parameters.mts
 */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { MAJORS, type Major } from '../../src/postgres/major.ts';
import type { Installation } from '../../src/providers/local/installation/installation.ts';
import { publishedInstallation } from './binaries.mts';
import { unpackedCluster, type BakingCluster } from './server.mts';
import { inWorkDirectory } from './work-directory.mts';

const TARGET = new URL('../../src/postgres/parameters/table.ts', import.meta.url);
const PACKS = resolve(import.meta.dirname, '..', '..', 'packs');

/** Values that exist in other builds and on other systems than the one asked here. */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  default_toast_compression: ['lz4'],
  dynamic_shared_memory_type: ['windows'],
  file_copy_method: ['clone'],
  io_method: ['io_uring'],
  shared_memory_type: ['windows'],
  wal_compression: ['lz4', 'zstd'],
  wal_sync_method: ['fsync_writethrough']
};

/** Spellings that servers accept without listing them. */
const UNLISTED = ['on', 'off', 'true', 'false', 'yes', 'no', '1', '0', 'debug', 'archive', 'hot_standby'];

interface Row {
  readonly name: string;
  readonly vartype: string;
  readonly context: string;
  readonly unit: string | null;
  readonly min_val: string | null;
  readonly max_val: string | null;
  readonly enumvals: readonly string[] | null;
}

const QUESTION = `
  SELECT lower(name) AS name, vartype, context, unit, min_val, max_val, enumvals
  FROM pg_settings
  -- The last three are the current transaction's, not the server's.
  WHERE name NOT LIKE '%.%' AND name NOT IN ('transaction_isolation', 'transaction_read_only', 'transaction_deferrable')
  ORDER BY 1`;

const run = promisify(execFile);

/** `type|context|unit|min|max|values` of every parameter of a major. */
async function describe(major: Major): Promise<ReadonlyMap<string, string>> {
  return inWorkDirectory(`parameters-${major}`, async work => {
    const installation = await publishedInstallation(major, work);
    const cluster = await unpackedCluster(installation, PACKS, join(work, 'cluster'), 'C');
    const rows = await cluster.run(async connect => {
      const client = await connect('postgres');
      const answer = await client.query<Row>(QUESTION);
      await client.end();
      return answer.rows;
    });
    const described = new Map<string, string>();
    for (const row of rows) {
      const values = row.enumvals === null ? '' : await spellings(row, installation, cluster);
      // What the build fixes has no usable range.
      const range = row.context === 'internal' ? [null, null] : [row.min_val, row.max_val];
      const fields = [row.vartype, row.context, row.unit, ...range, values];
      described.set(row.name, fields.map(field => field ?? '').join('|'));
    }
    return described;
  });
}

/** The values of an enumeration, with the others a server takes for one of them as `other=value`. */
async function spellings(row: Row, installation: Installation, cluster: BakingCluster): Promise<string> {
  const listed = row.enumvals ?? [];
  const others = (ELSEWHERE[row.name] ?? []).filter(value => isIn(installation.major, row.name, value));
  const values = [...new Set([...listed, ...others])];
  const unlisted = UNLISTED.filter(word => !listed.includes(word));
  const spelled: string[] = [];
  for (const word of [...listed, ...unlisted]) {
    const shown = row.context === 'internal' ? word : await shownAs(row.name, word, installation, cluster);
    if (shown !== undefined && shown !== word) spelled.push(`${word}=${shown}`);
  }
  const aliased = new Set(spelled.map(text => text.split('=')[0]));
  return [...values.filter(value => !aliased.has(value)), ...spelled].join(',');
}

function isIn(major: Major, name: string, value: string): boolean {
  return name !== 'wal_compression' || major >= 15 || value === '';
}

/** What a server makes of a value, or undefined when it refuses it. */
async function shownAs(
  name: string,
  value: string,
  installation: Installation,
  { dataDirectory, owner }: BakingCluster
): Promise<string | undefined> {
  const args = ['-D', dataDirectory, '-c', `${name}=${value}`, '-C', name];
  const options = { cwd: dataDirectory, env: { LC_ALL: 'C' }, ...owner };
  return await run(join(installation.binDir, 'postgres'), args, options).then(
    ({ stdout }) => stdout.trim(),
    () => undefined
  );
}

const perMajor = new Map<Major, ReadonlyMap<string, string>>();
for (const major of MAJORS) perMajor.set(major, await describe(major));

const names = [...new Set([...perMajor.values()].flatMap(described => [...described.keys()]))].sort();
const lines = names.flatMap(name => {
  const found: { from: Major; to: Major; text: string }[] = [];
  for (const major of MAJORS) {
    const text = perMajor.get(major)?.get(name);
    const last = found.at(-1);
    if (text === undefined) continue;
    if (last?.text === text && last.to === major - 1) last.to = major;
    else found.push({ from: major, to: major, text });
  }
  return found.map(({ from, to, text }) => `${name}|${from}|${to}|${text}`);
});
const source = `
// Generated by scripts/bake/parameters.mts from pg_settings: do not edit.

/**
 * PostgreSQL's own parameters, a line each: \`name|from|to|type|context|unit|min|max|values\`. \`from\` and \`to\` are
 * majors; a parameter that changed between majors has several lines. \`values\` are those of an enumeration;
 * \`other=value\` is another spelling of a value.
 */
export const PARAMETER_TABLE = \`
${lines.join('\n')}
\`;
`;
const options = await resolveConfig(TARGET);
await writeFile(TARGET, await format(source.trimStart(), { ...options, parser: 'typescript' }));
process.stdout.write(`${names.length} parameters, ${source.length} bytes\n`);
