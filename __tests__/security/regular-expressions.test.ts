import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const SOURCE = path.resolve(import.meta.dirname, '../../src');

/** Every regular expression that is written out in a file, without its slashes and flags. */
function expressionsIn(text: string): readonly string[] {
  const found = text.matchAll(
    /(?:^|[=(,:!&|?{;[\n]|=>|return)\s*\/((?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])*)\/[dgimsuvy]*/g
  );
  return [...found].map(match => match[1] ?? '');
}

/**
 * Whether a group that repeats without a bound holds something that does so too, and so could take a time that explodes
 * with the length.
 */
function nests(expression: string): boolean {
  const plain = expression.replace(/\\./g, 'x').replace(/\[(?:[^\]])*\]/g, 'x');
  const open: number[] = [];
  for (let at = 0; at < plain.length; at += 1) {
    if (plain[at] === '(') open.push(at);
    if (plain[at] !== ')') continue;
    const from = open.pop() ?? 0;
    const repeats = /^(?:[*+]|\{\d+,\})/.test(plain.slice(at + 1));
    if (repeats && /(?:[*+]|\{\d+,\})/.test(plain.slice(from + 1, at))) return true;
  }
  return false;
}

/**
 * Checked by hand: each repetition begins with a character that the one before can't have taken, or nothing that could
 * fail follows, so that there is one way to match a text.
 */
const LINEAR: readonly string[] = [
  String.raw`\p{Extended_Pictographic}\uFE0F?(?:\u200D\p{Extended_Pictographic}\uFE0F?)*`,
  String.raw`\d+(?:[._]\d+)*`,
  String.raw`(?:"(?:[^"]|"")*"|[^,])+`,
  String.raw`^[a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_$]*)*$`
];

test('no regular expression repeats a repetition', () => {
  const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ts'));
  const all = files.flatMap(file =>
    expressionsIn(readFileSync(path.join(SOURCE, file), 'utf8')).map(expression => ({ file, expression }))
  );
  expect(all.length).toBeGreaterThan(150);
  const nested = all.filter(({ expression }) => nests(expression) && !LINEAR.some(one => expression.startsWith(one)));
  expect(nested).toEqual([]);
});

test.each([
  ['(a+)+$', true],
  ['(?:\\w+\\s?)*x', true],
  ['(a|b*){2,}', true],
  ['(a{2,3})+', false],
  ['(ab)+c*', false],
  ['[(a+)+]', false]
])('%s nests: %s', (expression, expected) => {
  expect(nests(expression)).toBe(expected);
});
