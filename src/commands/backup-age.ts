import type { Notice } from '../engine/plan.ts';
import { ProviderError } from '../errors.ts';
import { ageSeconds, type NewestBackup } from '../providers/newest-backup.ts';
import type { BackupAge } from '../publish/run-result.ts';
import { span } from '../report/labels.ts';
import type { Run } from './command.ts';
import { databaseTime } from './database-time.ts';

/** Begins to read the newest backup, while the run reads the rest. A failure shows in `backupAge`. */
export function readBackup({ session }: Run): () => Promise<NewestBackup | undefined> {
  if (session.target.pullRequest !== undefined) return async () => undefined;
  const reading = session.newestBackup();
  reading.catch(() => undefined);
  return async () => reading;
}

/**
 * Tells how old the newest backup is, without a restore. Costs a call or two. One that may not be read, or fails, is a
 * line of the log. `undefined` for a pull request's database, which has no backups.
 */
export async function backupAge(run: Run, read: ReturnType<typeof readBackup>): Promise<BackupAge | undefined> {
  const { runtime } = run;
  try {
    const backup = await read();
    if (backup === undefined) return undefined;
    if (backup.kind === 'none') {
      runtime.log.info(`No backup: ${backup.why}.`);
      return { kind: 'none', why: backup.why, hint: backup.hint };
    }
    const { at, title } = backup;
    const seconds = ageSeconds(at, databaseTime(run));
    runtime.log.info(`Newest backup: ${span(seconds)} old (${title}, ${at})`);
    return { kind: 'found', at, title, seconds };
  } catch (thrown) {
    if (!(thrown instanceof ProviderError)) throw thrown;
    runtime.log.info(`The age of the newest backup could not be read: ${thrown.message}`);
    return undefined;
  }
}

/** A warning where the newest backup is older than `max_backup_age`, or there is none. */
export function oldBackup({ inputs }: Run, backup: BackupAge | undefined): Notice | undefined {
  const limit = inputs.run.max_backup_age;
  if (limit === undefined || backup === undefined) return undefined;
  const warn = (message: string): Notice => ({
    code: 'old-backup',
    severity: 'warning',
    input: 'max_backup_age',
    message
  });
  if (backup.kind === 'none') return warn(`There is no backup: ${backup.why}. ${backup.hint}`);
  if (backup.seconds <= limit * 60) return undefined;
  return warn(
    `The newest backup is ${span(backup.seconds)} old (${backup.title}), and \`max_backup_age\` is ${span(limit * 60)}.`
  );
}
