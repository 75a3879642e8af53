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
