import { defined } from '../engine/defined.ts';
import type { Settings } from '../spec/catalogue.ts';
import { didYouMean } from '../spec/did-you-mean.ts';
import type { Problem } from '../spec/problem.ts';

/** The regions of a cloud that this version knows. */
export interface Regions {
  readonly title: string;
  readonly example: string;
  /** What a region that is newer than this version looks like. */
  readonly form: RegExp;
  readonly names: readonly string[];
}

type RegionInput =
  'aws_region' | 'gcp_region' | 'location' | 'digitalocean_region' | 'replica_region' | 'backup_region';

/**
 * A problem for each region that is no region, before anything is contacted: a name that is likely a typo of a known
 * one, or that no region could have. A name that only is new is left to the cloud to judge.
 */
export function regionProblems(
  settings: Settings,
  inputs: readonly RegionInput[],
  { title, example, form, names }: Regions,
  normalised: (name: string) => string = name => name
): readonly Problem[] {
  return inputs.flatMap(input => {
    const given = settings[input];
    if (given === undefined || names.includes(normalised(given))) return [];
    // Names of regions are alike: two edits of a short one are another region.
    const suggestion = didYouMean(normalised(given), names, given.length < 6 ? 1 : 2);
    if (suggestion === undefined && form.test(normalised(given))) return [];
    const why = `is not a region of ${title} that this version knows`;
    return [defined({ input, value: given, why, allowed: `such as \`${example}\``, suggestion })];
  });
}
