import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cleanUp } from '../../../../src/providers/local/clean-up.ts';
import { currentLayout } from '../../../../src/providers/local/cluster/server-directory.ts';
import { thisMachine } from '../../../../src/providers/local/installation/machine.ts';
import { fakeContext } from '../../../support/fake-context.ts';

let temp: string;

beforeEach(() => {
  temp = mkdtempSync(path.join(tmpdir(), 'pgkeep-clean-up-'));
});

afterEach(() => rmSync(temp, { recursive: true }));

const layoutOf = (): ReturnType<typeof currentLayout> =>
  currentLayout({ ...thisMachine({}), temporaryDirectory: temp }, 'orders');

/** The end of a job whose server left this log; without one there was no server. */
async function ended(
  log: string | undefined,
  { keep = false, jobFailed = false } = {}
): Promise<{ readonly lines: readonly string[]; readonly isThere: boolean }> {
  const { directory, logFile } = layoutOf();
  if (log !== undefined) {
    await mkdir(path.join(directory, 'standby-1', 'data'), { recursive: true });
    await writeFile(logFile, log);
  }
  const execution = fakeContext();
  const paths = { temp, toolCache: temp, workspace: temp, action: temp };
  await cleanUp({ name: 'orders', keep, jobFailed, env: {}, paths, execution });
  const isThere = await stat(directory).then(
    () => true,
    () => false
  );
  return { lines: execution.lines.map(line => line.replace(/^info: /, '')), isThere };
}

const REMOVED = 'PostgreSQL orders is stopped and its data removed';
const KEPT = 'PostgreSQL orders is left running (keep_running: true)';
const HEAD = 'The last lines of the server log:';

test('the end of a job logs nothing about a server that was never created', async () => {
  expect(await ended(undefined, { jobFailed: true })).toEqual({ lines: [], isThere: false });
});

test('the end of a job removes its server, or leaves it where that is asked for', async () => {
  expect(await ended('LOG:  ready\n', { keep: true })).toEqual({
    lines: [KEPT],
    isThere: true
  });
  expect(await ended('LOG:  ready\n')).toEqual({ lines: [REMOVED], isThere: false });
});

const at = '2026-11-30 12:00:00.000 UTC [42] ';

test.each([
  [`${at}LOG:  ready\n`, [`${at}LOG:  ready`]],
  [
    `${at}ERROR:  duplicate key\n${at}DETAIL:  Key (id)=(7) exists.\n${at}LOG:  next\n`,
    [`${at}ERROR:  duplicate key`, `${at}LOG:  next`]
  ],
  [`${at}CONTEXT:  row 7\n${at}QUERY:  select 7\n`, []],
  [
    `${at}STATEMENT:  insert into t values (7)\n\tand more\n${at}LOG:  next\n`,
    [`${at}STATEMENT:  insert into t values …`, `${at}LOG:  next`]
  ],
  [
    `${at}ERROR:  invalid input syntax for type integer: "7a"\n`,
    [`${at}ERROR:  invalid input syntax for type integer: "…"`]
  ],
  [`${at}ERROR:  value "7" is out of range\n`, [`${at}ERROR:  value "…" is out of range`]],
  [`${at}ERROR:  relation "t" does not exist\n`, [`${at}ERROR:  relation "t" does not exist`]],
  ['', []]
])('where the job failed it shows of the log %j', async (log, shown) => {
  const { lines } = await ended(log, { jobFailed: true, keep: true });
  expect(lines).toEqual([HEAD, ...shown.map(line => `  ${line}`), KEPT]);
});

test('of a long log it shows the last lines, of the last bytes', async () => {
  const log = Array.from({ length: 200 }, (_, line) => `LOG:  line ${line}\n`).join('');
  const few = await ended(log, { jobFailed: true, keep: true });
  const last = Array.from({ length: 20 }, (_, line) => `  LOG:  line ${line + 180}`);
  expect(few.lines).toEqual([HEAD, ...last, KEPT]);
  const long = await ended(`${'x'.repeat(100)}\n${'y'.repeat(4095)}`, { jobFailed: true, keep: true });
  expect(long.lines).toEqual([HEAD, `  ${'y'.repeat(4095)}`, KEPT]);
});
