import type { OperationTable } from '../../operations.ts';
import type { GcpContext } from '../context.ts';
import { start, stop } from './power.ts';

/** What Cloud SQL does beyond the fields of an instance. */
export const operations: OperationTable<GcpContext> = {
  stop: {
    can: true,
    note: 'stays stopped until it is started',
    permissions: ['cloudsql.instances.update'],
    draft: stop
  },
  start: { can: true, permissions: ['cloudsql.instances.update'], draft: start }
};
