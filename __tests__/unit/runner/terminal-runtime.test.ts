import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readEvent } from '../../../src/github/event.ts';
import { docsUrlOf } from '../../../src/publish/docs-url.ts';
import { readCommandLine } from '../../../src/runner/command-line.ts';
import { pathsOf } from '../../../src/runner/runtime.ts';
import { terminalEnvironment, terminalRuntime } from '../../../src/runner/terminal-runtime.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'pgkeep-terminal-'));
afterAll(() => rmSync(folder, { recursive: true }));

function orderOf(...args: readonly string[]): Parameters<typeof terminalRuntime>[1] {
  const order = readCommandLine(args);
  if (order.kind !== 'run') throw new Error(order.kind);
  return order;
}

const environment = (
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Readonly<Record<string, string | undefined>> =>
  terminalEnvironment({ XDG_CACHE_HOME: folder, LOCALAPPDATA: folder, ...env }, orderOf(...args), 'acme/shop', folder);

describe('the environment of a terminal', () => {
  test('gives flags and secret variables as inputs, and keeps the login of the cloud', () => {
    const env = environment({ AWS_PROFILE: 'me', PGKEEP_MASTER_PASSWORD: 'a-password' }, 'plan', '--name', 'orders');
    expect(env).toMatchObject({
      AWS_PROFILE: 'me',
      INPUT_COMMAND: 'plan',
      INPUT_NAME: 'orders',
      INPUT_MASTER_PASSWORD: 'a-password',
      GITHUB_WORKSPACE: folder
    });
    expect(Object.keys(env).filter(name => name.startsWith('PGKEEP_'))).toEqual([]);
  });

  test('takes no input, state, event or repository number from variables that a runner would set', () => {
    const env = environment(
      {
        INPUT_ADOPT_EXISTING: 'true',
        STATE_main: 'begun',
        GITHUB_REPOSITORY: 'evil/shop',
        GITHUB_REPOSITORY_ID: '9',
        GITHUB_EVENT_NAME: 'push',
        GITHUB_TOKEN: 'ghs_token',
        PGKEEP_GITHUB_TOKEN: 'ghs_token'
      },
      'plan'
    );
    const own = Object.keys(env).filter(name => /^(INPUT|STATE|GITHUB)_/.test(name));
    const event = readEvent(env, '{}');
    expect(docsUrlOf({ env }, event)).toBe('https://github.com/pgkeep/pgkeep/blob/v1/docs');
    expect(own.filter(name => !name.startsWith('GITHUB_ACTION_')).sort()).toEqual([
      'GITHUB_EVENT_NAME',
      'GITHUB_REPOSITORY',
      'GITHUB_WORKSPACE',
      'INPUT_COMMAND'
    ]);
    expect(event).toMatchObject({
      kind: 'other',
      name: 'terminal',
      repository: { owner: 'acme', name: 'shop', id: undefined },
      headSha: '',
      runUrl: ''
    });
  });
});

describe('what a terminal shows', () => {
  function shown(args: readonly string[], use: (runtime: ReturnType<typeof terminalRuntime>) => void): string {
    let text = '';
    const write = (part: string): void => void (text += part);
    use(
      terminalRuntime(environment({}, ...args), orderOf(...args), {
        out: write,
        err: write,
        isColourful: false,
        action: ''
      })
    );
    return text;
  }

  test('holds no secret, in no text', () => {
    const text = shown(['outputs', '--verbose'], runtime => {
      runtime.mask('hunter2-hunter2');
      const log = runtime.log;
      for (const level of ['info', 'notice', 'warning', 'error'] as const) log[level]('it is hunter2-hunter2');
      runtime.setOutput('password', 'hunter2-hunter2');
      runtime.setOutput('database_url', `postgresql://me:${encodeURIComponent('hunter2-hunter2')}@host/app`);
      void runtime.writeSummary('| `hunter2-hunter2` |');
    });
    expect(text).not.toContain('hunter2');
    expect(text.match(/\*\*\*/g)).toHaveLength(7);
  });

  test('has no character that steers it', () => {
    const text = shown(['outputs', '--verbose'], runtime => {
      const hostile = 'a\u001b[2J\u001b]0;title\u0007\u202Eb';
      runtime.log.warning(hostile);
      runtime.setOutput('host', hostile);
      void runtime.writeSummary(`# ${hostile}\n| ${hostile} |`);
    });
    // oxlint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F\u202E]/);
    expect(text.match(/␛\[2J/g)).toHaveLength(4);
  });
});

test('a relative RUNNER_TEMP, as an imitation of a runner may set it, is a directory of the step', () => {
  const { temp, toolCache } = pathsOf({ RUNNER_TEMP: 'temp' }, 'pgkeep');
  expect([temp, toolCache]).toEqual([path.resolve('temp'), path.resolve('temp', 'tools')]);
});
