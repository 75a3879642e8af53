import { runInNewContext } from 'node:vm';
import { compileModulesAtOnce } from '../../../../scripts/build/modules.mts';

describe('the functions of modules in a bundle', () => {
  test.each([
    ['arrow functions', 'x={1:(e,t)=>{t.a=e},2:()=>{}}', 'x={1:(function(e,t){t.a=e}),2:(function(){})}'],
    ['of one parameter without parentheses', 'x={1:e=>{e()}}', 'x={1:(function(e){e()})}'],
    ['plain functions', 'x={1:function(e){this.a=e}}', 'x={1:(function(e){this.a=e})}'],
    [
      'after letters of several bytes',
      'x={1:e=>{e("é✓𝄞")},2:e=>{e("ü")}}',
      'x={1:(function(e){e("é✓𝄞")}),2:(function(e){e("ü")})}'
    ],
    [
      'with functions of their own, which stay as they are',
      'x={1:e=>{e({7:t=>{t()}})}}',
      'x={1:(function(e){e({7:t=>{t()}})})}'
    ],
    [
      'with a class, whose `this` is its own',
      'x={1:e=>{e.C=class{m(){return this}}}}',
      'x={1:(function(e){e.C=class{m(){return this}}})}'
    ]
  ])('get parentheses: %s', async (_, source, expected) => {
    expect(await compileModulesAtOnce(source)).toBe(expected);
  });

  test.each([
    ['that return without a body', 'x={1:e=>e()}'],
    ['under names', 'x={a:e=>{e()}}'],
    ['that use the `this` around them', 'x={1:e=>{e(this)}}'],
    ['that use the `arguments` around them', 'x={1:e=>{e(()=>arguments)}}'],
    ['that use the `new.target` around them', 'function F(){x={1:e=>{e(new.target)}}}']
  ])('stay as they are: %s', async (_, source) => {
    expect(await compileModulesAtOnce(source)).toBe(source);
  });

  test('do the same as before', async () => {
    const source =
      '(()=>{var r={10:(e,t)=>{e.a=t(20)+1},20:(e)=>{return 41}};function a(n){var e={};return r[n](e,a)??e.a}return a(10)})()';
    const built = await compileModulesAtOnce(source);
    expect(built).not.toBe(source);
    expect([runInNewContext(source), runInNewContext(built)]).toEqual([42, 42]);
  });
});
