import type { Desired, Wanted } from '../../../engine/resource.ts';
import type { FieldValue } from '../../../engine/value.ts';
import { replicaCount } from '../../../spec/spec.ts';
import { replicaAddress, SERVER } from '../addresses.ts';
import { remoteReplicaId, replicaId } from '../api/names.ts';
import type { AwsContext } from '../context.ts';
import type { Supporting } from './supporting.ts';
import { wants } from './parts.ts';
import { ensureAbsent, ensure, onCreateOnly } from '../../desired-resources.ts';

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
export function desireReplicas(context: AwsContext, server: Desired, findings: Supporting): readonly Desired[] {
  const { settings, names } = context;
  const count = replicaCount(settings);
  const numbers = count === undefined ? [] : Array.from({ length: count }, (_, index) => index + 1);
  const surplus = count === undefined ? [] : findings.liveReplicas.filter(number => number > count);
  const region = settings.replica_region;
  return [
    ...numbers.map(number => numbered(context, server, number, findings)),
    ...surplus.map(number =>
      ensureAbsent(
        replicaAddress(number),
        'replica',
        `read replica ${replicaId(names.instance, number)}`,
        replicaAddress(number)
      )
    ),
    ...(region !== undefined && wants('remote-replica', settings) ? [remote(context, server, region, findings)] : [])
  ];
}

function numbered(context: AwsContext, server: Desired, number: number, { liveReplicas }: Supporting): Desired {
  const isLive = liveReplicas.includes(number);
  return replica(context, server, replicaAddress(number), replicaId(context.names.instance, number), isLive, {});
}

function remote(context: AwsContext, server: Desired, region: string, { replicaKeyArn }: Supporting): Desired {
  const { settings } = context;
  const fields = {
    source_arn: { $ref: SERVER, fact: 'arn' },
    ...(settings.replica_subnet_group_name === undefined
      ? {}
      : { subnet_group: onCreateOnly(settings.replica_subnet_group_name) }),
    ...(settings.storage_encrypted === false
      ? {}
      : { kms_key_id: onCreateOnly(replicaKeyArn ?? settings.replica_kms_key_id ?? 'alias/aws/rds') })
  };
  const title = remoteReplicaId(context.names.instance, region);
  const made = replica(context, server, replicaAddress(region), title, false, fields);
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
  context: AwsContext,
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
  const made = ensure(context, address, 'replica', `read replica ${id}`, own, {
    dependsOn: [SERVER],
    concurrencyGroup: address
  });
  return { ...made, fields: { ...Object.fromEntries([...shared, ...once]), ...made.fields } };
}
