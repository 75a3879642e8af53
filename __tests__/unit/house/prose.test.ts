import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Phrases that no colleague would say, as patterns of whole words, each with what to write instead. */
const PHRASES: readonly (readonly [pattern: string, instead: string])[] = [
  ['nobody|somebody|anybody|everybody|whoever', 'the noun: no user, another run, the caller'],
  ['anew', 'again'],
  ['wings?', 'provider'],
  ['wish|wishes|wishing', 'desired state'],
  ['beside', 'next to, in addition to, supporting'],
  ['lanes?', 'concurrency group'],
  ['census', 'list of servers'],
  ['lean(?:s|ed) on', 'depends on'],
  ['handed out|hands out', 'returned, set as an output'],
  ['put out|puts out', 'set as an output'],
  ['(?:not )?to be had', 'available'],
  ['all the same', 'still'],
  ['letter by letter', 'exactly'],
  ['is no news', 'is not worth a line'],
  ['last words', 'final snapshot'],
  ['word of yours', 'the input that allows it'],
  ['is a letter', 'may be outdated'],
  ['did not convince', 'the reason'],
  ['without a stir', 'without downtime'],
  ['thrown into the air', 'reported as unhandled'],
  ['bad weather', 'random failures'],

  ['goes away', 'expires, is destroyed'],
  ['mend(?:s|ed|ing)?', 'fix, repair']
];

/** Files that list the old words. */
const QUOTING: readonly string[] = ['docs/adr/0014-one-floor-plan.md', '__tests__/unit/house/words.test.ts'];

/** Verbs that would make a failure an order to the user. */
const ORDERS =
  /^(?:Add|Amend|Ask|Back|Call|Close|Comment|Compare|Copy|Create|Delete|Download|Find|Get|Give|Hide|Keep|Listen|Log in|Look|Make|Open|Read|Record|Reload|Remove|Restore|Run|Send|Set|Start|Stop|Take|Unpack|Update|Use|Verify|Wait|Write)\b/;

const WIDTH = 120;
const ROOT = process.cwd();

function filesOf(...patterns: readonly string[]): readonly string[] {
  return patterns
    .flatMap(pattern => globSync(pattern, { cwd: ROOT }))
    .map(file => file.replaceAll(path.sep, '/'))
    .filter(file => !file.endsWith('house/prose.test.ts') && !QUOTING.includes(file));
}

function linesOf(file: string): readonly string[] {
  return readFileSync(path.join(ROOT, file), 'utf8').split('\n');
}

const programs = filesOf('src/**/*.ts', 'scripts/**/*.{ts,mts,mjs}', '__tests__/**/*.ts');
const pages = filesOf('*.md', 'docs/**/*.md', 'action.yml', 'examples/**/*.yml').filter(
  file => file !== 'CHANGELOG.md'
);

const isComment = (line: string): boolean => /^\s*(?:\/\/|\/\*|\*(?: |\/|$))/.test(line);

/** An address can't be wrapped. */
const isAddress = (line: string): boolean => /^\s*(?:\/\/|\/?\*{1,2}) https?:\/\/\S+(?: \*\/)?$/.test(line);

/** The comment at the end of a line of code, or the line when it is a comment; the title when a test begins in it. */
function proseOf(line: string): string {
  if (isComment(line)) return line;
  const title = /^\s*(?:(?:test|describe)\b[^'"`]*|[^'"`]*\)\s*)\(\s*(['"`])(?<title>.+)\1\s*,/.exec(line);
  return title?.groups?.['title'] ?? /(?<=[;,{(\s])\/\/ .*$/.exec(line)?.[0] ?? '';
}

/** Code in backticks may name anything. */
const withoutCode = (text: string): string => text.replaceAll(/`[^`]*`/g, '``');

const ANY_PHRASE = new RegExp(`(?<![\\w-])(?:${PHRASES.map(([pattern]) => pattern).join('|')})(?![\\w-])`, 'gi');

/** The phrases in a text, each with what to write instead. */
function phrasesIn(text: string): readonly string[] {
  return (withoutCode(text).match(ANY_PHRASE) ?? []).map(found => {
    const [, instead = ''] = PHRASES.find(([pattern]) => new RegExp(`^(?:${pattern})$`, 'i').test(found)) ?? [];
    return `${found} (${instead})`;
  });
}

/** The beginnings of the messages that are thrown in a text: a literal after the name of an error. */
function failuresIn(text: string): readonly string[] {
  return [...text.matchAll(/new (?:ActionError|ProviderError)\(\s*(['"`])(.*?)\1/g)].map(
    ([, , message = '']) => message
  );
}

test('no comment is wider than the code', () => {
  const wide = programs.flatMap(file =>
    linesOf(file).flatMap((line, at) =>
      line.length > WIDTH && isComment(line) && !isAddress(line) ? [`${file}:${at + 1}`] : []
    )
  );
  expect(wide).toEqual([]);
});

test('comments and titles of tests use the words of the field', () => {
  const found = programs.flatMap(file =>
    linesOf(file).flatMap((line, at) => phrasesIn(proseOf(line)).map(phrase => `${file}:${at + 1}: ${phrase}`))
  );
  expect(found).toEqual([]);
});

test('pages and descriptions use the words of the field', () => {
  const found = pages.flatMap(file =>
    linesOf(file).flatMap((line, at) => phrasesIn(line).map(phrase => `${file}:${at + 1}: ${phrase}`))
  );
  expect(found).toEqual([]);
});

test('a failure says what could not be done, and gives no order', () => {
  const orders = filesOf('src/**/*.ts').flatMap(file =>
    failuresIn(readFileSync(path.join(ROOT, file), 'utf8'))
      .filter(message => ORDERS.test(message))
      .map(message => `${file}: ${message}`)
  );
  expect(orders).toEqual([]);
});

test('a call of GitHub completes "Could not …"', () => {
  const names = filesOf('src/github/**/*.ts').flatMap(file =>
    linesOf(file).flatMap((line, at) => (/\bwhat: ['"`][A-Z]/.test(line) ? [`${file}:${at + 1}`] : []))
  );
  expect(names).toEqual([]);
});

test('finds them where they stand', () => {
  expect(proseOf('const a = 1; // anew')).toBe('// anew');
  expect(proseOf("  test('is made anew', () => {")).toBe('is made anew');
  expect(proseOf("  ])('%s is made anew', async () => {")).toBe('%s is made anew');
  expect(proseOf("  const wish = 'anew';")).toBe('');
  expect(phrasesIn('The server is made anew.')).toEqual(['anew (again)']);
  expect(phrasesIn('What `nobody` owns, and renewal.')).toEqual([]);
  expect(isAddress(` * https://example.com/${'a'.repeat(WIDTH)}`)).toBe(true);
  expect(
    failuresIn("throw new ActionError(\n  'Keep the file: EACCES', {})").filter(one => ORDERS.test(one))
  ).toHaveLength(1);
});
