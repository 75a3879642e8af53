import { pricedAfter, pricedNow, type Estimate, type Priced } from '../../../engine/cost.ts';
import type { Plan } from '../../../engine/plan.ts';
import type { Observed } from '../../../engine/resource.ts';
import { ROLE_SECRET } from '../../role-secrets.ts';
import { estimateOf, HOURS_A_MONTH, notCounted } from '../../estimate.ts';
import { SERVER } from '../addresses.ts';
import type { AwsContext } from '../context.ts';
import { itemsOf } from './paid-items.ts';
import { priceOf } from './price-list.ts';

/** The cost of the instances and their storage a month by AWS's Price List, before and after the plan. */
export async function estimate(context: AwsContext, plan: Plan, observed: readonly Observed[]): Promise<Estimate> {
  const after = pricedAfter(plan, observed);
  return estimateOf({
    list: 'the Price List',
    after: itemsOf(context, after),
    before: itemsOf(context, pricedNow(observed)),
    priceOf: async product => priceOf(context, product),
    assumptions: assumptionsOf(context, after)
  });
}

/** The assumptions of the sum, and the items of this database that it leaves out. */
function assumptionsOf({ settings }: AwsContext, priced: readonly Priced[]): readonly string[] {
  const server = priced.find(({ address }) => address === SERVER)?.fields ?? {};
  const has = (type: string): boolean => priced.some(one => one.type === type);
  const insightsDays = Number(server['performance_insights_retention_period'] ?? 0);
  const left = notCounted([
    ['backups beyond the size of the storage', server['backup_retention_period'] !== 0],
    ['snapshots that are kept', true],
    ['data transfer', true],
    ['requests to magnetic storage', server['storage_type'] === 'standard'],
    ['later growth of the storage', Number(server['max_allocated_storage'] ?? 0) > 0],
    ['the proxy, by the hour and vCPU', has('proxy')],
    ['alarms', has('alarm')],
    ['logs', has('log-group')],
    ['enhanced monitoring', Number(server['monitoring_interval'] ?? 0) > 0],
    [
      'Performance Insights beyond 7 days',
      server['enable_performance_insights'] === true &&
        (insightsDays > 7 || server['database_insights_mode'] === 'advanced')
    ],
    ['secrets', server['manage_master_user_password'] === true || has('proxy-secret') || has(ROLE_SECRET)],
    ['backups in another region', has('backup-replication')],
    ['extended support', server['engine_lifecycle_support'] === 'open-source-rds-extended-support']
  ]);
  return [
    `On-demand prices, ${HOURS_A_MONTH} hours a month, without taxes, discounts and free tiers${
      settings.reserved_offering_id === undefined ? '' : ', and without reservations'
    }.`,
    left
  ];
}
