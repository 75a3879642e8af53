import { tmpdir } from 'node:os';
import { entriesOf, readActionFile } from '../../../scripts/docs/action-file.ts';
import { run } from '../../../src/main.ts';
import type { Runtime } from '../../../src/runner/runtime.ts';
import { RUN_INPUTS } from '../../../src/spec/catalogue.ts';
import type { Parser } from '../../../src/spec/parse.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { openSecrets } from '../../../src/secrecy/secrecy.ts';

const inputs = entriesOf(readActionFile().inputs);

/** A good value for any input. */
function anyValue(name: string): string {
  const parsers: Readonly<Record<string, Parser<unknown>>> = RUN_INPUTS;
  const parser = parsers[name];
  return ['72h', 'shop', ...(parser?.choices ?? [])].find(value => parser?.parse(value).ok ?? true) ?? 'shop';
}

const silent = (): void => {};

/** Runs the corridor with these inputs as far as they let it, and returns the error it ends with. */
async function failureOf(given: Readonly<Record<string, string>>): Promise<string> {
  const errors: string[] = [];
  const runtime: Runtime = {
    env: {
      GITHUB_EVENT_NAME: 'push',
      GITHUB_REPOSITORY: 'acme/shop',
      GITHUB_SHA: 'f00d',
      ...Object.fromEntries(Object.entries(given).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]))
    },
    log: {
      debug: silent,
      info: silent,
      notice: silent,
      warning: silent,
      error: message => errors.push(message),
      group: async (_title, body) => body()
    },
    clock: new FakeClock(),
    random: () => 0.5,
    signal: new AbortController().signal,
    paths: { temp: tmpdir(), toolCache: tmpdir(), workspace: tmpdir(), action: tmpdir() },
    eventPayload: '{}',
    mask: silent,
    showNames: silent,
    secrecy: openSecrets(),
    setOutput: silent,
    exportVariable: silent,
    addPath: silent,
    writeSummary: async () => {},
    saveState: silent,
    readState: () => '',
    fail: silent
  };
  await run(runtime);
  return errors.join('\n');
}

test('an input is refused as not available if, and only if, action.yml says so', async () => {
  const refused: string[] = [];
  for (const { name } of inputs) {
    // The wrong name makes sure that the run ends before anything is contacted.
    const message = await failureOf({ cloud_provider: 'local', [name]: anyValue(name), name: '-' });
    expect(message).not.toBe('');
    if (message.includes('is not available in this version')) refused.push(name);
  }
  const said = inputs.filter(
    ({ description }) => description.includes('Not available in this version') && !description.includes('no effect yet')
  );
  expect(refused).toEqual(said.map(({ name }) => name));
});
