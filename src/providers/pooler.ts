import type { NotReachable } from '../postgres/way-in.ts';
import type { Endpoint } from './endpoint.ts';

/** Ports of the poolers: PgBouncer on Azure and Cloud SQL, and on DigitalOcean. */
const PORTS: readonly number[] = [6432, 25061];
/** Endpoints of RDS Proxy: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-connecting.html */
const PROXY = /\.proxy-[a-z0-9-]+\.[a-z0-9-]+\.rds\.amazonaws\.com(?:\.cn)?$/;
/** A server of RDS may have any port. */
const RDS = /\.rds\.amazonaws\.com(?:\.cn)?$/;

/**
 * Why an endpoint of a cloud is no way in: behind a pooler of transactions two clients can hold one lock, and settings
 * of one session reach another. `undefined` for the server itself.
 */
export function poolerRefusal({ host, port }: Pick<Endpoint, 'host' | 'port'>): NotReachable | undefined {
  const isPooler = PROXY.test(host) || (PORTS.includes(port) && !RDS.test(host));
  if (!isPooler) return undefined;
  return {
    kind: 'not-reachable',
    why: `${host}:${port} is a connection pooler, where locks and settings of a session do not hold`,
    hint: "Use the server's own endpoint."
  };
}
