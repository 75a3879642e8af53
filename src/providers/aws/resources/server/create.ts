import type { DBInstance } from '@aws-sdk/client-rds';
import { asUnfinished, type Mark } from '../../../../engine/ownership.ts';
import type { CreationWork, Facts, Work } from '../../../../engine/resource.ts';
import { createMembers, instanceFacts, modifyMembers } from './convert.ts';
import { fromList, markOf, tagsIn, toList, UNFINISHED, versionTag, type Tag } from '../../api/tags.ts';
import { serverTags, type AwsContext } from '../../context.ts';
import type { InstanceField, RestoreSource } from './field.ts';
import { SERVER_ENTRIES, type SERVER_FIELDS, type ServerValues } from './fields.ts';
import { describeInstance, waitForInstance, retryWhileModifying } from './wait.ts';
import { createTagged } from '../create-tagged.ts';
import { logExports } from '../../desired/parts.ts';
import { makeLogGroups } from '../instance-logs.ts';

/** RDS needs a minute or two to find a new role or security group: the call is repeated for that long. */
export const PROPAGATION = { also: ['busy'], attempts: 14 } as const;

/** Creates the server, empty or from a snapshot or a moment in time, and waits until it is usable. */
export async function createInstance(context: AwsContext, work: CreationWork<typeof SERVER_FIELDS>): Promise<Facts> {
  const id = context.names.instance;
  const source = work.values.source as RestoreSource | undefined;
  const tags = toList({
    ...serverTags(context, markOfNew(work), tagsIn(work.values)),
    ...versionTag(work.values)
  });
  const make =
    source === undefined
      ? async () => createNew(context, work.values, tags)
      : async () => restore(context, work.values, source, tags);
  if (logExports(context.settings) === undefined) {
    await makeLogGroups(context, { id }, work.values.enabled_cloudwatch_logs_exports, work.mark);
  }
  await createTagged(context, work, `server ${id}`, make, async () =>
    fromList((await describeInstance(context, { id }))?.TagList)
  );
  const live = await waitForInstance(
    context,
    work.execution,
    { id },
    { what: `server ${id}`, usually: usualDuration(work.values), isNew: true }
  );
  if (source === undefined) return instanceFacts(live);
  return instanceFacts(await finishRestore(context, work, live));
}

async function createNew(context: AwsContext, values: ServerValues, tags: Tag[]): Promise<void> {
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

async function restore(context: AwsContext, values: ServerValues, source: RestoreSource, tags: Tag[]): Promise<void> {
  const members = createMembers(valuesOf(values, ({ restore: when }) => when === undefined));
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

/** A restored server has the old password, and is unfinished until the new one is set. */
function markOfNew({ values, mark }: Pick<Work<typeof SERVER_FIELDS>, 'values' | 'mark'>): Mark {
  return values.source !== undefined && 'master_password' in values ? asUnfinished(mark) : mark;
}

async function finishRestore(
  context: AwsContext,
  work: Work<typeof SERVER_FIELDS>,
  live: DBInstance
): Promise<DBInstance> {
  const id = context.names.instance;
  const members = modifyMembers(
    valuesOf(work.values, ({ restore: when }) => when === 'afterwards'),
    live
  );
  if (Object.keys(members).length === 0) return live;
  await retryWhileModifying(context, work.execution, { id }, async () =>
    context.call(
      'rds',
      'ModifyDBInstance',
      { ...members, DBInstanceIdentifier: id, ApplyImmediately: true },
      PROPAGATION
    )
  );
  const created = await waitForInstance(
    context,
    work.execution,
    { id },
    { what: `settings of server ${id}`, usually: 'some minutes', now: true }
  );
  await notePassword(context, work.values, created);
  return created;
}

/**
 * After the master password was set: writes its version as a tag, and takes from the mark that the server is
 * unfinished.
 */
export async function notePassword(context: AwsContext, values: ServerValues, live: DBInstance): Promise<void> {
  const { DBInstanceArn: arn } = live;
  if (arn === undefined || !('master_password' in values)) return;
  const tags = fromList(live.TagList);
  const version = versionTag(values);
  if (Object.entries(version).some(([key, value]) => tags[key] !== value)) {
    await context.call('rds', 'AddTagsToResource', { ResourceName: arn, Tags: toList(version) });
  }
  if (markOf(tags)?.unfinished === true) {
    await context.call('rds', 'RemoveTagsFromResource', { ResourceName: arn, TagKeys: [UNFINISHED] });
  }
}

/** The values of the fields that `includes` accepts. */
function valuesOf(values: ServerValues, includes: (field: InstanceField) => boolean): ServerValues {
  return Object.fromEntries(
    SERVER_ENTRIES.flatMap(([name, field]) => {
      const value = values[name];
      return value === undefined || !includes(field) ? [] : [[name, value] as const];
    })
  );
}

function usualDuration(values: ServerValues): string {
  if (values.source !== undefined) return '10–40 min, by the amount of data';
  return values.multi_az === true ? '15–20 min' : '5–10 min';
}
