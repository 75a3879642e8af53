import type { Notice, Plan } from '../engine/plan.ts';
import { ProviderError } from '../errors.ts';
import type { NotReachable } from '../postgres/way-in.ts';
import type { Endpoint } from '../providers/endpoint.ts';
import type { DatabaseOutputs } from '../providers/provider.ts';
import { runnerWayIn } from '../providers/runner-way-in.ts';
import { directly } from '../providers/way-in.ts';
import type { Run } from './command.ts';

/** Whether a login worked, and the notice where the server was not reached. */
export interface Verified {
  readonly isConnected: boolean;
  readonly notice?: Notice;
}

type Verifiable = Pick<DatabaseOutputs, 'endpoint' | 'isStopped' | 'proof'>;

/**
 * Connects as the next step will, and runs `SELECT 1`. A database that this runner cannot reach is not a failure:
 * private networks are common. One notice says so, with the way out. A refused login is a warning, since the outputs
 * would not work.
 */
export async function verify(run: Run, { endpoint, isStopped, proof }: Verifiable): Promise<Verified> {
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
  const way = wayTo(run, endpoint);
  if (way.kind === 'not-reachable') return told(run, notReached(where, way));
  try {
    const opened = await way.open({ database: endpoint.database }, signal);
    if (opened.kind === 'not-reachable') {
      return told(run, notReached(where, canBeOpened(run) ? { ...opened, hint: OPEN_IT } : opened));
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
    log.warning(
      `The database exists, but a login as ${endpoint.username} failed: ${thrown.message}${hint(run, thrown)}`
    );
  }
  return { isConnected: false };
}

/** A plan with what `verify` found. */
export function withNotice(plan: Plan, notice: Notice | undefined): Plan {
  return notice === undefined ? plan : { ...plan, notices: [...plan.notices, notice] };
}

/** As the user of the outputs, through the firewall that the workflow lets this run open. */
function wayTo({ session, execution }: Run, endpoint: Endpoint): ReturnType<typeof directly> {
  const direct = directly(endpoint);
  const { runnerAccess: access } = session;
  const isGuarded = direct.kind === 'way-in' && access?.request?.isAllowed === true;
  return isGuarded ? runnerWayIn(direct, access, execution) : direct;
}

/** The server has a firewall that the workflow does not let this run open. */
function canBeOpened({ session }: Run): boolean {
  return session.runnerAccess !== undefined && session.runnerAccess.request === undefined;
}

const OPEN_IT =
  'Set `runner_access: true`, list its address in `allowed_cidr_blocks`, or run this job in the network of the server.';

function notReached(where: string, { why, hint: then }: Pick<NotReachable, 'why' | 'hint'>): Notice {
  return {
    code: 'not-reached',
    severity: 'info',
    message: `The provider reports the database as ready, and this runner did not reach it at ${where}: ${why}. ${then}`
  };
}

function told({ runtime }: Run, notice: Notice): Verified {
  runtime.log.info(notice.message);
  return { isConnected: false, notice };
}

/** No cloud returns a password, so a changed secret is sent only when the workflow asks for it. */
function hint({ provider, inputs }: Run, { kind }: ProviderError): string {
  const isTold = provider.capabilities['password-version'].can && inputs.spec.settings.master_password === true;
  return kind === 'unauthenticated' && isTold
    ? '. If `master_password` has changed, change `master_password_version` as well: only then is it sent'
    : '';
}
