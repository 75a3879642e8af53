import { ActionError } from '../../errors.ts';
import type { Snapshot } from '../provider.ts';

/** Throws `unsupported`: DigitalOcean takes no snapshots of databases. */
export async function takeSnapshot(): Promise<Snapshot> {
  throw new ActionError('Could not take a snapshot: DigitalOcean has no snapshots of databases', {
    code: 'unsupported',
    source: 'user',
    hint: 'Rely on the daily backups, kept for seven days, or run `pg_dump` with the outputs of this action.'
  });
}
