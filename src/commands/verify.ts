import { ProviderError } from '../errors.ts';
import { probe } from '../postgres/connection.ts';
import { connectionTo, type Endpoint } from '../providers/endpoint.ts';
import type { Run } from './command.ts';

/**
 * Connects as the next step will, and runs `SELECT 1`. A database that this runner cannot reach is not a failure:
 * private networks are common. A refused login is a warning, since the outputs would not work.
 */
export async function verify(run: Run, endpoint: Endpoint): Promise<void> {
  const { log } = run.runtime;
  const where = `${endpoint.host}:${endpoint.port}`;
  if (endpoint.password === undefined) {
    log.info(`Not connected to ${where}: this run does not know the password`);
    return;
  }
  try {
    const target = { ...connectionTo(endpoint, endpoint.password), connectTimeoutSeconds: 5 };
    const found = await probe(target, run.execution.signal);
    log.info(
      `Connected to ${where}/${endpoint.database}: PostgreSQL ${found.serverVersion}, TLS ${found.encrypted ? 'on' : 'off'}`
    );
  } catch (thrown) {
    if (!(thrown instanceof ProviderError)) throw thrown;
    if (thrown.kind === 'transient' || thrown.code === 'not-reachable') {
      log.info(
        `The provider reports the database as ready; ${where} is not reachable from this runner (${thrown.message})`
      );
    } else {
      log.warning(
        `The database exists, but a login as ${endpoint.username} failed: ${thrown.message}${hint(run, thrown)}`
      );
    }
  }
}

/** No cloud returns a password, so a changed secret is sent only when the workflow asks for it. */
function hint({ provider, inputs }: Run, { kind }: ProviderError): string {
  const isTold = provider.capabilities['password-version'].can && inputs.spec.settings.master_password === true;
  return kind === 'unauthenticated' && isTold
    ? '. If `master_password` has changed, change `master_password_version` as well: only then is it sent'
    : '';
}
