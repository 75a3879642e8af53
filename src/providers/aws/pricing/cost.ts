import { pricedAfter, pricedNow, type Cost, type Estimate, type Priced } from '../../../engine/cost.ts';
import type { Notice, Plan } from '../../../engine/plan.ts';
import type { Observed } from '../../../engine/resource.ts';
import { ProviderError } from '../../../errors.ts';
import { requestCache } from '../../request-cache.ts';
import { SERVER } from '../addresses.ts';
import type { AwsContext } from '../context.ts';
import { HOURS_A_MONTH, itemsOf, type Item } from './paid-items.ts';
import { priceOf, type Price } from './price-list.ts';

/**
 * The cost of the instances and their storage a month by AWS's Price List, before and after the plan. A price that is
 * missing or may not be read is a notice, and then there is no sum: half of one would mislead.
 */
export async function estimate(context: AwsContext, plan: Plan, observed: readonly Observed[]): Promise<Estimate> {
  const after = pricedAfter(plan, observed);
  const price = asking(context);
  try {
    const [lines, before] = await Promise.all([
      linesOf(itemsOf(context, after), price),
      linesOf(itemsOf(context, pricedNow(observed)), price)
    ]);
    const [first] = lines;
    if (first === undefined) return { notices: [] };
    const cost: Cost = {
      currency: first.currency,
      monthly: sumOf(lines),
      ...(before.length === 0 ? {} : { before: sumOf(before) }),
      lines: lines.map(({ title, monthly }) => ({ title, monthly })),
      assumptions: assumptionsOf(context, after)
    };
    return { cost, notices: [] };
  } catch (thrown) {
    if (!(thrown instanceof ProviderError)) throw thrown;
    return { notices: [unknownCost(thrown)] };
  }
}

interface Line {
  readonly title: string;
  readonly monthly: number;
  readonly currency: string;
}

async function linesOf(items: readonly Item[], price: (item: Item) => Promise<Price>): Promise<readonly Line[]> {
  return Promise.all(
    items.map(async item => {
      const { amount, currency } = await price(item);
      return { title: item.title, monthly: item.quantity * amount, currency };
    })
  );
}

/** To the cent, so that two sums of the same are the same. */
function sumOf(lines: readonly Line[]): number {
  return Math.round(lines.reduce((sum, { monthly }) => sum + monthly, 0) * 100) / 100;
}

/** Reads the price of each product once, before and after. */
function asking(context: AwsContext): (item: Item) => Promise<Price> {
  const once = requestCache();
  return async ({ product }) => {
    const { what, region } = product;
    return once(`${what} ${region}`, async () => {
      const price = await priceOf(context, product);
      if (price !== undefined) return price;
      throw new ProviderError(`the Price List has no price of ${what} in ${region}`, { kind: 'not-found' });
    })();
  };
}

function unknownCost({ message, hint }: ProviderError): Notice {
  return {
    code: 'no-prices',
    severity: 'warning',
    input: 'estimate_cost',
    message: `The cost is not estimated: ${message}.${hint === undefined ? '' : ` ${hint}`}`
  };
}

/** The assumptions of the sum, and the items of this database that it leaves out. */
function assumptionsOf({ settings }: AwsContext, priced: readonly Priced[]): readonly string[] {
  const server = priced.find(({ address }) => address === SERVER)?.fields ?? {};
  const has = (type: string): boolean => priced.some(one => one.type === type);
  const insightsDays = Number(server['performance_insights_retention_period'] ?? 0);
  const left: readonly (readonly [string, boolean])[] = [
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
    ['secrets', server['manage_master_user_password'] === true || has('proxy-secret')],
    ['backups in another region', has('backup-replication')],
    ['extended support', server['engine_lifecycle_support'] === 'open-source-rds-extended-support']
  ];
  const named = left.flatMap(([what, isMeant]) => (isMeant ? [what] : []));
  return [
    `On-demand prices, ${HOURS_A_MONTH} hours a month, without taxes, discounts and free tiers${
      settings.reserved_offering_id === undefined ? '' : ', and without reservations'
    }.`,
    `Not counted: ${named.join(', ')}.`
  ];
}
