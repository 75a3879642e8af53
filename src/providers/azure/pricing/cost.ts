import { pricedAfter, pricedNow, type Estimate, type Priced } from '../../../engine/cost.ts';
import type { Plan } from '../../../engine/plan.ts';
import type { Observed } from '../../../engine/resource.ts';
import { textOf } from '../../../engine/value.ts';
import { estimateOf, HOURS_A_MONTH, notCounted, type PaidItem } from '../../estimate.ts';
import { SERVER } from '../addresses.ts';
import { regionOf } from '../api/names.ts';
import { readSku } from '../api/sku.ts';
import type { AzureContext } from '../context.ts';
import { nameAt } from '../resources/replica.ts';
import { priceOf, type AzureProduct } from './price-list.ts';

/** The cost of the servers and their storage a month by Azure's retail prices, before and after the plan. */
export async function estimate(context: AzureContext, plan: Plan, observed: readonly Observed[]): Promise<Estimate> {
  const after = pricedAfter(plan, observed);
  return estimateOf({
    list: "Azure's price list",
    after: itemsOf(context, after),
    before: itemsOf(context, pricedNow(observed)),
    priceOf: async product => priceOf(context, product),
    assumptions: assumptionsOf(after)
  });
}

function itemsOf(context: AzureContext, priced: readonly Priced[]): readonly PaidItem<AzureProduct>[] {
  const server = priced.find(({ address }) => address === SERVER);
  return priced
    .filter(({ type }) => type === 'server' || type === 'replica')
    .flatMap(one => serverItems(context, one, server));
}

function serverItems(
  context: AzureContext,
  { address, fields }: Priced,
  server: Priced | undefined
): readonly PaidItem<AzureProduct>[] {
  const { names, target } = context;
  // A new replica is as large as its server.
  const field = (name: string): string => textOf(fields[name] ?? server?.fields[name]);
  const id = address === SERVER ? names.server : nameAt(context, address);
  const region = regionOf(textOf(fields['location']) || target.region);
  const [size, volume] = [field('instance_class'), field('storage_type') || 'Premium_LRS'];
  const gib = Number(field('allocated_storage'));
  // The standby is a second server with storage of its own.
  const isDouble = fields['multi_az'] === true;
  const [times, more] = isDouble ? [2, ', with a standby'] : [1, ''];
  return [
    {
      title: `${id}: ${size}${more}`,
      quantity: HOURS_A_MONTH * times,
      product: { what: size, region, ...computeOf(size) }
    },
    {
      title: `${id}: ${gib} GiB ${volume}${more}`,
      quantity: gib * times,
      product: { what: volume, region, ...storageOf(volume) }
    }
  ];
}

/** The list spells the service in several ways, and Azure renames products. */
const PRODUCT = String.raw`(?:Azure Database|Az DB) for (?:PostgreSQL|PGSQL) Flex(?:ible)? Server`;
const TIERS = {
  Burstable: 'Burstable',
  GeneralPurpose: 'General Purpose',
  MemoryOptimized: 'Memory Optimized'
} as const;

type Search = Pick<AzureProduct, 'product' | 'sku' | 'meter'>;

/**
 * `Standard_D4ds_v5` is the product `… General Purpose Ddsv5 Series Compute`, sold as `4 vCore`; `Standard_B1ms` is
 * sold under its own name. Nothing fits an unknown family.
 */
function computeOf(size: string): Search {
  const sku = readSku(size);
  const [, letter = '', count = '', rest = '', version = ''] =
    /^Standard_([A-Z])(\d+)([a-z]*)(?:_(v\d+))?$/i.exec(sku?.name ?? '') ?? [];
  if (sku === undefined || letter === '') return { product: /(?!)/, sku: /(?!)/, meter: /(?!)/ };
  const product = `^${PRODUCT} ${TIERS[sku.tier]} (?:- )?`;
  if (sku.tier === 'Burstable') {
    const name = `${letter}${count}${rest}`;
    return {
      product: new RegExp(`${product}BS`, 'i'),
      sku: new RegExp(`^${name}$`, 'i'),
      meter: new RegExp(`^${name}(?: vCore)?$`, 'i')
    };
  }
  return {
    product: new RegExp(`${product}${letter}${rest}${version} `, 'i'),
    sku: new RegExp(`^${count} vCore$`, 'i'),
    meter: /^vCore$/i
  };
}

function storageOf(type: string): Search {
  const isUsual = type.toLowerCase() === 'premium_lrs';
  return isUsual
    ? {
        product: new RegExp(`^${PRODUCT} Storage$`, 'i'),
        sku: /./,
        meter: /^Storage Data Stored$/i
      }
    : { product: /(?!)/, sku: /(?!)/, meter: /(?!)/ };
}

/** The assumptions of the sum, and what it leaves out of this database. */
function assumptionsOf(priced: readonly Priced[]): readonly string[] {
  const server = priced.find(({ address }) => address === SERVER)?.fields ?? {};
  const has = (type: string): boolean => priced.some(one => one.type === type);
  return [
    `Retail prices, ${HOURS_A_MONTH} hours a month, without taxes, agreements and reservations.`,
    notCounted([
      ['backups beyond the size of the storage', true],
      ['data transfer', true],
      ['a higher `storage_tier`', server['storage_tier'] !== undefined],
      ['geo-redundant backups', server['geo_redundant_backup'] === true],
      ['later growth of the storage', server['auto_grow_enabled'] === true],
      ['alarms', has('alarm')],
      ['logs', has('diagnostic-setting')]
    ])
  ];
}
