/**
 * Makes the prebuilt clusters in packs/ from the published binaries of Linux x64, so that no run waits for initdb.
 *
 * npx node scripts/bake/cluster.mts [major…]            writes packs/<major>.pack npx node scripts/bake/cluster.mts
 * --check [major…]    makes them again next to the committed ones, boots them, and compares
 *
 * A pack is meant for every platform with 64 bits and little-endian byte order: PostgreSQL's files are the same there
 * for the same CATALOG_VERSION_NO, block size and alignment, which the server checks itself at boot (pg_control). What
 * initdb would take from the machine is left out: collations of the C library other than C and POSIX, versions of ICU's
 * collations, the time zone.
 *
 * Two runs differ in: the system identifier and the time in pg_control and the WAL, log positions in page headers,
 * sampled statistics. They agree in: the files' names and sizes, the catalog version, the contents of every catalog.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { MAJORS, isMajor, type Major } from '../../src/postgres/major.ts';
import { packName } from '../../src/providers/local/cluster/pack.ts';
import { bake } from './steps.mts';
import { checkPack } from './check.mts';
import { publishedInstallation } from './binaries.mts';
import { inWorkDirectory } from './work-directory.mts';

const PACKS = resolve(import.meta.dirname, '..', '..', 'packs');

const args = process.argv.slice(2);
const check = args.includes('--check');
const asked = args.filter(arg => arg !== '--check').map(Number);
const majors: readonly Major[] = asked.length === 0 ? MAJORS : asked.filter(isMajor);

await mkdir(PACKS, { recursive: true });
for (const major of majors) {
  await inWorkDirectory(`bake-${major}`, async work => {
    const installation = await publishedInstallation(major, work);
    const packed = await bake(installation, work);
    const target = check ? work : PACKS;
    await writeFile(join(target, packName(major)), packed);
    const report = check ? await checkPack(installation, PACKS, work) : 'written';
    process.stdout.write(`${packName(major)}: ${(packed.length / 1000).toFixed(0)} kB, ${report}\n`);
  });
}
