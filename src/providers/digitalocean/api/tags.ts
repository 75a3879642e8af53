import { ownership, type Mark, type Ownership, type Target } from '../../../engine/ownership.ts';
import { markOf as markIn, markTags as tagsOfMark, type Tags } from '../../mark-tags.ts';

/**
 * A tag of DigitalOcean is one text of at most 255 of `A-Za-z0-9_-:`, whatever its capitals. The mark is written in
 * lower case, other characters as `_` and two hexadecimal digits for each byte, and in pieces where it is long:
 * `pgkeep:repository:1:…`.
 */
const PREFIX = 'pgkeep:';
const PROTECTED = `${PREFIX}protected`;
/** Characters of a value in one tag; the longest key leaves more room than that. */
const PIECE = 200;

/** The mark as tags for the call that creates something. */
export function markTags(mark: Mark): readonly string[] {
  return Object.entries(tagsOfMark(mark)).flatMap(([key, value]) =>
    key.startsWith(PREFIX) ? pieces(encode(value)).map((piece, at) => `${key}:${at + 1}:${piece}`) : []
  );
}

/** The mark that tags hold; `undefined` when they hold none, or half of one. */
export function markOf(tags: readonly string[]): Mark | undefined {
  const found = new Map<string, string[]>();
  for (const tag of tags) {
    const [, key, at, piece] = /^(pgkeep:[a-z-]+):(\d+):(.*)$/.exec(tag.toLowerCase()) ?? [];
    if (key === undefined || piece === undefined) continue;
    const known = found.get(key) ?? [];
    known[Number(at) - 1] = piece;
    found.set(key, known);
  }
  return markIn(Object.fromEntries([...found].map(([key, parts]) => [key, decode(parts.join(''))])));
}

export function ownershipOf(tags: readonly string[], target: Target): Ownership {
  return ownership(markOf(tags), target);
}

/** The tag of the deletion protection, which DigitalOcean itself does not have. */
export function protectionTags(isOn: boolean): readonly string[] {
  return isOn ? [PROTECTED] : [];
}

export function isProtected(tags: readonly string[]): boolean {
  return tags.some(tag => tag.toLowerCase() === PROTECTED);
}

export function isOurTag(tag: string): boolean {
  return tag.toLowerCase().startsWith(PREFIX);
}

/** A user's tag as DigitalOcean takes it: `key:value`, in lower case. */
export function tagOf(key: string, value: string): string {
  return value === '' ? clean(key) : `${clean(key)}:${clean(value)}`;
}

/** The user's tags as DigitalOcean keeps them, by sanitised key. */
export function cleanTags(tags: Tags): Tags {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [clean(key), clean(value)]));
}

/** Keys that equal another, or one of ours, once they are sanitised. */
export function clashes(tags: Tags): readonly string[] {
  const keys = Object.keys(tags).map(clean);
  return Object.keys(tags).filter((key, at) => keys.indexOf(clean(key)) !== at || isOurTag(`${clean(key)}:`));
}

/** The live tags that are not ours, as fields. */
export function tagFields(tags: readonly string[]): Readonly<Record<`tags.${string}`, string>> {
  const own = tags.filter(tag => !isOurTag(tag)).map(tag => tag.toLowerCase());
  return Object.fromEntries(
    own.map(tag => {
      const colon = tag.indexOf(':');
      return colon === -1 ? [`tags.${tag}`, ''] : [`tags.${tag.slice(0, colon)}`, tag.slice(colon + 1)];
    })
  );
}

function clean(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9_-]/g, '-');
}

function encode(text: string): string {
  return [...Buffer.from(text, 'utf8')]
    .map(byte => {
      const character = String.fromCharCode(byte);
      return /[a-z0-9-]/.test(character) ? character : `_${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');
}

function decode(text: string): string {
  const bytes = [...text.matchAll(/_([0-9a-f]{2})|(.)/gi)].map(([, hex, plain]) =>
    hex === undefined ? (plain ?? '').charCodeAt(0) : Number.parseInt(hex, 16)
  );
  return Buffer.from(bytes).toString('utf8');
}

function pieces(text: string): readonly string[] {
  return text === '' ? [''] : (text.match(new RegExp(`.{1,${PIECE}}`, 'g')) ?? []);
}
