import type { Notice } from '../engine/plan.ts';
import type { Desired } from '../engine/resource.ts';
import { END_OF_LIFE_NOTICE } from '../policy/policies.ts';
import type { Spec } from '../spec/spec.ts';

/** The end of a version does not matter where the provider makes another one in its place. */
export function isAboutMade(
  { settings }: Pick<Spec, 'settings'>,
  desired: readonly Desired[]
): (notice: Notice) => boolean {
  const made = desired.find(({ address }) => address === 'server')?.fields['engine_version']?.value;
  const [major] = (settings.engine_version ?? '').split('.');
  const isOther = typeof made === 'string' && made.split('.')[0] !== major;
  return ({ code }) => code !== END_OF_LIFE_NOTICE || !isOther;
}
