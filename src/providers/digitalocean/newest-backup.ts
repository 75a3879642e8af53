import { newestOf, type NewestBackup } from '../newest-backup.ts';
import type { DigitalOceanContext } from './context.ts';

/** The newest of the daily backups. DigitalOcean restores moments between them, and does not say up to which. */
export async function newestBackup(context: DigitalOceanContext): Promise<NewestBackup> {
  const live = await context.live();
  const name = context.target.name;
  const answer =
    live === undefined
      ? undefined
      : await context.api.rest<{ readonly backups?: readonly { readonly created_at: string }[] | null }>(
          'GET',
          `/databases/${live.id}/backups`
        );
  const newest = newestOf(answer?.backups ?? [], ({ created_at: time }) => time);
  if (newest === undefined) {
    return {
      kind: 'none',
      why: `DigitalOcean has not finished the first backup of ${name}`,
      hint: 'Run this step again in an hour.'
    };
  }
  const at = newest.created_at;
  return {
    kind: 'found',
    at: new Date(at).toISOString(),
    title: `the backup of ${at}`,
    restore: { restore_source: name, restore_to_time: at }
  };
}
