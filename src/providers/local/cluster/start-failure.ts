import { ProviderError, type ErrorCode, type FailureKind } from '../../../errors.ts';

interface Rule {
  /** A pattern in the log; its match up to the line's end is the reported cause. */
  readonly pattern: RegExp;
  readonly kind: FailureKind;
  readonly code?: ErrorCode;
  readonly hint: string;
}

const PARAMETERS = 'Correct the value under `parameters`.';

/**
 * PostgreSQL's messages when it cannot start, most specific first. The texts are those of `lc_messages = C`, the same
 * in 14 to 18.
 */
const TAKEN: Rule = {
  pattern:
    /could not bind .*(?:Address already in use|Only one usage of each socket address).*|could not create any TCP\/IP sockets/,
  kind: 'busy',
  code: 'port-in-use',
  hint: 'Set `port` to another one, or leave it out so that a free one is chosen: another process took this one.'
};
/** The server's user is not root, even where root starts it. */
const BELOW_1024: Rule = {
  pattern: /could not bind .*Permission denied.*/,
  kind: 'denied',
  hint: "Set `port` to one from 1024 on, or leave it out: a port below is root's, and no server runs as root."
};
/** A killed server leaves no file that says so, and its processes end when they see that it is gone. */
const STILL_ENDING: Rule = {
  pattern: /pre-existing shared memory block .* is still in use.*/,
  kind: 'busy',
  hint: 'Apply again: processes of a server that was killed still use its memory. If it fails again, end them.'
};
const CONFIGURATION = 'Destroy the database and apply again: a file of the configuration is damaged.';
export const RULES: readonly Rule[] = [
  BELOW_1024,
  TAKEN,
  {
    // Parameters are written into a file of ours: other hands changed this one.
    pattern: /(?:syntax error in file|unrecognized configuration parameter) .*[\\/]postgresql\.conf".*/,
    kind: 'failed',
    hint: CONFIGURATION
  },
  { pattern: /invalid value for parameter .*/, kind: 'invalid', hint: PARAMETERS },
  { pattern: /unrecognized configuration parameter .*/, kind: 'invalid', hint: PARAMETERS },
  { pattern: /parameter ".*" (?:requires|cannot be).*/, kind: 'invalid', hint: PARAMETERS },
  { pattern: /\S+ is outside the valid range for parameter .*/, kind: 'invalid', hint: PARAMETERS },
  { pattern: /syntax error in file .*/, kind: 'invalid', hint: PARAMETERS },
  {
    pattern: /could not access file ".*": No such file or directory/,
    kind: 'invalid',
    hint: 'Correct `shared_preload_libraries` under `parameters`: these binaries do not have that library. A server with packages of the system does (docs/local.md).'
  },
  {
    pattern: /WAL (?:archival|streaming) .*wal_level.*|.*wal_level must be.*/,
    kind: 'invalid',
    hint: PARAMETERS
  },
  STILL_ENDING,
  {
    pattern: /lock file ".*" already exists.*/,
    kind: 'busy',
    hint: 'Stop the other server that runs on this data directory, or wait for the step that uses it.'
  },
  {
    pattern: /The data directory was initialized by PostgreSQL version .*|.*initialized with CATALOG_VERSION_NO.*/,
    kind: 'invalid',
    hint: 'Set `engine_version` to the major version that made this data, or start with a new database.'
  },
  {
    pattern: /data directory ".*" has (?:wrong ownership|invalid permissions)/,
    kind: 'denied',
    hint: "Remove the data directory and apply again: it must belong to the server's user and be closed to others."
  },
  {
    pattern: /.*No space left on device.*/,
    kind: 'capacity',
    hint: 'Free some disk space (or /dev/shm).'
  },
  {
    pattern: /could not (?:create|map|resize) .*(?:shared memory|semaphores).*/,
    kind: 'capacity',
    hint: 'Lower shared_buffers and max_connections: the machine has too little memory for these settings.'
  },
  {
    pattern: /error while loading shared libraries.*|Library not loaded.*/,
    kind: 'failed',
    hint: 'Set `bin_dir` to other binaries: these do not run on this machine.'
  },
  {
    pattern: /could not locate a valid checkpoint record.*|.*(?:pg_control|PG_CONTROL|control file|damaged).*/,
    kind: 'failed',
    hint: 'Destroy the database (or remove the directory) and apply again: the data directory is damaged.'
  },
  {
    pattern: /private key file ".*" (?:has|must).*/,
    kind: 'denied',
    hint: "Remove the key and apply again: it must belong to the server's user and be closed to others."
  },
  {
    pattern: /.*Permission denied.*/,
    kind: 'denied',
    hint: "Let the server's user read and enter the named path."
  },
  { pattern: /could not (?:load|open|access) .*\.conf.*/, kind: 'failed', hint: CONFIGURATION }
];

const SEVERITY = /^.*?(?:FATAL|PANIC|ERROR|LOG):\s+/;

/**
 * Why a server did not start, by its log. `ended` is the end of the process: `exit code 1`, `killed by SIGKILL`. Kinds:
 * port taken `busy` with the code `port-in-use`; a parameter `invalid`; another server on the directory `busy`; memory
 * or disk `capacity`; permissions `denied`; any other `failed` with the code `server-failed`.
 */
export function startFailure(log: string, ended: string): ProviderError {
  for (const rule of RULES) {
    const failure = failureBy(rule, log);
    if (failure !== undefined) return failure;
  }
  const lines = log.trim().split('\n');
  const worst = lines.findLast(line => /FATAL|PANIC/.test(line)) ?? lines.at(-1) ?? '';
  return new ProviderError(
    `Could not start PostgreSQL: ${worst.replace(SEVERITY, '').trim() || 'it said nothing'} (${ended})`,
    {
      kind: 'failed',
      code: 'server-failed',
      hint: "Read the server's log for more."
    }
  );
}

/**
 * PostgreSQL goes on when one of its addresses is taken and another is not: clients of the taken one would reach
 * another process. Throws `port-in-use` then. `log` is the server's log since it began.
 */
export function refuseHalfOfItsAddresses(log: string): void {
  const failure = failureBy(TAKEN, log);
  if (failure !== undefined) throw failure;
}

/** Whether a start failed because processes of a killed server still hold its memory. */
export function isStillEnding(thrown: unknown): boolean {
  return thrown instanceof ProviderError && STILL_ENDING.pattern.test(thrown.message);
}

/** The last line of a log that says what is wrong, or else its last one; without its time and severity. */
export function lastWords(log: string): string {
  const lines = log.trim().split('\n');
  const worst = lines.findLast(line => /FATAL|PANIC|ERROR/.test(line)) ?? lines.at(-1) ?? '';
  return worst.replace(SEVERITY, '').trim();
}

function failureBy(rule: Rule, log: string): ProviderError | undefined {
  const [found] = rule.pattern.exec(log) ?? [];
  if (found === undefined) return undefined;
  return new ProviderError(`Could not start PostgreSQL: ${found.replace(SEVERITY, '').trim()}`, {
    kind: rule.kind,
    hint: rule.hint,
    ...(rule.code === undefined ? fallbackCode(rule.kind) : { code: rule.code })
  });
}

function fallbackCode(kind: FailureKind): { readonly code?: ErrorCode } {
  return kind === 'invalid' || kind === 'denied' ? {} : { code: 'server-failed' };
}
