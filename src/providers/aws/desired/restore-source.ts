import { defined } from '../../../engine/defined.ts';
import type { Notice } from '../../../engine/plan.ts';
import type { Problem } from '../../../spec/problem.ts';
import { orUndefined } from '../../failures.ts';
import { instanceId } from '../api/names.ts';
import type { AwsContext } from '../context.ts';
import type { RestoreSource } from '../resources/server/field.ts';

/** Where a new server's data comes from, and what it brings along whatever the inputs say. */
export interface Restore {
  readonly source?: RestoreSource;
  readonly storageGib?: number;
  readonly version?: string;
  readonly problems: readonly Problem[];
  readonly notices: readonly Notice[];
}

const NOTHING: Restore = { problems: [], notices: [] };

/** Looks at what is to be restored. On a server that exists already nothing is, and that is said. */
export async function restoreOf(context: AwsContext, exists: boolean): Promise<Restore> {
  const { restore_from_snapshot: snapshot, restore_source: instance } = context.settings;
  if (snapshot === undefined && instance === undefined) return NOTHING;
  const input = snapshot === undefined ? 'restore_source' : 'restore_from_snapshot';
  if (exists) {
    const message = `The database exists: \`${input}\` made it, or has no effect any more. To restore again choose another \`name\`.`;
    return { problems: [], notices: [{ code: 'already-restored', severity: 'info', input, message }] };
  }
  const restore =
    snapshot === undefined ? await momentOf(context, instance ?? '') : await snapshotOf(context, snapshot);
  return { ...restore, problems: [...restore.problems, ...tooSmall(context, restore)] };
}

async function snapshotOf(context: AwsContext, snapshot: string): Promise<Restore> {
  const answer = await orUndefined(context.call('rds', 'DescribeDBSnapshots', { DBSnapshotIdentifier: snapshot }));
  const live = answer?.DBSnapshots?.[0];
  if (live === undefined) {
    return {
      problems: [{ input: 'restore_from_snapshot', value: snapshot, why: 'does not exist in this region' }],
      notices: []
    };
  }
  if (live.Status !== 'available') {
    return {
      problems: [
        { input: 'restore_from_snapshot', value: snapshot, why: `is ${live.Status ?? 'unknown'}, not available` }
      ],
      notices: []
    };
  }
  if (live.Engine !== undefined && live.Engine !== 'postgres') {
    return {
      problems: [{ input: 'restore_from_snapshot', value: snapshot, why: `holds ${live.Engine}, not PostgreSQL` }],
      notices: []
    };
  }
  return { source: { snapshot }, ...broughtBy(live), problems: [], notices: [] };
}

async function momentOf(context: AwsContext, instance: string): Promise<Restore> {
  const id = instanceId(instance);
  const time = context.settings.restore_to_time ?? 'latest';
  const [live, backups] = await Promise.all([
    orUndefined(context.call('rds', 'DescribeDBInstances', { DBInstanceIdentifier: id })),
    orUndefined(context.call('rds', 'DescribeDBInstanceAutomatedBackups', { DBInstanceIdentifier: id }))
  ]);
  const source = live?.DBInstances?.[0];
  const backup = backups?.DBInstanceAutomatedBackups?.[0];
  if (source === undefined && backup?.DBInstanceAutomatedBackupsArn === undefined) {
    return {
      problems: [
        { input: 'restore_source', value: instance, why: 'does not exist in this region, nor do backups of it' }
      ],
      notices: []
    };
  }
  if (source !== undefined && (source.BackupRetentionPeriod ?? 0) === 0) {
    return { problems: [{ input: 'restore_source', value: instance, why: 'keeps no automated backups' }], notices: [] };
  }
  const latest = source?.LatestRestorableTime ?? backup?.RestoreWindow?.LatestTime;
  const earliest = backup?.RestoreWindow?.EarliestTime;
  if (time !== 'latest') {
    const moment = new Date(time).getTime();
    const late = latest !== undefined && moment > latest.getTime();
    const early = earliest !== undefined && moment < earliest.getTime();
    if (late || early) {
      const from = earliest?.toISOString() ?? 'its first backup';
      const allowed = `from ${from} to ${latest?.toISOString() ?? 'now'}, or \`latest\``;
      return { problems: [{ input: 'restore_to_time', value: time, why: "can't be restored", allowed }], notices: [] };
    }
  }
  const from: RestoreSource =
    source === undefined ? { backup: backup?.DBInstanceAutomatedBackupsArn ?? '', time } : { instance: id, time };
  return { source: from, ...broughtBy(source ?? backup ?? {}), problems: [], notices: [] };
}

function broughtBy(live: {
  readonly AllocatedStorage?: number | undefined;
  readonly EngineVersion?: string | undefined;
}): Pick<Restore, 'storageGib' | 'version'> {
  return defined({ storageGib: live.AllocatedStorage, version: live.EngineVersion });
}

function tooSmall(context: AwsContext, { storageGib: needed }: Restore): readonly Problem[] {
  const size = context.settings.allocated_storage;
  if (needed === undefined || size === undefined || size >= needed) return [];
  return [
    {
      input: 'allocated_storage',
      value: String(size),
      why: 'is less than what is restored has',
      allowed: `at least ${needed} GiB`
    }
  ];
}
