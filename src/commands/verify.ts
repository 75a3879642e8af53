import type { Notice, Plan } from '../engine/plan.ts';
import { asSentence } from '../engine/sentence.ts';
import { ProviderError } from '../errors.ts';
import type { Observed } from '../engine/resource.ts';
import type { Entry, NotReachable, WayIn } from '../postgres/way-in.ts';
import type { Endpoint } from '../providers/endpoint.ts';
import type { DatabaseOutputs } from '../providers/provider.ts';
import { OPEN_IT, passwordUnknown } from '../providers/way-in.ts';
import type { Run } from './command.ts';

/** Whether a login worked, and the notice where the server was not reached. */
export interface Verified {
  readonly isConnected: boolean;
  readonly notice?: Notice;
}

type Verifiable = Pick<DatabaseOutputs, 'endpoint' | 'isStopped' | 'proof'>;

/**
 * Connects as the next step will, and runs `SELECT 1`. `observed`: what the outputs were made of. A database that this
 * runner cannot reach is not a failure: private networks are common. One notice says so, with the way out. A refused
 * login is a warning, since the outputs would not work.
 */
export async function verify(
  run: Run,
  observed: readonly Observed[],
  { endpoint, isStopped, proof }: Verifiable
): Promise<Verified> {
  const { log } = run.runtime;
  const { signal } = run.execution;
  if (isStopped === true) {
    log.warning('The server is stopped: nothing can connect. `command: start` starts it.');
    return { isConnected: false };
  }
  const where = `${endpoint.host}:${endpoint.port}`;
  const connected = (how: string, { serverVersion, encrypted }: NonNullable<Verifiable['proof']>): void =>
    log.info(
      `Connected to ${where}/${endpoint.database} ${how}: PostgreSQL ${serverVersion}, TLS ${encrypted ? 'on' : 'off'}`
    );
  if (proof !== undefined) {
    connected('directly', proof);
    return { isConnected: true };
  }
  const entered = await entryFor(run, observed, endpoint);
  if (entered.kind === 'not-reachable') return told(run, notReached(where, entered));
  const { way, entry } = entered;
  try {
    const opened = await way.open(entry, signal);
    if (opened.kind === 'not-reachable') {
      return told(
        run,
        notReached(where, way.passesFirewall !== true && canBeOpened(run) ? { ...opened, hint: OPEN_IT } : opened)
      );
    }
    const { session } = opened;
    try {
      await session.query('SELECT 1');
      connected(way.title, session);
      return { isConnected: true };
    } finally {
      await session.close();
    }
  } catch (thrown) {
    if (!(thrown instanceof ProviderError)) throw thrown;
    if (thrown.kind === 'transient') {
      return told(run, notReached(where, { why: thrown.message, hint: 'Run the step again.' }));
    }
    const user = entry.login?.user ?? way.admin;
    const how = thrown.kind === 'unauthenticated' ? hintFor(run, entry.login?.user) : '';
    log.warning(`The database exists, but a login as ${user} failed: ${thrown.message}${how}`);
  }
  return { isConnected: false };
}

interface Entered {
  readonly kind: 'entry';
  readonly way: WayIn;
  readonly entry: Entry;
}

/**
 * As the user of the outputs. Where this run does not know the password, or the way takes none, as the user that
 * `login_as` names.
 */
async function entryFor(
  { session, inputs }: Run,
  observed: readonly Observed[],
  { database, username, password }: Endpoint
): Promise<Entered | NotReachable> {
  const way = await session.wayIn(observed);
  if (way.kind === 'not-reachable') return way;
  if (password !== undefined && way.keepsSession) {
    return { kind: 'entry', way, entry: { database, login: { user: username, password } } };
  }
  const { login_as: identity } = inputs.spec.settings;
  const isIdentity = identity !== undefined || !way.keepsSession;
  return isIdentity ? { kind: 'entry', way, entry: { database } } : passwordUnknown(username);
}

/** A plan with what `verify` found. */
export function withNotice(plan: Plan, notice: Notice | undefined): Plan {
  return notice === undefined ? plan : { ...plan, notices: [...plan.notices, notice] };
}

/** The server has a firewall that the workflow does not let this run open. */
function canBeOpened({ session }: Run): boolean {
  return session.runnerAccess !== undefined && session.runnerAccess.request === undefined;
}

function notReached(where: string, { why, hint: then }: Pick<NotReachable, 'why' | 'hint'>): Notice {
  return {
    code: 'not-reached',
    severity: 'info',
    message: `The provider reports the database as ready, and this runner did not reach it at ${where}: ${asSentence(why)} ${then}`
  };
}

function told({ runtime }: Run, notice: Notice): Verified {
  runtime.log.info(notice.message);
  return { isConnected: false, notice };
}

/** No server returns a password, so a changed secret is sent only when the workflow asks for it. */
function hintFor({ provider, inputs }: Run, user: string | undefined): string {
  const { application_role: role, master_password: isGiven } = inputs.spec.settings;
  if (user === undefined) return '';
  if (user === role) {
    return `. If \`role_passwords\` or \`password_seed\` has changed, change the \`password_version\` of ${role} in \`roles\` as well: only then is its password sent`;
  }
  return provider.capabilities['password-version'].can && isGiven === true
    ? '. If `master_password` has changed, change `master_password_version` as well: only then is it sent'
    : '';
}
