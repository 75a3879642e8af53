import * as fc from 'fast-check';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RunResult } from '../../src/publish/run-result.ts';
import { retry } from '../../src/engine/retry.ts';
import { waitUntil } from '../../src/engine/wait.ts';
import type { ActionError } from '../../src/errors.ts';
import { asActionError, ProviderError } from '../../src/errors.ts';
import { readEvent } from '../../src/github/event.ts';
import { readInputs } from '../../src/inputs/read-inputs.ts';
import { publish } from '../../src/publish/publish.ts';
import { recordOf } from '../../src/review/record.ts';
import { cleanUp } from '../../src/runner/post-step.ts';
import { runnerRuntime, type Runtime } from '../../src/runner/runtime.ts';
import { startGithub, type FakeGithub } from '../clouds/github/github.ts';
import { fakeContext } from '../support/fake-context.ts';
import { readLog } from '../support/runner-files.ts';
import { planWith } from './plan-with.ts';
import { passwords, spelled, spellingNames } from './spellings.ts';

// The bundle is CommonJS, where this is the folder of the file.
Object.assign(globalThis, { __dirname: import.meta.dirname });

let github: FakeGithub;
let folder: string;
// One folder for all: the library that writes summaries remembers its first file.
beforeAll(async () => {
  github = await startGithub();
  github.seedPull({ number: 1 });
  folder = await mkdtemp(path.join(tmpdir(), 'pgkeep-sinks-'));
});
afterAll(async () => {
  await github.stop();
  await rm(folder, { recursive: true, force: true });
});

/**
 * A step on a runner of its own, whose cloud answers `foreign` in every text of its own. Returns everything that is
 * shown of it, by sink.
 */
async function everythingShown(secret: string, foreign: string): Promise<Readonly<Record<string, string>>> {
  const event = github.event({ name: 'pull_request', number: 1 });
  const files = { GITHUB_OUTPUT: 'output', GITHUB_STATE: 'state', GITHUB_STEP_SUMMARY: 'summary' };
  const named = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, path.join(folder, file)]));
  const eventFile = path.join(folder, 'event.json');
  await Promise.all([
    ...Object.values(named).map(file => writeFile(file, '')),
    writeFile(eventFile, JSON.stringify(event.payload))
  ]);
  const env = {
    ...event.env,
    ...named,
    GITHUB_EVENT_PATH: eventFile,
    RUNNER_TEMP: folder,
    INPUT_NAME: 'orders',
    INPUT_CLOUD_PROVIDER: 'aws',
    INPUT_GITHUB_TOKEN: github.token,
    INPUT_DRIFT_ISSUE: 'true',
    INPUT_MASTER_PASSWORD: secret
  };
  const before = { ...process.env };
  const told = github.exchanges.length;
  Object.assign(process.env, named);
  let printed = '';
  const print = process.stdout.write.bind(process.stdout);
  process.stdout.write = (chunk: string | Uint8Array) => {
    printed += String(chunk);
    return true;
  };
  try {
    const runtime = runnerRuntime(env);
    runtime.mask(secret);
    await speak(runtime, foreign);
  } finally {
    process.stdout.write = print;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeAllListeners(signal);
    for (const name of Object.keys(named)) delete process.env[name];
    Object.assign(process.env, before);
  }
  const { log, annotations } = readLog(printed);
  const plans = path.join(folder, 'pgkeep', 'plans');
  const kept = await Promise.all(
    (await readdir(plans)).map(async name => [name, await readFile(path.join(plans, name), 'utf8')])
  );
  return {
    log,
    annotations: annotations.map(({ title, message }) => `${title} ${message}`).join('\n'),
    summary: await readFile(named['GITHUB_STEP_SUMMARY'] ?? '', 'utf8'),
    outputs: await readFile(named['GITHUB_OUTPUT'] ?? '', 'utf8'),
    state: await readFile(named['GITHUB_STATE'] ?? '', 'utf8'),
    ...Object.fromEntries(kept as [string, string][]),
    'requests to GitHub': github.exchanges
      .slice(told)
      .map(({ body }) => decodedJson(body))
      .join('\n')
  };
}

async function speak(runtime: Runtime, foreign: string): Promise<void> {
  const context = fakeContext({ secrecy: runtime.secrecy });
  const refused = async (): Promise<never> => {
    throw new ProviderError(`Call rds:CreateDBInstance: ${foreign}`, {
      kind: 'invalid',
      hint: foreign,
      providerCode: 'Invalid'
    });
  };
  const error = await retry({ ...context, log: runtime.log }, { what: 'x', idempotent: true }, refused).catch(
    asActionError
  );
  const hopeless = await waitUntil(
    { ...context, log: runtime.log },
    {
      what: 'wait',
      intervalSeconds: 1,
      deadline: new Date(8e15),
      look: async () => ({ state: 'failed', message: foreign })
    }
  ).catch(asActionError);
  const bug = asActionError(new TypeError(foreign));
  const event = readEvent(runtime.env, runtime.eventPayload);
  const inputs = readInputs(runtime);
  const plan = planWith(foreign);
  const results = plan.steps.map(step => ({
    address: step.address,
    title: step.title,
    action: step.action,
    outcome: 'failed' as const,
    seconds: 1,
    error: hopeless as ActionError
  }));
  const runResult: RunResult = {
    command: 'plan',
    result: 'failed',
    plan,
    applied: { results },
    error: error,
    snapshot: foreign,
    review: {
      record: recordOf(plan, {}, new Date(0)),
      queue: { conclusion: 'failure', pullRequest: 1, stale: { why: foreign, details: [foreign] } },
      drift: { kind: 'cloud', items: [{ address: 'server', title: foreign, field: foreign, origin: 'cloud' }] }
    }
  };
  for (const level of ['debug', 'info', 'notice', 'warning', 'error'] as const) runtime.log[level](foreign);
  runtime.log.error(foreign, foreign);
  await runtime.log.group(foreign, async () => undefined);
  runtime.log.debug(String(bug.stack));
  runtime.saveState('leftover', JSON.stringify({ provider: 'nowhere', name: foreign, keep: false }));
  await cleanUp({ ...runtime, readState: () => `not JSON ${foreign}` });
  await publish({ runtime, event, inputs, runResult, enough: new AbortController().signal });
  await publish({
    runtime,
    event,
    inputs,
    runResult: { command: 'doctor', result: 'failed', error: bug },
    enough: new AbortController().signal
  });
  await publish({
    runtime,
    event,
    inputs,
    runResult: {
      command: 'doctor',
      result: 'failed',
      findings: [{ what: foreign, state: 'missing', detail: foreign, hint: foreign }]
    },
    enough: new AbortController().signal
  });
  await publish({
    runtime,
    event,
    inputs,
    runResult: { command: 'outputs', result: 'no-changes', database: liar(foreign) },
    enough: new AbortController().signal
  });
}

/** A cloud that answers the secret in the place of a name. */
function liar(foreign: string): NonNullable<RunResult['database']> {
  return {
    endpoint: { host: foreign, port: 5432, database: 'shop', username: 'shop', sslmode: 'disable' },
    module: { db_instance_id: foreign, read_replica_ids: [foreign] },
    rebootRequired: false
  };
}

/** Texts in a request as the reader sees them, together with how they were sent. */
function decodedJson(body: string): string {
  try {
    const texts: string[] = [];
    JSON.parse(body, (_key, value: unknown) => {
      if (typeof value === 'string') texts.push(value);
      return value;
    });
    return `${body}\n${texts.join('\n')}`;
  } catch {
    return body;
  }
}

test('a secret that a cloud repeats, in any spelling, is in no sink', async () => {
  await fc.assert(
    fc.asyncProperty(passwords, spellingNames, async (secret, spelling) => {
      const foreign = spelled(secret, spelling);
      const shown = await everythingShown(secret, `The value ${foreign} is not allowed.`);
      const leaks = Object.entries(shown).filter(([, text]) => text.includes(foreign) || text.includes(secret));
      expect(leaks.map(([sink]) => sink)).toEqual([]);
      expect(Object.keys(shown).length).toBeGreaterThanOrEqual(8);
    }),
    { numRuns: 12 }
  );
});

test('a text without a secret in it is in every sink', async () => {
  const shown = await everythingShown('correct-horse-battery', 'tweet tweet');
  for (const [sink, text] of Object.entries(shown)) expect([sink, text.includes('tweet')]).toEqual([sink, true]);
});
