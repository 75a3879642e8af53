/** @type {import('jest').Config} */
export default {
  globalSetup: '<rootDir>/__tests__/support/set-up.ts',
  globalTeardown: '<rootDir>/__tests__/support/tear-down.ts',
  testMatch: ['<rootDir>/__tests__/**/*.test.ts'],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': ['@swc/jest', { swcrc: true }] },
  collectCoverageFrom: ['src/**/*.ts'],
  coverageProvider: 'v8',
  coverageReporters: ['text-summary'],
  testTimeout: 120_000,
  // One more than the cores of the smallest machine: a test waits for its step half of the time.
  maxWorkers: 3
};
