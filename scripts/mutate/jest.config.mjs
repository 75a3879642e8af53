import base from '../../jest.config.mjs';

/** @type {import('jest').Config} */
export default {
  ...base,
  rootDir: '../..',
  // Tests of the bundle know nothing of a mutant.
  testMatch: ['<rootDir>/__tests__/{unit,security,clouds}/**/*.test.ts'],
  // A mutant needs modules of its own for each test file.
  testRunner: 'jest-circus/runner',
  extensionsToTreatAsEsm: ['.ts'],
  testEnvironment: '<rootDir>/scripts/mutate/environment.mjs',
  transform: { '\\.ts$': ['<rootDir>/scripts/mutate/transform.mjs', {}] },
  testTimeout: 30_000,
  maxWorkers: 1
};
