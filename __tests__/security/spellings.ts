import * as fc from 'fast-check';

const hexOf = (text: string): string => Buffer.from(text, 'utf8').toString('hex');
const percent = (text: string, digits: (hex: string) => string): string =>
  hexOf(text).replace(/../g, byte => `%${digits(byte)}`);
const entities = (text: string, one: (point: number) => string): string =>
  Array.from(text, character => one(character.codePointAt(0) ?? 0)).join('');

/** How clouds, proxies, databases, shells and libraries spell a value, written independently of `src`. */
export const SPELLINGS: Readonly<Record<string, (secret: string) => string>> = {
  'as it is': secret => secret,
  'in a URL': secret => encodeURIComponent(secret),
  'in a URL, lower case': secret => encodeURIComponent(secret).replace(/%../g, escape => escape.toLowerCase()),
  'in a URL, every byte': secret => percent(secret, hex => hex.toUpperCase()),
  'in a URL, every byte in lower case': secret => percent(secret, hex => hex),
  'in a URL in a URL': secret => encodeURIComponent(encodeURIComponent(secret)),
  'in a form': secret => new URLSearchParams({ v: secret }).toString().slice(2),
  'in JSON': secret => JSON.stringify(secret).slice(1, -1),
  'in JSON in JSON': secret => JSON.stringify(JSON.stringify(secret)).slice(1, -1),
  'in JSON of ASCII': secret =>
    JSON.stringify(secret)
      .slice(1, -1)
      .replace(/[^ -~]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  'in JSON as Go writes it': secret =>
    JSON.stringify(secret)
      .slice(1, -1)
      .replaceAll('<', '\\u003c')
      .replaceAll('>', '\\u003e')
      .replaceAll('&', '\\u0026'),
  'in SQL': secret => secret.replaceAll("'", "''"),
  'in an escape string of SQL': secret => secret.replaceAll('\\', '\\\\').replaceAll("'", "\\'"),
  'in HTML': secret =>
    secret
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&#39;'),
  'in HTML, every character': secret => entities(secret, point => `&#${point};`),
  'in HTML, in hexadecimal': secret => entities(secret, point => `&#x${point.toString(16)};`),
  'quoted for a shell': secret => secret.replaceAll("'", String.raw`'\''`),
  'quoted for a shell, otherwise': secret => secret.replaceAll("'", `'"'"'`),
  'escaped for a shell': secret => secret.replace(/[^A-Za-z0-9\u0080-\u{10ffff}]/gu, character => `\\${character}`),
  'in base64': secret => Buffer.from(secret).toString('base64'),
  'in base64url': secret => Buffer.from(secret).toString('base64url'),
  'in base64 as a login': secret => Buffer.from(`alice:${secret}`).toString('base64'),
  'in base64 as a longer login': secret => Buffer.from(`keeper:${secret}@db`).toString('base64'),
  'in base64 in a URL': secret => encodeURIComponent(Buffer.from(`kim:${secret}`).toString('base64')),
  'in hexadecimal': secret => hexOf(secret),
  'in hexadecimal, upper case': secret => hexOf(secret).toUpperCase(),
  'split over lines': secret => secret.replace(/.{5}/gsu, part => `${part}\n  `),
  'in base64 split over lines': secret =>
    Buffer.from(`alice:${secret}`)
      .toString('base64')
      .replace(/.{10}/g, part => `${part}\r\n`),
  'in upper case': secret => secret.replace(/[a-z]/g, letter => letter.toUpperCase()),
  'cut off at its end': secret => Array.from(secret).slice(0, -1).join(''),
  'cut off at its beginning': secret => Array.from(secret).slice(1).join('')
};

/** Passwords as people and generators make them: with every character that some spelling treats in its own way. */
export const passwords: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.constantFrom(...Array.from('abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ0123456789'))
      },
      { weight: 4, arbitrary: fc.constantFrom(...Array.from(`!#$%&'()*,-./:;<=>?@[]^_{|}~"\\`)) },
      { weight: 1, arbitrary: fc.constantFrom('ö', 'é', 'ß', '漢', '😀', ' ', '+', '`') }
    ),
    { minLength: 10, maxLength: 40 }
  )
  .map(characters => characters.join(''))
  // A value of blanks and quotes alone cannot be recognised.
  .filter(secret => secret.replace(/[\s"'`+\\]/g, '').length >= 9 && secret.trim() === secret);

export const spellingNames: fc.Arbitrary<string> = fc.constantFrom(...Object.keys(SPELLINGS));

/** A secret in one of its spellings. */
export function spelled(secret: string, name: string): string {
  const spell = SPELLINGS[name];
  if (spell === undefined) throw new Error(`no spelling ${name}`);
  return spell(secret);
}
