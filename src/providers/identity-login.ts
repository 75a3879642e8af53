import { connectionTo, type Endpoint } from './endpoint.ts';
import { directWayIn } from '../postgres/direct-way-in.ts';
import type { WayIn } from '../postgres/way-in.ts';

/** A login to the server with the identity of this run, in the place of a password. */
export interface IdentityLogin {
  readonly user: string;
  /** Masked as it arrives. Asked for at each connection, since it is valid for minutes. */
  readonly token: () => Promise<string>;
}

/**
 * The direct way, as the user of a cloud identity. The token goes to the server as it is, so that the server's
 * certificate must be verified: the login is refused otherwise.
 */
export function directlyAs(endpoint: Endpoint, { user, token }: IdentityLogin): WayIn {
  const direct = directWayIn(connectionTo({ ...endpoint, username: user }, ''));
  return {
    ...direct,
    open: async (entry, signal) =>
      direct.open({ ...entry, login: entry.login ?? { user, password: await token() } }, signal)
  };
}
