import { largestFitting } from '../report/size-limit.ts';

/** The longest possible body, in both units. */
export interface BodyLimit {
  /** UTF-16 units: never less than what GitHub counts. */
  readonly characters: number;
  /** Bytes of UTF-8. */
  readonly bytes: number;
}

/**
 * One version of a text, from the full one to the shortest. It gets the size limit, and is built only when the longer
 * ones did not fit.
 */
export type Rendering = (limit: BodyLimit) => string;

/** A comment's body: 65,536 characters, kept in 262,144 bytes. */
export const COMMENT_LIMIT: BodyLimit = { characters: 65_536, bytes: 262_144 };

/** A check run's summary or text: "Maximum length: 65535 characters", kept in as many bytes. */
export const CHECK_RUN_LIMIT: BodyLimit = { characters: 65_535, bytes: 65_535 };

const NOTHING_FITS = 'The report is too long to be shown here. It is in the job summary.\n';

/** The first rendering that fits, after `prefix`; when none does, one fixed sentence. Never longer than `limit`. */
export function firstFitting(renderings: readonly Rendering[], limit: BodyLimit, prefix = ''): string {
  const remaining: BodyLimit = {
    characters: limit.characters - prefix.length,
    bytes: limit.bytes - Buffer.byteLength(prefix, 'utf8')
  };
  return prefix + (largestFitting(renderings, remaining) ?? NOTHING_FITS);
}
