import type { Settings } from '../../../spec/catalogue.ts';
import { nameOfNumber, numberOf } from '../../numbered-replicas.ts';

/** The name of our log sink in every cluster, or the given one. */
export function sinkName({ log_sink_name: given }: Pick<Settings, 'log_sink_name'>): string {
  return given ?? 'pgkeep';
}

/** The user that every cluster has. */
export const DOADMIN = 'doadmin';

/** DigitalOcean keeps names in lower case. */
export function clusterName(name: string): string {
  return name.toLowerCase();
}

/** The user to create besides `doadmin`; `undefined` when no input names one. */
export function extraUser({ master_username: name }: Settings): string | undefined {
  return name === DOADMIN ? undefined : name;
}

/** A pool's name has at most this many characters, by the API's description of `connection_pool`. */
const MOST_OF_POOL = 60;

/** The name of the pool, which clients give as the database to connect to. */
export function poolName({
  database_name: database,
  pool_name: given
}: Pick<Settings, 'database_name' | 'pool_name'>): string {
  if (given !== undefined) return given;
  const name = `${database ?? 'defaultdb'}-pool`;
  return name.length <= MOST_OF_POOL ? name : `${name.slice(0, MOST_OF_POOL - '-pool'.length)}-pool`;
}

/** `orders-replica-1` for `replica/1`, or the given name of the first. */
export function replicaName(cluster: string, address: string, given: readonly string[] = []): string {
  const number = numberOf(address);
  if (number === undefined) return `${cluster}-${address.replace('/', '-')}`;
  return nameOfNumber(number, given, one => `${cluster}-replica-${one}`);
}

/** The major version that the inputs ask for. */
export function majorOf({ engine_version: version }: Settings): string | undefined {
  return version?.split('.')[0];
}
