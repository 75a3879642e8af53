import { sendRequest } from '../../../engine/http.ts';
import { pageCounter, textOf } from '../../../engine/limits.ts';
import { isRedirect, ledElsewhere } from '../../../engine/redirect.ts';
import { retry } from '../../../engine/retry.ts';
import { ProviderError } from '../../../errors.ts';
import { dearest, type Price, type Product } from '../../estimate.ts';
import type { AzureContext } from '../context.ts';

/** A product of the list, by the names that it has there. */
export interface AzureProduct extends Product {
  readonly product: RegExp;
  readonly sku: RegExp;
  readonly meter: RegExp;
}

/** An item of the list as it comes. Only what is read here. */
interface Item {
  readonly currencyCode?: string;
  readonly retailPrice?: number;
  readonly tierMinimumUnits?: number;
  readonly productName?: string;
  readonly skuName?: string;
  readonly meterName?: string;
  readonly type?: string;
}

/**
 * The retail price of a product; `undefined` when the list has none. Of several the highest.
 * https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices
 */
export async function priceOf(context: AzureContext, wanted: AzureProduct): Promise<Price | undefined> {
  const all = await context.once(`prices ${wanted.region}`, async () => itemsIn(context, wanted.region))();
  const prices = all
    .filter(
      ({ productName = '', skuName = '', meterName = '', type, tierMinimumUnits = 0 }) =>
        // Some names hold spaces that do not break.
        wanted.product.test(productName.replaceAll(/\s+/g, ' ')) &&
        wanted.sku.test(skuName) &&
        wanted.meter.test(meterName) &&
        (type ?? 'Consumption') === 'Consumption' &&
        tierMinimumUnits === 0
    )
    .flatMap(({ retailPrice: amount = 0, currencyCode: currency = 'USD' }) =>
      amount > 0 ? [{ amount, currency }] : []
    );
  return dearest(prices);
}

/** Everything of the service that a region sells, on all pages: one request for most regions. */
async function itemsIn(context: AzureContext, region: string): Promise<readonly Item[]> {
  const { prices } = context;
  if (prices === undefined) {
    throw new ProviderError("Azure's price list is not offered for this cloud", { kind: 'not-found' });
  }
  const what = "Azure's price list";
  const filter = `serviceName eq 'Azure Database for PostgreSQL' and armRegionName eq '${region}' and priceType eq 'Consumption'`;
  const items: Item[] = [];
  const count = pageCounter(what, context.execution);
  const first = `${prices.endpoint}/api/retail/prices?$filter=${encodeURIComponent(filter)}`;
  for (let next: string | null | undefined = first; typeof next === 'string' && next !== '';) {
    count();
    if (new URL(next).origin !== new URL(prices.endpoint).origin) throw ledElsewhere(what, next);
    const page: { readonly Items?: readonly Item[]; readonly NextPageLink?: string | null } = await read(
      context.execution,
      prices,
      what,
      next
    );
    items.push(...(page.Items ?? []));
    next = page.NextPageLink;
  }
  return items;
}

async function read(
  execution: AzureContext['execution'],
  { limit }: NonNullable<AzureContext['prices']>,
  what: string,
  url: string
): Promise<object> {
  return retry(execution, { what, idempotent: true, kinds: ['throttled', 'transient'] }, async () => {
    const { status, text } = await limit(what, async signal => {
      const response = await sendRequest(url, { signal }).catch((thrown: unknown) => {
        signal.throwIfAborted();
        throw new ProviderError(`Could not read ${what}: no answer`, { kind: 'transient', cause: thrown });
      });
      if (isRedirect(response.status)) throw ledElsewhere(what, response.headers.get('location'));
      return { status: response.status, text: await textOf(response, what, execution) };
    });
    if (status !== 200) {
      const kind = status === 429 ? 'throttled' : status >= 500 ? 'transient' : 'failed';
      throw new ProviderError(`Could not read ${what}: status ${status}`, { kind });
    }
    return parsed(what, text);
  });
}

function parsed(what: string, text: string): object {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === 'object' && json !== null) return json;
  } catch {
    // Told below.
  }
  throw new ProviderError(`Could not read ${what}: the answer is not JSON`, { kind: 'transient' });
}
