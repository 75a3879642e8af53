import { distance } from 'fastest-levenshtein';
import { DEFAULT_MAJOR, type Major } from '../major.ts';
import { parameterNames } from './parameter.ts';

/** The most similar parameter for a misspelled name: at most a third of its letters differ. */
export function suggestParameter(name: string, major: Major = DEFAULT_MAJOR): string | undefined {
  const lower = name.toLowerCase().replaceAll('-', '_');
  const ranked = parameterNames(major)
    .map(known => ({ known, away: distance(lower, known) }))
    .sort((a, b) => a.away - b.away);
  const [nearest] = ranked;
  return nearest !== undefined && nearest.away <= Math.max(1, lower.length / 3) ? nearest.known : undefined;
}
