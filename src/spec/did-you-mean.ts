import { distance } from 'fastest-levenshtein';

/**
 * The nearest known word, when it is near enough to be a likely typo: `most` edits away, by default a third of its
 * letters.
 */
export function didYouMean(
  word: string,
  known: readonly string[],
  most = Math.max(word.length >= 4 ? 2 : 1, Math.floor(word.length / 3))
): string | undefined {
  const lower = word.toLowerCase();
  const ranked = known.map(one => ({ one, away: distance(lower, one.toLowerCase()) })).sort((a, b) => a.away - b.away);
  const best = ranked[0];
  return best !== undefined && best.away <= most && !meansOther(lower, best.one.toLowerCase()) ? best.one : undefined;
}

/** Ends of names that say what a value is: `monitoring_role_name` is no typo for `monitoring_role_arn`. */
const ENDS = /_(name|arn|id|ids|identifier|url|path|version|count|days|minutes|class|type|size)$/;

function meansOther(word: string, known: string): boolean {
  const [given, meant] = [ENDS.exec(word)?.[1], ENDS.exec(known)?.[1]];
  return given !== undefined && meant !== undefined && given !== meant;
}
