import { grouped } from './labels.ts';

/** The characters of nearly every value. */
const PLAIN = /^[ -~]*$/;
/**
 * Emoji with their joiners and variation selectors stay whole; every other invisible or control character is caught.
 */
const SPECIAL =
  /\p{Extended_Pictographic}\uFE0F?(?:\u200D\p{Extended_Pictographic}\uFE0F?)*|[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2028\u2029]/gu;

/**
 * The text with invisible characters made visible, and those that steer a terminal or the direction of writing: a
 * newline becomes `↵`, other ASCII controls their pictures (`␛`, `␉`), the rest `<U+202E>`. One line, well-formed
 * Unicode, safe to print anywhere.
 */
export function visible(value: string): string {
  if (PLAIN.test(value)) return value;
  return value
    .toWellFormed()
    .replaceAll('\r\n', '\n')
    .replace(SPECIAL, found => {
      const point = found.codePointAt(0) ?? 0;
      if (/^\p{Extended_Pictographic}/u.test(found)) return found;
      if (found === '\n') return '↵';
      if (point < 0x20) return String.fromCodePoint(0x2400 + point);
      if (point === 0x7f) return '␡';
      return `<U+${point.toString(16).toUpperCase().padStart(4, '0')}>`;
    });
}

/**
 * At most about `limit` characters: a longer text keeps its two ends, with its length between them. Never cuts a
 * character in two.
 */
export function shorten(value: string, limit: number): string {
  if (value.length <= limit) return value;
  const characters = Array.from(value);
  if (characters.length <= limit) return value;
  const middle = ` … (${grouped(characters.length)} characters) … `;
  const kept = Math.max(limit - middle.length, 8);
  const head = Math.ceil(kept * 0.6);
  return `${characters.slice(0, head).join('')}${middle}${characters.slice(head - kept).join('')}`;
}
