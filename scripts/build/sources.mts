import { createHash, type Hash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');

/** What the bundle is made of: the same bytes here give the same bundle. */
const SOURCES = [
  'src',
  'packs',
  'package-lock.json',
  'bin/node-version.cjs',
  'scripts/build/build.mts',
  'scripts/build/lean-clients.mts',
  'scripts/build/modules.mts',
  'scripts/build/node-gate.mts',
  'scripts/build/sql-admin.mts',
  'scripts/build/when-used.mts',
  'tsconfig.json',
  'tsconfig.build.json'
];

/** The file of a bundle that says which sources it was made of, so that it need not be built again to know. */
export const SOURCES_FILE = 'sources.txt';

/** The SHA-256 of the sources as they are. */
export function hashOfSources(): string {
  const hash = createHash('sha256');
  for (const source of SOURCES) addTo(hash, source);
  return hash.digest('hex');
}

function addTo(hash: Hash, name: string): void {
  const full = path.join(root, name);
  if (statSync(full).isDirectory()) {
    for (const entry of readdirSync(full).sort()) addTo(hash, `${name}/${entry}`);
    return;
  }
  hash.update(`${name}\0`).update(readFileSync(full)).update('\0');
}
