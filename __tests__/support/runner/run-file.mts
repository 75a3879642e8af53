import { createRequire, enableCompileCache } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { COMPILED, loadSourceAsModules } from './source-hooks.mts';

type Members = Readonly<Record<string, unknown>>;

/** The part of jest-circus that jest's own runner uses. */
interface Circus {
  initialize(options: Members): Promise<{ readonly snapshotState: SnapshotState }>;
  runAndTransformResultsToJestFormat(options: Members): Promise<Result>;
}

interface SnapshotState extends Readonly<Record<'added' | 'matched' | 'unmatched' | 'updated', number>> {
  markSnapshotsAsCheckedForTest(name: string): void;
  getUncheckedCount(): number;
  getUncheckedKeys(): readonly string[];
  removeUncheckedKeys(): void;
  save(): { readonly deleted: boolean };
}

interface Result {
  readonly testResults: readonly { readonly fullName: string; readonly status: string }[];
  readonly snapshot: Record<string, unknown>;
}

const require = createRequire(import.meta.url);
const CIRCUS = path.join(path.dirname(require.resolve('jest-circus/package.json')), 'build', 'jestAdapterInit.js');
const HANDLERS = Symbol.for('EVENT_HANDLERS');

loadSourceAsModules();
// The next run finds the sources without their types, and compiled.
enableCompileCache(COMPILED);

const loaded = new Set<string>();

/**
 * Runs a test file with jest's own framework, as its own runner does, except that Node loads the modules: what one file
 * of a worker has loaded, the next one finds.
 */
export default async function runFile(
  globalConfig: Members,
  config: Members,
  environment: unknown,
  runtime: unknown,
  testPath: string,
  sendMessageToJest: unknown
): Promise<Result> {
  const restore = keepProcess();
  const circus = freshCircus();
  try {
    const { snapshotState } = await circus.initialize({
      config,
      environment,
      globalConfig,
      localRequire: require,
      parentProcess: process,
      runtime,
      sendMessageToJest,
      setGlobalsForRuntime: () => {},
      testPath
    });
    await importAnew(testPath);
    const setupAfterEnvPerfStats = { setupAfterEnvStart: 0, setupAfterEnvEnd: 0 };
    const result = await circus.runAndTransformResultsToJestFormat({
      config,
      globalConfig,
      testPath,
      setupAfterEnvPerfStats
    });
    addSnapshots(result, snapshotState);
    return result;
  } finally {
    restore();
  }
}

/** The tests that a file has registered, and who listens to them, live as long as this module. */
function freshCircus(): Circus {
  Reflect.deleteProperty(require.cache, CIRCUS);
  Reflect.deleteProperty(globalThis, HANDLERS);
  return require(CIRCUS) as Circus;
}

/** In watch mode a file runs more than once. */
async function importAnew(file: string): Promise<void> {
  const url = pathToFileURL(file).href;
  await import(loaded.has(url) ? `${url}?${Date.now()}` : url);
  loaded.add(url);
}

/** What a file changes in the process, the next one of the worker must not find. */
function keepProcess(): () => void {
  const environment = { ...process.env };
  const directory = process.cwd();
  const mask = process.umask();
  const { exitCode } = process;
  const listeners = SIGNALS.map(signal => [signal, process.listeners(signal)] as const);
  return () => {
    for (const name of Object.keys(process.env)) if (!(name in environment)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, environment);
    process.chdir(directory);
    process.umask(mask);
    process.exitCode = exitCode;
    for (const [signal, before] of listeners) {
      for (const listener of process.listeners(signal)) {
        if (!before.includes(listener)) process.removeListener(signal, listener);
      }
    }
  };
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** As jest's own runner counts them, of which it exports nothing. */
function addSnapshots(result: Result, state: SnapshotState): void {
  for (const { fullName, status } of result.testResults) {
    if (status === 'pending' || status === 'failed') state.markSnapshotsAsCheckedForTest(fullName);
  }
  const uncheckedKeys = [...state.getUncheckedKeys()];
  const unchecked = state.getUncheckedCount();
  if (unchecked > 0) state.removeUncheckedKeys();
  const { deleted } = state.save();
  const { added, matched, unmatched, updated } = state;
  Object.assign(result.snapshot, { added, matched, unmatched, updated, uncheckedKeys });
  Object.assign(result.snapshot, { fileDeleted: deleted, unchecked: deleted ? 0 : unchecked });
}
