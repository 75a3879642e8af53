import { isUnfinished } from '../engine/ownership.ts';
import type { Observed } from '../engine/resource.ts';
import type { Script } from '../postgres/script.ts';

/** In the mark of a copy from the call that creates it until its scripts begin. */
export const PENDING = 'pending';
/** In the mark while they run. */
export const RUNNING = 'running';
/** In the mark from then until `init_sql` and all else in the copy is done, after the hash of what masked it. */
const BEGUN = 'begun';
/** In the mark of a finished copy that no script masks. A value, since not every cloud takes a member out of a mark. */
export const UNMASKED = 'none';

/** The scripts of `mask_sql`, for a copy of data. */
export interface Mask {
  readonly scripts: readonly Script[];
  /** In the mark of a copy that is masked by them. */
  readonly hash: string;
}

/** How far the data of a live copy is masked. `stale`: half, or by other scripts. */
export type MaskState = 'pending' | 'stale' | 'masked';

/** In the mark of a copy that is masked by scripts with this hash, or needs no mask, and in which more is to run. */
export function begunWith(hash: string | undefined): string {
  return hash === undefined ? BEGUN : `${hash}-${BEGUN}`;
}

/** A stale copy is recreated: its scripts may not bear a second run. */
export function maskStateOf({ ownership }: Pick<Observed, 'ownership'>, mask: Mask | undefined): MaskState {
  const masked = ownership.kind === 'ours' ? ownership.mark.masked : undefined;
  if (masked === RUNNING) return 'stale';
  // Cloud SQL gives a copy the labels of its source, until it gets its own.
  const isBegun = masked === PENDING || (masked === undefined && isUnfinished(ownership));
  if (mask === undefined || masked === mask.hash || masked === begunWith(mask.hash)) return 'masked';
  return isBegun ? 'pending' : 'stale';
}

/**
 * Whether it is a copy for a pull request whose data is not masked yet, or in which a script has still to run: no
 * output names it.
 */
export function isUnready(main: Pick<Observed, 'ownership'> | undefined): boolean {
  if (main?.ownership.kind !== 'ours') return false;
  const { masked, pullRequest } = main.ownership.mark;
  if (masked === undefined) return pullRequest !== undefined && isUnfinished(main.ownership);
  return masked === PENDING || masked === RUNNING || masked.endsWith(BEGUN);
}
