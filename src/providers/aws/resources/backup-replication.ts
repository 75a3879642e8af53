import type { DBInstanceAutomatedBackup } from '@aws-sdk/client-rds';
import { defineResource, type FieldTable, type Observed } from '../../../engine/resource.ts';
import { textOf } from '../../../engine/value.ts';
import { BACKUP_REPLICATION, SERVER } from '../addresses.ts';
import { defined } from '../../../engine/defined.ts';
import { orUndefined, ignoring } from '../../failures.ts';
import { TAG_FIELD, fromList, ownershipOf, tagFields, tagsIn, toList } from '../api/tags.ts';
import { tagsFor, type AwsContext } from '../context.ts';
import { retryWhileModifying } from './server/wait.ts';
import { observePart } from '../observe-part.ts';
import { tagRds } from '../api/tagging.ts';

const FIELDS = {
  region: { api: 'Region', input: 'backup_region', impact: 'online', constraint: 'create-only' },
  retention_days: {
    api: 'BackupRetentionPeriod',
    input: 'backup_retention_period',
    impact: 'online',
    constraint: 'create-only',
    hint: 'The retention of replicated backups is chosen once: stop the replication in the console, then apply again.'
  },
  kms_key_id: { api: 'KmsKeyId', input: 'replica_kms_key_id', impact: 'online', constraint: 'create-only' },
  'tags.*': TAG_FIELD
} as const satisfies FieldTable;

/** Copies of the automated backups in another region. */
export const backupReplication = defineResource<AwsContext>()({
  type: 'backup-replication',
  fields: FIELDS,
  permissions: {
    observe: ['rds:DescribeDBInstanceAutomatedBackups'],
    create: [
      'rds:StartDBInstanceAutomatedBackupsReplication',
      'rds:AddTagsToResource',
      'kms:CreateGrant',
      'kms:DescribeKey'
    ],
    update: ['rds:AddTagsToResource', 'rds:RemoveTagsFromResource'],
    delete: ['rds:StopDBInstanceAutomatedBackupsReplication']
  },
  observe: observePart(
    {
      type: 'backup-replication',
      part: 'backup-replication',
      fields: FIELDS,
      places: context => [{ address: BACKUP_REPLICATION, title: title(context) }]
    },
    async context => {
      const region = await regionOf(context);
      const live = region === undefined ? undefined : await describe(context, region);
      return region === undefined || live === undefined ? [] : [observed(context, region, live)];
    }
  ),
  create: async (context, work) => {
    const region = textOf(work.values.region);
    const { retention_days: retention, kms_key_id: key } = work.values;
    // Each try reads first: only this tells a replication that a lost answer began from a busy server.
    const start = async (): Promise<DBInstanceAutomatedBackup | undefined> =>
      (await describe(context, region)) ??
      (
        await context.call(
          'rds',
          'StartDBInstanceAutomatedBackupsReplication',
          {
            SourceDBInstanceArn: sourceArn(context),
            ...(typeof retention === 'number' ? { BackupRetentionPeriod: retention } : {}),
            ...(typeof key === 'string' ? { KmsKeyId: key } : {}),
            Tags: toList(tagsFor(context, work.mark, tagsIn(work.values)))
          },
          { region }
        )
      ).DBInstanceAutomatedBackup;
    const started = await retryWhileModifying(context, work.execution, { id: context.names.instance }, start);
    const arn = started?.DBInstanceAutomatedBackupsArn;
    return defined({ region, arn });
  },
  update: async (context, work) => {
    const { arn, region } = work.observed?.facts ?? {};
    if (typeof arn === 'string' && typeof region === 'string') await tagRds(context, work, arn, { region });
    return {};
  },
  remove: async (context, work) => {
    const region = textOf(work.observed?.facts['region']);
    const stop = async (): Promise<unknown> =>
      context.call(
        'rds',
        'StopDBInstanceAutomatedBackupsReplication',
        { SourceDBInstanceArn: sourceArn(context) },
        { region }
      );
    await ignoring(['not-found'], retryWhileModifying(context, work.execution, { id: context.names.instance }, stop));
  }
});

const title = (context: AwsContext): string => `backups of ${context.names.instance} in another region`;

/** The region asked for, else the one that the server itself names. */
async function regionOf(context: AwsContext): Promise<string | undefined> {
  if (context.settings.backup_region !== undefined) return context.settings.backup_region;
  const known = (await context.liveState().main())?.DBInstanceAutomatedBackupsReplications?.[0];
  return known?.DBInstanceAutomatedBackupsArn?.split(':')[3];
}

async function describe(context: AwsContext, region: string): Promise<DBInstanceAutomatedBackup | undefined> {
  const input = { DBInstanceIdentifier: context.names.instance };
  const answer = await orUndefined(context.call('rds', 'DescribeDBInstanceAutomatedBackups', input, { region }));
  return answer?.DBInstanceAutomatedBackups?.find(
    backup => backup.DBInstanceArn === sourceArn(context) && backup.Status !== 'deleting'
  );
}

function observed(context: AwsContext, region: string, live: DBInstanceAutomatedBackup): Observed<typeof FIELDS> {
  const tags = fromList(live.TagList);
  return {
    address: BACKUP_REPLICATION,
    type: 'backup-replication',
    title: title(context),
    ownership: ownershipOf(tags, context.target),
    fields: {
      ...defined({ region, retention_days: live.BackupRetentionPeriod, kms_key_id: live.KmsKeyId }),
      ...tagFields(tags)
    },
    facts: defined({ region, arn: live.DBInstanceAutomatedBackupsArn }),
    dependsOn: [SERVER],
    concurrencyGroup: BACKUP_REPLICATION
  };
}

function sourceArn({ partition, target, names }: AwsContext): string {
  return `arn:${partition}:rds:${target.region}:${target.account}:db:${names.instance}`;
}
