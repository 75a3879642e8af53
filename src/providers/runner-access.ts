import { createHash } from 'node:crypto';
import { asSentence } from '../engine/sentence.ts';
import { serverTime } from '../engine/server-time.ts';
import { defined } from '../engine/defined.ts';
import type { Execution } from '../engine/execution.ts';
import type { Repository, Target } from '../engine/ownership.ts';
import type { Permissions } from '../engine/resource.ts';
import { asActionError } from '../errors.ts';
import { isFailure } from './failures.ts';

/**
 * A rule of a server's firewall that admits the address of one runner. Its name says which repository and run it
 * belongs to and when it expires, so that a later run finds what a killed one left.
 */
export interface RunnerRule {
  readonly name: string;
  /** IPv4. */
  readonly address: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}

/** One entry of a server's firewall, of any owner. */
export interface FirewallEntry {
  /** Its name or description; empty without one. */
  readonly name: string;
  /** In words, for the log: `203.0.113.0/24`. */
  readonly title: string;
  readonly admits: (address: string) => boolean;
}

/** The firewall of a server as it is now. */
export type Firewall =
  /** It admits everyone. */
  | { readonly kind: 'open' }
  | { readonly kind: 'guarded'; readonly entries: readonly FirewallEntry[] }
  /** No rule would let the address in. `why` completes "not reachable from this runner: ". */
  | { readonly kind: 'closed'; readonly why: string; readonly hint: string };

/** How a provider's firewall is opened to a runner. Every call may be repeated. */
export interface RunnerAccess<C> {
  /** `address`: whose admission is asked about; `undefined` to list the entries only. */
  readonly read: (context: C, address: string | undefined) => Promise<Firewall>;
  /** Throws a failure of kind `already-exists` where a rule of others has the address. */
  readonly admit: (context: C, rule: RunnerRule) => Promise<void>;
  /** Removes rules by their names, and no others. A missing one is a success. */
  readonly dismiss: (context: C, names: readonly string[]) => Promise<void>;
  /** The longest that a new rule usually takes until it counts. */
  readonly settlesSeconds: number;
  /** The permissions to read the entries, to open and to close. */
  readonly permissions: Permissions;
}

/** What a run may do to reach its server. */
export interface AccessRequest {
  /** False: the command changes nothing, so that it opens nothing. */
  readonly isAllowed: boolean;
  /** The rules stay until the end of the job, when the post step removes them. */
  readonly keepsOpen: boolean;
  /** Workflow run and attempt: `9000001-1`. */
  readonly run: string;
  readonly expiresAt: Date;
  /** The public IPv4 address of this runner. Asked once, and again with `again`. */
  readonly address: (again?: boolean) => Promise<string>;
  /** Called before a rule is opened, so that the post step finds it whatever happens. */
  readonly remember: (rule: OpenedRule) => void;
  /** Called when a rule is gone. */
  readonly forget: (name: string) => void;
}

/** A rule that the post step closes, with the database whose server has it. */
export interface OpenedRule extends Pick<Target, 'name' | 'environment' | 'pullRequest'> {
  readonly rule: string;
}

/** Why this runner is not admitted. */
export interface NotAdmitted {
  readonly kind: 'not-admitted';
  readonly why: string;
  readonly hint: string;
}

export type Admission =
  | { readonly kind: 'admitted'; readonly address: string; readonly since: Date; readonly settlesSeconds: number }
  | NotAdmitted;

/** The firewall of one opened server, for this run. */
export interface OpenedAccess {
  /** What the workflow asked for; `undefined` when it did not. */
  readonly request: AccessRequest | undefined;
  /** Admits this runner, once. With `again`, asks for its address again, and reads the firewall again. */
  admit(again?: boolean): Promise<Admission>;
  /** The rules of runners that this repository opened on this server. */
  rules(): Promise<readonly RunnerRule[]>;
  dismiss(names: readonly string[]): Promise<void>;
  /** Removes what this run opened, unless it stays until the end of the job. Never throws. */
  close(): Promise<void>;
}

const PREFIX = 'pgkeep-run-';
const NAME = /^pgkeep-run-([0-9a-f]{8})-(\d+-\d+)-([0-9a-f]{6})-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/** Whether an entry of a firewall was opened for a runner, by any repository. No plan counts or replaces it. */
export function isRunnerRule(name: string | undefined): boolean {
  return name !== undefined && name.startsWith(PREFIX);
}

/** Letters, digits and hyphens, about 60 characters: what every cloud accepts. */
export function ruleNameFor(
  repository: Repository,
  address: string,
  { run, expiresAt }: Pick<AccessRequest, 'run' | 'expiresAt'>,
  random: () => number
): string {
  // Jobs of one run may have one address, and one job may have several.
  const nonce = hashOf(`${address} ${random()}`).slice(0, 6);
  const until = expiresAt
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(/[-:]/g, '');
  return `${PREFIX}${keyOf(repository)}-${run}-${nonce}-${until}`;
}

/** When a rule of this repository expires; `undefined` for any other entry. */
export function expiryOfRule(name: string, repository: Repository): string | undefined {
  const [, key, , , year, month, day, hours, minutes, seconds] = NAME.exec(name) ?? [];
  if (key === undefined || key !== keyOf(repository)) return undefined;
  return `${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`;
}

/** A name of the repository that stays when it is renamed, and tells nothing to readers of the firewall. */
function keyOf({ repository, repositoryId, host = '' }: Repository): string {
  const identity = repositoryId === undefined ? repository.toLowerCase() : `${host}/${repositoryId}`;
  return hashOf(identity).slice(0, 8);
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** `undefined` for a provider whose servers have no firewall of their own. */
export function accessTo<C>(
  access: RunnerAccess<C> | undefined,
  context: C,
  target: Target,
  request: AccessRequest | undefined,
  execution: Execution
): OpenedAccess | undefined {
  if (access === undefined) return undefined;
  const { clock, log, random, signal } = execution;
  const own = new Set<string>();
  let admission: Promise<Admission> | undefined;

  const dismiss: OpenedAccess['dismiss'] = async names => {
    await access.dismiss(context, names);
    for (const name of names) request?.forget(name);
  };

  /** Rules of killed runs make room here, also in a repository without a sweep. */
  const dismissExpired = async (entries: readonly FirewallEntry[]): Promise<readonly FirewallEntry[]> => {
    const now = serverTime(execution).toISOString();
    const expired = entries.filter(({ name }) => (expiryOfRule(name, target) ?? now) < now);
    if (expired.length === 0) return entries;
    try {
      await access.dismiss(
        context,
        expired.map(({ name }) => name)
      );
      log.info(`Removed ${expired.length} expired rules of earlier runs from the firewall of ${target.name}`);
    } catch (thrown) {
      signal.throwIfAborted();
      log.warning(`Could not remove expired rules of earlier runs: ${asActionError(thrown).message}`);
    }
    return entries.filter(entry => !expired.includes(entry));
  };

  const admitNow = async (asked: AccessRequest, again: boolean): Promise<Admission> => {
    const address = await asked.address(again);
    const since = clock.now();
    const admitted = { kind: 'admitted', address, since, settlesSeconds: 0 } as const;
    const firewall = await access.read(context, address);
    if (firewall.kind === 'closed') return { ...firewall, kind: 'not-admitted' };
    if (firewall.kind === 'open') return admitted;
    const entries = await dismissExpired(firewall.entries);
    const known = entries.find(entry => entry.admits(address));
    if (known !== undefined) {
      log.info(`The firewall of ${target.name} admits ${address} already (${known.title})`);
      // The rule of another run may be as new as its own.
      return { ...admitted, settlesSeconds: isRunnerRule(known.name) ? access.settlesSeconds : 0 };
    }
    const name = ruleNameFor(target, address, asked, random);
    const { name: database, environment, pullRequest } = target;
    asked.remember(defined({ name: database, environment, pullRequest, rule: name }));
    own.add(name);
    try {
      await access.admit(context, { name, address, expiresAt: asked.expiresAt.toISOString() });
      log.info(`Opened the firewall of ${target.name} to this runner alone, ${address} (${name})`);
    } catch (thrown) {
      // Another run, or a call of this one whose answer was lost, was faster.
      if (!isFailure(thrown, 'already-exists')) throw thrown;
      log.info(`The firewall of ${target.name} admits ${address} by a rule of others, which stays`);
    }
    return { ...admitted, since: clock.now(), settlesSeconds: access.settlesSeconds };
  };

  return {
    request,
    admit: async (again = false) => {
      if (request === undefined) return NOT_ASKED;
      if (!request.isAllowed) return NOT_IN_A_PLAN;
      if (again || admission === undefined) {
        admission = admitNow(request, again);
        // A failure is asked for again.
        admission.catch(() => {
          admission = undefined;
        });
      }
      return admission;
    },
    rules: async () => {
      const firewall = await access.read(context, undefined);
      if (firewall.kind !== 'guarded') return [];
      return firewall.entries.flatMap(({ name, title }) => {
        const expiresAt = expiryOfRule(name, target);
        return expiresAt === undefined ? [] : [{ name, address: title, expiresAt }];
      });
    },
    dismiss,
    close: async () => {
      // A cancelled run leaves them to the post step, which has the time for it.
      if (own.size === 0 || request?.keepsOpen === true || signal.aborted) return;
      try {
        await dismiss([...own]);
        log.info(`Closed the firewall of ${target.name} to this runner`);
        own.clear();
        admission = undefined;
      } catch (thrown) {
        log.warning(
          `Could not close the firewall of ${target.name} to this runner: ${asSentence(asActionError(thrown).message)} ` +
            'The end of the job tries again, and `command: sweep` with `runner_access` removes it once it has expired'
        );
      }
    }
  };
}

const NOT_ASKED: NotAdmitted = {
  kind: 'not-admitted',
  why: 'its firewall was not opened to this runner',
  hint: 'Run this job where the server can be reached, or set `runner_access: true`.'
};

const NOT_IN_A_PLAN: NotAdmitted = {
  kind: 'not-admitted',
  why: 'a command that changes nothing does not open the firewall either',
  hint: 'Set `runner_access_in_plan: true` to let it open the firewall to this runner while it looks.'
};
