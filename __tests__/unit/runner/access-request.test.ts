import { accessRequest } from '../../../src/runner/access-request.ts';
import type { CommandName, Settings } from '../../../src/spec/catalogue.ts';
import { testContext } from '../../support/real-server.ts';

const rules = { remember: () => {}, forget: () => {} };

function isAllowed(command: CommandName, isDryRun = false, more: Settings = {}): boolean | undefined {
  const run = { command, isDryRun, id: '1-1', timeoutMinutes: 30 };
  return accessRequest(testContext(), { runner_access: 'step', ...more }, run, rules)?.isAllowed;
}

test.each<CommandName>(['plan', 'check', 'outputs', 'doctor', 'schema-diff', 'import'])(
  '%s changes nothing, and so it does not open the firewall',
  command => {
    expect(isAllowed(command)).toBe(false);
    expect(isAllowed(command, false, { runner_access_in_plan: true })).toBe(true);
  }
);

test('an operation opens it, and does not with `dry_run`', () => {
  expect(isAllowed('restart')).toBe(true);
  expect(isAllowed('restart', true)).toBe(false);
  expect(isAllowed('restart', true, { runner_access_in_plan: true })).toBe(true);
});

test('nothing is asked for without `runner_access`', () => {
  expect(isAllowed('apply', false, { runner_access: false })).toBeUndefined();
});
