import type { OperationTable } from '../../operations.ts';
import type { DigitalOceanContext } from '../context.ts';

const NOT_STOPPED = {
  can: false,
  reason: 'the API has no call for it, and a cluster is billed as long as it exists',
  instead: 'Destroy it to save its cost, after a dump: its backups are gone with it.'
} as const;

/** What DigitalOcean does beyond the fields of a cluster. */
export const operations: OperationTable<DigitalOceanContext> = {
  stop: NOT_STOPPED,
  start: NOT_STOPPED
};
