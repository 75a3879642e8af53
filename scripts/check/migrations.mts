import { execFile } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { chmod, cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { ask } from '../../__tests__/support/client.ts';
import { EXAMPLES, exampleJobs, isOurs, parseWorkflow } from '../../__tests__/support/examples.ts';
import type { Harness } from '../../__tests__/support/harness.ts';
import type { MigrationRow } from './migrations/rows.ts';

const exec = promisify(execFile);
const projects = path.join(import.meta.dirname, 'migrations');

/** How a tool's project gets its tool, and what its step needs in addition on PATH. */
type Install = (project: string, row: MigrationRow) => Promise<string | undefined>;

const INSTALL: Readonly<Record<MigrationRow['registry'], Install>> = {
  PyPI: async project => {
    const place = path.join(project, '.venv');
    await exec('python3', ['-m', 'venv', place]);
    await exec(path.join(place, 'bin', 'pip'), ['install', '--quiet', '--requirement', 'requirements.txt'], {
      cwd: project
    });
    return path.join(place, 'bin');
  },
  npm: async project => {
    await exec('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: project });
    return undefined;
  },
  // In the place of the image: a program of the name `docker` that does what its container would.
  Maven: async project => {
    await exec('mvn', ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=lib'], { cwd: project });
    const program = path.join(project, 'bin', 'docker');
    await mkdir(path.dirname(program));
    await writeFile(
      program,
      `#!/bin/sh\ncase "$*" in *" migrate") exec java -cp 'lib/*' Migrate.java;; esac\nexit 2\n`
    );
    await chmod(program, 0o755);
    return path.dirname(program);
  },
  Go: async () => undefined,
  // `db/schema.rb` is what the tool makes of the migrations, and lies in the repository.
  'the machine': async (project, { example }) => {
    if (example !== 'rails') return undefined;
    for (const command of ['init -q', 'add .']) await exec('git', command.split(' '), { cwd: project });
    return undefined;
  }
};

/** What keeps a tool from being run here; undefined when nothing does. */
async function missing({ needs }: MigrationRow): Promise<string | undefined> {
  const isThere = async (): Promise<unknown> => {
    if (needs?.host !== undefined) return lookup(needs.host);
    return needs?.program === undefined ? undefined : exec('sh', ['-c', needs.program]);
  };
  return isThere().then(
    () => undefined,
    () => needs?.what
  );
}

/**
 * Runs the steps of an example in a project that uses the tool: those of this action, then the command of the last one
 * with its `env`. Returns what was wrong, or what it needs and this machine has not.
 */
export async function runMigrations(
  harness: Harness,
  row: MigrationRow
): Promise<{ readonly problem?: string; readonly lacks?: string }> {
  const lacks = await missing(row);
  if (lacks !== undefined) return { lacks };
  const file = `local-migrations-${row.example}.yml`;
  const job = await harness.job();
  await cp(path.join(projects, row.example), job.workspace, { recursive: true });
  const more = await INSTALL[row.registry](job.workspace, row);
  const [example] = exampleJobs([file]);
  const step = await job.step(example?.steps[0]?.inputs ?? {});
  if (step.exitCode !== 0) return { problem: step.log };

  const workflow = parseWorkflow(await readFile(path.join(EXAMPLES, file), 'utf8'));
  const steps = Object.values(workflow.jobs).flatMap(one => one.steps);
  const { run = '', env = {} } = steps.slice(steps.findIndex(isOurs) + 1).find(one => one.run !== undefined) ?? {};
  const given = Object.entries(env).map(([name, value]) => [
    name,
    value.replaceAll(/\$\{\{ steps\.database\.outputs\.(\w+) \}\}/g, (_, output: string) => step.outputs[output] ?? '')
  ]);
  const PATH = [...(more === undefined ? [] : [more]), process.env['PATH'] ?? ''].join(path.delimiter);
  const options = { cwd: job.workspace, env: { ...process.env, ...Object.fromEntries(given), PATH }, timeout: 120_000 };
  try {
    await exec('bash', ['-e', '-c', run], options);
  } catch (thrown) {
    const { stdout = '', stderr = '' } = thrown as { readonly stdout?: string; readonly stderr?: string };
    return { problem: `${stdout}${stderr}` };
  }
  const found = await ask(step.outputs['database_url'], `select to_regclass('orders')::text`);
  await job.post(step);
  return found === 'orders' ? {} : { problem: 'The migrations made no table `orders`' };
}
