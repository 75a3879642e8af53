import type { Problem } from '../../../spec/problem.ts';
import type { Pool } from './types.ts';
import { slugParts } from './sizes.ts';

/** Connections of a pool where no input says; fewer than the smallest size has. */
export const DEFAULT_POOL_SIZE = 10;

/**
 * Connections that all pools share: 25 for each GiB of memory, less three. `undefined` for a slug that does not name
 * its memory.
 */
export function connectionsOf(slug: string | undefined): number | undefined {
  const memory = slugParts(slug ?? '')?.memoryGib;
  return memory === undefined ? undefined : memory * 25 - 3;
}

/**
 * Why a pool of this size does not fit with the other pools of its cluster. A pool that has the size already is not
 * checked.
 */
export function poolTooLarge(asked: number, slug: string, name: string, live: readonly Pool[]): readonly Problem[] {
  const most = connectionsOf(slug);
  const taken = live.filter(one => one.name !== name).reduce((sum, one) => sum + one.size, 0);
  const isAsAsked = live.some(one => one.name === name && one.size === asked);
  if (most === undefined || isAsAsked || asked + taken <= most) return [];
  const others = taken === 0 ? '' : `, of which other pools have ${taken}`;
  const why = `asks for a pool of ${asked}, and ${slug} has ${most} connections in all${others}`;
  return [{ input: 'proxy_config', why, allowed: `a \`default_pool_size\` of ${Math.max(0, most - taken)} at most` }];
}
