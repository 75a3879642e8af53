import { crossCheckRun } from '../../../src/spec/checks.ts';
import { askedInputs, FEATURES, type FeatureName } from '../../../src/spec/features.ts';
import { refuseProblems, refuseLiveProblems, type Problem } from '../../../src/spec/problem.ts';

const problems: readonly Problem[] = [{ input: 'engine_version', value: '9', why: 'is not offered' }];

test('invalid inputs are refused before anything is contacted, and the message says so', () => {
  expect(() => refuseProblems(problems)).toThrow(
    expect.objectContaining({
      code: 'input-invalid',
      message: 'Invalid input `engine_version`: "9" is not offered',
      hint: 'Nothing was contacted or changed. Correct the inputs of this step and run it again.'
    })
  );
});

test('a problem that only the live state shows is refused without that claim', () => {
  expect(() => refuseLiveProblems(problems)).toThrow(
    expect.objectContaining({
      code: 'input-invalid',
      hint: 'Nothing was changed. Correct the inputs of this step and run it again.'
    })
  );
});

test.each([refuseProblems, refuseLiveProblems])('no problem is not a refusal', refuse => {
  expect(() => refuse([])).not.toThrow();
});

test('a hundred problems are shown, and the others counted', () => {
  const many = (count: number): string => {
    const all = Array.from({ length: count }, (_, at) => ({ input: `input_${at}`, why: 'is not an input' }));
    try {
      refuseProblems(all);
    } catch (thrown) {
      return (thrown as Error).message;
    }
    return 'no refusal';
  };
  expect(many(100)).toMatch(/^100 inputs are invalid:(\n {2}- .*){100}$/);
  expect(many(102)).toMatch(/^102 inputs are invalid:(\n {2}- .*){100}\n {2}and 2 more: a message shows at most 100$/);
});

test('a name in `adopt_existing` that is not the name says what is allowed', () => {
  const of = (adopts: string | true, name?: string): readonly Problem[] =>
    crossCheckRun({ adopt_existing: adopts }, name);
  expect(of('orders2', 'orders')).toEqual([
    {
      input: 'adopt_existing',
      value: 'orders2',
      why: 'is not the `name` (orders)',
      allowed: 'the same name, or none'
    }
  ]);
  expect([of('Orders', 'orders'), of(true, 'orders'), of('orders2')]).toEqual([[], [], []]);
});

test.each([
  [undefined, false],
  [false, false],
  [0, false],
  ['', false],
  [[], false],
  [{}, false],
  [true, true],
  [1, true],
  ['a', true],
  [['a'], true],
  [{ a: 1 }, true]
])('an input that is %p counts as asked for: %p', (value, isAsked) => {
  for (const [feature, { inputs }] of Object.entries(FEATURES)) {
    const [input] = inputs;
    if (input === undefined) continue;
    const asked = askedInputs(feature as FeatureName, { [input]: value });
    expect(asked).toEqual(isAsked ? [input] : []);
  }
});
