import { existsSync, readFileSync, rmSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Execution } from '../../../../../src/engine/execution.ts';
import type { SqlSession } from '../../../../../src/postgres/connection.ts';
import { serverLayout, standbyLayout, type ServerLayout } from '../../../../../src/providers/local/cluster/layout.ts';
import { replacePassword } from '../../../../../src/providers/local/cluster/replace-password.ts';
import { awaitReplay, awaitStreaming, createStandby } from '../../../../../src/providers/local/cluster/standby.ts';
import { launchServer, startServer, type DuringStart } from '../../../../../src/providers/local/cluster/start.ts';
import { fakeContext, type FakeContext } from '../../../../support/fake-context.ts';
import { fakeMachine, type FakeMachine } from '../../../../support/fake-machine.ts';
import { until } from '../../../../support/until.ts';

/** How a start is waited for: the server is a script, and time passes by the second. */
let machine: FakeMachine;
let data: string;

beforeEach(async () => {
  machine = await fakeMachine({ uid: 1001 });
  data = join(machine.root, 'data');
  await machine.file('/data/PG_VERSION', '17\n');
});

afterEach(async () => machine.remove());

/** Writes postmaster.pid as a server does; `PID` is its own number. */
const says = (pid: string, status: string, port = '5433'): string =>
  `printf '%s\\n/x\\n1700000000\\n${port}\\n\\n\\n\\n${status}\\n' ${pid} > postmaster.pid`;
const READY = says('$$', 'ready   ');
/** One process, which each signal ends. */
const STAYS = 'exec /bin/sleep 60';

interface Started {
  readonly end: unknown;
  readonly lines: readonly string[];
  readonly seconds: number;
  /** The server's process, where it noted that. */
  readonly pid: number;
}

/** Starts the script. `onSleep` is run at each second, with how many have passed. */
async function started(
  script: string,
  {
    timeoutSeconds,
    duringStart,
    onSleep,
    step = 1
  }: {
    readonly step?: number;
    readonly timeoutSeconds?: number;
    readonly duringStart?: DuringStart;
    readonly onSleep?: (seconds: number, execution: FakeContext) => void | Promise<void>;
  } = {}
): Promise<Started> {
  await machine.script('/bin/postgres', `echo $$ > noted; ${script}`);
  rmSync(join(data, 'done'), { force: true });
  const fake = fakeContext();
  const begun = fake.clock.now().getTime();
  const passed = (): number => (fake.clock.now().getTime() - begun) / 1000;
  const sleep = async (seconds: number): Promise<void> => {
    // The next try has to say that it is done as well.
    if (seconds === 0.05) return rmSync(join(data, 'done'));
    // The script has had its turn before time passes.
    await until(() => existsSync(join(data, 'done')));
    await onSleep?.(passed(), fake);
    fake.clock.advance(step);
  };
  const execution: Execution = { ...fake, clock: { now: () => fake.clock.now(), sleep } };
  const place = { binDir: join(machine.root, 'bin'), machine, dataDirectory: data, logFile: join(machine.root, 'log') };
  const options = timeoutSeconds === undefined ? place : { ...place, timeoutSeconds };
  const end: unknown = await startServer(execution, options, duringStart).catch((thrown: unknown) => thrown);
  const pid = Number(await readFile(join(data, 'noted'), 'utf8'));
  return { end, lines: fake.lines, seconds: passed(), pid };
}

/** The process that noted its number has ended, and this one knows. */
async function ended(): Promise<void> {
  await until(() => !isAlive(Number(readFileSync(join(data, 'noted'), 'utf8'))));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test.each(['ready', 'standby'])('a server is started when it says that it is %s, and stays', async status => {
  const { end, pid } = await started(`${says('$$', status)}; : > done; ${STAYS}`);
  expect(end).toEqual({ pid, port: 5433, startedAt: 1_700_000_000 });
  expect(isAlive(pid)).toBe(true);
  process.kill(pid, 'SIGKILL');
});

test.each([
  ['starts', says('$$', 'starting')],
  ['has no port yet', says('$$', 'ready', '')],
  ['finds the file of another one', says('1', 'ready')],
  ['has written half of its file', 'echo nonsense > postmaster.pid'],
  ['has written no file', ':']
])('one that %s is waited for, and ended when its time is over', async (_, script) => {
  const { end, pid, seconds } = await started(`${script}; echo 'LOG:  on its way'; : > done; ${STAYS}`);
  expect(end).toMatchObject({
    kind: 'failed',
    code: 'server-failed',
    message: 'Could not start PostgreSQL: not ready after 1 min 1 s; it said last: on its way',
    hint: "Read the server's log: it says what the server was doing."
  });
  expect(seconds).toBe(61);
  expect(isAlive(pid)).toBe(false);
});

test('one that says nothing in the time that it is given is told so', async () => {
  const { end, seconds } = await started(`: > done; ${STAYS}`, { timeoutSeconds: 3 });
  expect(end).toMatchObject({ message: 'Could not start PostgreSQL: not ready after 4 s; it said nothing' });
  expect(seconds).toBe(4);
});

test.each([
  ['exit 3', 'it said nothing (exit code 3)'],
  ['kill -9 $$', 'it said nothing (killed by SIGKILL)'],
  ['echo "2026 UTC [1] FATAL:  the moon is wrong"; echo "LOG:  bye"; exit 1', 'the moon is wrong (exit code 1)']
])('one that ends by %j is told with what it said last', async (script, words) => {
  await machine.file('/log', 'FATAL:  of an earlier run\n');
  const { end } = await started(`: > done; ${script}`, { onSleep: async () => ended() });
  expect(end).toMatchObject({ code: 'server-failed', message: `Could not start PostgreSQL: ${words}` });
});

test.each([
  'LOG:  database system was not properly shut down; automatic recovery in progress',
  'LOG:  redo starts at 0/1000',
  'LOG:  redo in progress, elapsed time: 10.00 s, current LSN: 0/2',
  'LOG:  starting archive recovery',
  'LOG:  starting point-in-time recovery to 2026'
])('one that recovers is waited for, with news (%s)', async line => {
  const onSleep = async (seconds: number): Promise<void> => {
    if (seconds !== 100) return;
    process.kill(Number(readFileSync(join(data, 'noted'), 'utf8')), 'SIGKILL');
    await ended();
  };
  const { lines } = await started(`echo '${line}'; : > done; ${STAYS}`, { onSleep });
  const words = line.replace('LOG:  ', '');
  expect(lines).toEqual(
    ['1 min 1 s', '1 min 32 s'].map(after => `info: PostgreSQL recovers from a crash: ${words} (${after})`)
  );
});

test('a recovery is waited for half an hour', async () => {
  const { end, seconds, lines } = await started(`echo 'LOG:  redo starts at 0/1'; : > done; ${STAYS}`, { step: 31 });
  expect(end).toMatchObject({ message: expect.stringMatching(/not ready after 30 min 29 s; it said last/) as string });
  expect([seconds, lines.length]).toEqual([59 * 31, 57]);
});

test('one that got half of its addresses is ended, and tried twice more', async () => {
  const half = `echo 'LOG:  could not bind IPv6 address "::1": Address already in use'`;
  const { end, pid } = await started(`echo x >> tries; ${half}; ${READY}; : > done; ${STAYS}`);
  expect(end).toMatchObject({ kind: 'busy', code: 'port-in-use' });
  expect(isAlive(pid)).toBe(false);
  expect((await readFile(join(data, 'tries'), 'utf8')).trim().split('\n')).toHaveLength(3);
});

test('a cancelled start, and one whose work fails, leave no process', async () => {
  const cancelled = await started(`: > done; ${STAYS}`, {
    onSleep: (_seconds, execution) => execution.abort(new Error('cancelled'))
  });
  expect([cancelled.end, isAlive(cancelled.pid)]).toEqual([new Error('cancelled'), false]);
  const failed = await started(`${READY}; : > done; ${STAYS}`, {
    duringStart: async ready => {
      await ready;
      throw new Error('no space');
    }
  });
  expect([failed.end, isAlive(failed.pid)]).toEqual([new Error('no space'), false]);
});

test('one that is ended is told so, and is killed only where that does not help', async () => {
  const told = "trap 'kill $!; echo quit > quit; exit 1' QUIT; /bin/sleep 60 & : > done; wait";
  const { end, pid } = await started(told, { timeoutSeconds: 1 });
  expect(end).toMatchObject({ message: expect.stringContaining('not ready after') as string });
  expect([isAlive(pid), await readFile(join(data, 'quit'), 'utf8')]).toEqual([false, 'quit\n']);
});

test('a password is not replaced where each port is taken meanwhile, and nothing is left of that', async () => {
  await machine.file('/data/postgresql.conf', "include_if_exists = 'pgkeep.conf'\n");
  await machine.script(
    '/bin/postgres',
    `echo x >> tries; echo 'LOG:  could not bind IPv4 address "127.0.0.1": Address already in use'; exit 1`
  );
  const fake = fakeContext();
  const sleep = async (): Promise<void> => new Promise(resolve => setTimeout(resolve, 1));
  const execution: Execution = { ...fake, clock: { now: () => fake.clock.now(), sleep } };
  const request = { machine, binDir: join(machine.root, 'bin'), dataDirectory: data, owner: undefined };
  await expect(replacePassword(execution, { ...request, superuser: 'post"gres', password: 'x' })).rejects.toMatchObject(
    { code: 'port-in-use' }
  );
  // Five ports, each tried three times.
  expect((await readFile(join(data, 'tries'), 'utf8')).trim().split('\n')).toHaveLength(15);
  expect(await readFile(join(data, 'pg_hba.conf'), 'utf8')).toBe('hostssl all "post""gres" 127.0.0.1/32 cert\n');
  expect((await readdir(data)).filter(name => name.startsWith('pgkeep'))).toEqual([]);
});

test('what is left of a standby is told where its primary does not answer', async () => {
  const fake = fakeContext();
  const connection = { host: '127.0.0.1', port: 1, user: 'x', password: 'x', database: 'x', tls: 'off' } as const;
  const layout = standbyLayout(serverLayout(machine.temporaryDirectory, 'orders'), 1);
  const settings = { port: 2, addresses: [], durable: true, sharedMemory: 'posix', parameters: {} } as const;
  const primary = { dataDirectory: data, connection };
  await expect(
    createStandby(fake, { machine, binDir: '/nonexistent', primary, layout, settings, slotName: 'replica_1' })
  ).rejects.toMatchObject({ code: 'not-reachable' });
  expect(fake.lines).toEqual([
    expect.stringMatching(/^warning: Could not clean up replica replica_1: .*127\.0\.0\.1/) as string
  ]);
  expect(existsSync(layout.directory)).toBe(false);
});

test('root starts no server on a directory of its own', async () => {
  const request = { binDir: '/nonexistent', machine: { ...machine, uid: 0 }, logFile: join(machine.root, 'log') };
  if (process.geteuid?.() !== 0) return;
  await expect(launchServer(fakeContext(), { ...request, dataDirectory: data })).rejects.toMatchObject({
    code: 'server-failed',
    source: 'bug',
    message: `Could not start PostgreSQL on ${data}: the directory belongs to root`,
    hint: 'Give the directory to another user: PostgreSQL refuses to run as root.'
  });
});

/** A session of the primary that answers in turn, the last answer for ever. */
function answering(...answers: readonly (readonly object[])[]): {
  readonly session: SqlSession;
  readonly asked: string[];
} {
  const asked: string[] = [];
  let turn = 0;
  const query = async (text: string, values: readonly unknown[]): Promise<readonly object[]> => {
    asked.push(`${/from (\w+)|(pg_\w+)\(/.exec(text)?.slice(1).join('')} ${JSON.stringify(values)}`);
    const answer = answers[Math.min(turn, answers.length - 1)] ?? [];
    turn += 1;
    return answer;
  };
  return { session: { query } as unknown as SqlSession, asked };
}

const LOOK = 'pg_stat_replication ["replica_1"]';

describe('a standby streams', () => {
  const request = { slotName: 'replica_1', layout: { logFile: '/nonexistent' } as ServerLayout };

  test('when the primary says so', async () => {
    const execution = fakeContext();
    const { session, asked } = answering([], [{ state: 'startup' }], [{ state: 'catchup' }], [{ state: 'streaming' }]);
    await awaitStreaming(execution, session, request);
    expect([asked, execution.clock.slept]).toEqual([Array(4).fill(LOOK), [0.01, 0.01, 0.01]]);
  });

  test.each([
    [undefined, 60],
    [1, 1]
  ])('or its log says why it does not (within %j)', async (timeoutSeconds, seconds) => {
    const fake = fakeContext();
    const execution = { ...fake, clock: { now: () => fake.clock.now(), sleep: async () => fake.clock.advance(0.5) } };
    await machine.file('/log', 'LOG:  begins\nFATAL:  no slot\nLOG:  bye\n');
    const layout = { logFile: join(machine.root, 'log') } as ServerLayout;
    const asked = { ...request, layout, ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }) };
    await expect(awaitStreaming(execution, answering([]).session, asked)).rejects.toMatchObject({
      kind: 'failed',
      code: 'server-failed',
      message: `Could not start replica replica_1: it does not stream after ${seconds} s; its log: no slot`,
      hint: expect.stringMatching(/^Correct what the log names, /) as string
    });
    const passed = fake.clock.now().getTime() - fakeContext().clock.now().getTime();
    expect(passed).toBe(seconds * 1000 + 500);
  });
});

describe('the replay of a standby is waited for', () => {
  const AT = 'pg_current_wal_lsn []';
  const [written, behind, there] = [[{ at: '0/7' }], [{ is_there: false }], [{ is_there: true }]];
  const reads = (count: number): readonly string[] => [
    AT,
    ...Array<string>(count).fill('pg_stat_replication ["replica_1","0/7"]')
  ];
  const replay = async (
    answers: readonly (readonly object[])[],
    isPaused: () => boolean
  ): Promise<readonly [readonly string[], number]> => {
    const execution = fakeContext();
    const { session, asked } = answering(...answers);
    await awaitReplay(execution, session, 'replica_1', async () => isPaused());
    expect(new Set(execution.clock.slept).size).toBeLessThanOrEqual(1);
    return [asked, execution.clock.slept.length];
  };

  test('until it has all', async () => {
    expect(await replay([written, behind, [], there], () => false)).toEqual([reads(3), 2]);
  });

  test('or until it has paused', async () => {
    let looks = 0;
    expect(await replay([written, behind], () => (looks += 1) === 2)).toEqual([reads(2), 1]);
  });

  test('or for 20 seconds', async () => {
    const [, pauses] = await replay([written, behind], () => false);
    expect(pauses).toBe(1000);
  });
});
