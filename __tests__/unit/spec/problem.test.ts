import { refuseProblems, refuseLiveProblems, type Problem } from '../../../src/spec/problem.ts';

const problems: readonly Problem[] = [{ input: 'engine_version', value: '9', why: 'is not offered' }];

test('inputs that are wrong by themselves are refused before anything is contacted, and that is said', () => {
  expect(() => refuseProblems(problems)).toThrow(
    expect.objectContaining({
      code: 'input-invalid',
      message: 'Invalid input `engine_version`: "9" is not offered',
      hint: 'Nothing was contacted or changed. Correct the inputs of this step and run it again.'
    })
  );
});

test('what only the live state shows is refused without a claim that nobody was asked', () => {
  expect(() => refuseLiveProblems(problems)).toThrow(
    expect.objectContaining({
      code: 'input-invalid',
      hint: 'Nothing was changed. Correct the inputs of this step and run it again.'
    })
  );
});

test.each([refuseProblems, refuseLiveProblems])('nothing wrong is no refusal', refuse => {
  expect(() => refuse([])).not.toThrow();
});
