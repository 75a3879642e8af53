import { largestFitting } from '../report/size-limit.ts';

/** How long a body may be, both at once. */
export interface BodyLimit {
  /** UTF-16 units: never less than what GitHub counts. */
  readonly characters: number;
  /** Bytes of UTF-8. */
  readonly bytes: number;
}

/** One rung of a ladder from the full text to the shortest; told the room it has, asked only when the longer ones did not fit. */
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
