import { GIVEN_PASSWORD, type OperationTable } from '../../operations.ts';
import type { GcpContext } from '../context.ts';
import { maintenance } from './maintenance.ts';
import { promote, switchover } from './promote.ts';
import { start, stop } from './power.ts';
import { failover, restart } from './restart.ts';

/** What Cloud SQL does beyond the fields of an instance. */
export const operations: OperationTable<GcpContext> = {
  stop: {
    can: true,
    note: 'stays stopped until it is started',
    permissions: ['cloudsql.instances.update'],
    draft: stop
  },
  start: { can: true, permissions: ['cloudsql.instances.update'], draft: start },
  restart: { can: true, permissions: ['cloudsql.instances.restart'], draft: restart },
  failover: {
    can: true,
    note: 'to the standby of a regional instance',
    permissions: ['cloudsql.instances.failover'],
    draft: failover
  },
  promote: {
    can: true,
    note: 'a read replica of this or another region',
    permissions: [
      'cloudsql.instances.promoteReplica',
      'cloudsql.instances.get',
      'cloudsql.instances.update',
      'monitoring.timeSeries.list'
    ],
    draft: promote
  },
  switchover: {
    can: true,
    note: 'with the disaster recovery replica of an Enterprise Plus instance',
    // A switchover has no permission of its own.
    permissions: [
      'cloudsql.instances.promoteReplica',
      'cloudsql.instances.get',
      'cloudsql.instances.update',
      'monitoring.timeSeries.list'
    ],
    draft: switchover
  },
  rotate: GIVEN_PASSWORD,
  maintenance: {
    can: true,
    note: 'begins it now, or moves it by a week or to a time',
    permissions: ['cloudsql.instances.get', 'cloudsql.instances.update'],
    draft: maintenance
  }
};
