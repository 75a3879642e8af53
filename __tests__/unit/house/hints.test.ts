import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { INPUT_NAMES } from '../../../src/spec/input-names.ts';
import { FOLLOWED, NOT_FOLLOWED, type HintName } from '../../support/hints.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const LITERALS = /'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`|"((?:[^"\\\n]|\\.)*)"/g;

/** The hints in a source that name an input: each as the text of its literals. */
function hintsIn(source: string): readonly string[] {
  return [...source.matchAll(/\bhint(?::|\s*=)\s*([^]*?)(?:\n\s*\}|,\n|;\n|\n\n)/g)]
    .map(([, expression = '']) =>
      [...expression.matchAll(LITERALS)].map(([, plain, template, double]) =>
        (plain ?? template ?? double ?? '').replaceAll('\\`', '`')
      )
    )
    .map(literals => literals.join(' | '))
    .filter(text => [...text.matchAll(/`([a-z_0-9]+)(?::[^`]*)?`/g)].some(([, name = '']) => isInput(name)));
}

function isInput(name: string): boolean {
  return INPUT_NAMES.some(one => one === name);
}

const found = globSync('src/**/*.ts', { cwd: ROOT }).flatMap(file =>
  hintsIn(readFileSync(path.join(ROOT, file), 'utf8')).map(text => [file.slice('src/'.length), text] as const)
);
const isOf = ([file, begins]: HintName, [of, text]: readonly [string, string]): boolean =>
  file === of && text.startsWith(begins);

test('every hint that names an input is followed by a test, or says why none can', () => {
  const known: readonly HintName[] = [...FOLLOWED, ...NOT_FOLLOWED].map(([file, begins]) => [file, begins]);
  expect(found.filter(hint => !known.some(one => isOf(one, hint)))).toEqual([]);
  expect(known.filter(one => !found.some(hint => isOf(one, hint)))).toEqual([]);
});

test.each(FOLLOWED)('%s: the hint "%s …" is followed in %s', (_file, _begins, test, title) => {
  const text = readFileSync(path.join(ROOT, '__tests__', `${test}.test.ts`), 'utf8');
  expect(["'", '"', '`'].some(quote => text.includes(`${quote}${title}`))).toBe(true);
});

test('finds a hint across lines, and none without an input', () => {
  expect(hintsIn("  hint: isLive\n    ? 'Set `name`.'\n    : `Wait ${x}.`\n}")).toEqual(['Set `name`. | Wait ${x}.']);
  expect(hintsIn("  hint: 'Set `nothing_like_it`.'\n}")).toEqual([]);
});
