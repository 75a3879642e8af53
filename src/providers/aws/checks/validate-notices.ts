import ipaddr from 'ipaddr.js';
import type { Notice } from '../../../engine/plan.ts';
import { LAST_UNMAINTAINED } from '../../../postgres/major.ts';
import type { Spec } from '../../../spec/spec.ts';
import { majorOf } from '../live-state.ts';
import { rdsParameter } from '../api/parameters.ts';
import { monitoringInterval, RULES, wants } from '../desired/parts.ts';
import { peersOf } from '../resources/security-rules.ts';

/** Notices for the author of the workflow, from the inputs alone. */
export function validationNotices(spec: Spec): readonly Notice[] {
  return [...mappings(spec), ...risks(spec)];
}

function mappings({ settings }: Spec): readonly Notice[] {
  const notices: Notice[] = [];
  const note = (code: string, input: string, message: string): void => {
    notices.push({ code, severity: 'info', input, message });
  };
  if (settings.enable_enhanced_monitoring === true && (settings.monitoring_interval ?? 0) === 0) {
    note(
      'value-mapped',
      'monitoring_interval',
      `\`enable_enhanced_monitoring\` without an interval samples every ${monitoringInterval(settings)} s.`
    );
  }
  const { proxy_config: pool, enable_proxy: isPooling } = settings;
  if (isPooling === true && pool?.pool_mode !== undefined) {
    const how =
      pool.pool_mode === 'session'
        ? 'RDS Proxy shares connections between transactions; a client keeps one for a session when it changes the session'
        : 'RDS Proxy always works so';
    note(
      pool.pool_mode === 'transaction' ? 'value-mapped' : 'value-ignored',
      'proxy_config',
      `\`pool_mode: ${pool.pool_mode}\`: ${how}.`
    );
  }
  if (isPooling === true && pool?.max_client_conn !== undefined) {
    note(
      'value-ignored',
      'proxy_config',
      '`max_client_conn` has no counterpart: RDS Proxy does not limit the number of clients.'
    );
  }
  if (isPooling === true && pool?.default_pool_size !== undefined) {
    const percent = connectionsPercent(pool.default_pool_size, settings.parameters?.['max_connections']);
    if (percent === undefined) {
      note(
        'value-ignored',
        'proxy_config',
        '`default_pool_size` is a share of `max_connections` on RDS Proxy: set that parameter too, so that the share can be computed.'
      );
    } else {
      note(
        'value-mapped',
        'proxy_config',
        `\`default_pool_size: ${pool.default_pool_size}\` becomes ${percent} % of \`max_connections\`.`
      );
    }
  }
  const major = settings.engine_version === undefined ? 17 : majorOf(settings.engine_version);
  for (const [name, value] of Object.entries(settings.parameters ?? {})) {
    const read = rdsParameter(name, value, major);
    for (const remark of read.ok ? read.remarks : []) note('value-mapped', 'parameters', remark);
  }
  if (settings.skip_final_snapshot === true && settings.final_snapshot_identifier !== undefined) {
    note(
      'value-ignored',
      'final_snapshot_identifier',
      '`final_snapshot_identifier` has no effect with `skip_final_snapshot: true`.'
    );
  }
  if (settings.enable_backup_encryption === false && settings.storage_encrypted !== false) {
    note(
      'value-ignored',
      'enable_backup_encryption',
      'RDS encrypts backups exactly when it encrypts their database: `enable_backup_encryption: false` has no effect.'
    );
  }
  for (const input of RULES) {
    if (settings.create_security_group !== false || (settings[input] ?? []).length === 0) continue;
    note('value-ignored', input, `\`${input}\` needs a security group of its own: \`create_security_group\` is false.`);
  }
  return notices;
}

function risks({ settings }: Spec): readonly Notice[] {
  const notices: Notice[] = [];
  const networks = wants('security-group', settings) ? (settings.allowed_cidr_blocks ?? []) : [];
  const rules = wants('security-group', settings) ? (settings.security_group_rules ?? []) : [];
  const open = [
    ['allowed_cidr_blocks', networks],
    ['security_group_rules', rules.flatMap(rule => (rule.type === 'ingress' ? peersOf(rule) : []))]
  ] as const;
  for (const [input, sources] of open) {
    const everyone = sources.find(network => network === '0.0.0.0/0' || network === '::/0');
    if (everyone === undefined) continue;
    const severity = settings.publicly_accessible === true ? 'danger' : 'warning';
    notices.push({ code: 'public-exposure', severity, input, message: `\`${input}\` lets everyone in (${everyone}).` });
  }
  if (settings.publicly_accessible === true && networks.length > 0 && networks.every(isPrivate)) {
    notices.push({
      code: 'contradiction',
      severity: 'warning',
      input: 'publicly_accessible',
      message:
        '`publicly_accessible` gives a public address, and `allowed_cidr_blocks` lets only private networks in: no client outside reaches it.'
    });
  }
  const isPaid = settings.engine_lifecycle_support === 'open-source-rds-extended-support';
  if (settings.engine_version !== undefined && majorOf(settings.engine_version) <= LAST_UNMAINTAINED && !isPaid) {
    notices.push({
      code: 'extended-support',
      severity: 'warning',
      input: 'engine_version',
      message: `RDS ends its standard support of PostgreSQL ${majorOf(settings.engine_version)} some months after the community. From then on it creates no new servers of this major and upgrades existing ones, unless \`engine_lifecycle_support\` asks for Extended Support, which is billed by the hour.`
    });
  }
  if ((settings.master_username ?? '').length > 16) {
    notices.push({
      code: 'long-username',
      severity: 'warning',
      input: 'master_username',
      message:
        'The API description of RDS allows 16 characters in `master_username`, PostgreSQL 63: RDS decides at creation.'
    });
  }
  if (settings.storage_type?.toLowerCase() === 'standard') {
    notices.push({
      code: 'legacy',
      severity: 'warning',
      input: 'storage_type',
      message: 'Magnetic storage is legacy: gp3 is faster and cheaper.'
    });
  }
  if (settings.alarms?.connections !== undefined && settings.alarms.connections.threshold === undefined) {
    notices.push({
      code: 'alarm-threshold',
      severity: 'info',
      input: 'alarms',
      message:
        'The alarm on connections fires above 80 connections, a count and not a percentage: give it a `threshold` that fits the class.'
    });
  }
  return notices;
}

/** A pool of so many connections as a share of all; `undefined` when the number of all is not known. */
export function connectionsPercent(pool: number, all: string | undefined): number | undefined {
  const total = Number(all);
  return all === undefined || !(total > 0) ? undefined : Math.min(100, Math.max(1, Math.round((pool / total) * 100)));
}

function isPrivate(network: string): boolean {
  const [address = ''] = network.split('/');
  const range = ipaddr.isValid(address) ? ipaddr.parse(address).range() : '';
  return range === 'private' || range === 'uniqueLocal' || range === 'carrierGradeNat';
}
