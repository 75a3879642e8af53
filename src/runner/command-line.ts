import { COMMANDS, type CommandName } from '../spec/catalogue.ts';
import { didYouMean } from '../spec/did-you-mean.ts';
import { INPUT_NAMES, SECRETS } from '../spec/input-names.ts';

/** Commands of the command line: those that change nothing, and `apply`. */
export const TERMINAL_COMMANDS = ['plan', 'check', 'doctor', 'outputs', 'import', 'apply'] as const;
type TerminalCommand = (typeof TERMINAL_COMMANDS)[number];

/** What a command line asks for. */
export type Order =
  | {
      readonly kind: 'run';
      readonly command: TerminalCommand | 'destroy';
      readonly inputs: Readonly<Record<string, string>>;
      /** `owner/name`. */
      readonly repository?: string;
      readonly repositoryId?: string;
      readonly showsDetails: boolean;
      readonly isVerbose: boolean;
    }
  | { readonly kind: 'help' }
  | { readonly kind: 'refused'; readonly why: string };

/** Of the command line itself; each other flag is an input. */
const OWN_FLAGS = ['yes', 'details', 'verbose', 'help', 'repository', 'repository_id'];

/** Inputs about a workflow's run, which is not there. */
const OF_WORKFLOWS = ['command', 'job_status', 'github_token', 'pull_request', 'ephemeral', 'export_env'];

/** Where a secret input is read: the list of processes shows a flag to every user of the machine. */
export function secretVariable(input: string): string {
  return `PGKEEP_${input.toUpperCase()}`;
}

/** Secret inputs that a terminal may give, by their variables. */
export const SECRET_VARIABLES: ReadonlyMap<string, string> = new Map(
  SECRETS.filter(name => !OF_WORKFLOWS.includes(name)).map(name => [secretVariable(name), name])
);

/** Reads a command line. Pure. Inputs are checked later, with those of the file. */
export function readCommandLine(args: readonly string[]): Order {
  const [command = '', ...rest] = args;
  if (args.length === 0 || args.includes('--help') || args.includes('-h') || command === 'help')
    return { kind: 'help' };
  const flags = readFlags(rest);
  if (typeof flags === 'string') return refused(flags);
  const refusal = refusalOf(flags);
  if (refusal !== undefined) return refused(refusal);
  const isLocal = command === 'destroy' && flags.get('cloud_provider') === 'local';
  if (!isLocal && !isTerminalCommand(command)) return refused(whyNot(command));
  if ((command === 'apply' || isLocal) && !isOn(flags, 'yes'))
    return refused(`Could not ${command}: it is not confirmed. Look at \`pgkeep plan\` first, then add --yes.`);
  const inputs = Object.fromEntries([...flags].filter(([name]) => !OWN_FLAGS.includes(name)));
  const repository = flags.get('repository');
  const repositoryId = flags.get('repository_id');
  return {
    kind: 'run',
    command: isTerminalCommand(command) ? command : 'destroy',
    inputs,
    showsDetails: isOn(flags, 'details'),
    isVerbose: isOn(flags, 'verbose'),
    ...(repository === undefined ? {} : { repository }),
    ...(repositoryId === undefined ? {} : { repositoryId })
  };
}

/** `--name value`, `--name=value`; `--name` alone is `true`. A sentence about what is neither. */
function readFlags(args: readonly string[]): ReadonlyMap<string, string> | string {
  const flags = new Map<string, string>();
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? '';
    const [, spelled = '', given] = /^--([a-z][a-z0-9_-]*)(?:=([\s\S]*))?$/i.exec(arg) ?? [];
    // What is no flag may be a secret whose name was forgotten.
    if (spelled === '') return 'Could not read the command line: each input is a flag, `--name value`.';
    const name = spelled.toLowerCase().replaceAll('-', '_');
    if (flags.has(name)) return `Could not read the command line: --${spelled} is given twice.`;
    const next = args[at + 1];
    const takesNext = given === undefined && next !== undefined && !next.startsWith('--') && !isSwitch(name);
    flags.set(name, given ?? (takesNext ? next : 'true'));
    if (takesNext) at += 1;
  }
  return flags;
}

function isSwitch(name: string): boolean {
  return ['yes', 'details', 'verbose'].includes(name);
}

function isOn(flags: ReadonlyMap<string, string>, name: string): boolean {
  return flags.get(name) === 'true';
}

function refusalOf(flags: ReadonlyMap<string, string>): string | undefined {
  for (const name of flags.keys()) {
    if (OF_WORKFLOWS.includes(name))
      return `Could not use --${name}: it is for a step of a workflow. Leave it out here.`;
    if (SECRETS.includes(name))
      return `Could not use --${name}: every user of this machine could read it. Set ${secretVariable(name)} in the environment.`;
    if (OWN_FLAGS.includes(name) || (INPUT_NAMES as readonly string[]).includes(name)) continue;
    const suggestion = didYouMean(name, [...OWN_FLAGS, ...INPUT_NAMES]);
    return `Could not use --${name}: there is no such input.${suggestion === undefined ? '' : ` Did you mean --${suggestion}?`}`;
  }
  const repository = flags.get('repository');
  if (repository !== undefined && !/^[\w.-]+\/[\w.-]+$/.test(repository))
    return 'Could not use --repository: it is not owner/name.';
  return undefined;
}

function isTerminalCommand(command: string): command is TerminalCommand {
  return TERMINAL_COMMANDS.some(one => one === command);
}

function whyNot(command: string): string {
  const known = [...TERMINAL_COMMANDS, 'destroy (with --cloud_provider local)'].join(', ');
  if (command === 'destroy')
    return 'Could not destroy: from here only a server on this machine is destroyed. Add --cloud_provider local, or use the workflow.';
  if (COMMANDS.some(one => one === (command as CommandName)))
    return `Could not run ${command}: it is for a workflow. From here: ${known}.`;
  const suggestion = didYouMean(command, [...TERMINAL_COMMANDS, 'destroy']);
  const meant = suggestion === undefined ? '' : ` Did you mean ${suggestion}?`;
  // The word is not shown: it may be the value of a secret whose flag was forgotten.
  return `Could not read the command line: the first word is a command.${meant} Use one of: ${known}.`;
}

function refused(why: string): Order {
  return { kind: 'refused', why };
}

/** What `pgkeep --help` prints. */
export const HELP = `Usage: pgkeep <command> [--input value]…

Plans PostgreSQL from this directory with your own cloud login, as the action does in a workflow.

Commands:
  plan      what an apply would change
  check     whether the database is as the inputs say; fails when it has drifted
  doctor    which logins, permissions and networks are missing
  outputs   where the database is; passwords are not shown
  import    the inputs for a database that exists already
  apply     carries out the plan; only with --yes
  destroy   for --cloud_provider local, with --yes: ends the server on this machine

Inputs are those of \`with:\`, as flags: --config pgkeep.yml --environment staging --wait=false.
Secrets come from the environment: PGKEEP_MASTER_PASSWORD for master_password.

Flags of the command line:
  --yes                 confirms apply
  --details             shows what the plan folds
  --verbose             shows the log of the run
  --repository o/n      the repository that keeps the database; default: the remote \`origin\`
  --repository_id 123   its number, so that plans have the digest of those in a workflow
  --help, --version

Exit codes: 0 done, 1 failed, refused or drifted, 2 the command line is wrong.
`;
