import type { Desired, Observed } from '../../../../engine/resource.ts';
import { SERVER } from '../../addresses.ts';
import { PREFIX } from '../../api/parameters.ts';

/**
 * Flags that a replica may have no lower than its instance: it would follow no more.
 * https://cloud.google.com/sql/docs/postgres/replication#considerations
 */
const LIMITS = [
  'max_connections',
  'max_locks_per_transaction',
  'max_prepared_transactions',
  'max_wal_senders',
  'max_worker_processes'
].map(name => `${PREFIX}${name}`);

/** Where such a limit rises, the replicas that are there change before their instance; otherwise after it. */
export function limitsFirst(desired: readonly Desired[], observed: readonly Observed[]): readonly Desired[] {
  const server = desired.find(one => one.address === SERVER);
  const live = observed.find(one => one.address === SERVER);
  const replicas = desired
    .filter(one => one.type === 'replica' && one.presence === 'present')
    .map(({ address }) => address)
    .filter(address => observed.some(one => one.address === address));
  if (server === undefined || live === undefined || replicas.length === 0 || !rises(server, live)) return desired;
  return desired.map(one => {
    if (one.address === SERVER) return { ...one, dependsOn: [...one.dependsOn, ...replicas] };
    return replicas.includes(one.address)
      ? { ...one, dependsOn: one.dependsOn.filter(address => address !== SERVER) }
      : one;
  });
}

function rises(server: Desired, live: Observed): boolean {
  return LIMITS.some(field => {
    const wanted = Number(server.fields[field]?.value ?? Number.NaN);
    // Nobody says what the default is: a first value may be more.
    return wanted > Number(live.fields[field] ?? 0);
  });
}
