import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cleanUp } from '../../../../src/providers/local/clean-up.ts';
import { fakeContext } from '../../../support/fake-context.ts';

test('the end of a job logs nothing about a server that was never created', async () => {
  const temp = await mkdtemp(path.join(tmpdir(), 'pgkeep-clean-up-'));
  const execution = fakeContext();
  const paths = { temp, toolCache: temp, workspace: temp, action: temp };
  await cleanUp({ name: 'orders', keep: false, jobFailed: false, env: {}, paths, execution });
  expect(execution.lines).toEqual([]);
});
