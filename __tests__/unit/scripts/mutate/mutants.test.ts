import { runInNewContext } from 'node:vm';
import { transformSync } from '@swc/core';
import { draw } from '../../../../scripts/mutate/draw.mts';
import { changed, instrumented } from '../../../../scripts/mutate/instrument.mts';
import { sitesOf } from '../../../../scripts/mutate/sites.mts';

const kindsIn = (source: string): readonly string[] => sitesOf(source).map(({ kind }) => kind);

test.each([
  ['const a = b < c;', ['< to <=', '< to >=']],
  ['const a = b ?? c;', ['no fallback', 'the fallback']],
  ['if (a) b();', ['always', 'never', 'no statement']],
  ['const a = b < c ? -1 : 1;', ['always', 'never', '< to <=', '< to >=']],
  ['const a = [b, ...c];', ['no element', 'no elements']],
  ['const a = { b, ...c, d: !e };', ['no member', 'no members', 'no member', 'without !']],
  ["switch (a) { case 'b': throw new Error(`no ${a}`); default: }", ['no such case', 'no throw']],
  ['const a = b.some(c).filter(d);', ['no filter()', 'some() to every()']],
  ["import a from 'b'; export * from 'c'; type D = 'e' | 1; const f = { message: 'words' };", ['no member']]
])('%s has the changes %j', (source, kinds) => {
  expect([...kindsIn(source)].sort()).toEqual([...kinds].sort());
});

test('each change is switched on alone, also within another one, and after letters of several bytes', () => {
  const source = "const é = '→'; const f = (a: number): boolean => a > 1 && !(a === 3);";
  const mutants = sitesOf(source).map((site, id) => ({ id, site }));
  const run = (text: string, on: number): readonly boolean[] => {
    const { code } = transformSync(`${text} globalThis.answer = [1, 2, 3].map(f);`, {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }
    });
    const scope = { pgkeepMutant: (id: number) => id === on, answer: [] as readonly boolean[] };
    runInNewContext(code, { globalThis: scope });
    return [...scope.answer];
  };
  const all = instrumented(source, mutants);
  expect(run(all, -1)).toEqual([false, true, false]);
  for (const mutant of mutants) expect(run(all, mutant.id)).toEqual(run(changed(source, mutant), -1));
  expect(mutants.filter(({ id }) => run(all, id).join() !== 'false,true,false').length).toBeGreaterThan(5);
});

test('a draw is the same for the same seed, keeps the order, and another one for another seed', () => {
  const all = Array.from({ length: 1000 }, (_, at) => at);
  const one = draw(all, 50, 7);
  expect(one).toEqual(draw(all, 50, 7));
  expect(one).toEqual([...one].sort((a, b) => a - b));
  expect(new Set(one).size).toBe(50);
  expect(draw(all, 50, 8)).not.toEqual(one);
  expect(draw([1, 2], 50, 8)).toEqual([1, 2]);
});
