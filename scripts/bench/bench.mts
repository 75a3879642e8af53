import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bundleDirectory } from '../../__tests__/support/bundle.ts';
import { DEFAULT_MAJOR, isMajor } from '../../src/postgres/major.ts';
import { bootAws, bootLocal, bootTimes } from './boot.mts';
import { clusterComparisons } from './clusters.mts';
import { openGround, type Ground } from './ground.mts';
import { median } from './pairs.mts';
import { planTimes, TIMED_PLANS } from './plans.mts';
import { inMegabytes, inMilliseconds, report, row } from './report.mts';
import { bold, dim, say } from '../demo/terminal.mts';

/**
 * How long it takes, against others on the same machine in the same minutes: ratios of whole processes in turns, from
 * their start to a client's `SELECT 1` on a new cluster. Then what the bundle costs and weighs. Takes `--rounds N`
 * (default 9) and `--major N`. Only the ratios say something about another machine. `TMPDIR` says on which file system.
 */
const MAX_BOOT_MILLISECONDS = 120;
const MAX_BYTES = 12_000_000;
/** Round trips that a plan may take one after the other; those of the login are counted with them here. */
const DEEPEST = 6;
const MAX_PLAN_BYTES = 80e6;
const CALL_MILLISECONDS = 50;
const SHOWN_FILES = 12;

const root = path.resolve(import.meta.dirname, '../..');
if ((process.env['PGKEEP_BUNDLE'] ?? '') === '' && existsSync(path.join(root, 'dist', 'index.js'))) {
  process.env['PGKEEP_BUNDLE'] = 'dist';
}
const bundle = await bundleDirectory();
const major = numberAfter('--major', DEFAULT_MAJOR);
if (!isMajor(major)) throw new Error(`There is no PostgreSQL ${major}`);
const ground = await openGround({ rounds: numberAfter('--rounds', 9), major });
try {
  say(bold(`PostgreSQL ${ground.pin.version}, Node ${process.versions.node}, ${process.platform}-${process.arch}`));
  say(dim(`bundle ${path.relative(root, bundle)}; ${ground.rounds} rounds in turns; median [smallest..largest]`));
  say();
  for await (const comparison of clusterComparisons(ground)) report(comparison);
  say();
  await boots(ground);
  await plans(ground);
  row('peak memory of an apply', inMegabytes(await peakMemory(ground)));
  sizes();
} finally {
  await ground.close();
}

async function boots(on: Ground): Promise<void> {
  const local = median(await bootTimes(on, bootLocal));
  const goal = `≤ ${MAX_BOOT_MILLISECONDS} ms`;
  row('start to the first provider call, local', inMilliseconds(local), goal, local <= MAX_BOOT_MILLISECONDS);
  row('start to the first provider call, aws', inMilliseconds(median(await bootTimes(on, bootAws))));
}

async function plans(on: Ground): Promise<void> {
  for (const plan of TIMED_PLANS) {
    for (const { what, atOnce, slow, cost } of await planTimes(plan, CALL_MILLISECONDS, on.rounds)) {
      const most = median(atOnce) + DEEPEST * CALL_MILLISECONDS;
      const title = `plan of ${plan.example} ${what}, ${CALL_MILLISECONDS} ms a call`;
      row(title, inMilliseconds(median(slow)), `≤ ${inMilliseconds(most)}`, median(slow) <= most);
      const { calls, cpuMilliseconds, peakBytes } = cost;
      row(dim(`  its calls, processor time`), dim(`${calls}, ${inMilliseconds(cpuMilliseconds)}`));
      const goal = `≤ ${inMegabytes(MAX_PLAN_BYTES)}`;
      row('  its peak memory', inMegabytes(peakBytes), goal, peakBytes <= MAX_PLAN_BYTES);
    }
  }
}

async function peakMemory(on: Ground): Promise<number> {
  const note = path.join(on.directory, 'peak');
  const preload = path.join(on.directory, 'peak.cjs');
  const write = `require('node:fs').writeFileSync(${JSON.stringify(note)}, String(process.resourceUsage().maxRSS))`;
  await writeFile(preload, `process.on('exit', () => ${write});\n`);
  await on.ours({ env: { NODE_OPTIONS: `--require ${preload}` } });
  return Number(readFileSync(note, 'utf8')) * 1024;
}

function sizes(): void {
  const files = readdirSync(bundle, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => path.join(entry.parentPath, entry.name))
    .map(file => ({ name: path.relative(bundle, file), bytes: statSync(file).size }))
    .sort((a, b) => b.bytes - a.bytes);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  row('size of the bundle in all', inMegabytes(bytes), `≤ ${MAX_BYTES / 1e6} MB`, bytes <= MAX_BYTES);
  for (const file of files.slice(0, SHOWN_FILES)) row(dim(`  ${file.name}`), dim(inMegabytes(file.bytes)));
  const rest = files.slice(SHOWN_FILES);
  const restBytes = rest.reduce((sum, file) => sum + file.bytes, 0);
  row(dim(`  ${rest.length} smaller files`), dim(inMegabytes(restBytes)));
}

function numberAfter(name: string, otherwise: number): number {
  const at = process.argv.indexOf(name);
  return at === -1 ? otherwise : Number(process.argv[at + 1]);
}
