import type { Notice } from '../../../engine/plan.ts';
import type { Observed } from '../../../engine/resource.ts';
import { serverTime } from '../../../engine/server-time.ts';
import { LAST_UNMAINTAINED } from '../../../postgres/major.ts';
import type { Instance } from '../api/types.ts';
import { replicaNumbers } from '../../numbered-replicas.ts';
import { replicaAddress } from '../addresses.ts';
import { nameAt } from '../resources/replica.ts';
import { isSharedCore } from '../api/tiers.ts';
import type { GcpContext } from '../context.ts';
import { ignoring, UNREADABLE } from '../../failures.ts';
import { operationsOf } from '../live-state.ts';
import { DEFAULTS, keepsBackups } from '../desired/server.ts';
import { isRunnerRule } from '../../runner-access.ts';
import { addressesOf, isOfBackupPlan, foreignNetworks, plainNetwork, readWindow } from '../resources/server/convert.ts';
import type { Order } from './availability.ts';

/** Most days that a deleted instance keeps its name. */
const NAME_DAYS = 7;

/** Notices on the live instance, or on the new one. */
export async function liveNotices(
  context: GcpContext,
  live: Instance | undefined,
  order: Pick<Order, 'version' | 'tier'>
): Promise<readonly Notice[]> {
  return live === undefined ? newNotices(context, order) : existingNotices(context, live);
}

async function newNotices(
  context: GcpContext,
  { version, tier }: Pick<Order, 'version' | 'tier'>
): Promise<readonly Notice[]> {
  const { settings, name } = context;
  const isCopy = settings.restore_source !== undefined || settings.restore_from_snapshot !== undefined;
  const notices: Notice[] = [];
  if (tier !== undefined && isSharedCore(tier)) {
    const message = `${tier} shares its core: Google promises no availability for it, and needs 30 to 50 minutes to create it.`;
    notices.push({ code: 'shared-core', severity: 'warning', input: 'instance_class', message });
  }
  if (Number(version) <= LAST_UNMAINTAINED && !isCopy) {
    const message = `The PostgreSQL project no longer maintains ${version}: Google charges for its extended support. Set \`engine_version\` to a newer major.`;
    notices.push({ code: 'version-ended', severity: 'warning', input: 'engine_version', message });
  }
  if (settings.publicly_accessible === undefined && settings.vpc_id === undefined && !isCopy) {
    const message =
      'Without `vpc_id` the instance gets a public address. Only `allowed_cidr_blocks` and the Cloud SQL Auth Proxy reach it.';
    notices.push({ code: 'public-address', severity: 'info', input: 'publicly_accessible', message });
  }
  return [...notices, ...(await nameNotices(context, name, 'name'))];
}

/** A notice for each new replica whose name Cloud SQL may keep of a deleted one. */
export async function replicaNameNotices(
  context: GcpContext,
  observed: readonly Observed[]
): Promise<readonly Notice[]> {
  const { settings } = context;
  const numbered = replicaNumbers(settings, observed).wanted.map(number => ['replica_names', number] as const);
  const region = settings.replica_region?.toLowerCase();
  const all = [...numbered, ...(region === undefined ? [] : [['replica_region', region] as const])];
  const missing = all.filter(([, which]) => observed.every(one => one.address !== replicaAddress(which)));
  const found = missing.map(async ([input, which]) =>
    nameNotices(context, nameAt(context, replicaAddress(which)), input)
  );
  return (await Promise.all(found)).flat();
}

/** A notice where Cloud SQL may keep the name of a deleted instance. Another value of `input` leads out. */
async function nameNotices(
  context: GcpContext,
  name: string,
  input: 'name' | 'replica_names' | 'replica_region'
): Promise<readonly Notice[]> {
  const deleted = await deletion(context, name);
  if (deleted === undefined) return [];
  const way = input === 'replica_names' ? 'list another one in' : 'set another';
  const message = `An instance ${name} was deleted on ${deleted.slice(0, 10)}. Cloud SQL may refuse its name for up to ${NAME_DAYS} days: then ${way} \`${input}\`.`;
  return [{ code: 'name-reserved', severity: 'warning', input, message }];
}

/** When an instance of this name was last deleted, within the last week. */
async function deletion(context: GcpContext, name: string): Promise<string | undefined> {
  const asked = context.ask(`operations ${name}`, async () => operationsOf(context, name));
  const all = (await ignoring(UNREADABLE, asked)) ?? [];
  const last = all.find(one => one.operationType === 'DELETE' && one.error === undefined);
  if (last?.insertTime === undefined) return undefined;
  const days = (serverTime(context.execution).getTime() - Date.parse(last.insertTime)) / 86_400_000;
  return days < NAME_DAYS ? last.insertTime : undefined;
}

function existingNotices({ settings }: GcpContext, live: Instance): readonly Notice[] {
  const { allocated_storage: asked } = settings;
  const size = Number(live.settings?.dataDiskSizeGb ?? 0);
  const { ipConfiguration } = live.settings ?? {};
  const foreign = foreignNetworks(live, (settings.allowed_cidr_blocks ?? []).map(plainNetwork)).filter(
    ({ name }) => !isRunnerRule(name)
  );
  const isOpen = foreign.some(one => one.value === '0.0.0.0/0');
  const messages: readonly (Notice | false)[] = [
    asked !== undefined &&
      size > asked && {
        code: 'storage-grown',
        severity: 'info',
        input: 'allocated_storage',
        message: `The disk has ${size} GiB, so that \`allocated_storage: ${asked}\` has no effect. This action never shrinks a disk (performDiskShrink).`
      },
    isOpen &&
      settings.allowed_cidr_blocks === undefined && {
        code: 'less-safe',
        severity: 'warning',
        input: 'allowed_cidr_blocks',
        message:
          'The instance is open to every address (0.0.0.0/0), and no input asks for that. Set `allowed_cidr_blocks`.'
      },
    foreign.length > 0 &&
      settings.allowed_cidr_blocks !== undefined && {
        code: 'foreign-rules',
        severity: isOpen ? 'danger' : 'warning',
        input: 'allowed_cidr_blocks',
        message: `The instance also authorises ${foreign.map(one => one.value).join(', ')}, which this workflow did not add: they stay. Remove them in the Google Cloud console.`
      },
    ipConfiguration?.sslMode === 'ALLOW_UNENCRYPTED_AND_ENCRYPTED' &&
      settings.ssl_mode === undefined && {
        code: 'less-safe',
        severity: 'warning',
        input: 'ssl_mode',
        message:
          'The instance accepts connections without TLS, and no input asks for that. Set `ssl_mode: ENCRYPTED_ONLY`.'
      },
    isOfBackupPlan(live) &&
      [settings.backup_retention_period, settings.backup_window, settings.transaction_log_retention_days].some(
        one => one !== undefined
      ) && {
        code: 'backup-plan',
        severity: 'warning',
        input: 'backup_retention_period',
        message:
          'A plan of the Backup and DR service decides retention and window of the backups: the inputs for these have no effect. Change the plan, or take the instance out of it.'
      },
    live.settings?.connectorEnforcement === 'REQUIRED' && {
      code: 'connectors-only',
      severity: 'info',
      message:
        'The instance takes connections of the Cloud SQL Auth Proxy and of connectors alone: who connects to `host` itself is refused. Allow others in the Google Cloud console, or connect with the proxy.'
    },
    isPrivateServiceConnect(live) && {
      code: 'private-endpoint',
      severity: 'info',
      message: `Only Private Service Connect reaches the instance: ${endpointNeeded(live)}.`
    }
  ];
  return messages.filter(one => one !== false);
}

/** A standby that the inputs leave without backups or log: Cloud SQL takes it, and Google's guide asks for both. */
export function standbyNotices({ settings, target }: GcpContext, live: Instance | undefined): readonly Notice[] {
  const hasStandby = settings.multi_az ?? live?.settings?.availabilityType === 'REGIONAL';
  const isCopy = target.pullRequest !== undefined && settings.multi_az === undefined;
  const keepsNone = keepsBackups(settings) === false;
  if (!hasStandby || isCopy || !(keepsNone || settings.enable_binary_log_backup === false)) return [];
  const input = keepsNone ? 'enable_backup' : 'enable_binary_log_backup';
  const lacks = keepsNone ? 'backups' : 'point-in-time recovery';
  const message = `The instance has a standby and no ${lacks}, which Google advises for one: a standby repeats every mistake. Set \`${input}: true\`.`;
  return [{ code: 'less-safe', severity: 'warning', input, message }];
}

function isPrivateServiceConnect(live: Instance): boolean {
  const { public: open, private: privateHost, dns, endpoint } = addressesOf(live);
  return open === undefined && privateHost === undefined && (dns ?? endpoint) !== undefined;
}

function endpointNeeded({ settings, pscServiceAttachmentLink: attachment }: Instance): string {
  const networks = (settings?.ipConfiguration?.pscConfig?.pscAutoConnections ?? []).flatMap(
    ({ consumerNetwork: network }) => network ?? []
  );
  return networks.length > 0
    ? `the runner has to be in ${networks.join(' or ')}, where Cloud SQL keeps an endpoint`
    : `the runner needs an endpoint for ${attachment ?? 'its service attachment'} and a DNS record for its name`;
}

/** Hours of Cloud SQL's backup window, and of its maintenance window. */
const WINDOW_HOURS = { backup: 4, maintenance: 1 } as const;

/** A notice where the two windows have an hour in common: Cloud SQL runs one operation at a time. */
export function windowNotices({ settings }: GcpContext, live: Instance | undefined): readonly Notice[] {
  const daily = settings.backup_window ?? (live === undefined ? DEFAULTS.backupWindow : undefined);
  const start = daily ?? live?.settings?.backupConfiguration?.startTime;
  const weekly =
    settings.maintenance_window ??
    (live === undefined ? DEFAULTS.maintenanceWindow : readWindow(live.settings?.maintenanceWindow));
  if (settings.backup_window === undefined && settings.maintenance_window === undefined) return [];
  if (keepsBackups(settings) === false || start === undefined || weekly === undefined) return [];
  const backup = minutes(start);
  const maintenance = Number(weekly.slice(4, 6)) * 60;
  const isWithin = (moment: number, from: number, hours: number): boolean => (moment - from + DAY) % DAY < hours * 60;
  if (!isWithin(maintenance, backup, WINDOW_HOURS.backup) && !isWithin(backup, maintenance, WINDOW_HOURS.maintenance)) {
    return [];
  }
  const message = `The backup window (4 hours from ${start.slice(0, 5)}) and the maintenance window (1 hour from ${weekly.slice(0, 9)}) overlap: one waits for the other.`;
  const input = settings.maintenance_window === undefined ? 'backup_window' : 'maintenance_window';
  return [{ code: 'windows-overlap', severity: 'warning', input, message }];
}

const DAY = 1440;

function minutes(clock: string): number {
  return Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));
}
