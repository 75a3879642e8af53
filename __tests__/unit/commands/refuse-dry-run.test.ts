import { refuseDryRun } from '../../../src/commands/refuse-dry-run.ts';
import type { CommandName } from '../../../src/spec/catalogue.ts';

test.each<CommandName>(['apply', 'destroy', 'release', 'snapshot'])('%s does not do its work with `dry_run`', name => {
  expect(() => refuseDryRun(name, true)).toThrow(
    expect.objectContaining({ code: 'input-invalid', hint: expect.stringMatching(/remove `dry_run`/i) as string })
  );
  expect(() => refuseDryRun(name, false)).not.toThrow();
});

test.each<CommandName>(['plan', 'check', 'sweep', 'stop', 'failover'])('%s takes `dry_run`', name => {
  expect(() => refuseDryRun(name, true)).not.toThrow();
});
