/**
 * Of jest's own parts, not those that `npm test` runs with: a mutant is put into a source by the transform, and
 * switched on by the environment.
 *
 * @type {import('jest').Config}
 */
export default {
  rootDir: '../..',
  globalSetup: '<rootDir>/__tests__/support/set-up.ts',
  globalTeardown: '<rootDir>/__tests__/support/tear-down.ts',
  // Tests of the bundle know nothing of a mutant.
  testMatch: ['<rootDir>/__tests__/{unit,security,clouds}/**/*.test.ts'],
  testEnvironment: '<rootDir>/scripts/mutate/environment.mjs',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.m?ts$': ['<rootDir>/scripts/mutate/transform.mjs', {}] },
  testTimeout: 30_000,
  maxWorkers: 1
};
