import { GIVEN_PASSWORD, type OperationTable } from '../../operations.ts';
import type { AzureContext } from '../context.ts';
import { READ_ACTIVITY } from '../api/activity-log.ts';
import { SERVERS } from '../live-state.ts';
import { promote, READ_ENDPOINTS, READ_METRICS, switchover } from './promote.ts';
import { start, stop } from './power.ts';
import { failover, restart } from './restart.ts';

/** What Flexible Server does beyond the fields of a server. */
export const operations: OperationTable<AzureContext> = {
  stop: {
    can: true,
    note: 'with its replicas; Azure starts it again after 7 days',
    permissions: [`${SERVERS}/stop/action`],
    draft: stop
  },
  start: { can: true, note: 'replicas first', permissions: [`${SERVERS}/start/action`], draft: start },
  restart: { can: true, permissions: [`${SERVERS}/restart/action`, READ_ACTIVITY], draft: restart },
  failover: {
    can: true,
    note: 'to the standby, planned or forced',
    permissions: [`${SERVERS}/restart/action`, `${SERVERS}/write`, READ_ACTIVITY],
    draft: failover
  },
  promote: {
    can: true,
    note: 'a read replica of this or another region, planned or forced (`failover_mode`)',
    permissions: [`${SERVERS}/write`, `${SERVERS}/read`, READ_METRICS],
    draft: promote
  },
  switchover: {
    can: true,
    note: 'with the reader of a virtual endpoint',
    permissions: [`${SERVERS}/write`, `${SERVERS}/read`, READ_ENDPOINTS, READ_METRICS],
    draft: switchover
  },
  rotate: GIVEN_PASSWORD,
  maintenance: {
    can: false,
    reason: 'Azure announces maintenance in Service Health, and its API has no call to show it, apply it or put it off',
    instead: 'Apply `maintenance_window`: it holds from the next monthly maintenance on.'
  }
};
