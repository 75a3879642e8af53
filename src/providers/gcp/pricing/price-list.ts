import { pageCounter } from '../../../engine/limits.ts';
import { dearest, type Price, type Product } from '../../estimate.ts';
import type { GcpContext } from '../context.ts';

/** A product of Cloud SQL for PostgreSQL, as the catalogue describes it: `Zonal - vCPU`. */
export interface GcpProduct extends Product {
  readonly words: string;
}

/** An item of the catalogue as it comes. Only what is read here. */
interface Sku {
  readonly description?: string;
  readonly category?: { readonly usageType?: string };
  readonly serviceRegions?: readonly string[];
  readonly pricingInfo?: readonly {
    readonly pricingExpression?: {
      readonly tieredRates?: readonly {
        readonly startUsageAmount?: number;
        readonly unitPrice?: { readonly currencyCode?: string; readonly units?: string; readonly nanos?: number };
      }[];
    };
  }[];
}

/** Cloud SQL in the catalogue. */
const SERVICE = '9662-B51E-5089';

/**
 * The on-demand price of a product; `undefined` when the catalogue has none. Of several the highest.
 * https://cloud.google.com/billing/docs/reference/rest/v1/services.skus/list
 */
export async function priceOf(context: GcpContext, { words, region }: GcpProduct): Promise<Price | undefined> {
  const wanted = `cloud sql for postgresql: ${words} in `.toLowerCase();
  const all = await context.ask('prices', async () => skusOf(context));
  const prices = all
    .filter(
      ({ description = '', category, serviceRegions = [] }) =>
        description.toLowerCase().startsWith(wanted) &&
        (category?.usageType ?? 'OnDemand') === 'OnDemand' &&
        serviceRegions.includes(region)
    )
    .flatMap(pricesOf);
  return dearest(prices);
}

/** Everything that the catalogue has of Cloud SQL: one or two pages. */
async function skusOf({ gcp, execution }: GcpContext): Promise<readonly Sku[]> {
  const call = { permission: 'cloudbilling.services.skus.list', subject: 'Cloud SQL' };
  const count = pageCounter(call.permission, execution);
  const all: Sku[] = [];
  let token = '';
  do {
    count();
    const query = new URLSearchParams({
      currencyCode: 'USD',
      pageSize: '5000',
      ...(token === '' ? {} : { pageToken: token })
    });
    const page = await gcp.rest<{ readonly skus?: readonly Sku[]; readonly nextPageToken?: string }>(
      'cloudbilling',
      'GET',
      `/v1/services/${SERVICE}/skus?${query.toString()}`,
      call
    );
    all.push(...(page.skus ?? []));
    token = page.nextPageToken ?? '';
  } while (token !== '');
  return all;
}

function pricesOf({ pricingInfo = [] }: Sku): readonly Price[] {
  return pricingInfo.flatMap(({ pricingExpression }) => {
    const rate = pricingExpression?.tieredRates?.find(({ startUsageAmount = 0 }) => startUsageAmount === 0);
    const { currencyCode: currency = 'USD', units = '0', nanos = 0 } = rate?.unitPrice ?? {};
    const amount = Number(units) + nanos / 1e9;
    return amount > 0 ? [{ amount, currency }] : [];
  });
}
