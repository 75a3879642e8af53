import { globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ask, query, setting } from '../support/client.ts';
import { planOf } from '../support/harness.ts';
import { openReviewHarness, type ReviewHarness } from '../support/review-harness.ts';
import { until } from '../support/until.ts';

/** What the bundle before mark version 2 left on a runner and in a pull request. */
interface StoredServer {
  readonly inputs: Readonly<Record<string, string>>;
  readonly change: Readonly<Record<string, string>>;
  /** The line of pgkeep.conf that holds the mark. */
  readonly setting: string;
  /** The comment on the database. */
  readonly comment: string;
  readonly record: { readonly name: string; readonly externalId: string; readonly text: string };
}

const file = path.join('__tests__', 'fixtures', 'mark-version-1', 'local.json');
const stored = JSON.parse(readFileSync(file, 'utf8')) as StoredServer;

let harness: ReviewHarness;
beforeEach(async () => {
  harness = await openReviewHarness();
});
afterEach(async () => harness.close());

/** Writes the stored mark in the place of the one that this version wrote. */
async function writeStoredMark(url: string | undefined): Promise<void> {
  const [configuration = ''] = globSync('pgkeep/*/data/pgkeep.conf', { cwd: harness.runner.temp });
  const name = path.join(harness.runner.temp, configuration);
  const text = readFileSync(name, 'utf8').replace(/^pgkeep\.mark = .*$/m, () => stored.setting);
  expect(text).toContain(stored.setting);
  writeFileSync(name, text);
  await query(url, `comment on database orders is '${stored.comment}'`);
  await query(url, 'select pg_reload_conf()');
  await until(async () => String(await setting(url, 'pgkeep.mark')).startsWith('{"version":1,'));
}

test('a server and the record of its plan that the version before has left are kept on the runner', async () => {
  const first = await harness.on({ name: 'push' }, { ...stored.inputs, approval: 'off' });
  const url = first.outputs['database_url'];
  await query(url, 'create table kept as select 8431 as number');
  await writeStoredMark(url);

  const again = await harness.on({ name: 'push' }, { ...stored.inputs, command: 'plan' });
  expect(again.outputs).toMatchObject({ has_changes: 'false', blocked: '0' });
  expect((await planOf(again)).steps.filter(({ action }) => action !== 'none')).toEqual([]);

  harness.github.seedPull({ number: 7 });
  const headSha = harness.github.issue(7).pull?.headSha ?? '';
  const { name, externalId, text } = stored.record;
  harness.github.seedCheckRun({ headSha, name, externalId, text, status: 'completed', conclusion: 'success' });
  const applied = await harness.merge(7, { ...stored.inputs, ...stored.change, approval: 'required' });
  expect(applied.outputs).toMatchObject({ result: 'applied', plan_digest: externalId });
  expect(applied.log).toContain('This is the plan that was reviewed in #7');

  expect(await setting(url, 'work_mem')).toBe('8MB');
  expect(await ask(url, 'select number from kept')).toBe(8431);
  expect(JSON.parse(String(await setting(url, 'pgkeep.mark')))).toMatchObject({
    version: 2,
    repositoryId: expect.stringMatching(/^\d+$/),
    tags: { Team: 'shop' }
  });
});
