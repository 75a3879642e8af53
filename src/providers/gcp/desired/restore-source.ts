import { defined } from '../../../engine/defined.ts';
import type { Notice } from '../../../engine/plan.ts';
import type { Value } from '../../../engine/value.ts';
import type { Problem } from '../../../spec/problem.ts';
import { isFailure } from '../../failures.ts';
import { backupsOf, type Backup } from '../api/backups.ts';
import type { InstanceSettings } from '../api/types.ts';
import { instanceName } from '../api/names.ts';
import { flagsFrom, IAM_FLAG, isListed, PREFIX } from '../api/parameters.ts';
import type { PasswordPolicy } from '../api/types.ts';
import type { GcpContext } from '../context.ts';
import { majorIn, majorOf } from '../resources/server/convert.ts';
import type { ServerValues } from '../resources/server/fields.ts';
import { fieldNamed, instanceValues, liveValues } from '../resources/server/values.ts';
import { readInstance } from '../live-state.ts';

/** The source of a new instance's data. Without a time an instance is copied as it is; a `deleted` one needs a time. */
export type RestoreSource =
  | { readonly instance: string; readonly time?: string; readonly deleted?: string }
  | { readonly backup: string; readonly instance: string };

/** A source, and the values that it brings along whatever the inputs say. */
export interface Restore {
  readonly source?: RestoreSource;
  /** Region of the source. A copy of an instance can't be in another. */
  readonly region?: string;
  readonly storageGib?: number;
  /** `POSTGRES_16`. */
  readonly databaseVersion?: string;
  /** The fields of the source: the copy has them where no input names another value. */
  readonly values?: ServerValues;
  /** Those of them that Cloud SQL does not restore, for a new instance. */
  readonly sent?: ServerValues;
  /** What the passwords of the copy have to keep. */
  readonly passwordPolicy?: PasswordPolicy;
  readonly problems: readonly Problem[];
  readonly notices: readonly Notice[];
}

const NOTHING: Restore = { problems: [], notices: [] };

/** Finds the backup or instance to restore from. Where the server exists, nothing is restored, and a notice says so. */
export async function restoreOf(context: GcpContext, exists: boolean): Promise<Restore> {
  const { restore_from_snapshot: backup, restore_source: instance } = context.settings;
  if (backup === undefined && instance === undefined) return NOTHING;
  const input = backup === undefined ? 'restore_source' : 'restore_from_snapshot';
  if (exists) {
    const message = `The database exists, so that \`${input}\` has no effect. To restore again, set another \`name\`.`;
    return { problems: [], notices: [{ code: 'already-restored', severity: 'info', input, message }] };
  }
  const restore = backup === undefined ? await copyOf(context, instance ?? '') : await backupOf(context, backup);
  return { ...restore, problems: [...restore.problems, ...conflicts(context, restore)] };
}

const wrong = (input: string, value: string, why: string, allowed?: string): Restore => ({
  problems: [defined({ input, value, why, allowed })],
  notices: []
});

/** A backup by its name, its id or its description. */
async function backupOf(context: GcpContext, given: string): Promise<Restore> {
  const input = 'restore_from_snapshot';
  const all = await backupsOf(context);
  const isMeant = ({ name, description }: Backup): boolean =>
    name === given || name.endsWith(`/backups/${given}`) || description === given;
  const [found, second] = all.filter(isMeant);
  if (found === undefined) return wrong(input, given, `is not a backup of the project ${context.project}`);
  if (second !== undefined) {
    const names = all.filter(isMeant).map(one => `\`${one.name}\``);
    return wrong(input, given, 'is the description of more than one backup', `one of ${names.join(', ')}`);
  }
  if (found.state !== 'SUCCESSFUL') return wrong(input, given, `is ${(found.state ?? 'unknown').toLowerCase()}`);
  const kept = found.instanceSettings;
  const version = found.databaseVersion ?? kept?.databaseVersion;
  if (version?.startsWith('POSTGRES_') === false) return wrong(input, given, `holds ${version}, not PostgreSQL`);
  return {
    source: { backup: found.name, instance: found.instance ?? '' },
    ...defined({ region: kept?.region }),
    ...broughtBy({ ...kept, databaseVersion: version }),
    ...(kept?.settings === undefined ? {} : { sent: notRestored(context, kept.settings, majorOf(version)) }),
    problems: [],
    notices: []
  };
}

/**
 * A restored backup has the default configuration of backups, and no flags.
 * https://docs.cloud.google.com/sql/docs/postgres/backup-recovery/restore
 */
function notRestored(
  { settings: { parameters } }: GcpContext,
  settings: InstanceSettings,
  major: string | undefined
): ServerValues {
  const asked = Object.keys(flagsFrom(parameters ?? {}, major).values);
  const flags = (settings.databaseFlags ?? []).filter(
    ({ name }) => name !== IAM_FLAG && (parameters === undefined || !isListed(name, asked))
  );
  const isSent = (field: string): boolean =>
    /^settings\.(?:backupConfiguration|databaseFlags)\./.test(fieldNamed(field)?.api ?? '');
  return Object.fromEntries([
    ...Object.entries<Value>(instanceValues({ name: '', settings })).filter(([field]) => isSent(field)),
    ...flags.map(({ name, value = '' }) => [`${PREFIX}${name}`, value] as const)
  ]);
}

async function copyOf(context: GcpContext, given: string): Promise<Restore> {
  const instance = instanceName(given);
  const time = context.settings.restore_to_time ?? 'latest';
  const live = await readInstance(context, instance);
  if (live === undefined) return deletedOf(context, given);
  if (live.databaseVersion?.startsWith('POSTGRES_') !== true) {
    return wrong('restore_source', given, `is ${live.databaseVersion ?? 'unknown'}, not PostgreSQL`);
  }
  if (live.instanceType === 'READ_REPLICA_INSTANCE') {
    return wrong('restore_source', given, 'is a read replica', 'the instance that it follows');
  }
  const place = defined({ region: live.region });
  const brought = { ...place, ...broughtBy(live), problems: [], notices: [] };
  if (time === 'latest') return { source: { instance }, ...brought };
  const window = await recoveryWindow(context, instance);
  if (window === undefined) {
    return wrong(
      'restore_source',
      given,
      'has no point-in-time recovery',
      '`latest`, or a source with point-in-time recovery'
    );
  }
  return timeProblem(time, window) ?? { source: { instance, time: new Date(time).toISOString() }, ...brought };
}

/** A deleted instance can be restored as long as its backups and logs are kept. */
async function deletedOf(context: GcpContext, given: string): Promise<Restore> {
  const instance = instanceName(given);
  const kept = (await backupsOf(context)).filter(one => one.instance === instance && one.instanceDeletionTime);
  const last = kept.toSorted((a, b) => Date.parse(deletionOf(b)) - Date.parse(deletionOf(a)))[0];
  if (last === undefined) return wrong('restore_source', given, `is not an instance of the project ${context.project}`);
  const deleted = deletionOf(last);
  const window = await recoveryWindow(context, instance, deleted);
  if (window === undefined) {
    const why = `was deleted on ${deleted.slice(0, 10)}, and its logs are not kept`;
    return wrong('restore_source', given, why, `its backup instead: \`restore_from_snapshot: ${last.name}\``);
  }
  const asked = context.settings.restore_to_time ?? 'latest';
  const time = asked === 'latest' ? window.latest : new Date(asked).toISOString();
  const region = last.instanceSettings?.region;
  return (
    timeProblem(asked, window) ??
    defined({
      source: { instance, time, deleted },
      region,
      ...broughtBy({ ...last.instanceSettings, databaseVersion: last.databaseVersion }),
      problems: [],
      notices: []
    })
  );
}

const deletionOf = ({ instanceDeletionTime = '' }: Backup): string => instanceDeletionTime;

/** The problem with a time; `undefined` for a time that can be restored. */
function timeProblem(time: string, { earliest, latest }: RecoveryWindow): Restore | undefined {
  if (time === 'latest') return undefined;
  const moment = Date.parse(time);
  if (moment >= Date.parse(earliest) && moment <= Date.parse(latest)) return undefined;
  return wrong('restore_to_time', time, "can't be restored", `from ${earliest} to ${latest}, or \`latest\``);
}

export interface RecoveryWindow {
  readonly earliest: string;
  readonly latest: string;
}

/** The times that an instance can be restored to; `undefined` without point-in-time recovery. */
export async function recoveryWindow(
  { gcp, project }: GcpContext,
  instance: string,
  deleted?: string
): Promise<RecoveryWindow | undefined> {
  const call = { permission: 'cloudsql.instances.get', subject: instance };
  try {
    const times = await gcp.sql<{ readonly earliestRecoveryTime?: string; readonly latestRecoveryTime?: string }>(
      call,
      async (sdk, options) => sdk.instances.getLatestRecoveryTime({ project, instance }, options),
      deleted === undefined ? {} : { query: { sourceInstanceDeletionTime: deleted } }
    );
    const { earliestRecoveryTime: earliest, latestRecoveryTime: latest } = times;
    return earliest === undefined || latest === undefined ? undefined : { earliest, latest };
  } catch (thrown) {
    if (!isFailure(thrown, 'invalid') && !isFailure(thrown, 'not-found')) throw thrown;
    return undefined;
  }
}

function broughtBy({
  databaseVersion,
  settings
}: {
  readonly databaseVersion?: string | undefined;
  readonly settings?: InstanceSettings | undefined;
}): Pick<Restore, 'storageGib' | 'databaseVersion' | 'values' | 'passwordPolicy'> {
  const size = settings?.dataDiskSizeGb;
  const values = settings && liveValues({}, { name: '', settings });
  return defined({
    storageGib: size === undefined ? undefined : Number(size),
    databaseVersion,
    values,
    passwordPolicy: settings?.passwordValidationPolicy
  });
}

function conflicts({ settings, region }: GcpContext, restore: Restore): readonly Problem[] {
  const problems: Problem[] = [];
  const { allocated_storage: size, engine_version: version } = settings;
  const { storageGib: needed, databaseVersion, region: place } = restore;
  if (needed !== undefined && size !== undefined && size < needed) {
    const why = 'is smaller than the disk of the source';
    problems.push({ input: 'allocated_storage', value: String(size), why, allowed: `at least ${needed} GiB` });
  }
  const major = majorOf(databaseVersion);
  if (major !== undefined && version !== undefined && majorIn(version) !== major) {
    const why = 'is not the version of the source';
    problems.push({ input: 'engine_version', value: version, why, allowed: `${major}; upgrade it in a later run` });
  }
  if (settings.restore_source !== undefined && place !== undefined && region !== undefined && place !== region) {
    const why = 'is not the region of the source, and Cloud SQL copies within a region only';
    problems.push({ input: 'gcp_region', value: region, why, allowed: place });
  }
  return problems;
}
