import type { Problem } from '../../../spec/problem.ts';
import type { Pool } from '../resources/pool.ts';
import { slugParts } from './sizes.ts';

/** The connections that a pool gets unless told otherwise; less than the smallest size has. */
export const DEFAULT_POOL_SIZE = 10;

/** The connections that pools share: 25 for each GiB of memory, less three. `undefined` for a size that does not say its memory. */
export function connectionsOf(slug: string | undefined): number | undefined {
  const memory = slugParts(slug ?? '')?.memoryGib;
  return memory === undefined ? undefined : memory * 25 - 3;
}

/** Why a pool of so many connections does not fit beside the others of its cluster. One that is as asked already is not asked about. */
export function poolTooLarge(asked: number, slug: string, name: string, live: readonly Pool[]): readonly Problem[] {
  const most = connectionsOf(slug);
  const taken = live.filter(one => one.name !== name).reduce((sum, one) => sum + one.size, 0);
  const isAsAsked = live.some(one => one.name === name && one.size === asked);
  if (most === undefined || isAsAsked || asked + taken <= most) return [];
  const supporting = taken === 0 ? '' : `, of which other pools have ${taken}`;
  const why = `asks for a pool of ${asked}, and ${slug} has ${most} connections in all${supporting}`;
  return [{ input: 'proxy_config', why, allowed: `a \`default_pool_size\` of ${Math.max(0, most - taken)} at most` }];
}
