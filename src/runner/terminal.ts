import { asActionError } from '../errors.ts';
import { HELP, readCommandLine, SECRET_VARIABLES } from './command-line.ts';
import { takeEnvironment, unverifiedNotice } from './environment-secrets.ts';
import type { Runtime } from './runtime.ts';
import { repositoryIn, terminalEnvironment, terminalRuntime, type Terminal } from './terminal-runtime.ts';

const WRONG_COMMAND_LINE = 2;

/** Runs a command line, and sets the exit code of the process. */
export async function onTerminal(
  args: readonly string[],
  run: (runtime: Runtime) => Promise<void>,
  terminal: Terminal = ownTerminal()
): Promise<void> {
  const refuse = (why: string): void => {
    terminal.err(`${why}\nSee pgkeep --help.\n`);
    process.exitCode = WRONG_COMMAND_LINE;
  };
  // A workflow would pass by its reviewed plans, and by the check of what is checked out.
  if (process.env['GITHUB_ACTIONS'] === 'true')
    return refuse('Could not run pgkeep: this is a workflow of GitHub Actions. Use the action as a step of it.');
  const order = readCommandLine(args);
  if (order.kind === 'help') return terminal.out(HELP);
  if (order.kind === 'refused') return refuse(order.why);
  const workspace = process.cwd();
  const repository = order.repository ?? repositoryIn(workspace, process.env);
  if (repository === undefined)
    return refuse(
      'Could not tell which repository keeps the database: there is no remote `origin` here. Add --repository owner/name.'
    );
  const notice = unverifiedNotice(process.env);
  if (notice !== undefined) terminal.err(`${notice}\n`);
  const env = takeEnvironment(process.env);
  for (const name of SECRET_VARIABLES.keys()) delete process.env[name];
  let runtime: Runtime;
  try {
    runtime = terminalRuntime(terminalEnvironment(env, order, repository, workspace), order, terminal);
  } catch (thrown) {
    const variable = process.platform === 'win32' ? 'LOCALAPPDATA' : 'XDG_CACHE_HOME';
    terminal.err(`${asActionError(thrown).message}. Set ${variable} to a directory that you may write to.\n`);
    process.exitCode = 1;
    return;
  }
  await run(runtime);
}

function ownTerminal(): Terminal {
  return {
    out: text => void process.stdout.write(text),
    err: text => void process.stderr.write(text),
    isColourful: process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '',
    action: __dirname
  };
}
