import { availableParallelism } from 'node:os';
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
  // Half as many more than cores, since a test waits for its step at times: on two cores a twentieth of them has nothing
  // to do. With five workers on two, the same tests take a quarter more of CPU. No more than memory has room for.
  maxWorkers: Math.min(8, Math.ceil(availableParallelism() * 1.5))
};
