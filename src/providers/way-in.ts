import { directWayIn } from '../postgres/direct-way-in.ts';
import type { NotReachable, WayIn } from '../postgres/way-in.ts';
import { connectionTo, type Endpoint } from './endpoint.ts';

/** There is no server, or it has no address yet. */
export const NOT_READY: NotReachable = {
  kind: 'not-reachable',
  why: 'the server does not run yet',
  hint: 'Run this step again when the server is available.'
};

/** The direct way, as the user of the endpoint. */
export function directly(endpoint: Endpoint): WayIn | NotReachable {
  const { password, username } = endpoint;
  return password === undefined ? passwordUnknown(username) : directWayIn(connectionTo(endpoint, password));
}

export function passwordUnknown(user: string): NotReachable {
  return {
    kind: 'not-reachable',
    why: `this run does not know the password of ${user}`,
    hint: 'Set `master_password` to the password of the master user.'
  };
}
