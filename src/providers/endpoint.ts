import { defined } from '../engine/defined.ts';
import type { ConnectionTarget } from '../postgres/connection.ts';
import type { Tls } from '../postgres/tls.ts';

/** How to connect. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly username: string;
  /** Absent when this run can't know it. */
  readonly password?: string;
  readonly sslmode: 'disable' | 'require' | 'verify-ca' | 'verify-full';
  /** PEM, when the client's own list of authorities may not include it. */
  readonly caCertificate?: string;
}

/** How to connect to an endpoint as its user, with the certificate checks of the endpoint. */
export function connectionTo(endpoint: Endpoint, password: string): ConnectionTarget {
  const { host, port, username: user, database } = endpoint;
  return { host, port, user, password, database, tls: tlsOf(endpoint) };
}

function tlsOf({ sslmode, caCertificate }: Endpoint): Tls {
  if (sslmode === 'disable') return 'off';
  const verify = sslmode === 'verify-full' ? 'full' : sslmode === 'verify-ca' ? 'ca' : 'none';
  return defined({ verify, ca: caCertificate });
}
