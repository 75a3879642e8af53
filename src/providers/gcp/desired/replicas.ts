import { defined } from '../../../engine/defined.ts';
import type { Desired, FieldsOf, Observed, Wanted } from '../../../engine/resource.ts';
import { textOf, type Value } from '../../../engine/value.ts';
import { ensure, ensureAbsent, onCreateOnly } from '../../desired-resources.ts';
import { protectedUnnamed, replicaNumbers } from '../../numbered-replicas.ts';
import { largerOf, numberStep, type OrderRules, type Step } from '../../replica-order.ts';
import { replicaAddress, SERVER, SERVER_GROUP } from '../addresses.ts';
import { compareTiers } from '../api/tiers.ts';
import type { GcpContext } from '../context.ts';
import { replicaTitle } from '../resources/replica.ts';
import {
  isReplicaField,
  REPLICA_KIND,
  type ObservedServer,
  type ReplicaFields,
  type ServerFields,
  type ServerValues
} from '../resources/server/fields.ts';

/**
 * Flags that a replica may not have lower than its primary: it would stop to follow.
 * https://cloud.google.com/sql/docs/postgres/replication#considerations
 */
const LIMITS = [
  'parameters.max_connections',
  'parameters.max_locks_per_transaction',
  'parameters.max_prepared_transactions',
  'parameters.max_wal_senders',
  'parameters.max_worker_processes'
] as const;

const tierStep: Step = (from, to) => compareTiers(textOf(from), textOf(to));
const flagStep: Step = (from, to) => numberStep(Number(from), Number(to));

/** The fields in which no replica may be smaller than its primary. */
export const ORDER: OrderRules<ServerFields> = {
  instance_class: tierStep,
  allocated_storage: numberStep,
  ...Object.fromEntries(LIMITS.map(name => [name, flagStep]))
};

/**
 * The live server, with 0 for each limit that it does not set: the default is not known, so that a first value may be a
 * rise.
 */
export function withLimits(live: ObservedServer | undefined): ObservedServer | undefined {
  return live && { ...live, fields: { ...Object.fromEntries(LIMITS.map(name => [name, '0'])), ...live.fields } };
}

/**
 * Numbered replicas, and one in another region. A replica follows the inputs of its primary. What no input names a new
 * replica takes from the primary: from `inherited`, its live values or those of the copy's source.
 */
export function desiredReplicas(
  context: GcpContext,
  observed: readonly Observed[],
  server: Desired<ServerFields>,
  inherited: ServerValues
): readonly Desired[] {
  const { wanted, surplus } = replicaNumbers(context.settings, observed);
  const region = context.settings.replica_region?.toLowerCase();
  const complete = (server.complete ?? []).filter(prefix => isReplicaField(`${prefix}.`));
  const ensured = [...wanted, ...(region === undefined ? [] : [region])].map(which => {
    const address = replicaAddress(which);
    const isLive = observed.some(one => one.address === address);
    const fields = isLive ? asPrimary(server) : newReplica(server, inherited);
    return ensure({ settings: {} }, REPLICA_KIND, address, replicaTitle(context, address), fields, {
      dependsOn: [SERVER],
      concurrencyGroup: SERVER_GROUP,
      complete
    });
  });
  const unnamed = protectedUnnamed(context.settings, observed, ensured).map(({ address, title }) =>
    ensure(
      { settings: {} },
      REPLICA_KIND,
      address,
      title,
      { deletion_protection: false },
      {
        dependsOn: [SERVER],
        concurrencyGroup: SERVER_GROUP
      }
    )
  );
  // A protected one is deleted by the apply after that which takes its protection.
  const gone = surplus.map(replicaAddress).filter(address => !unnamed.some(one => one.address === address));
  const absent = gone.map(address => ensureAbsent(address, 'replica', replicaTitle(context, address), SERVER_GROUP));
  return [...ensured, ...absent, ...unnamed];
}

/**
 * Cloud SQL makes no replica with a smaller disk than its primary has grown to.
 * https://github.com/terraform-google-modules/terraform-google-sql-db/issues/338
 */
function newReplica(server: Desired<ServerFields>, inherited: ServerValues): ReplicaValues {
  const named = asPrimary(server, true);
  const size = largerOf(named.allocated_storage, inherited.allocated_storage);
  return { ...createdAs(inherited), ...named, ...defined({ allocated_storage: size }) };
}

type ReplicaValues = FieldsOf<ReplicaFields, Wanted>;

/**
 * Only `enable_deletion_protection: false` leads to replicas: one that someone protected could never be deleted.
 * https://cloud.google.com/sql/docs/postgres/deletion-protection
 */
function asPrimary(server: Desired<ServerFields>, isNew = false): ReplicaValues {
  return Object.fromEntries(
    Object.entries<Wanted>(server.fields).filter(
      ([name, { value }]) => isReplicaField(name, isNew) && !(name === 'deletion_protection' && value === true)
    )
  );
}

function createdAs(inherited: ServerValues): ReplicaValues {
  return Object.fromEntries(
    Object.entries<Value>(inherited)
      // Labels say whose a resource is: the mark and the tags of the inputs are its own.
      .filter(([name, value]) => value !== null && isReplicaField(name, true) && !name.startsWith('tags.'))
      .map(([name, value]) => [name, onCreateOnly(value)])
  );
}
