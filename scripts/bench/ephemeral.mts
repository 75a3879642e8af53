import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { objectsServer, OBJECTS } from '../../__tests__/support/objects-server.ts';
import { baseOn, make, sessionFor, unmake } from '../../__tests__/support/pull-request-database.ts';
import { testClusters, type TestCluster } from '../../__tests__/support/real-server.ts';
import { logTraffic, trafficOf } from '../../__tests__/support/server-log.ts';
import type { Base } from '../../src/ephemeral/base.ts';
import { withSqlSession } from '../../src/postgres/connection.ts';
import { DEFAULT_MAJOR, isMajor } from '../../src/postgres/major.ts';
import { compare, median } from './pairs.mts';
import { inMilliseconds, report, row } from './report.mts';
import { bold, say } from '../demo/terminal.mts';

/**
 * How long a pull request's database takes on a shared server, made from a template and destroyed, one at a time and
 * eight at a time: all that a run does with SQL, from its first look to its outputs. Before that, how many connections
 * and texts it takes, and how it compares with the least that does the same work. Takes `--databases N` (default
 * 100) and `--major N`. Fails when one is lost.
 */
const databases = numberAfter('--databases', 100);
const major = numberAfter('--major', DEFAULT_MAJOR);
if (!isMajor(major)) throw new Error(`There is no PostgreSQL ${major}`);

const clusters = await testClusters();
try {
  const cluster = await clusters.create({ major });
  // Room for a run of each database at once.
  await cluster.configure({ parameters: { shared_buffers: '16MB', max_connections: String(3 * databases + 20) } });
  await cluster.start();
  const base = baseOn(cluster.target());
  const ask = { settings: { template_database: 'template1' } };
  say(bold(`PostgreSQL ${major}, ${databases} databases`));
  await counts(await clusters.create({ major }));
  await againstLeast(cluster, base);
  for (const parallelism of [1, 8, databases]) {
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

/** Connections and texts of each run, by the log of a server of its own. Exact: they do not depend on the machine. */
async function counts(counting: TestCluster): Promise<void> {
  await counting.start();
  await logTraffic(counting);
  const shared = baseOn(counting.target());
  const workspace = await mkdtemp(join(tmpdir(), 'pgkeep-bench-'));
  await writeFile(join(workspace, 'one.sql'), 'create table one (id int)');
  const secrets = { password_seed: 'a seed of the pull requests, long enough' };
  const settings = { template_database: 'template1', extensions: ['citext'], init_sql: ['one.sql'] };
  const all = { secrets, settings, workspace };
  const objects = objectsServer(counting.target());
  // The first one closes the standard databases to PUBLIC.
  await make(sessionFor(shared, 1, { secrets }));
  const works: readonly (readonly [string, () => Promise<unknown>, readonly [number, number]])[] = [
    ['plain', async () => make(sessionFor(shared, 2, { secrets })), [1, 4]],
    ['template, extension and SQL', async () => make(sessionFor(shared, 3, all)), [3, 7]],
    ['nothing to do', async () => make(sessionFor(shared, 3, all)), [2, 3]],
    ['destroyed', async () => unmake(sessionFor(shared, 3, all)), [2, 5]],
    ['inside a server', async () => objects.apply(OBJECTS, { workspace }), [3, 31]],
    ['nothing to do there', async () => objects.apply(OBJECTS, { workspace }), [2, 6]]
  ];
  for (const [title, work, [mostConnections, mostTexts]] of works) {
    const { connections, texts } = await trafficOf(counting, work);
    const isMet = connections <= mostConnections && texts <= mostTexts;
    row(`  ${title}: connections / texts`, `${connections} / ${texts}`, `${mostConnections} / ${mostTexts}`, isMet);
  }
}

/** In turns with the least that does the same work: log in, a role, a copy, log in as the role. */
async function againstLeast(cluster: TestCluster, base: Base): Promise<void> {
  const secrets = { password_seed: 'a seed of the pull requests, long enough' };
  const settings = { template_database: 'template1' };
  const { signal } = new AbortController();
  const ours = async (number: number): Promise<unknown> =>
    make(sessionFor(base, 10_000 + number, { secrets, settings }));
  const least = async (number: number): Promise<unknown> => {
    const name = `least_${number}`;
    await withSqlSession(cluster.target(), signal, async session => {
      await session.query(`CREATE ROLE ${name} LOGIN PASSWORD 'least'`);
      await session.query(`CREATE DATABASE ${name} OWNER ${name} TEMPLATE template1`);
    });
    const login = { user: name, password: 'least', database: name };
    return withSqlSession(cluster.target(login), signal, async session => session.query('SELECT 1'));
  };
  const clocked = async (count: number, from: number, work: typeof ours): Promise<number> => {
    const began = performance.now();
    await Promise.all(Array.from({ length: count }, async (_, at) => work(from + at)));
    return performance.now() - began;
  };
  for (const [count, title] of [
    [1, 'create one, against the least'],
    [8, 'create eight at once, against the least']
  ] as const) {
    report(
      await compare(
        { title, rounds: 20, goal: 2 },
        async round => clocked(count, count * 100 + count * round, ours),
        async round => clocked(count, count * 100 + count * round, least)
      )
    );
  }
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
