import { loadSourceAsModules } from './__tests__/support/runner/source-hooks.mts';

loadSourceAsModules();

/** @type {import('jest').Config} */
export default {
  globalSetup: '<rootDir>/__tests__/support/set-up.ts',
  globalTeardown: '<rootDir>/__tests__/support/tear-down.ts',
  testMatch: ['<rootDir>/__tests__/**/*.test.ts'],
  testEnvironment: '<rootDir>/__tests__/support/runner/environment.mts',
  testRunner: '<rootDir>/__tests__/support/runner/run-file.mts',
  transform: {},
  collectCoverageFrom: ['src/**/*.ts'],
  coverageProvider: 'v8',
  coverageReporters: ['text-summary'],
  testTimeout: 120_000,
  // Three more than the cores of the smallest machine: a test waits for its step half of the time. With four of them
  // a quarter of both cores had nothing to do.
  maxWorkers: 5
};
