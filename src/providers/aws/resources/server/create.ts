import type { DBInstance } from '@aws-sdk/client-rds';
import type { Facts, Work } from '../../../../engine/resource.ts';
import type { Value } from '../../../../engine/value.ts';
import { createMembers, instanceFacts, modifyMembers } from './convert.ts';
import { fromList, PASSWORD, tagsIn, toList, versionTag } from '../../api/tags.ts';
import { serverTags, type AwsContext } from '../../context.ts';
import type { RestoreSource } from './field.ts';
import { describeInstance, waitForInstance, retryWhileModifying } from './wait.ts';
import { createTagged } from '../create-tagged.ts';

type Values = Readonly<Record<string, Value>>;

/** A role or a security group made a moment ago is not known to RDS for a minute or two: that long the call is repeated. */
export const PROPAGATION = { also: ['busy'], attempts: 14 } as const;

/** Makes the server, new or from a snapshot or a moment in time, and waits until it can be used. */
export async function createInstance(context: AwsContext, work: Work): Promise<Facts> {
  const id = context.names.instance;
  const source = work.values['source'] as RestoreSource | undefined;
  const tags = { ...serverTags(context, work.mark, tagsIn(work.values)), ...versionTag(work.values) };
  const make =
    source === undefined
      ? async () => createNew(context, work.values, toList(tags))
      : async () => restore(context, work.values, source, toList({ ...tags, ...restoreTags(work.values) }));
  await createTagged(context, `server ${id}`, make, async () =>
    fromList((await describeInstance(context, { id }))?.TagList)
  );
  const live = await waitForInstance(
    context,
    work.execution,
    { id },
    { what: `server ${id}`, usually: usualDuration(work) }
  );
  if (source === undefined) return instanceFacts(live);
  return instanceFacts(await finishRestore(context, work, live));
}

async function createNew(context: AwsContext, values: Values, tags: { Key: string; Value: string }[]): Promise<void> {
  const members = createMembers(values);
  await context.call(
    'rds',
    'CreateDBInstance',
    {
      ...members,
      DBInstanceIdentifier: context.names.instance,
      DBInstanceClass: String(members['DBInstanceClass']),
      Engine: 'postgres',
      Tags: tags
    },
    PROPAGATION
  );
}

/** Members of a create call that the restore calls do not know: they are set in a second call, when the data is there. */
const AFTER_RESTORE: readonly string[] = [
  'engine_version',
  'storage_encrypted',
  'kms_key_id',
  'database_name',
  'master_username',
  'master_password',
  'maintenance_window',
  'max_allocated_storage',
  'monitoring_interval',
  'monitoring_role_arn',
  'enable_performance_insights',
  'performance_insights_retention_period',
  'performance_insights_kms_key_id',
  'database_insights_mode'
];

/** What the snapshot decides; asking for anything else is refused before. */
const INHERITED: readonly string[] = [
  'engine_version',
  'storage_encrypted',
  'kms_key_id',
  'database_name',
  'master_username'
];

async function restore(
  context: AwsContext,
  values: Values,
  source: RestoreSource,
  tags: { Key: string; Value: string }[]
): Promise<void> {
  const members = createMembers(without(values, AFTER_RESTORE));
  const id = context.names.instance;
  if ('snapshot' in source) {
    await context.call(
      'rds',
      'RestoreDBInstanceFromDBSnapshot',
      { ...members, DBInstanceIdentifier: id, DBSnapshotIdentifier: source.snapshot, Tags: tags },
      PROPAGATION
    );
    return;
  }
  const from =
    'backup' in source
      ? { SourceDBInstanceAutomatedBackupsArn: source.backup }
      : { SourceDBInstanceIdentifier: source.instance };
  const moment = source.time === 'latest' ? { UseLatestRestorableTime: true } : { RestoreTime: new Date(source.time) };
  await context.call(
    'rds',
    'RestoreDBInstanceToPointInTime',
    { ...members, ...from, ...moment, TargetDBInstanceIdentifier: id, Tags: tags },
    PROPAGATION
  );
}

/** The restored server still has the old password: the tag says so until it was set, so that the next run goes on if this one is ended. */
function restoreTags(values: Values): Record<string, string> {
  return 'master_password' in values ? { [PASSWORD]: 'pending' } : {};
}

async function finishRestore(context: AwsContext, work: Work, live: DBInstance): Promise<DBInstance> {
  const id = context.names.instance;
  const rest = Object.fromEntries(
    Object.entries(work.values).filter(([name]) => AFTER_RESTORE.includes(name) && !INHERITED.includes(name))
  );
  const members = modifyMembers(rest, live);
  if (Object.keys(members).length === 0) return live;
  await retryWhileModifying(context, work.execution, { id }, async () =>
    context.call(
      'rds',
      'ModifyDBInstance',
      { ...members, DBInstanceIdentifier: id, ApplyImmediately: true },
      PROPAGATION
    )
  );
  const settled = await waitForInstance(
    context,
    work.execution,
    { id },
    { what: `settings of server ${id}`, usually: 'some minutes', now: true }
  );
  await notePassword(context, work.values, settled);
  return settled;
}

/** When the master password was set: writes down its version, and takes away the tag that says it is still another one. */
export async function notePassword(context: AwsContext, values: Values, live: DBInstance): Promise<void> {
  const { DBInstanceArn: arn } = live;
  if (arn === undefined || !('master_password' in values)) return;
  const tags = fromList(live.TagList);
  const version = versionTag(values);
  if (Object.entries(version).some(([key, value]) => tags[key] !== value)) {
    await context.call('rds', 'AddTagsToResource', { ResourceName: arn, Tags: toList(version) });
  }
  if (PASSWORD in tags) await context.call('rds', 'RemoveTagsFromResource', { ResourceName: arn, TagKeys: [PASSWORD] });
}

function without(values: Values, names: readonly string[]): Values {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)));
}

function usualDuration({ values }: Work): string {
  if (values['source'] !== undefined) return '10–40 min, by the amount of data';
  return values['multi_az'] === true ? '15–20 min' : '5–10 min';
}
