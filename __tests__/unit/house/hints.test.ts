import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { INPUT_NAMES } from '../../../src/spec/input-names.ts';
import { FOLLOWED, type HintName } from '../../support/hints.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const LITERALS = /'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`|"((?:[^"\\\n]|\\.)*)"/g;

const EXPRESSIONS = /\bhint(?::|\s*=)\s*([^]*?)(?:\n\s*\}|,\n|;\n|\n\n)/g;
const CONSTANTS = /^(?:export )?const (\w+)(?::[^=\n]*)?\s*=\s*([^]*?);\n/gm;
const FUNCTIONS = /^(?:export )?function (\w*hint\w*)\(([^]*?)\n\}/gim;

/** The hints in a source that name an input: each as the text of its literals. */
function hintsIn(source: string): readonly string[] {
  return [...source.matchAll(EXPRESSIONS)]
    .map(([, expression = '']) => literalsIn(expression).join(' | '))
    .filter(namesInput);
}

/** Names of constants that some hint is: `hint: START_FIRST`. */
function constantsIn(source: string): readonly string[] {
  return [...source.matchAll(EXPRESSIONS), ...source.matchAll(/\bhint: (\w+)/g)].flatMap(
    ([, expression = '']) => expression.replaceAll(LITERALS, '').match(/\b[A-Z][A-Z_]{2,}\b/g) ?? []
  );
}

/** Each literal that names an input, of constants that hold hints, as texts or in tables, and of functions for them. */
function heldHintsIn(source: string, constants: ReadonlySet<string>): readonly string[] {
  const held = [...source.matchAll(CONSTANTS)].filter(([, name = '']) => constants.has(name) || /hint/i.test(name));
  return [...held, ...source.matchAll(FUNCTIONS)].flatMap(([, , text = '']) => literalsIn(text)).filter(namesInput);
}

function literalsIn(expression: string): readonly string[] {
  return [...expression.matchAll(LITERALS)].map(([, plain, template, double]) =>
    (plain ?? template ?? double ?? '').replaceAll('\\`', '`')
  );
}

function namesInput(text: string): boolean {
  return [...text.matchAll(/`([a-z_0-9]+)(?::[^`]*)?`/g)].some(([, name = '']) => isInput(name));
}

function isInput(name: string): boolean {
  return INPUT_NAMES.some(one => one === name);
}

const sources = globSync('src/**/*.ts', { cwd: ROOT }).map(
  file => [file.slice('src/'.length), readFileSync(path.join(ROOT, file), 'utf8')] as const
);
const constants = new Set(sources.flatMap(([, source]) => constantsIn(source)));
const found = sources.flatMap(([file, source]) =>
  [...hintsIn(source), ...heldHintsIn(source, constants)].map(text => [file, text] as const)
);
const isOf = ([file, begins]: HintName, [of, text]: readonly [string, string]): boolean =>
  file === of && text.startsWith(begins);

test('every hint that names an input is followed by a test', () => {
  const known: readonly HintName[] = FOLLOWED.map(([file, begins]) => [file, begins]);
  expect(found.filter(hint => !known.some(one => isOf(one, hint)))).toEqual([]);
  expect(known.filter(one => !found.some(hint => isOf(one, hint)))).toEqual([]);
});

test.each(FOLLOWED)('%s: the hint "%s …" is followed in %s', (_file, _begins, test, title) => {
  const text = readFileSync(path.join(ROOT, '__tests__', `${test}.test.ts`), 'utf8');
  expect(["'", '"', '`'].some(quote => text.includes(`${quote}${title}`))).toBe(true);
});

test('finds a hint that a constant, a table or a function holds', () => {
  const source = "const OPEN = 'Set `name`.';\nconst HINTS = {\n  a: 'Set `port`.',\n  b: 'Wait.'\n};\n";
  const made = 'function hintOf(x: string): string {\n  return `Set \\`tags: ${x}\\`.`;\n}\n';
  expect(constantsIn('{ code, hint: OPEN }\nhint: isLive ? LATER : OPEN\n}')).toEqual(
    expect.arrayContaining(['LATER', 'OPEN'])
  );
  expect(heldHintsIn(source, new Set(['OPEN']))).toEqual(['Set `name`.', 'Set `port`.']);
  expect(heldHintsIn(source, new Set())).toEqual(['Set `port`.']);
  expect(heldHintsIn(made, new Set())).toEqual(['Set `tags: ${x}`.']);
});

test('finds a hint across lines, and none without an input', () => {
  expect(hintsIn("  hint: isLive\n    ? 'Set `name`.'\n    : `Wait ${x}.`\n}")).toEqual(['Set `name`. | Wait ${x}.']);
  expect(hintsIn("  hint: 'Set `nothing_like_it`.'\n}")).toEqual([]);
});
