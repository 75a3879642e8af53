import type { Problem } from '../../../spec/problem.ts';
import type { Instance } from '../api/types.ts';
import type { GcpContext } from '../context.ts';
import type { Restore } from '../desired/restore-source.ts';
import { keepsBackups } from '../desired/server.ts';
import { majorOf } from '../resources/server/convert.ts';

/** Cloud SQL keeps instances of other kinds in the same namespace. */
export function kindProblems({ name }: GcpContext, live: Instance | undefined): readonly Problem[] {
  const version = live?.databaseVersion;
  if (version === undefined || majorOf(version) !== undefined) return [];
  return [{ input: 'name', value: name, why: `is an instance of ${version}, not of PostgreSQL` }];
}

/** What the live instance, or its absence, rules out. */
export function liveProblems(context: GcpContext, live: Instance | undefined, restore: Restore): readonly Problem[] {
  return live === undefined ? newProblems(context, restore) : standbyProblems(context, live);
}

/** Without backups there is no standby, and no input says that the standby should go. */
function standbyProblems({ settings, target }: GcpContext, live: Instance): readonly Problem[] {
  const hasStandby = live.settings?.availabilityType === 'REGIONAL' && settings.multi_az === undefined;
  if (keepsBackups(settings) !== false || !hasStandby || target.pullRequest !== undefined) return [];
  const input = settings.enable_backup === false ? 'enable_backup' : 'backup_retention_period';
  const why = 'would leave the instance without the backups that its standby needs';
  return [{ input, value: input === 'enable_backup' ? 'false' : '0', why, allowed: '`multi_az: false` beside it' }];
}

/** Inputs that a new instance can't do without. */
function newProblems({ settings, region }: GcpContext, restore: Restore): readonly Problem[] {
  const problems: Problem[] = [];
  if (region === undefined && restore.region === undefined && restore.problems.length === 0) {
    problems.push({ input: 'gcp_region', why: 'is needed for a new database', allowed: 'such as `europe-west1`' });
  }
  const hasLogin =
    settings.master_password === true ||
    settings.iam_database_authentication_enabled === true ||
    settings.restore_source !== undefined ||
    settings.restore_from_snapshot !== undefined;
  if (!hasLogin) {
    const why = 'is missing: Cloud SQL creates none for a new instance';
    const allowed = 'a secret, or `iam_database_authentication_enabled: true`';
    problems.push({ input: 'master_password', why, allowed });
  }
  return problems;
}
