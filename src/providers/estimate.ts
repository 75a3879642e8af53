import type { Cost, Estimate } from '../engine/cost.ts';
import { asSentence } from '../engine/sentence.ts';
import type { Notice } from '../engine/plan.ts';
import { ProviderError } from '../errors.ts';
import { requestCache } from './request-cache.ts';

/** As the calculators of the clouds count. */
export const HOURS_A_MONTH = 730;

/** What a price list is asked for. */
export interface Product {
  /** In words, for when it has no price: `db.t3.micro, Multi-AZ`. */
  readonly what: string;
  readonly region: string;
}

/** What one unit of a product costs. */
export interface Price {
  readonly amount: number;
  /** ISO 4217. */
  readonly currency: string;
}

/** The highest of several prices of one product: an estimate should not promise too little. `undefined` of none. */
export function dearest(prices: readonly Price[]): Price | undefined {
  return prices.toSorted((one, other) => other.amount - one.amount)[0];
}

/** An amount of a product, every month. */
export interface PaidItem<P extends Product> {
  readonly title: string;
  readonly quantity: number;
  readonly product: P;
}

export interface PriceQuestion<P extends Product> {
  /** The list, as a sentence begins with it: `The Price List`. */
  readonly list: string;
  readonly after: readonly PaidItem<P>[];
  /** As it is now; empty for a new database. */
  readonly before: readonly PaidItem<P>[];
  /** `undefined` when the list has none. Throws `ProviderError`. */
  readonly priceOf: (product: P) => Promise<Price | undefined>;
  readonly assumptions: readonly string[];
}

interface Line {
  readonly title: string;
  readonly monthly: number;
  readonly currency: string;
}

/**
 * What the items cost a month, before and after. A price that is missing or may not be read is a notice, and then there
 * is no sum: half of one would mislead. Asks for each product once.
 */
export async function estimateOf<P extends Product>(question: PriceQuestion<P>): Promise<Estimate> {
  const price = asking(question);
  try {
    const [lines, before] = await Promise.all([linesOf(question.after, price), linesOf(question.before, price)]);
    const [first] = lines;
    if (first === undefined) return { notices: [] };
    const cost: Cost = {
      currency: first.currency,
      monthly: sumOf(lines),
      ...(before.length === 0 ? {} : { before: sumOf(before) }),
      lines: lines.map(({ title, monthly }) => ({ title, monthly })),
      assumptions: question.assumptions
    };
    return { cost, notices: [] };
  } catch (thrown) {
    if (!(thrown instanceof ProviderError)) throw thrown;
    return { notices: [unknownCost(thrown)] };
  }
}

/** The answer of a provider whose prices can't be read, and why. */
export function withoutPrices(message: string): Estimate {
  return { notices: [{ code: 'no-prices', severity: 'info', input: 'estimate_cost', message }] };
}

/** `Not counted: …`, of what the database has; each with whether it applies. */
export function notCounted(left: readonly (readonly [what: string, isMeant: boolean])[]): string {
  return `Not counted: ${left.flatMap(([what, isMeant]) => (isMeant ? [what] : [])).join(', ')}.`;
}

async function linesOf<P extends Product>(
  items: readonly PaidItem<P>[],
  price: (product: P) => Promise<Price>
): Promise<readonly Line[]> {
  return Promise.all(
    items.map(async ({ title, quantity, product }) => {
      const { amount, currency } = await price(product);
      return { title, monthly: quantity * amount, currency };
    })
  );
}

/** To the cent, so that two sums of the same are the same. */
function sumOf(lines: readonly Line[]): number {
  return Math.round(lines.reduce((sum, { monthly }) => sum + monthly, 0) * 100) / 100;
}

function asking<P extends Product>({ list, priceOf }: PriceQuestion<P>): (product: P) => Promise<Price> {
  const once = requestCache();
  return async product => {
    const { what, region } = product;
    return once(`${what} ${region}`, async () => {
      const price = await priceOf(product);
      if (price !== undefined) return price;
      throw new ProviderError(`${list} has no price of ${what} in ${region}`, { kind: 'not-found' });
    })();
  };
}

function unknownCost({ message, hint }: ProviderError): Notice {
  return {
    code: 'no-prices',
    severity: 'warning',
    input: 'estimate_cost',
    message: `The cost is not estimated: ${asSentence(message)}${hint === undefined ? '' : ` ${hint}`}`
  };
}
