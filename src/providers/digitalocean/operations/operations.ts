import type { OperationTable } from '../../operations.ts';
import type { DigitalOceanContext } from '../context.ts';
import { maintenance } from './maintenance.ts';
import { promote } from './promote.ts';
import { rotate } from './rotate.ts';

const NOT_STOPPED = {
  can: false,
  reason: 'the API has no call for it, and a cluster is billed as long as it exists',
  instead: 'Destroy it to save its cost, after a dump: its backups are gone with it.'
} as const;

const NOT_RESTARTED = {
  can: false,
  reason: 'the API has no call for it, and a standby is promoted by DigitalOcean when its primary fails',
  instead: 'A resize or an update rolls through the nodes of a cluster with a standby (`num_nodes: 2`).'
} as const;

/** What DigitalOcean does beyond the fields of a cluster. */
export const operations: OperationTable<DigitalOceanContext> = {
  stop: NOT_STOPPED,
  start: NOT_STOPPED,
  restart: NOT_RESTARTED,
  failover: NOT_RESTARTED,
  promote: {
    can: true,
    note: 'a read replica of this or another region; no figure of its lag',
    permissions: ['database:update', 'tag:create', 'tag:delete'],
    draft: promote
  },
  switchover: {
    can: false,
    reason: 'a promoted replica never follows a cluster again',
    instead: 'Stop the writers, wait until the replica has everything, and run `command: promote`.'
  },
  rotate: {
    can: true,
    note: 'of the user in the outputs; the old password ends at once',
    permissions: ['database:update', 'database:view_credentials', 'tag:create', 'tag:delete'],
    draft: rotate
  },
  maintenance: {
    can: true,
    note: 'installs waiting updates now; it puts none off',
    permissions: ['database:update'],
    draft: maintenance
  }
};
