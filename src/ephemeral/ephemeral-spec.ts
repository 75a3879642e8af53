import type { DatabaseInput, Settings } from '../spec/catalogue.ts';
import type { Spec } from '../spec/spec.ts';
import { serverNameOf } from './names.ts';

export type EphemeralKind = 'database' | 'instance' | 'clone';

/** Settings of a logical database; every other setting is about its server. */
const WITHIN_SERVER: readonly DatabaseInput[] = ['database_name', 'extensions', 'init_sql', 'template_database'];

/** Inputs that find the server and log in to it, or that apply to every kind. */
const FINDING: readonly DatabaseInput[] = [
  'name',
  'base_database',
  'master_username',
  'master_password',
  'aws_region',
  'gcp_project',
  'gcp_region',
  'resource_group_name',
  'location',
  'azure_subscription_id',
  'azure_resource_manager_endpoint',
  'azure_authority_host',
  'digitalocean_region',
  'digitalocean_token',
  'bin_dir',
  'runner_access',
  'runner_access_in_plan',
  'runner_address',
  'runner_address_service',
  'connect_through',
  'login_as'
];

/** Settings that a short-lived server does not need, with those that have no meaning without them. */
export const LASTING: readonly DatabaseInput[] = [
  'backup_location',
  'backup_region',
  'backup_retention_period',
  'backup_window',
  'base_database',
  'confirm_purchase',
  'copy_tags_to_snapshot',
  'create_read_replica',
  'enable_backup',
  'enable_binary_log_backup',
  'final_backup_days',
  'final_snapshot_identifier',
  'geo_redundant_backup',
  'multi_az',
  'num_nodes',
  'read_replica_count',
  'replica_kms_key_id',
  'replica_names',
  'replica_region',
  'replica_subnet_group_name',
  'reserved_instance_count',
  'reserved_offering_id',
  'retain_backups_on_delete',
  'secondary_zone',
  'snapshot_copy_kms_key_id',
  'snapshot_copy_region',
  'snapshot_identifier',
  'snapshot_keep_days',
  'snapshot_share_accounts',
  'standby_availability_zone',
  'template_database',
  'transaction_log_retention_days'
];

/** Inputs that a pull request's own server leaves out. */
function ignoredInputs(kind: 'instance' | 'clone'): readonly DatabaseInput[] {
  return kind === 'clone' ? [...LASTING, 'restore_from_snapshot', 'restore_source', 'restore_to_time'] : LASTING;
}

/** Inputs that were given and have no effect on a pull request's own server. */
export function shortLivedInputs({ settings }: Spec, kind: 'instance' | 'clone'): readonly DatabaseInput[] {
  const ignored: readonly string[] = ignoredInputs(kind).filter(input => kind !== 'clone' || input !== 'base_database');
  const given = (Object.keys(settings) as DatabaseInput[]).filter(input => ignored.includes(input));
  if (settings.enable_deletion_protection === true) given.push('enable_deletion_protection');
  if (settings.skip_final_snapshot === false) given.push('skip_final_snapshot');
  return given;
}

/** The spec of the shared server: found by `base_database`, else by `name`. */
export function baseSpec(spec: Spec): Spec {
  return {
    ...spec,
    name: spec.settings.base_database ?? spec.name,
    settings: without(spec.settings, [...WITHIN_SERVER, 'base_database'])
  };
}

/**
 * The spec of the server next to a pull request's own server: the inputs that find it, and none that would change it.
 */
export function sourceSpec(spec: Spec, baseName: string): Spec {
  const settings = Object.entries(spec.settings).filter(([input]) => FINDING.some(one => one === input));
  return { ...spec, name: baseName, settings: Object.fromEntries(settings) };
}

/** Inputs that were given and are about the shared server, so that they have no effect on a database on it. */
export function serverInputs({ settings }: Spec): readonly DatabaseInput[] {
  const known: readonly string[] = [...WITHIN_SERVER.filter(input => input !== 'database_name'), ...FINDING];
  return (Object.keys(settings) as DatabaseInput[]).filter(input => !known.includes(input));
}

/**
 * The spec of a pull request's own server: named after its number, destroyed without a final snapshot, unprotected,
 * without backups, replicas or a standby. A clone begins with the current data of `base_database` (default: `name`).
 * Pure.
 */
export function ephemeralSpec(
  spec: Spec,
  kind: 'instance' | 'clone',
  pullRequest: number,
  options: { readonly hasPointInTime: boolean }
): Spec {
  const settings: Settings = {
    ...without(spec.settings, ignoredInputs(kind)),
    skip_final_snapshot: true,
    enable_deletion_protection: false,
    backup_retention_period: 0,
    ...(kind === 'instance'
      ? {}
      : {
          restore_source: spec.settings.base_database ?? spec.name,
          ...(options.hasPointInTime ? { restore_to_time: 'latest' } : {})
        })
  };
  return { ...spec, name: serverNameOf(spec.name, pullRequest), settings };
}

/** The settings but for some inputs. */
export function without(settings: Settings, inputs: readonly DatabaseInput[]): Settings {
  return Object.fromEntries(
    Object.entries(settings).filter(([input]) => !(inputs as readonly string[]).includes(input))
  );
}
