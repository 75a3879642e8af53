/** A text without its escapes, and where each of its characters stood before, which is asked only of those found. */
export interface View {
  readonly text: string;
  /** Where the character at this place begins in the text that was viewed. */
  startOf(at: number): number;
  /** Where it ends there. */
  endOf(at: number): number;
}

/** How often escapes are removed: a JSON text in a JSON text in an address has three layers. */
const MOST_LAYERS = 6;

const ESCAPE =
  /%[0-9a-f]{2}|\\u[0-9a-f]{4}|\\u\{[0-9a-f]{1,6}\}|\\x[0-9a-f]{2}|\\[nrtbfv0]|&#x[0-9a-f]{1,6};|&#[0-9]{1,7};|&(?:amp|lt|gt|quot|apos|nbsp);/gi;

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&nbsp;': ' '
};

/** The text without white space, its ASCII letters in lower case. */
export function rawView(text: string): View {
  return withoutSpace(whole(text));
}

/** The views of a text after each layer of escapes that is removed. */
export interface Layers {
  /** Without white space, as `rawView`. */
  readonly raw: readonly View[];
  /** Without what escapes add as well, as `plainView`, which is the last of them. */
  readonly plain: readonly View[];
}

/**
 * A text at each of its layers: what one layer leaves can look like an escape together with the text before it, as
 * `\\` before an encoded `xaa` does, so that the last view alone may have lost a secret.
 */
export function layersOf(text: string): Layers {
  const layers = [whole(text), ...decodings(whole(text))];
  return { raw: layers.map(withoutSpace), plain: layers.map(withoutQuotes) };
}

/**
 * The text without escapes of URLs, JSON, HTML and shells, and without the characters that such escapes add: white
 * space, quotes, backslashes and plus signs. Two spellings of one text have the same view. ASCII letters are in lower
 * case.
 */
export function plainView(text: string): View {
  return withoutQuotes(decodings(whole(text)).at(-1) ?? whole(text));
}

function decodings(view: View): readonly View[] {
  const layers: View[] = [];
  let last = view;
  while (layers.length < MOST_LAYERS && /[%\\&]/.test(last.text)) {
    const next = decoded(last);
    if (next.text === last.text) break;
    layers.push(next);
    last = next;
  }
  return layers;
}

/** White space, and what is shown as nothing. */
const SPACE = /[\p{Cc}\u0020\u00a0\u2028\u2029\ufeff]+/gu;
/** The same, `"`, `'`, `+`, backslash, grave accent, and the arrow that reports show for a line break. */
const SPACE_AND_QUOTES = /[\p{Cc}\u0020\u00a0\u2028\u2029\ufeff"'+\\`\u21b5]+/gu;

function withoutSpace(view: View): View {
  return without(view, SPACE);
}

function withoutQuotes(view: View): View {
  return without(view, SPACE_AND_QUOTES);
}

function whole(text: string): View {
  return { text, startOf: at => at, endOf: at => at + 1 };
}

function without(view: View, dropped: RegExp): View {
  let places: readonly number[] | undefined;
  const placeOf = (at: number): number => (places ??= placesWithout(view.text, dropped))[at] ?? 0;
  return {
    text: view.text.replace(dropped, '').replace(/[A-Z]+/g, letters => letters.toLowerCase()),
    startOf: at => view.startOf(placeOf(at)),
    endOf: at => view.endOf(placeOf(at))
  };
}

function placesWithout(text: string, dropped: RegExp): readonly number[] {
  const places: number[] = [];
  let at = 0;
  for (const { index, 0: match } of text.matchAll(dropped)) {
    for (; at < index; at += 1) places.push(at);
    at += match.length;
  }
  for (; at < text.length; at += 1) places.push(at);
  return places;
}

function decoded(view: View): View {
  const { text } = view;
  const starts: number[] = [];
  const ends: number[] = [];
  let plain = '';
  const take = (characters: string, from: number, to: number): void => {
    for (let unit = 0; unit < characters.length; unit += 1) {
      starts.push(view.startOf(from));
      ends.push(view.endOf(to - 1));
    }
    plain += characters;
  };
  let at = 0;
  for (const match of text.matchAll(ESCAPE)) {
    // A sequence of bytes may have consumed this one already.
    if (match.index < at) continue;
    for (; at < match.index; at += 1) take(text[at] ?? '', at, at + 1);
    const { characters, length } = read(text, match.index, match[0]);
    take(characters, at, at + length);
    at += length;
  }
  for (; at < text.length; at += 1) take(text[at] ?? '', at, at + 1);
  return { text: plain, startOf: place => starts[place] ?? 0, endOf: place => ends[place] ?? 0 };
}

function read(text: string, at: number, escape: string): { readonly characters: string; readonly length: number } {
  const { length } = escape;
  if (escape.startsWith('%')) return bytesAt(text, at);
  const entity = ENTITIES[escape.toLowerCase()];
  if (entity !== undefined) return { characters: entity, length };
  if (/^\\[nrtbfv0]$/i.test(escape)) {
    // In upper case it is not an escape, but a letter behind a backslash.
    return { characters: /[NRTBFV]/.test(escape) ? escape.slice(1) : ' ', length };
  }
  const digits = escape.replace(/[^0-9a-f]/gi, '');
  const isDecimal = /^&#[0-9]/.test(escape);
  const point = Number.parseInt(isDecimal ? escape.slice(2, -1) : digits, isDecimal ? 10 : 16);
  return { characters: point > 0x10ffff ? '' : String.fromCodePoint(point), length };
}

/** One character of a URL-encoded text: one to four bytes of UTF-8. */
function bytesAt(text: string, at: number): { readonly characters: string; readonly length: number } {
  const byte = (index: number): number => {
    const digits = text.slice(at + 3 * index, at + 3 * index + 3);
    return /^%[0-9a-f]{2}$/i.test(digits) ? Number.parseInt(digits.slice(1), 16) : -1;
  };
  const first = byte(0);
  const count = first < 0xc2 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  const bytes = Array.from({ length: count }, (_, index) => byte(index));
  if (count > 1 && bytes.slice(1).every(one => one >= 0x80 && one < 0xc0))
    return { characters: Buffer.from(bytes).toString('utf8'), length: 3 * count };
  return { characters: String.fromCharCode(first), length: 3 };
}
