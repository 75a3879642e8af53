import type { DBInstance } from '@aws-sdk/client-rds';
import type { Notice } from '../../../engine/plan.ts';
import type { Desired } from '../../../engine/resource.ts';
import { textOf } from '../../../engine/value.ts';
import { queuedValues } from '../resources/server/convert.ts';
import type { AwsContext } from '../context.ts';
import { tenthMore } from '../resources/server/field.ts';
import { storageAfter } from './storage-change.ts';
import { isRebootPending } from '../resources/server/state.ts';

/** What is to be said about the server as it is. */
export function liveNotices(context: AwsContext, live: DBInstance | undefined, server: Desired): readonly Notice[] {
  if (live === undefined) return context.settings.master_password === undefined ? [managedPassword] : [];
  return [
    ...pendingNotices(context, live, server),
    ...storageNotices(context, live),
    ...safetyNotices(context, live),
    ...rebootNotice(context, live)
  ];
}

const managedPassword: Notice = {
  code: 'managed-password',
  severity: 'info',
  input: 'master_password',
  message: 'No `master_password` is given: RDS makes one, keeps it in Secrets Manager and changes it by itself.'
};

/** Somebody else's queued changes: `apply_immediately` would set them off too. */
function pendingNotices({ options }: AwsContext, live: DBInstance, server: Desired): readonly Notice[] {
  const others = Object.entries(queuedValues(live)).filter(([name]) => server.fields[name]?.managed !== true);
  if (others.length === 0) return [];
  const list = others.map(([name, value]) => `${name} → ${textOf(value)}`).join(', ');
  return [
    {
      code: 'pending-changes',
      severity: options.applyImmediately ? 'danger' : 'warning',
      message: options.applyImmediately
        ? `Queued by somebody for the maintenance window: ${list}. \`apply_immediately\` carries that out now, with any change of this plan.`
        : `Queued by somebody for the maintenance window: ${list}. This plan leaves it there.`
    }
  ];
}

function storageNotices({ settings }: AwsContext, live: DBInstance): readonly Notice[] {
  const notices: Notice[] = [];
  const { allocated_storage: wanted } = settings;
  const now = live.AllocatedStorage ?? 0;
  const input = 'allocated_storage';
  if (wanted !== undefined && wanted > now && wanted < tenthMore(now)) {
    const message = `RDS grows storage by a tenth at least: ${wanted} GiB becomes ${tenthMore(now)} GiB.`;
    notices.push({ code: 'value-rounded', severity: 'info', input, message });
  }
  const changed = storageAfter(settings, live) !== undefined;
  if (changed && live.DBInstanceStatus === 'storage-optimization') {
    notices.push({
      code: 'cool-down',
      severity: 'warning',
      input,
      message:
        'The storage was changed a short while ago: RDS takes the next change of it when `storage-optimization` is over, after six hours at least.'
    });
  }
  if (wanted !== undefined && wanted < now && (live.MaxAllocatedStorage ?? 0) > wanted) {
    const message = `The storage has grown by itself to ${now} GiB: \`allocated_storage: ${wanted}\` is where it began.`;
    notices.push({ code: 'storage-grown', severity: 'info', input, message });
  } else if (wanted !== undefined && wanted < now && now <= tenthMore(wanted)) {
    const message = `The storage has ${now} GiB. RDS rounds what it grows up by a tenth, so \`allocated_storage: ${wanted}\` is taken as that.`;
    notices.push({ code: 'storage-grown', severity: 'info', input, message });
  }
  return notices;
}

/** Live values less safe than what a new server would get, where no input says that this is meant. */
function safetyNotices({ settings }: AwsContext, live: DBInstance): readonly Notice[] {
  const notices: Notice[] = [];
  const warn = (input: string, message: string): void => {
    notices.push({ code: 'less-safe', severity: 'warning', input, message });
  };
  if (settings.publicly_accessible === undefined && live.PubliclyAccessible === true) {
    warn('publicly_accessible', 'The server has a public address, and no input says that it should.');
  }
  if (settings.storage_encrypted === undefined && live.StorageEncrypted === false) {
    warn('storage_encrypted', 'The storage is not encrypted, and no input says that it need not be.');
  }
  if (settings.backup_retention_period === undefined && live.BackupRetentionPeriod === 0) {
    warn('backup_retention_period', 'Automated backups are off, and no input says that they should be.');
  }
  return notices;
}

function rebootNotice({ options }: AwsContext, live: DBInstance): readonly Notice[] {
  if (options.allowRestart === true || !isRebootPending(live)) return [];
  return [
    {
      code: 'reboot-required',
      severity: 'warning',
      message:
        'Changed parameters wait for a reboot. Set `allow_restart: true` to let an apply do it, or reboot the server when it suits.'
    }
  ];
}
