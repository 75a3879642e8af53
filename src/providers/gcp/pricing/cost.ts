import { pricedAfter, pricedNow, type Estimate, type Priced } from '../../../engine/cost.ts';
import type { Plan } from '../../../engine/plan.ts';
import type { Observed } from '../../../engine/resource.ts';
import { textOf } from '../../../engine/value.ts';
import { ROLE_SECRET } from '../../role-secrets.ts';
import { estimateOf, HOURS_A_MONTH, notCounted, type PaidItem } from '../../estimate.ts';
import { SERVER } from '../addresses.ts';
import { nameAt } from '../resources/replica.ts';
import type { GcpContext } from '../context.ts';
import { priceOf, type GcpProduct } from './price-list.ts';

/** The cost of the instances and their disks a month by Google's price catalogue, before and after the plan. */
export async function estimate(context: GcpContext, plan: Plan, observed: readonly Observed[]): Promise<Estimate> {
  const after = pricedAfter(plan, observed);
  return estimateOf({
    list: "Google's price catalogue",
    after: itemsOf(context, after),
    before: itemsOf(context, pricedNow(observed)),
    priceOf: async product => priceOf(context, product),
    assumptions: assumptionsOf(after)
  });
}

function itemsOf(context: GcpContext, priced: readonly Priced[]): readonly PaidItem<GcpProduct>[] {
  const server = priced.find(({ address }) => address === SERVER);
  return priced
    .filter(({ type }) => type === 'server' || type === 'replica')
    .flatMap(one => instanceItems(context, one, server));
}

function instanceItems(
  context: GcpContext,
  { address, fields }: Priced,
  server: Priced | undefined
): readonly PaidItem<GcpProduct>[] {
  const field = (one: string): string => textOf(fields[one] ?? server?.fields[one]);
  const id = address === SERVER ? context.name : nameAt(context, address);
  const region = field('gcp_region') || context.region || '';
  const [tier, disk, gib] = [
    field('instance_class'),
    field('storage_type') || 'PD_SSD',
    Number(field('allocated_storage'))
  ];
  const place = fields['multi_az'] === true ? 'Regional' : 'Zonal';
  const more = place === 'Regional' ? ', with a standby' : '';
  const isPlus = /^db-perf-optimized-/i.test(tier);
  const sold = (what: string, words: string): GcpProduct => ({ what, region, words: `${place} - ${words}` });
  const machine = machineOf(tier);
  const storage = STORAGE[disk.toUpperCase()];
  return [
    ...machine.map(([title, words, quantity]) => ({
      title: `${id}: ${title}${more}`,
      quantity: HOURS_A_MONTH * quantity,
      product: sold(`${title} (${place.toLowerCase()})`, words)
    })),
    {
      title: `${id}: ${gib} GiB ${disk}${more}`,
      quantity: gib,
      product: sold(
        `${disk} (${place.toLowerCase()})`,
        `${isPlus ? 'Enterprise Plus ' : ''}${storage ?? 'unknown storage'}`
      )
    }
  ];
}

/** A disk as the catalogue calls it. */
const STORAGE: Readonly<Record<string, string>> = { PD_SSD: 'Standard storage', PD_HDD: 'Low cost storage' };

type Part = readonly [title: string, words: string, quantity: number];

/** What a tier is sold as: a whole, or its vCPUs and GiB of memory. */
function machineOf(tier: string): readonly Part[] {
  const whole: Readonly<Record<string, string>> = { 'db-f1-micro': 'Micro instance', 'db-g1-small': 'Small instance' };
  const words = whole[tier.toLowerCase()];
  if (words !== undefined) return [[tier, words, 1]];
  const [, custom = '', megabytes = ''] = /^db-custom-(\d+)-(\d+)$/i.exec(tier) ?? [];
  const [, family = '', count = ''] = /^db-n1-(standard|highmem)-(\d+)$/i.exec(tier) ?? [];
  const [, optimized = ''] = /^db-perf-optimized-n-(\d+)$/i.exec(tier) ?? [];
  const parts = (vcpus: number, gib: number, prefix = ''): readonly Part[] => [
    [`${vcpus} vCPU of ${tier}`, `${prefix}vCPU`, vcpus],
    [`${gib} GiB memory of ${tier}`, `${prefix}RAM`, gib]
  ];
  if (custom !== '') return parts(Number(custom), Number(megabytes) / 1024);
  if (count !== '') return parts(Number(count), Number(count) * (family.toLowerCase() === 'standard' ? 3.75 : 6.5));
  if (optimized !== '') return parts(Number(optimized), Number(optimized) * 8, 'Enterprise Plus N ');
  return [[tier, 'unknown tier', 1]];
}

/** The assumptions of the sum, and what it leaves out of this database. */
function assumptionsOf(priced: readonly Priced[]): readonly string[] {
  const server = priced.find(({ address }) => address === SERVER)?.fields ?? {};
  return [
    `On-demand prices, ${HOURS_A_MONTH} hours a month, without taxes, agreements, free tiers and commitments.`,
    notCounted([
      ['backups and their logs', true],
      ['addresses and data transfer', true],
      ['provisioned IOPS and throughput', server['storage_iops'] !== undefined],
      ['the data cache', server['edition'] === 'ENTERPRISE_PLUS'],
      ['later growth of the storage', server['max_allocated_storage'] !== undefined],
      ['alarms', priced.some(({ type }) => type === 'alarm')],
      ['secrets', priced.some(({ type }) => type === ROLE_SECRET)]
    ])
  ];
}
