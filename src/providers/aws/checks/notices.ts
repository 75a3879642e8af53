import type { DBInstance } from '@aws-sdk/client-rds';
import type { Notice } from '../../../engine/plan.ts';
import type { Desired, Observed } from '../../../engine/resource.ts';
import { parameterGroupAddress, SECURITY_GROUP } from '../addresses.ts';
import { textOf, textsOf } from '../../../engine/value.ts';
import { queuedValues } from '../resources/server/convert.ts';
import type { SERVER_FIELDS } from '../resources/server/fields.ts';
import type { AwsContext } from '../context.ts';
import { tenthMore } from '../resources/server/field.ts';
import type { StorageRest } from './storage-change.ts';
import { minuteOf } from '../../maintenance.ts';
import { outdatedFamilies, type Lookups } from '../desired/look-up.ts';
import { othersOn } from '../desired/supporting.ts';
import { nameOf } from '../resources/parameter-group.ts';
import { askedStorage, isRebootPending, REPLACE_REPLICA } from '../resources/server/state.ts';

/** Notices about the server as it is. */
export function liveNotices(
  context: AwsContext,
  live: DBInstance | undefined,
  server: Desired<typeof SERVER_FIELDS>,
  rest: StorageRest
): readonly Notice[] {
  if (live === undefined) return context.settings.master_password === undefined ? [managedPassword] : [];
  return [
    ...pendingNotices(context, live, server),
    ...storageNotices(context, live, rest),
    ...rest.notices,
    ...safetyNotices(context, live),
    ...rotationNotices(context, live),
    ...rebootNotice(context, live),
    ...backupPlanNotices(context, live),
    ...unappliedNotice(live)
  ];
}

const managedPassword: Notice = {
  code: 'managed-password',
  severity: 'info',
  input: 'master_password',
  message: 'No `master_password` is given: RDS creates one, keeps it in Secrets Manager and rotates it.'
};

/** Queued changes that no input asks for: `apply_immediately` would carry them out too. */
function pendingNotices({ options }: AwsContext, live: DBInstance, { fields }: Desired): readonly Notice[] {
  const others = Object.entries(queuedValues(live)).filter(([name]) => fields[name]?.managed !== true);
  if (others.length === 0) return [];
  const list = others.map(([name, value]) => `${name} → ${textOf(value)}`).join(', ');
  return [
    {
      code: 'pending-changes',
      severity: options.applyImmediately ? 'danger' : 'warning',
      message: options.applyImmediately
        ? `Queued by others for the maintenance window: ${list}. \`apply_immediately\` carries that out now, with any change of this plan.`
        : `Queued by others for the maintenance window: ${list}. This plan leaves it there.`
    }
  ];
}

function storageNotices({ settings }: AwsContext, live: DBInstance, { until }: StorageRest): readonly Notice[] {
  const notices: Notice[] = [];
  const { allocated_storage: wanted } = settings;
  const now = live.AllocatedStorage ?? 0;
  const input = 'allocated_storage';
  if (wanted !== undefined && wanted > now && wanted < tenthMore(now)) {
    const message = `RDS grows storage by at least a tenth: ${wanted} GiB becomes ${tenthMore(now)} GiB.`;
    notices.push({ code: 'value-rounded', severity: 'info', input, message });
  }
  if (until !== undefined) {
    const why =
      until === 'optimized'
        ? 'RDS is still optimizing the last one, which takes at least six hours'
        : `RDS takes none for six hours after the last one, so until ${minuteOf(until)}`;
    const message = `The storage change waits: ${why}. Everything else is applied; run the workflow again after that.`;
    notices.push({ code: 'cool-down', severity: 'warning', input, message });
  }
  const asked = askedStorage(live);
  const isShrink = wanted !== undefined && asked !== undefined && wanted < asked && now > tenthMore(wanted);
  if (wanted !== undefined && wanted < now && !(isShrink && (live.MaxAllocatedStorage ?? 0) <= wanted)) {
    const message =
      now <= tenthMore(wanted)
        ? `The storage has ${now} GiB. RDS rounds growth up by a tenth, so \`allocated_storage: ${wanted}\` changes nothing.`
        : `The storage has grown by itself to ${now} GiB and can't shrink, so \`allocated_storage: ${wanted}\` changes nothing.`;
    notices.push({ code: 'storage-grown', severity: 'info', input, message });
  }
  return notices;
}

/** Live values less safe than a new server's, where no input asks for them. */
function safetyNotices({ settings }: AwsContext, live: DBInstance): readonly Notice[] {
  const notices: Notice[] = [];
  const warn = (input: string, message: string): void => {
    notices.push({ code: 'less-safe', severity: 'warning', input, message });
  };
  if (settings.publicly_accessible === undefined && live.PubliclyAccessible === true) {
    warn('publicly_accessible', 'The server has a public address, and no input asks for one.');
  }
  if (settings.storage_encrypted === undefined && live.StorageEncrypted === false) {
    warn('storage_encrypted', 'The storage is not encrypted, and no input says `storage_encrypted: false`.');
  }
  if (settings.backup_retention_period === undefined && live.BackupRetentionPeriod === 0) {
    warn('backup_retention_period', 'Automated backups are off, and no input says `backup_retention_period: 0`.');
  }
  return notices;
}

/** RDS makes a new password at once when it begins to keep one. */
function rotationNotices({ settings }: AwsContext, live: DBInstance): readonly Notice[] {
  if (settings.manage_master_user_password !== true || live.MasterUserSecret !== undefined) return [];
  return [
    {
      code: 'password-rotates',
      severity: 'danger',
      input: 'manage_master_user_password',
      message:
        'The server has a plain password. RDS replaces it at once with one of its own, in Secrets Manager: every client that logs in with the present one is refused from then on. Leave `manage_master_user_password` out to keep it.'
    }
  ];
}

function rebootNotice({ options }: AwsContext, live: DBInstance): readonly Notice[] {
  if (options.allowRestart === true || !isRebootPending(live)) return [];
  return [
    {
      code: 'reboot-required',
      severity: 'warning',
      message:
        'Changed parameters wait for a reboot. Set `allow_restart: true` so that an apply reboots the server, or reboot it yourself.'
    }
  ];
}

/** AWS Backup keeps the automated backups: what the inputs ask for has no effect. */
function backupPlanNotices({ settings }: AwsContext, live: DBInstance): readonly Notice[] {
  if (live.AwsBackupRecoveryPointArn === undefined) return [];
  const asked = [
    ['backup_retention_period', settings.backup_retention_period, live.BackupRetentionPeriod],
    ['backup_window', settings.backup_window, live.PreferredBackupWindow]
  ] as const;
  return asked
    .filter(([, wanted, has]) => wanted !== undefined && wanted !== has)
    .map(([input, wanted, has = 'none']) => ({
      code: 'backup-plan',
      severity: 'warning',
      input,
      message: `A plan of AWS Backup decides the backups of the server (${has}), so \`${input}: ${wanted}\` has no effect. Change the plan in AWS Backup, or take the server out of it.`
    }));
}

/** RDS tried to give the server its parameters, and could not. */
function unappliedNotice({ DBParameterGroups: groups = [] }: DBInstance): readonly Notice[] {
  return groups
    .filter(({ ParameterApplyStatus: status }) => status === 'failed-to-apply')
    .map(({ DBParameterGroupName: name = '' }) => ({
      code: 'parameters-not-applied',
      severity: 'warning',
      message: `RDS could not apply the parameter group ${name}: the server still runs with earlier values. Run \`command: restart\`; the events of the instance say why.`
    }));
}

/** Replicas of ours that no longer follow the server: nothing but another replica helps. */
export function replicationNotices(observed: readonly Observed[]): readonly Notice[] {
  return observed.flatMap(({ facts, ownership, title }): readonly Notice[] => {
    const broken = facts['replication'];
    if (typeof broken !== 'string' || ownership.kind !== 'ours') return [];
    const message = `${title} does not follow the server: ${broken}. ${REPLACE_REPLICA}`;
    return [{ code: 'replication-broken', severity: 'warning', message }];
  });
}

/** A proxy of ours that does not reach the server: its endpoint takes connections, and no query. */
export function proxyNotices(observed: readonly Observed[]): readonly Notice[] {
  return observed.flatMap(({ facts, ownership, title }): readonly Notice[] => {
    const why = facts['unreachable'];
    if (typeof why !== 'string' || ownership.kind !== 'ours') return [];
    const way = why.startsWith('AUTH_FAILURE')
      ? 'Set another `master_password_version`: an apply writes the login into its secret again.'
      : 'Check that the security group of the server lets the proxy in on its port.';
    return [
      {
        code: 'proxy-unavailable',
        severity: 'warning',
        input: 'enable_proxy',
        message: `${title} does not reach the server (${why}). ${way}`
      }
    ];
  });
}

/** Rules in our security group that no input asks for and that this action did not create. They stay. */
export function ruleNotices(observed: readonly Observed[]): readonly Notice[] {
  const rules = textsOf(observed.find(({ address }) => address === SECURITY_GROUP)?.facts['otherRules']);
  if (rules.length === 0) return [];
  const list = rules.length > 5 ? `${rules.slice(0, 5).join('; ')}; and ${rules.length - 5} more` : rules.join('; ');
  const message = `The security group has rules of others, which stay: ${list}.`;
  return [{ code: 'foreign-rules', severity: 'warning', input: 'allowed_cidr_blocks', message }];
}

/** Groups that this database no longer needs and others use: they stay, and their users are named. */
export function sharedGroupNotices(
  context: AwsContext,
  observed: readonly Observed[],
  lookups: Lookups
): readonly Notice[] {
  return outdatedFamilies(context, observed, lookups).flatMap(family => {
    const users = othersOn([...observed, ...lookups.dependents], parameterGroupAddress(family)).map(
      ({ title }) => title
    );
    if (users.length === 0) return [];
    const message =
      `The parameter group ${nameOf(context, family)} is no longer needed and stays: ${users.join(', ')} uses it. ` +
      'Give that a group of its own, and the next apply deletes this one.';
    return [{ code: 'kept-in-use', severity: 'warning' as const, message }];
  });
}
