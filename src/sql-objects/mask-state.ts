import { isUnfinished } from '../engine/ownership.ts';
import type { Observed } from '../engine/resource.ts';
import type { Script } from '../postgres/script.ts';

/** In the mark of a copy from the call that creates it until its scripts begin. */
export const PENDING = 'pending';
/** In the mark while they run. */
export const RUNNING = 'running';

/** The scripts of `mask_sql`, for a copy of data. */
export interface Mask {
  readonly scripts: readonly Script[];
  /** In the mark of a copy that is masked by them. */
  readonly hash: string;
}

/** How far the data of a live copy is masked. `stale`: half, or by other scripts. */
export type MaskState = 'pending' | 'stale' | 'masked';

/** A stale copy is recreated: its scripts may not bear a second run. */
export function maskStateOf({ ownership }: Pick<Observed, 'ownership'>, mask: Mask | undefined): MaskState {
  const masked = ownership.kind === 'ours' ? ownership.mark.masked : undefined;
  if (masked === RUNNING) return 'stale';
  // Cloud SQL gives a copy the labels of its source, until it gets its own.
  const isBegun = masked === PENDING || (masked === undefined && isUnfinished(ownership));
  if (mask === undefined || masked === mask.hash) return 'masked';
  return isBegun ? 'pending' : 'stale';
}

/** Whether it is a copy whose data is not masked yet: no output names it. */
export function isUnmasked(main: Pick<Observed, 'ownership'> | undefined): boolean {
  const masked = main?.ownership.kind === 'ours' ? main.ownership.mark.masked : undefined;
  return masked === PENDING || masked === RUNNING;
}
