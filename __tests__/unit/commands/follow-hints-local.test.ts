import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startGithub, type FakeGithub } from '../../clouds/github/github.ts';
import { PINS } from '../../../src/providers/local/installation/pins.ts';
import { testInstallation } from '../../support/installation.ts';
import { testContext } from '../../support/real-server.ts';
import { stepsIn, type StepResult, type StepRun } from '../../support/step-in-process.ts';
import { testToolCache, VERDICTS } from '../../support/tool-cache.ts';

type With = Readonly<Record<string, string>>;
type Work = () => Promise<StepResult>;

const ROOT = path.resolve(import.meta.dirname, '../../..');
const { PATH = '' } = process.env;
const home = mkdtempSync(path.join(tmpdir(), 'pgkeep-home-'));

let github: FakeGithub;
let step: (inputs: With, stepRun?: StepRun) => Promise<StepResult>;
const made = new Set<string>();
beforeAll(async () => {
  github = await startGithub();
  github.seedPull({ number: 7 });
  const files = { 'check.sql': 'select true' };
  // The tool cache and the verdicts on it are those of all tests: nothing is downloaded, or read again in each step.
  mkdirSync(VERDICTS, { recursive: true });
  const env = { PATH, HOME: home, RUNNER_TEMP: VERDICTS, RUNNER_TOOL_CACHE: testToolCache() };
  const run = stepsIn(env, files, { clock: testContext().clock, toolCache: testToolCache(), action: ROOT });
  step = async (inputs, stepRun) => {
    const all = {
      cloud_provider: 'local',
      engine_version: '17',
      name: 'orders',
      github_token: github.token,
      ...inputs
    };
    const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
    if (inputs['command'] === 'apply') made.add(all.name);
    return run(given, { event: github.event({ name: 'push' }), ...stepRun });
  };
  await step({ command: 'apply' });
});
afterAll(async () => {
  for (const name of made) await step({ name, command: 'destroy', confirm_destroy: name, skip_final_snapshot: 'true' });
  await github.stop();
});

const onPull = (): StepRun => ({ event: github.event({ name: 'pull_request', number: 7 }) });
const ephemeral = { ephemeral: 'database', base_database: 'orders', name: 'pulls' };

const aged = { command: 'check', max_backup_age: '1d' };

const ROWS: Readonly<Record<string, readonly [says: RegExp, refused: Work, followed: Work]>> = {
  // Before it holds databases of pull requests, which would go into each snapshot.
  'a snapshot of the database of a pull request': [
    /or a snapshot of the base without `ephemeral`/,
    async () => step({ ...ephemeral, command: 'snapshot' }, onPull()),
    async () => step({ command: 'snapshot', snapshot_identifier: 'of-base' })
  ],
  'a copy of a server that is not there': [
    /Apply that server first in the same job, or correct `restore_source`/,
    async () => step({ name: 'copy', restore_source: 'ordres', command: 'apply' }),
    async () => step({ name: 'copy', restore_source: 'orders', engine_version: '', command: 'apply' })
  ],
  'a copy of another major version': [
    /Leave `engine_version` out: a copy has the version of its source/,
    async () => step({ name: 'copy-2', restore_source: 'orders', engine_version: '16', command: 'apply' }),
    async () => step({ name: 'copy-2', restore_source: 'orders', engine_version: '', command: 'plan' })
  ],
  'a server without a snapshot': [
    /Run `command: snapshot` first, or restore the folder from a cache/,
    async () => step({ ...aged, name: 'copy', restore_source: 'orders', engine_version: '' }),
    async () => {
      await step({ name: 'copy', command: 'snapshot' });
      return step({ ...aged, name: 'copy', restore_source: 'orders', engine_version: '' });
    }
  ],
  'a snapshot that is not there': [
    /Correct `snapshot_identifier`, or run `command: snapshot` first/,
    async () => step({ ...aged, snapshot_identifier: 'of-bass' }),
    async () => step({ ...aged, snapshot_identifier: 'of-base' })
  ],
  'a schema without a pull request': [
    /Set `ephemeral` as in the step that makes the database/,
    async () => step({ command: 'schema-diff' }, onPull()),
    async () => {
      await step({ ...ephemeral, command: 'apply' }, onPull());
      return step({ ...ephemeral, command: 'schema-diff' }, onPull());
    }
  ],
  'a schema of a database that is not made yet': [
    /Make it by a step with the same `ephemeral` inputs/,
    async () =>
      step({ ...ephemeral, base_database: 'orders', environment: 'staging', command: 'schema-diff' }, onPull()),
    async () => {
      await step({ ...ephemeral, environment: 'staging', command: 'apply' }, onPull());
      return step({ ...ephemeral, environment: 'staging', command: 'schema-diff' }, onPull());
    }
  ],
  'a base that does not exist': [
    /Apply it first, in this job or \(on a cloud\) in another workflow/,
    async () => step({ ...ephemeral, base_database: 'base', command: 'apply' }, onPull()),
    async () => {
      await step({ name: 'base', command: 'apply' });
      return step({ ...ephemeral, base_database: 'base', command: 'apply' }, onPull());
    }
  ],
  'a base that does not exist, by a wrong name': [
    /or correct `base_database`, the region or the account/,
    async () => step({ ...ephemeral, base_database: 'ordres', command: 'apply' }, onPull()),
    async () => step({ ...ephemeral, command: 'apply' }, onPull())
  ],
  'a machine without npm': [
    /or set `bin_dir`/,
    async () => {
      const bare = { env: { PATH: '/nonexistent', npm_config_offline: 'true' } };
      const folder = mkdtempSync(path.join(tmpdir(), 'pgkeep-tools-'));
      mkdirSync(path.join(folder, 'home'));
      const run = stepsIn({ HOME: path.join(folder, 'home') }, {}, { toolCache: folder });
      return run(
        {
          cloud_provider: 'local',
          name: 'orders',
          command: 'doctor',
          engine_version: PINS['linux-x64'][14]?.version ?? '14'
        },
        bare
      );
    },
    async () => {
      const { binDir } = await testInstallation(17);
      return step({ command: 'doctor', engine_version: '', bin_dir: binDir }, { env: { PATH: '/nonexistent' } });
    }
  ]
};

test.each(Object.entries(ROWS))('%s: the hint leads out', async (_what, [says, refused, followed]) => {
  expect((await refused()).all).toMatch(says);
  const last = await followed();
  expect([last.failed ? last.log : 'green', says.exec(last.all)?.[0]]).toEqual(['green', undefined]);
});
