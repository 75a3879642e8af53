import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ActionError, asActionError } from '../../../src/errors.ts';
import { makeDirectory } from '../../../src/files/make-directory.ts';
import { readEvent } from '../../../src/github/event.ts';
import { publish, publishLost } from '../../../src/publish/publish.ts';
import { runnerRuntime, type Runtime } from '../../../src/runner/runtime.ts';

// The bundle is CommonJS, where this is the folder of the file.
Object.assign(globalThis, { __dirname: import.meta.dirname });

const FILES = ['GITHUB_OUTPUT', 'GITHUB_ENV', 'GITHUB_PATH', 'GITHUB_STATE', 'GITHUB_STEP_SUMMARY'] as const;
type FileVariable = (typeof FILES)[number];

let folder: string;
let before: NodeJS.ProcessEnv;
beforeEach(() => {
  before = { ...process.env };
  folder = mkdtempSync(path.join(tmpdir(), 'pgkeep-files-'));
});
afterEach(() => {
  for (const name of FILES) delete process.env[name];
  Object.assign(process.env, before);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeAllListeners(signal);
  rmSync(folder, { recursive: true, force: true });
});

/** The runtime of a step whose files are there, but for one. */
function runtimeWith(variable: FileVariable, place: string): Runtime {
  for (const name of FILES) {
    process.env[name] = name === variable ? place : path.join(folder, name);
    if (name !== variable) writeFileSync(path.join(folder, name), '');
  }
  return runnerRuntime({
    ...process.env,
    GITHUB_EVENT_NAME: 'push',
    GITHUB_REPOSITORY: 'acme/shop',
    GITHUB_SHA: 'f00d',
    RUNNER_TEMP: folder
  });
}

const WRITES: Readonly<Record<FileVariable, (runtime: Runtime) => unknown>> = {
  GITHUB_OUTPUT: runtime => runtime.setOutput('result', 'applied'),
  GITHUB_ENV: runtime => runtime.exportVariable('PGKEEP_TEST', 'x'),
  GITHUB_PATH: runtime => runtime.addPath('/usr/bin'),
  GITHUB_STATE: runtime => runtime.saveState('main', 'begun'),
  GITHUB_STEP_SUMMARY: async runtime => runtime.writeSummary('# Plan')
};

async function failureOf(variable: FileVariable, place: string): Promise<ActionError> {
  try {
    await WRITES[variable](runtimeWith(variable, place));
  } catch (thrown) {
    return asActionError(thrown);
  }
  throw new Error(`${variable} was written to ${place}`);
}

describe.each(FILES)('%s', variable => {
  test('that names no file, or a directory, is told with the file and a way on', async () => {
    const missing = path.join(folder, 'nowhere', 'file');
    expect(await failureOf(variable, missing)).toMatchObject({
      code: 'disk-failed',
      source: 'user',
      message: `Could not write ${missing}, which ${variable} names: there is no such file`,
      hint: expect.stringMatching(`^Let no step set ${variable}, which the runner gives to each step;`) as string
    });
    expect(await failureOf(variable, folder)).toMatchObject({
      code: 'disk-failed',
      message: `Could not write ${folder}, which ${variable} names: it is a directory`
    });
    if (!existsSync('/dev/full')) return;
    expect((await failureOf(variable, '/dev/full')).message).toBe('Could not write /dev/full: the disk is full');
  });
});

test('an empty GITHUB_STEP_SUMMARY is none', async () => {
  await expect(runtimeWith('GITHUB_STEP_SUMMARY', '').writeSummary('# Plan')).resolves.toBeUndefined();
});

/** What `publish` throws in the end, and the lines of its log. */
async function published(runtime: Runtime): Promise<{ readonly thrown: unknown; readonly log: readonly string[] }> {
  const log: string[] = [];
  const say = (message: string): void => void log.push(message);
  const told = { ...runtime, log: { ...runtime.log, info: say, warning: say }, mask: () => {} };
  const thrown = await publish({
    runtime: told,
    event: readEvent(runtime.env, '{}'),
    inputs: undefined,
    runResult: { command: 'snapshot', result: 'applied', snapshot: 'before' },
    enough: AbortSignal.timeout(1000)
  }).catch((reason: unknown) => reason);
  return { thrown, log };
}

test('outputs that can not be written are told last, after the summary and the result', async () => {
  const { thrown, log } = await published(runtimeWith('GITHUB_OUTPUT', path.join(folder, 'nowhere')));
  expect(thrown).toMatchObject({ code: 'disk-failed' });
  expect(log).toEqual(['Snapshot before is complete.']);
  expect(readFileSync(path.join(folder, 'GITHUB_STEP_SUMMARY'), 'utf8')).toContain('Snapshot before is complete.');
});

test('a run without an event is told so, also where its outputs can not be written', () => {
  const runtime = runtimeWith('GITHUB_OUTPUT', path.join(folder, 'nowhere'));
  const said: string[] = [];
  const log = { ...runtime.log, error: (message: string) => said.push(message) };
  const error = new ActionError('Could not read it', { code: 'event-invalid', source: 'user' });
  publishLost({ ...runtime, log, fail: () => {} }, error);
  expect(said).toEqual([expect.stringMatching(/^Could not read it\./)]);
});

test('a summary that can not be written is a warning', async () => {
  const { thrown, log } = await published(runtimeWith('GITHUB_STEP_SUMMARY', folder));
  expect(thrown).toBeUndefined();
  expect(log).toEqual([
    expect.stringMatching(/^The job summary was not written: Could not write .*: it is a directory\. /),
    'Snapshot before is complete.'
  ]);
});

describe('a directory', () => {
  test('is made with those above it, and told as the first of them; one that is there stays', () => {
    const [first, last] = [path.join(folder, 'a'), path.join(folder, 'a', 'b', 'c')];
    expect(makeDirectory(last)).toBe(first);
    expect(makeDirectory(last)).toBeUndefined();
    expect(existsSync(last)).toBe(true);
  });

  // Node's own `recursive` never ends there.
  const places: readonly (readonly [string, () => string, string])[] = [
    ['a file', () => path.join(folder, 'file', 'a', 'b'), 'a file is in the way'],
    ...(process.platform === 'linux'
      ? [['/proc', () => '/proc/pgkeep/a', 'the file system takes no directory there'] as const]
      : [])
  ];
  test.each(places)('below %s can not be made, which is told', (_, place, because) => {
    writeFileSync(path.join(folder, 'file'), '');
    let thrown: unknown;
    try {
      makeDirectory(place());
    } catch (reason) {
      thrown = reason;
    }
    expect(asActionError(thrown)).toMatchObject({
      code: 'disk-failed',
      message: expect.stringMatching(`^Could not make the directory .*: ${because}$`) as string,
      hint: expect.stringContaining('set RUNNER_TEMP') as string
    });
  });
});
