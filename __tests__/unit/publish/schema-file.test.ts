import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readEvent } from '../../../src/github/event.ts';
import { publish } from '../../../src/publish/publish.ts';
import type { Runtime } from '../../../src/runner/runtime.ts';
import { fakeContext } from '../../support/fake-context.ts';
import { TARGET } from '../../support/resources.ts';

test('the statements of each comparison in a job are in a file of their own', async () => {
  const temp = mkdtempSync(path.join(tmpdir(), 'pgkeep-schemas-'));
  const event = readEvent({ GITHUB_EVENT_NAME: 'push', GITHUB_REPOSITORY: 'acme/shop', GITHUB_SHA: 'f00d' }, '{}');
  const fileOf = async (target: Partial<typeof TARGET>, base = 'orders'): Promise<string | undefined> => {
    const outputs: Record<string, string> = {};
    const runtime = {
      ...fakeContext(),
      env: {},
      paths: { temp },
      setOutput: (name: string, value: string) => void (outputs[name] = value),
      writeSummary: async () => {}
    } as unknown as Runtime;
    const schema = { diff: { base, database: 'pr_7', changes: [] }, target: { ...TARGET, pullRequest: 7, ...target } };
    const runResult = { command: 'schema-diff', result: 'no-changes', schema } as const;
    await publish({ runtime, event, inputs: undefined, runResult, enough: AbortSignal.timeout(1000) });
    return outputs['schema_diff'];
  };
  try {
    const files = [
      await fileOf({}),
      await fileOf({ environment: 'staging' }),
      await fileOf({ region: 'eu-west-1' }),
      await fileOf({ account: '123456789012' }),
      await fileOf({}, 'template')
    ];
    expect(new Set(files).size).toBe(5);
    expect(await fileOf({})).toBe(files[0]);
    expect(files.every(file => file !== undefined && existsSync(file))).toBe(true);
  } finally {
    rmSync(temp, { recursive: true, force: true });
  }
});
