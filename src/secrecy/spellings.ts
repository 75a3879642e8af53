import { plainView, rawView } from './view.ts';

/** Characters of a secret that identify it: a part of this length is hidden, a shorter one reveals too little. */
export const TELLING = 8;

/** A shorter plain view is a part of too many words. */
const LEAST_PLAIN = 5;

/** A text to be found in a view: all of it, and each part of `width` characters. */
export interface Spelling {
  readonly text: string;
  readonly width: number;
}

/** The spellings of a secret by the view in which they are found. */
export interface Spellings {
  readonly raw: readonly Spelling[];
  readonly plain: readonly Spelling[];
}

/**
 * The spellings of a secret that do not come from escapes: as it is, in hexadecimal digits, and in base64 and base64url
 * at each of the three offsets in a group of three bytes, so that it is found next to any text that it was encoded with
 * (`user:password`). URL, JSON, SQL, HTML and shell spellings have one plain view.
 */
export function spellingsOf(secret: string): Spellings {
  const bytes = Buffer.from(secret, 'utf8');
  const plain = plainView(secret).text;
  return {
    raw: [{ text: rawView(secret).text, width: TELLING }],
    plain: [
      // A secret that itself holds escapes gets shorter.
      { text: plain, width: Math.max(LEAST_PLAIN, Math.min(TELLING, plain.length)) },
      { text: bytes.toString('hex'), width: 2 * TELLING },
      ...[0, 1, 2].flatMap(offset => base64At(bytes, offset))
    ]
  };
}

function base64At(bytes: Buffer, offset: number): readonly Spelling[] {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
  // The characters at both ends hold bits of the neighbours.
  const core = text.slice(offset === 0 ? 0 : offset + 1, Math.floor((8 * (offset + bytes.length)) / 6));
  const width = Math.ceil((TELLING * 4) / 3);
  const forms = [...new Set([core, core.replaceAll('+', '-').replaceAll('/', '_')])];
  return forms.map(form => {
    const { text: found } = plainView(form);
    return { text: found, width: Math.min(width, found.length) };
  });
}

/**
 * Whole spellings for the runner's own masks, which match a text literally. Those of one or two characters are left
 * out: they would blank the whole log.
 */
export function masksOf(secret: string): readonly string[] {
  const lines = secret.split(/\r?\n/).filter(line => line.trim() !== '');
  const json = JSON.stringify(secret).slice(1, -1);
  const encoded = encodeURIComponent(secret.toWellFormed());
  const masks = [
    secret,
    ...(lines.length > 1 ? lines : []),
    encoded,
    encoded.replace(/%[0-9A-F]{2}/g, escape => escape.toLowerCase()),
    encoded.replaceAll('%20', '+'),
    // As forms have it, and the parameters of a JDBC address.
    new URLSearchParams([['', secret]]).toString().slice(1),
    json,
    JSON.stringify(json).slice(1, -1),
    secret.replaceAll("'", "''"),
    secret.replaceAll("'", String.raw`'\''`),
    secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
    ...(secret.length < TELLING
      ? []
      : [Buffer.from(secret).toString('base64'), Buffer.from(secret).toString('base64url')]),
    ...(secret.length < TELLING ? [] : [Buffer.from(secret).toString('hex')])
  ];
  return [...new Set(masks)].filter(mask => mask.trim().length > 2);
}
