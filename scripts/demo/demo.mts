import { existsSync } from 'node:fs';
import path from 'node:path';
import { startGithub } from '../../__tests__/clouds/github/github.ts';
import type { EventChoice } from '../../__tests__/clouds/github/events.ts';
import { bundleDirectory } from '../../__tests__/support/bundle.ts';
import { ask, query } from '../../__tests__/support/client.ts';
import { startJob, type Step } from '../../__tests__/support/job.ts';
import { quickDirectory, removeQuickDirectories } from '../../__tests__/support/quick-directory.ts';
import { chooseToolCache } from '../../__tests__/support/tool-cache.ts';
import { terminalLines } from '../../src/report/terminal-markdown.ts';
import { bold, box, chapter, cyan, dim, paint, pairs, say, success, tell } from './terminal.mts';

/**
 * A pull request's life in the terminal: the very bundle that a workflow runs, with real files for outputs and summary,
 * a real PostgreSQL, and a small GitHub on the loopback interface. Needs no account and leaves nothing behind.
 */
const began = performance.now();
const root = path.resolve(import.meta.dirname, '../..');
if ((process.env['PGKEEP_BUNDLE'] ?? '') === '' && existsSync(path.join(root, 'dist', 'index.js'))) {
  process.env['PGKEEP_BUNDLE'] = 'dist';
}

const workflow: Readonly<Record<string, string>> = {
  cloud_provider: 'local',
  name: 'orders',
  engine_version: '17',
  database_name: 'shop',
  extensions: 'pgcrypto'
};
const changed = { ...workflow, parameters: 'work_mem: 16MB\nmax_connections: 200', create_read_replica: 'true' };

const temporary = await quickDirectory();
process.env['TMPDIR'] = temporary;
const github = await startGithub();
const job = await startJob({ token: github.token, toolCache: await chooseToolCache(temporary) });
try {
  await tellTheStory();
} finally {
  await job.end();
  await github.stop();
  await removeQuickDirectories();
}

async function tellTheStory(): Promise<void> {
  say(bold('pgkeep: the life of a database, from pull request to pull request'));
  say(
    dim(
      `bundle ${path.relative(root, await bundleDirectory())}/index.js · Node ${process.versions.node} · no account, no cloud`
    )
  );

  chapter(1, 'A pull request asks for a database');
  github.seedPull({ number: 7, title: 'Add a database for orders' });
  tell(`#7 adds this step to a workflow, and the action plans it:`);
  say();
  for (const line of stepLines(workflow)) tell(`  ${line}`);
  say();
  await run('the pull request is opened', { name: 'pull_request', number: 7 }, workflow);
  showComment(7);

  chapter(2, 'It is merged');
  github.merge(7);
  const first = await run('a push to main applies the plan', { name: 'push' }, workflow);
  showLog(first, /: done \(|^Applied/);
  box(
    'outputs for the next step',
    pairs(['host', 'port', 'database', 'username', 'password', 'sslmode'].map(name => [name, shown(first, name)]))
  );
  const url = first.outputs['database_url'];
  success(`a client connects: ${bold('SELECT version()')}`);
  tell(`  ${String(await ask(url, 'select version()'))}`);
  await query(url, 'create table item as select n as id from generate_series(1, 1000) as n');
  tell(dim('  and the team fills a table with 1,000 rows'));

  chapter(3, 'Another pull request: two parameters and a read replica');
  github.seedPull({ number: 8, title: 'More memory for sorting, and a replica for reports' });
  await run('the pull request is opened', { name: 'pull_request', number: 8 }, changed);
  showComment(8);
  github.merge(8);
  const second = await run('it is merged, and a push to main applies it', { name: 'push' }, changed);
  showLog(second, /: done \(|^Applied/);
  const [replica = ''] = JSON.parse(second.outputs['read_replica_endpoints'] ?? '[]') as readonly string[];
  const reader = new URL(second.outputs['database_url'] ?? '');
  reader.host = replica;
  success(
    `work_mem is ${String(await ask(url, 'show work_mem'))}, max_connections ${String(await ask(url, 'show max_connections'))}, and the data is still there`
  );
  success(
    `the replica at ${cyan(replica)} streams: ${String(await ask(reader.href, 'select count(*) from item'))} rows, read-only`
  );
  const third = await run('the same workflow once more', { name: 'push' }, changed);
  showLog(third, /^No changes/);

  chapter(4, 'The database is no longer needed');
  github.seedPull({ number: 9, title: 'Remove the database for orders' });
  const destroy = { ...workflow, command: 'destroy', confirm_destroy: 'orders' };
  github.close(9);
  const last = await run(
    'it is closed, and its step says `command: destroy`',
    { name: 'pull_request', number: 9 },
    destroy
  );
  showLog(last, /: done \(|^Destroyed/);
  await job.post(last);
  const left = await job.end();
  if (left.length > 0) throw new Error(`Something was left running: ${left.join(', ')}`);
  success('nothing is left running, and no file is left behind');
  say();
  say(
    dim(
      `${((performance.now() - began) / 1000).toFixed(1)} s in all. README.md shows the workflow, and which clouds the same inputs work on.`
    )
  );
}

async function run(what: string, event: EventChoice, inputs: Readonly<Record<string, string>>): Promise<Step> {
  const running = await job.start(inputs, { event: github.event(event) });
  void running
    .saying(/^Downloading|download/im)
    .then(() => tell(dim('fetching the PostgreSQL binaries, once …')))
    .catch(() => {});
  const step = await running.done;
  if (step.exitCode !== 0) throw new Error(`${what}: ${reasonOf(step)}`);
  success(`${what} ${dim(`(${(step.milliseconds / 1000).toFixed(2)} s, result: ${step.outputs['result']})`)}`);
  return step;
}

/** What a step says of its failure, or the end of what it said. */
function reasonOf(step: Step): string {
  const errors = step.annotations.filter(({ level }) => level === 'error').map(({ message }) => message);
  return errors.join(' ') || `the step ended with exit code ${step.exitCode}.\n${step.log.slice(-2000)}`;
}

function showComment(number: number): void {
  const [comment] = github.comments(number);
  if (comment === undefined) throw new Error(`There is no comment on #${number}`);
  say();
  box(`#${number} · ${comment.author.login} commented`, terminalLines(comment.body, { paint }));
  say();
}

function showLog(step: Step, interesting: RegExp): void {
  const lines = step.log.split('\n').filter(line => interesting.test(line));
  for (const line of new Set(lines)) tell(dim(line.trimEnd()));
}

/** As the job log shows it: what the step masked stays hidden. */
function shown(step: Step, name: string): string {
  const value = step.outputs[name] ?? '';
  return step.masked.includes(value) ? dim('***') : value;
}

function stepLines(inputs: Readonly<Record<string, string>>): readonly string[] {
  const rows = Object.entries(inputs).map(([name, value]) => `    ${cyan(name)}: ${value}`);
  return [`${cyan('- uses')}: pgkeep/pgkeep@v1`, `  ${cyan('with')}:`, ...rows];
}
