import type { Client } from 'pg';
import { ProviderError } from '../errors.ts';
import type { Tls } from './tls.ts';

/** Gives the password of a connection, unless the server asks for it in a way that would reveal it. */
export interface LoginGuard {
  /** For the client, which asks when it needs the password. Throws `tls-failed` for a way that is refused. */
  readonly password: () => string;
  /** Listens to the server's authentication request. Call it before the client connects. */
  watch(client: Client): void;
}

/**
 * A server whose certificate was not verified may be an attacker's. It gets the proof of SCRAM, which does not reveal
 * the password, and never the password itself or its MD5 hash. Over unverified TLS it must also prove that it knows the
 * password, which SCRAM does: a server that asks for nothing is refused.
 */
export function loginGuard(password: string, tls: Tls): LoginGuard {
  const isVerified = tls !== 'off' && tls.verify !== 'none';
  const mustProve = tls !== 'off' && tls.verify === 'none';
  let refused: string | undefined;
  let proven = false;
  return {
    password: () => {
      if (refused !== undefined) throw untrusted(`it asks for ${refused}`);
      return password;
    },
    watch: client => {
      const { connection } = client;
      connection.on('authenticationCleartextPassword', () => {
        if (!isVerified) refused = 'the password in clear text';
      });
      connection.on('authenticationMD5Password', () => {
        if (!isVerified) refused = 'the MD5 hash of the password';
      });
      connection.on('authenticationSASLFinal', () => {
        proven = true;
      });
      connection.on('authenticationOk', () => {
        if (mustProve && !proven) connection.emit('error', untrusted('it lets everyone in'));
      });
    }
  };
}

function untrusted(why: string): ProviderError {
  return new ProviderError(`Could not log in to PostgreSQL: the server's certificate was not verified, and ${why}`, {
    kind: 'failed',
    code: 'tls-failed',
    hint: 'Let the server use scram-sha-256, and let this run read its certificate authority, so that the certificate can be verified.'
  });
}
