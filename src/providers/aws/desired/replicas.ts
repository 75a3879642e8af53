import type { Desired, Wanted } from '../../../engine/resource.ts';
import type { FieldValue } from '../../../engine/value.ts';
import { replicaCount } from '../../../spec/spec.ts';
import { replicaAddress, SERVER } from '../addresses.ts';
import { remoteReplicaId, replicaId } from '../api/names.ts';
import type { AwsWorld } from '../context.ts';
import type { Beside } from './supporting.ts';
import { wants } from './parts.ts';
import { absent, present, unmanaged } from '../../desired-resources.ts';

/** Server fields that a replica has too, in its own right. */
const SHARED = [
  'state',
  'engine_version',
  'instance_class',
  'max_allocated_storage',
  'publicly_accessible',
  'security_group',
  'copy_tags_to_snapshot',
  'enable_performance_insights',
  'performance_insights_retention_period',
  'performance_insights_kms_key_id',
  'monitoring_interval',
  'monitoring_role_arn',
  'ca_certificate_identifier',
  'auto_minor_version_upgrade',
  'iam_database_authentication_enabled',
  'parameter_group',
  'reboot_pending'
];

/** What a replica is made with; afterwards it is its own. */
const AT_CREATION = ['storage_type', 'storage_iops', 'storage_throughput'];

/** What RDS does not take in the call that makes a replica, which begins as its source is. */
const NOT_AT_CREATION = ['engine_version', 'parameter_group', 'state', 'reboot_pending'];

/** The replicas, numbered and remote. Numbers above the count are to go, the highest first. */
export function desireReplicas(world: AwsWorld, server: Desired, findings: Beside): readonly Desired[] {
  const { settings, names } = world;
  const count = replicaCount(settings);
  const numbers = count === undefined ? [] : Array.from({ length: count }, (_, index) => index + 1);
  const surplus = count === undefined ? [] : findings.liveReplicas.filter(number => number > count);
  const region = settings.replica_region;
  return [
    ...numbers.map(number => numbered(world, server, number, findings)),
    ...surplus.map(number =>
      absent(
        replicaAddress(number),
        'replica',
        `read replica ${replicaId(names.instance, number)}`,
        replicaAddress(number)
      )
    ),
    ...(region !== undefined && wants('remote-replica', settings) ? [remote(world, server, region, findings)] : [])
  ];
}

function numbered(world: AwsWorld, server: Desired, number: number, { liveReplicas }: Beside): Desired {
  const isLive = liveReplicas.includes(number);
  return replica(world, server, replicaAddress(number), replicaId(world.names.instance, number), isLive, {});
}

function remote(world: AwsWorld, server: Desired, region: string, { replicaKeyArn }: Beside): Desired {
  const { settings } = world;
  const fields = {
    source_arn: { $ref: SERVER, fact: 'arn' },
    ...(settings.replica_subnet_group_name === undefined
      ? {}
      : { subnet_group: unmanaged(settings.replica_subnet_group_name) }),
    ...(settings.storage_encrypted === false
      ? {}
      : { kms_key_id: unmanaged(replicaKeyArn ?? settings.replica_kms_key_id ?? 'alias/aws/rds') })
  };
  const title = remoteReplicaId(world.names.instance, region);
  const made = replica(world, server, replicaAddress(region), title, false, fields);
  // Roles are global; keys and groups live in a region of their own.
  const {
    security_group: _group,
    parameter_group: _parameters,
    performance_insights_kms_key_id: _key,
    ...kept
  } = made.fields;
  return { ...made, fields: kept };
}

function replica(
  world: AwsWorld,
  server: Desired,
  address: string,
  id: string,
  isLive: boolean,
  own: Readonly<Record<string, FieldValue | Wanted>>
): Desired {
  const shared = Object.entries(server.fields).filter(
    ([name]) => SHARED.includes(name) && (isLive || !NOT_AT_CREATION.includes(name))
  );
  const once = Object.entries(server.fields)
    .filter(([name]) => AT_CREATION.includes(name))
    .map(([name, wanted]) => [name, { ...wanted, managed: false }] as const);
  const made = present(world, address, 'replica', `read replica ${id}`, own, { dependsOn: [SERVER], lane: address });
  return { ...made, fields: { ...Object.fromEntries([...shared, ...once]), ...made.fields } };
}
