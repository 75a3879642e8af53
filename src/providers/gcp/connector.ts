import { defined } from '../../engine/defined.ts';
import { ActionError, ProviderError } from '../../errors.ts';
import { openSqlSession } from '../../postgres/connection.ts';
import type { NotReachable, WayIn } from '../../postgres/way-in.ts';
import type { Endpoint } from '../endpoint.ts';
import { START_FIRST } from '../operations.ts';
import { NOT_READY, passwordUnknown } from '../way-in.ts';
import {
  CONNECTOR_PERMISSIONS,
  CONNECTOR_PORT,
  connectorTo,
  LOG_IN,
  type AddressKind,
  type AuthKind
} from './api/connector.ts';
import type { Instance } from './api/types.ts';
import type { GcpContext } from './context.ts';
import { addressesOf } from './resources/server/convert.ts';
import { hasIamLogin, stateOf, STOPPED } from './resources/server/fields.ts';

/** A server that asks for a password in spite of the certificate refuses this one in its own words. */
const NO_PASSWORD = 'the certificate holds the identity';

interface Address {
  readonly kind: AddressKind;
  readonly host: string;
}

/**
 * Google's connector: a TLS connection to a port of its own, with a certificate that this run is given for it. It needs
 * a route to the instance and no authorised network. https://cloud.google.com/sql/docs/postgres/connect-connectors
 */
export async function connectorWayIn(context: GcpContext, endpoint: Endpoint): Promise<WayIn | NotReachable> {
  const { gcp, name, execution, settings } = context;
  const live = await context.live();
  const address = live === undefined ? undefined : addressOf(live);
  if (live?.connectionName === undefined || address === undefined) return NOT_READY;
  if (stateOf(live) === STOPPED) {
    return { kind: 'not-reachable', why: `the instance ${name} is stopped`, hint: START_FIRST };
  }
  const identity = settings.login_as;
  if (identity !== undefined && !hasIamLogin(live)) return withoutIamLogin(name);
  const admin = {
    user: identity ?? endpoint.username,
    password: identity === undefined ? endpoint.password : NO_PASSWORD
  };
  const { user, password } = admin;
  if (password === undefined) return passwordUnknown(user);
  const place = { connectionName: live.connectionName, name, kind: address.kind };
  return {
    kind: 'way-in',
    title: 'through the Cloud SQL connector',
    admin: user,
    maintenanceDatabase: endpoint.database,
    keepsSession: true,
    passesFirewall: true,
    open: async ({ database, login, settings: ofSession }, signal) => {
      const auth: AuthKind = login === undefined && identity !== undefined ? 'IAM' : 'PASSWORD';
      try {
        const dial = await connectorTo(gcp, place, auth, execution);
        const target = defined({
          host: address.host,
          port: CONNECTOR_PORT,
          database,
          ...(login ?? { user, password }),
          settings: ofSession,
          // Verified by the connector, with the authority that it was told of.
          tls: { verify: 'full' } as const,
          dial
        });
        return { kind: 'open', session: await openSqlSession(target, signal) };
      } catch (thrown) {
        signal.throwIfAborted();
        return whyNot(thrown, name, address, auth);
      }
    },
    close: async () => {}
  };
}

/** Why the direct way leads nowhere, by the settings of the instance. */
export async function connectorsAlone(context: GcpContext): Promise<NotReachable | undefined> {
  const { connectorEnforcement, ipConfiguration } = (await context.live())?.settings ?? {};
  const asks =
    connectorEnforcement === 'REQUIRED'
      ? 'takes connections of connectors alone'
      : ipConfiguration?.sslMode === 'TRUSTED_CLIENT_CERTIFICATE_REQUIRED'
        ? 'asks for the certificate of a client'
        : undefined;
  if (asks === undefined) return undefined;
  const hint = 'Set `connect_through: connector`, which brings a certificate.';
  return { kind: 'not-reachable', why: `the instance ${context.name} ${asks}`, hint };
}

/** The address in the outputs: public, else private, else that of Private Service Connect. */
function addressOf(live: Instance): Address | undefined {
  const { public: open, private: internal, dns } = addressesOf(live);
  if (open !== undefined) return { kind: 'PUBLIC', host: open };
  if (internal !== undefined) return { kind: 'PRIVATE', host: internal };
  return dns === undefined ? undefined : { kind: 'PSC', host: dns };
}

function withoutIamLogin(name: string): NotReachable {
  return {
    kind: 'not-reachable',
    why: `the instance ${name} admits no IAM users`,
    hint: 'Set `iam_database_authentication_enabled: true`, or remove `login_as`.'
  };
}

const ROUTE: Readonly<Record<AddressKind, string>> = {
  PUBLIC: `Let this runner connect to port ${CONNECTOR_PORT} of the instance, which is the connector's.`,
  PRIVATE:
    'Run this job in the VPC of the instance, which has a private address only, or set `connect_through: data-api`.',
  PSC: 'Run this job in a network with an endpoint of Private Service Connect for the instance, or set `connect_through: data-api`.'
};

const AS_IAM_USER = `Add this identity to \`iam_users\`, and grant it \`${LOG_IN}\`.`;

const OTHER_SERVER =
  'Check what is between this runner and the instance: what answers there is another server than this instance.';

/** By which code the connector says that the server's certificate is of another instance. */
const WRONG_NAME = /^E(?:NO|BAD)SQLADMINVERIFYCERT$/;

/** How TLS says that the other side does not take a certificate. */
const REFUSED = /^ERR_SSL_.*ALERT_.*(?:CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/;
/** How node-postgres says that the other side ended the connection without a word. */
const ENDED = /Connection terminated unexpectedly$/;

/** Why no session came about, where that has to do with the way. Throws everything else. */
export function whyNot(thrown: unknown, name: string, { kind }: Pick<Address, 'kind'>, auth: AuthKind): NotReachable {
  if (!(thrown instanceof ActionError)) {
    const { name: of, message } = thrown as Partial<Error>;
    if (of !== 'CloudSQLConnectorError' || message === undefined) throw thrown;
    const why = `the connector has no way to ${name}: ${message}`;
    return {
      kind: 'not-reachable',
      why,
      hint: 'Run the step again when the instance has the address that it is to have.'
    };
  }
  if (!(thrown instanceof ProviderError)) throw thrown;
  const { message, providerCode = '', hint } = thrown;
  if (thrown.kind === 'denied' && CONNECTOR_PERMISSIONS.includes(thrown.permission ?? '')) {
    return { kind: 'not-reachable', why: message, hint: hint ?? `Grant ${CONNECTOR_PERMISSIONS.join(' and ')}.` };
  }
  if (REFUSED.test(providerCode) || ENDED.test(message)) {
    const how = providerCode === '' ? 'ended the connection as soon as it had' : 'refused';
    return {
      kind: 'not-reachable',
      why: `${name} ${how} the certificate of this run`,
      hint: 'Check the clock of this runner, and run the step again: it is given a new certificate.'
    };
  }
  if (thrown.code === 'tls-failed' || WRONG_NAME.test(providerCode)) {
    throw new ProviderError(message, { kind: 'failed', code: 'tls-failed', providerCode, hint: OTHER_SERVER });
  }
  if (thrown.code === 'not-reachable') return { kind: 'not-reachable', why: message, hint: ROUTE[kind] };
  if (providerCode.startsWith('28') && auth === 'IAM') {
    throw new ProviderError(message, { kind: 'unauthenticated', providerCode, hint: AS_IAM_USER, cause: thrown });
  }
  throw thrown;
}
