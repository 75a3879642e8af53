import type { OperationTable } from '../../operations.ts';
import type { AwsContext } from '../context.ts';
import { maintenance } from './maintenance.ts';
import { promote } from './promote.ts';
import { start, stop } from './power.ts';
import { failover, restart } from './restart.ts';
import { rotate } from './rotate.ts';
import { switchover } from './switchover.ts';

/** What RDS does beyond the fields of a server. */
export const operations: OperationTable<AwsContext> = {
  stop: { can: true, note: 'RDS starts it again after 7 days', permissions: ['rds:StopDBInstance'], draft: stop },
  start: { can: true, permissions: ['rds:StartDBInstance'], draft: start },
  restart: { can: true, permissions: ['rds:RebootDBInstance', 'rds:DescribeEvents'], draft: restart },
  failover: {
    can: true,
    note: 'to the standby of a Multi-AZ instance',
    permissions: ['rds:RebootDBInstance', 'rds:DescribeEvents'],
    draft: failover
  },
  promote: {
    can: true,
    note: 'a read replica of this or another region',
    permissions: [
      'rds:PromoteReadReplica',
      'rds:AddTagsToResource',
      'rds:RemoveTagsFromResource',
      'cloudwatch:GetMetricData'
    ],
    draft: promote
  },
  switchover: {
    can: true,
    note: 'to the copy of a Blue/Green deployment (`upgrade_strategy: blue-green`), not to a read replica',
    permissions: [
      'rds:SwitchoverBlueGreenDeployment',
      'rds:DescribeBlueGreenDeployments',
      'rds:DeleteBlueGreenDeployment',
      'rds:AddTagsToResource',
      'rds:ModifyDBInstance',
      'rds:DeleteDBInstance',
      'rds:PromoteReadReplica',
      'cloudwatch:GetMetricData'
    ],
    draft: switchover
  },
  rotate: {
    can: true,
    note: 'where RDS keeps the password (`manage_master_user_password`); by itself with `rotation_days`',
    permissions: [
      'rds:ModifyDBInstance',
      'secretsmanager:DescribeSecret',
      'secretsmanager:RotateSecret',
      'secretsmanager:CancelRotateSecret'
    ],
    draft: rotate
  },
  maintenance: {
    can: true,
    note: 'applies it now, moves it to the next window, or takes that back',
    permissions: ['rds:DescribePendingMaintenanceActions', 'rds:ApplyPendingMaintenanceAction'],
    draft: maintenance
  }
};
