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

const PASSWORD_UNKNOWN = 'this run does not know the password of ';

/** Whether nothing but the password keeps this run out. */
export function lacksPassword(way: WayIn | NotReachable): way is NotReachable {
  return way.kind === 'not-reachable' && way.why.startsWith(PASSWORD_UNKNOWN);
}

export function passwordUnknown(user: string): NotReachable {
  return {
    kind: 'not-reachable',
    why: `${PASSWORD_UNKNOWN}${user}`,
    hint: 'Set `master_password` to the password of the master user.'
  };
}

/** What to set where the firewall of the server keeps this runner out. */
export const OPEN_IT =
  'Set `runner_access: true`, list its address in `allowed_cidr_blocks`, or run this job in the network of the server.';

/** The direct way through a firewall that the workflow does not let this run open. */
export function unopened(direct: WayIn): WayIn {
  return {
    ...direct,
    open: async (entry, signal) => {
      const opened = await direct.open(entry, signal);
      return opened.kind === 'open' ? opened : { ...opened, hint: OPEN_IT };
    }
  };
}
