import { dearest, type Price, type Product } from '../../estimate.ts';
import type { AwsContext } from '../context.ts';
import { pages } from '../api/pages.ts';

/** A product of AWS, with the attributes that find it in the Price List. */
export interface AwsProduct extends Product {
  readonly family: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Part of its `usagetype`, where the attributes leave several: regions put a prefix before it. */
  readonly usage?: RegExp;
}

/** An item of the Price List as it comes: JSON in a text. Only what is read here. */
interface Listed {
  readonly product?: {
    readonly productFamily?: string;
    readonly attributes?: Readonly<Record<string, string>>;
  };
  readonly terms?: {
    readonly OnDemand?: Readonly<Record<string, { readonly priceDimensions?: Readonly<Record<string, Dimension>> }>>;
  };
}

interface Dimension {
  readonly unit?: string;
  readonly beginRange?: string;
  readonly pricePerUnit?: Readonly<Record<string, string>>;
}

/**
 * The on-demand price of a product; `undefined` when the Price List has none. Where it has several of the same
 * attributes, the highest.
 */
export async function priceOf(context: AwsContext, product: AwsProduct): Promise<Price | undefined> {
  const wanted = { regionCode: product.region, productFamily: product.family, ...product.attributes };
  const listed = await pages(
    async place =>
      context.call(
        'pricing',
        'GetProducts',
        {
          ServiceCode: 'AmazonRDS',
          Filters: Object.entries(wanted).map(([Field, Value]) => ({ Type: 'TERM_MATCH' as const, Field, Value })),
          MaxResults: 100,
          ...place
        },
        { region: endpointRegion(context), attempts: 2 }
      ),
    page => page.PriceList
  );
  const fitting = listed
    .map(item => JSON.parse(String(item)) as Listed)
    .filter(item => isInRegion(item) && (product.usage?.test(usageOf(item)) ?? true));
  // Storage is sold for each engine and for all of them, at one price.
  const own = fitting.filter(item => item.product?.attributes?.['databaseEngine'] === 'PostgreSQL');
  const prices = (own.length > 0 ? own : fitting.filter(isForAnyEngine)).flatMap(pricesIn);
  return dearest(prices);
}

/**
 * The Price List is asked in few regions; each knows the prices of all.
 * https://docs.aws.amazon.com/general/latest/gr/billing.html
 */
function endpointRegion({ partition, target }: AwsContext): string {
  if (partition === 'aws-cn') return 'cn-northwest-1';
  if (/^(eu|il|me|af)-/.test(target.region)) return 'eu-central-1';
  return target.region.startsWith('ap-') ? 'ap-south-1' : 'us-east-1';
}

/** Outposts and local zones are sold under the code of their region, at prices of their own. */
function isInRegion({ product }: Listed): boolean {
  return (product?.attributes?.['locationType'] ?? 'AWS Region') === 'AWS Region';
}

function isForAnyEngine({ product }: Listed): boolean {
  return (product?.attributes?.['databaseEngine'] ?? 'Any') === 'Any';
}

function usageOf({ product }: Listed): string {
  return product?.attributes?.['usagetype'] ?? '';
}

function pricesIn({ terms }: Listed): readonly Price[] {
  return Object.values(terms?.OnDemand ?? {})
    .flatMap(term => Object.values(term.priceDimensions ?? {}))
    .filter(({ beginRange = '0' }) => beginRange === '0')
    .flatMap(({ unit = '', pricePerUnit = {} }) =>
      Object.entries(pricePerUnit).flatMap(([currency, text]) => {
        // Throughput is sold by the GiB/s in some regions, and counted in MiB/s everywhere here.
        const amount = Number(text) / (/^GiBps/i.test(unit) ? 1024 : 1);
        return amount > 0 ? [{ amount, currency }] : [];
      })
    );
}
