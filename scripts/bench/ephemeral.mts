import { baseOn, make, sessionFor, unmake } from '../../__tests__/support/pull-request-database.ts';
import { testClusters } from '../../__tests__/support/real-server.ts';
import { DEFAULT_MAJOR, isMajor } from '../../src/postgres/major.ts';
import { median } from './pairs.mts';
import { inMilliseconds, row } from './report.mts';
import { bold, say } from '../demo/terminal.mts';

/**
 * How long a pull request's database takes on a shared server, made from a template and destroyed, one at a time and
 * eight at a time: all that a run does with SQL, from its first look to its outputs. Takes `--databases N` (default
 * 100) and `--major N`. Fails when one is lost.
 */
const databases = numberAfter('--databases', 100);
const major = numberAfter('--major', DEFAULT_MAJOR);
if (!isMajor(major)) throw new Error(`There is no PostgreSQL ${major}`);

const clusters = await testClusters();
try {
  const cluster = await clusters.create({ major });
  await cluster.start();
  const base = baseOn(cluster.target());
  const ask = { settings: { template_database: 'template1' } };
  say(bold(`PostgreSQL ${major}, ${databases} databases`));
  for (const parallelism of [1, 8]) {
    const names = new Set<string>();
    const created = await timed(parallelism, async number => {
      const { outputs } = await make(sessionFor(base, number, ask));
      if (outputs !== undefined) names.add(outputs.endpoint.database);
    });
    if (names.size !== databases) throw new Error(`Only ${names.size} of ${databases} databases were made`);
    const dropped = await timed(parallelism, async number => {
      if ((await unmake(sessionFor(base, number))).counts.delete !== 2) throw new Error(`#${number} was lost`);
    });
    say(`${parallelism} at a time`);
    row('  create', inMilliseconds(median(created)));
    row('  create, slowest', inMilliseconds(Math.max(...created)));
    row('  drop', inMilliseconds(median(dropped)));
    row('  drop, slowest', inMilliseconds(Math.max(...dropped)));
  }
} finally {
  await clusters.remove();
}

/** Milliseconds of each, so many at once. */
async function timed(parallelism: number, work: (number: number) => Promise<void>): Promise<readonly number[]> {
  const numbers = Array.from({ length: databases }, (_, index) => index + 1).values();
  const times: number[] = [];
  const worker = async (): Promise<void> => {
    for (const number of numbers) {
      const began = performance.now();
      await work(number);
      times.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: parallelism }, worker));
  return times;
}

function numberAfter(name: string, otherwise: number): number {
  const at = process.argv.indexOf(name);
  return at === -1 ? otherwise : Number(process.argv[at + 1]);
}
