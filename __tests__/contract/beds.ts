import { awsBed } from './aws-bed.ts';
import type { Bed } from './bed.ts';
import { localBed } from './local-bed.ts';

/** One for each provider of this version. */
export const BEDS: readonly Bed[] = [awsBed, localBed];
