import { masksOf, spellingsOf, TELLING, type Spelling } from './spellings.ts';
import { layersOf, plainView, type View } from './view.ts';

/** Removes the secrets of a run from texts. */
export interface Secrecy {
  /** The text with each spelling of each secret, and each recognisable part of one, replaced by `***`. */
  clean(text: string): string;
  /**
   * A foreign text, cleaned before it goes into an error or a notice of ours; `undefined` when a secret may be left in
   * it, since a short one can't be distinguished from other words.
   */
  cleanForeign(text: string): string | undefined;
}

/** The secrets of a run, as far as it knows them. */
export interface Secrets extends Secrecy {
  /** Adds a secret. Returns the spellings that the runner must mask; none for a known secret. */
  add(secret: string): readonly string[];
  /**
   * Names that are shown, even if secrets contain them: parts of a secret that are parts of such a name reveal nothing.
   */
  declarePublic(texts: readonly string[]): void;
}

/** The range of a secret in a text: from, to. */
type Range = readonly [from: number, to: number];

/** Parts of secrets by their length. */
type Windows = ReadonlyMap<number, Parts>;

interface Parts {
  readonly texts: Set<string>;
  /** One for each beginning of such a part: nearly every place of a text is told by it to hold none. */
  readonly beginnings: Uint8Array;
}

interface Index {
  readonly raw: Windows;
  readonly plain: Windows;
  /** Secrets contained in a name that is shown, as in the plain view. */
  readonly shown: readonly string[];
  /** Spellings of short secrets, as in the plain view. */
  readonly short: readonly string[];
  /** Replaced literally: spellings of secrets that are too short for parts. */
  readonly exact: readonly string[];
}

const REPLACEMENT = '***';
/** Short secrets of fewer characters are parts of many words. */
const LEAST_EXACT = 4;

/** The secrets of one run; none at first. */
export function openSecrets(): Secrets {
  const given = new Set<string>();
  const secrets = new Set<string>();
  const names = new Set<string>();
  let known: Index | undefined;
  const index = (): Index => (known ??= indexOf([...secrets], [...names]));

  const clean = (text: string): string => {
    const { raw, plain, exact } = index();
    const layers = layersOf(text);
    const found = [
      ...layers.raw.flatMap(view => rangesIn(view, raw)),
      ...layers.plain.flatMap(view => rangesIn(view, plain)),
      ...exactIn(text, exact)
    ];
    return replaced(text, found);
  };
  return {
    clean,
    cleanForeign: text => {
      const { shown, short } = index();
      const { plain } = layersOf(text);
      if (short.some(secret => plain.some(view => view.text.includes(secret)))) return undefined;
      return clean(
        replaced(
          text,
          plain.flatMap(view => wholeIn(view, shown))
        )
      );
    },
    add: secret => {
      if (given.has(secret)) return [];
      given.add(secret);
      const parts = partsOf(secret);
      for (const part of parts) secrets.add(part);
      known = undefined;
      return [secret, ...parts].flatMap(masksOf);
    },
    declarePublic: texts => {
      for (const text of texts) names.add(text);
      known = undefined;
    }
  };
}

/**
 * The secret parts of a value: of an address with a login its password, of a text of many lines each line except
 * frames.
 */
function partsOf(secret: string): readonly string[] {
  const password = passwordIn(secret);
  if (password !== undefined && password !== '') return [decodedUrl(password)];
  const lines = secret.split(/\r?\n/).filter(line => line.trim() !== '' && !line.startsWith('-----'));
  return lines.length > 1 ? lines : secret.trim() === '' ? [] : [secret];
}

/**
 * Also of the address of JDBC, which has it as a parameter, and of an address without a host, which is no URL:
 * DigitalOcean answers so while a cluster is made.
 */
function passwordIn(secret: string): string | undefined {
  if (/^jdbc:/i.test(secret)) {
    const password = URL.parse(secret.slice('jdbc:'.length))?.searchParams.get('password');
    return typeof password === 'string' ? encodeURIComponent(password) : undefined;
  }
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(secret)) return undefined;
  return URL.parse(secret)?.password ?? /^[^:]+:\/\/[^:@/?#]*:([^@/?#]*)@/.exec(secret)?.[1];
}

function decodedUrl(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function indexOf(secrets: readonly string[], names: readonly string[]): Index {
  const publicText = names.map(name => plainView(name).text).join('\n');
  const isPublic = (part: string): boolean => publicText.includes(part);
  const long = secrets.filter(secret => secret.length >= TELLING);
  const short = secrets.filter(secret => secret.length < TELLING);
  const shownIn = (secret: string): boolean => isPublic(plainView(secret).text);
  return {
    raw: windowsOf(
      long.flatMap(secret => spellingsOf(secret).raw),
      isPublic
    ),
    plain: windowsOf(
      long.flatMap(secret => spellingsOf(secret).plain),
      isPublic
    ),
    shown: secrets
      .filter(shownIn)
      .map(secret => plainView(secret).text)
      .filter(text => text !== ''),
    short: short
      .filter(secret => !shownIn(secret))
      .flatMap(secret => [
        plainView(secret).text,
        ...spellingsOf(secret)
          .plain.map(({ text }) => text)
          .filter(text => text.length >= LEAST_EXACT)
      ])
      .filter(text => text !== ''),
    exact: secrets
      .filter(secret => plainView(secret).text.length < TELLING && secret.length >= LEAST_EXACT && !shownIn(secret))
      .flatMap(masksOf)
  };
}

function windowsOf(spellings: readonly Spelling[], isPublic: (part: string) => boolean): Windows {
  const byWidth = new Map<number, Parts>();
  for (const { text, width } of spellings) {
    if (width < LEAST_EXACT) continue;
    const parts = byWidth.get(width) ?? { texts: new Set(), beginnings: new Uint8Array(BEGINNINGS) };
    byWidth.set(width, parts);
    for (let at = 0; at + width <= text.length; at += 1) {
      const part = text.slice(at, at + width);
      if (isPublic(part)) continue;
      parts.texts.add(part);
      parts.beginnings[beginningAt(text, at)] = 1;
    }
  }
  return byWidth;
}

const BEGINNINGS = 2 ** 16;

/** A number for the `LEAST_EXACT` characters there. */
function beginningAt(text: string, at: number): number {
  const [first, second] = [text.charCodeAt(at), text.charCodeAt(at + 1)];
  return (first ^ (second << 4) ^ (text.charCodeAt(at + 2) << 8) ^ (text.charCodeAt(at + 3) << 11)) % BEGINNINGS;
}

function rangesIn(view: View, windows: Windows): readonly Range[] {
  const { text } = view;
  const found: Range[] = [];
  for (const [width, { texts, beginnings }] of windows) {
    for (let at = 0; at + width <= text.length; at += 1) {
      if (beginnings[beginningAt(text, at)] === 0 || !texts.has(text.slice(at, at + width))) continue;
      found.push([view.startOf(at), view.endOf(at + width - 1)]);
    }
  }
  return found;
}

function wholeIn(view: View, secrets: readonly string[]): readonly Range[] {
  return secrets.flatMap(secret => {
    const found: Range[] = [];
    for (let at = view.text.indexOf(secret); at >= 0; at = view.text.indexOf(secret, at + 1))
      found.push([view.startOf(at), view.endOf(at + secret.length - 1)]);
    return found;
  });
}

function exactIn(text: string, forms: readonly string[]): readonly Range[] {
  return forms.flatMap(form => {
    const found: Range[] = [];
    for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + form.length))
      found.push([at, at + form.length]);
    return found;
  });
}

/** Overlapping and adjacent ranges become one. */
function replaced(text: string, ranges: readonly Range[]): string {
  let cleaned = '';
  let end = -1;
  for (const [from, to] of ranges.toSorted(([a], [b]) => a - b)) {
    if (from > end) cleaned += `${text.slice(Math.max(end, 0), from)}${REPLACEMENT}`;
    end = Math.max(end, to);
  }
  return cleaned + text.slice(Math.max(end, 0));
}
