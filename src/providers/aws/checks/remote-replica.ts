import { combineFindings, NO_FINDINGS, problemWith, type Findings } from '../../findings.ts';
import type { AwsContext } from '../context.ts';
import { wants } from '../desired/parts.ts';
import type { Order } from './availability.ts';
import { orNotChecked } from '../../not-checked.ts';

/**
 * Whether a replica's region sells the server's class and version, and has the given subnet group. Asked until it
 * exists.
 */
export async function checkRemoteReplica(context: AwsContext, order: Order): Promise<Findings> {
  const { settings } = context;
  const region = settings.replica_region;
  if (region === undefined || !wants('remote-replica', settings)) return NO_FINDINGS;
  const live = await orNotChecked('the replica', 'rds:DescribeDBInstances', context.liveState().remote(region));
  if (live.answer !== undefined) return NO_FINDINGS;
  return combineFindings(await Promise.all([checkClass(context, order, region), checkSubnetGroup(context, region)]));
}

async function checkClass(context: AwsContext, order: Order, region: string): Promise<Findings> {
  if (order.version === '') return NO_FINDINGS;
  const read = context.offerings.orderable(order.version, order.instanceClass, region);
  const what = `whether ${region} has ${order.instanceClass}`;
  const { answer, notices } = await orNotChecked(what, 'rds:DescribeOrderableDBInstanceOptions', read);
  if (answer === undefined) return { problems: [], notices };
  const why = `does not sell ${order.instanceClass} with PostgreSQL ${order.version}`;
  return answer.length > 0 ? NO_FINDINGS : problemWith(context, 'replica_region', why);
}

async function checkSubnetGroup(context: AwsContext, region: string): Promise<Findings> {
  const name = context.settings.replica_subnet_group_name;
  if (name === undefined) return NO_FINDINGS;
  const read = context
    .liveState()
    .subnetGroup(name, region)
    .then(found => found ?? 'missing');
  const what = '`replica_subnet_group_name`';
  const { answer, notices } = await orNotChecked(what, 'rds:DescribeDBSubnetGroups', read);
  if (answer === undefined) return { problems: [], notices };
  return answer === 'missing'
    ? problemWith(context, 'replica_subnet_group_name', `does not exist in ${region}`)
    : NO_FINDINGS;
}
