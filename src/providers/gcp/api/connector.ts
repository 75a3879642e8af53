import type { Socket } from 'node:net';
import type { ConnectorOptions } from '@google-cloud/cloud-sql-connector';
import type { Execution } from '../../../engine/execution.ts';
import type { Gcp } from './client.ts';

/** The permission to be given a certificate for the connector. */
export const CONNECT = 'cloudsql.instances.connect';
/** The permission to be told how the connector gets to an instance. */
const SETTINGS = 'cloudsql.instances.get';
/** Permissions of the connector. */
export const CONNECTOR_PERMISSIONS: readonly string[] = [CONNECT, SETTINGS];
/** The permission of an IAM user to log in, in any way but the Data API. */
export const LOG_IN = 'cloudsql.instances.login';
/** Where each instance answers the connector. */
export const CONNECTOR_PORT = 3307;

/** Which address of an instance the connector goes to. */
export type AddressKind = 'PUBLIC' | 'PRIVATE' | 'PSC';
/** Who a session logs in as: the identity of this run, whose token the certificate holds, or a user with a password. */
export type AuthKind = 'IAM' | 'PASSWORD';

/** An instance as the connector finds it. */
export interface ConnectorPlace {
  /** `project:region:name` */
  readonly connectionName: string;
  readonly name: string;
  readonly kind: AddressKind;
}

/**
 * Minutes that connections begin with one certificate. It is valid for an hour. With an identity it is no longer valid
 * than the token in it, of which Google's library gives out none with less than five minutes left.
 */
const USED_MINUTES: Readonly<Record<AuthKind, number>> = { PASSWORD: 45, IAM: 4 };

interface Certified {
  readonly dial: Promise<() => Socket>;
  readonly until: number;
}

/** By run: a plan, its apply and the check after it enter one after the other. */
const known = new WeakMap<Gcp, Map<string, Certified>>();

/**
 * Gives what begins connections to an instance, each encrypted, with both certificates checked. One certificate serves
 * all connections of a run while it is young. Throws a `ProviderError` of the two calls for it, and the connector's own
 * errors.
 */
export async function connectorTo(
  gcp: Gcp,
  place: ConnectorPlace,
  auth: AuthKind,
  { clock }: Pick<Execution, 'clock'>
): Promise<() => Socket> {
  const ofRun = known.get(gcp) ?? new Map<string, Certified>();
  known.set(gcp, ofRun);
  const key = `${place.connectionName} ${place.kind} ${auth}`;
  const now = clock.now().getTime();
  const held = ofRun.get(key);
  if (held !== undefined && now < held.until) return held.dial;
  const made = { dial: certified(gcp, place, auth), until: now + USED_MINUTES[auth] * 60_000 };
  ofRun.set(key, made);
  made.dial.catch(() => ofRun.delete(key));
  return made.dial;
}

async function certified(
  gcp: Gcp,
  { connectionName, name, kind }: ConnectorPlace,
  auth: AuthKind
): Promise<() => Socket> {
  const { Connector, AuthTypes, IpAddressTypes } = await import('@google-cloud/cloud-sql-connector');
  const connector = new Connector({ auth: clientOver(gcp, name) });
  const { stream } = await connector.getOptions({
    instanceConnectionName: connectionName,
    ipType: IpAddressTypes[kind],
    authType: AuthTypes[auth]
  });
  // It would renew the certificate in the background, also after each failed connection, and end the process when that
  // fails. What it holds already still connects.
  connector.close();
  return stream;
}

interface ClientRequest {
  readonly url: string | URL;
  readonly method?: string;
  readonly data?: unknown;
}

/** The calls of the connector go where all others go: to the same endpoint, with the same limits, by the same login. */
function clientOver(gcp: Gcp, name: string): NonNullable<ConnectorOptions['auth']> {
  const client = {
    request: async ({ url, method, data }: ClientRequest) => {
      const isRead = method !== 'POST';
      // The version of all other calls, where the package asks an older one for the same.
      const path = new URL(url).pathname.replace(/^\/sql\/v1beta4\//, '/v1/');
      const call = { permission: isRead ? SETTINGS : CONNECT, subject: name };
      return {
        headers: {},
        data: isRead
          ? await gcp.rest('sql', 'GET', path, call)
          : // A second certificate does no harm.
            await gcp.rest('sql', 'POST', path, call, { body: data })
      };
    },
    getAccessToken: async () => ({ token: await gcp.token() }),
    credentials: {}
  };
  return client as unknown as NonNullable<ConnectorOptions['auth']>;
}
