import type { DBInstanceAutomatedBackup } from '@aws-sdk/client-rds';
import type { FieldTable, Observed, ResourceType } from '../../../engine/resource.ts';
import { textOf } from '../../../engine/value.ts';
import { BACKUP_REPLICATION, SERVER } from '../addresses.ts';
import { defined } from './server/convert.ts';
import { found, settled } from '../../failures.ts';
import { fromList, ownershipOf, tagFields, tagsIn, toList } from '../api/tags.ts';
import { tagsFor, type AwsWorld } from '../context.ts';
import { whenFree } from './server/wait.ts';
import { looking } from '../observe-part.ts';
import { TAG_FIELD, tagRds } from '../api/tagging.ts';

const fields: FieldTable = {
  region: { api: 'Region', input: 'backup_region', impact: 'online', guard: 'create-only' },
  retention_days: {
    api: 'BackupRetentionPeriod',
    input: 'backup_retention_period',
    impact: 'online',
    guard: 'create-only',
    wayOut: 'The retention of replicated backups is chosen once: stop the replication in the console, then apply again.'
  },
  kms_key_id: { api: 'KmsKeyId', input: 'replica_kms_key_id', impact: 'online', guard: 'create-only' },
  'tags.*': TAG_FIELD
};

/** Copies of the automated backups in another region. */
export const backupReplication: ResourceType<AwsWorld> = {
  type: 'backup-replication',
  fields,
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
  observe: looking(
    {
      type: 'backup-replication',
      part: 'backup-replication',
      fields,
      places: world => [{ address: BACKUP_REPLICATION, title: title(world) }]
    },
    async world => {
      const region = await regionOf(world);
      const live = region === undefined ? undefined : await describe(world, region);
      return region === undefined || live === undefined ? [] : [observed(world, region, live)];
    }
  ),
  create: async (world, work) => {
    const region = textOf(work.values['region']);
    const { retention_days: retention, kms_key_id: key } = work.values;
    // A repetition looks first: what a lost answer began is told apart from a busy server in no other way.
    const start = async (): Promise<DBInstanceAutomatedBackup | undefined> =>
      (await describe(world, region)) ??
      (
        await world.call(
          'rds',
          'StartDBInstanceAutomatedBackupsReplication',
          {
            SourceDBInstanceArn: sourceArn(world),
            ...(typeof retention === 'number' ? { BackupRetentionPeriod: retention } : {}),
            ...(typeof key === 'string' ? { KmsKeyId: key } : {}),
            Tags: toList(tagsFor(world, work.mark, tagsIn(work.values)))
          },
          { region }
        )
      ).DBInstanceAutomatedBackup;
    const started = await whenFree(world, work.context, { id: world.names.instance }, start);
    const arn = started?.DBInstanceAutomatedBackupsArn;
    return defined({ region, arn });
  },
  update: async (world, work) => {
    const { arn, region } = work.observed?.facts ?? {};
    if (typeof arn === 'string' && typeof region === 'string') await tagRds(world, work, arn, region);
    return {};
  },
  remove: async (world, work) => {
    const region = textOf(work.observed?.facts['region']);
    const stop = async (): Promise<unknown> =>
      world.call(
        'rds',
        'StopDBInstanceAutomatedBackupsReplication',
        { SourceDBInstanceArn: sourceArn(world) },
        { region }
      );
    await settled(['not-found'], whenFree(world, work.context, { id: world.names.instance }, stop));
  }
};

const title = (world: AwsWorld): string => `backups of ${world.names.instance} in another region`;

/** The region asked for, else the one that the server itself names. */
async function regionOf(world: AwsWorld): Promise<string | undefined> {
  if (world.settings.backup_region !== undefined) return world.settings.backup_region;
  const known = (await world.reading().main())?.DBInstanceAutomatedBackupsReplications?.[0];
  return known?.DBInstanceAutomatedBackupsArn?.split(':')[3];
}

async function describe(world: AwsWorld, region: string): Promise<DBInstanceAutomatedBackup | undefined> {
  const input = { DBInstanceIdentifier: world.names.instance };
  const answer = await found(world.call('rds', 'DescribeDBInstanceAutomatedBackups', input, { region }));
  return answer?.DBInstanceAutomatedBackups?.find(
    backup => backup.DBInstanceArn === sourceArn(world) && backup.Status !== 'deleting'
  );
}

function observed(world: AwsWorld, region: string, live: DBInstanceAutomatedBackup): Observed {
  const tags = fromList(live.TagList);
  return {
    address: BACKUP_REPLICATION,
    type: 'backup-replication',
    title: title(world),
    ownership: ownershipOf(tags, world.target),
    fields: {
      ...defined({ region, retention_days: live.BackupRetentionPeriod, kms_key_id: live.KmsKeyId }),
      ...tagFields(tags)
    },
    facts: defined({ region, arn: live.DBInstanceAutomatedBackupsArn }),
    dependsOn: [SERVER],
    lane: BACKUP_REPLICATION
  };
}

function sourceArn({ partition, target, names }: AwsWorld): string {
  return `arn:${partition}:rds:${target.region}:${target.account}:db:${names.instance}`;
}
