import type { Settings } from '../../../spec/catalogue.ts';
import { replicaCount } from '../../../spec/spec.ts';

/** What can belong to a database besides its server. */
export const PARTS = [
  'subnet-group',
  'security-group',
  'parameter-group',
  'monitoring-role',
  'log-group',
  'proxy',
  'alarm',
  'remote-replica',
  'backup-replication'
] as const;
export type Part = (typeof PARTS)[number];

/** Inputs whose members become rules of the security group. */
export const RULES = [
  'allowed_cidr_blocks',
  'allowed_security_group_ids',
  'allowed_prefix_list_ids',
  'security_group_rules'
] as const satisfies readonly (keyof Settings)[];

/** Whether the workflow mentions a part at all, to have it or to remove it. */
export function mentions(part: Part, settings: Settings): boolean {
  switch (part) {
    case 'subnet-group':
      return settings.subnet_ids !== undefined;
    case 'security-group':
      return (
        settings.create_security_group !== undefined ||
        settings.vpc_id !== undefined ||
        settings.subnet_ids !== undefined ||
        RULES.some(input => settings[input] !== undefined)
      );
    case 'parameter-group':
      return settings.parameters !== undefined || settings.parameter_group_family !== undefined;
    case 'monitoring-role':
      return settings.enable_enhanced_monitoring !== undefined || settings.monitoring_interval !== undefined;
    case 'log-group':
      return settings.enable_logging !== undefined || settings.enabled_cloudwatch_logs_exports !== undefined;
    case 'proxy':
      return settings.enable_proxy !== undefined;
    case 'alarm':
      return settings.alarms !== undefined;
    case 'remote-replica':
      return settings.replica_region !== undefined;
    case 'backup-replication':
      return settings.backup_region !== undefined;
  }
}

/** Which of the parts the workflow wants. */
export function wants(part: Part, settings: Settings): boolean {
  switch (part) {
    case 'subnet-group':
      return settings.subnet_ids !== undefined && settings.subnet_ids.length > 0;
    case 'security-group':
      return (
        settings.create_security_group ??
        (RULES.some(input => (settings[input] ?? []).length > 0) ||
          (settings.security_group_ids === undefined &&
            (settings.vpc_id !== undefined || (settings.subnet_ids ?? []).length > 0)))
      );
    case 'parameter-group':
      return (
        settings.parameter_group_name === undefined &&
        (settings.parameters !== undefined || settings.parameter_group_family !== undefined)
      );
    case 'monitoring-role':
      return monitoringInterval(settings) > 0 && settings.monitoring_role_arn === undefined;
    case 'log-group':
      return (logExports(settings) ?? []).length > 0;
    case 'proxy':
      return settings.enable_proxy === true;
    case 'alarm':
      return Object.keys(settings.alarms ?? {}).length > 0;
    case 'remote-replica':
      return settings.replica_region !== undefined && replicaCount(settings) !== 0;
    case 'backup-replication':
      return settings.backup_region !== undefined;
  }
}

export function partsAskedFor(settings: Settings): readonly Part[] {
  return PARTS.filter(part => wants(part, settings));
}

/** Seconds between two samples of enhanced monitoring; 0 is off. Switched on without an interval, it is 60. */
export function monitoringInterval(settings: Settings): number {
  if (settings.enable_enhanced_monitoring === false) return 0;
  const interval = settings.monitoring_interval ?? 0;
  return interval === 0 && settings.enable_enhanced_monitoring === true ? 60 : interval;
}

/** The logs to send to CloudWatch; `undefined` when no input says anything. */
export function logExports(settings: Settings): readonly string[] | undefined {
  if (settings.enabled_cloudwatch_logs_exports !== undefined) {
    return settings.enable_logging === false ? [] : [...settings.enabled_cloudwatch_logs_exports].sort();
  }
  if (settings.enable_logging === undefined) return undefined;
  return settings.enable_logging ? ['postgresql', 'upgrade'] : [];
}
