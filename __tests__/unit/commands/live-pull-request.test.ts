import { livePullRequest } from '../../../src/commands/live-pull-request.ts';
import type { Run } from '../../../src/commands/command.ts';
import { fakeContext } from '../../support/fake-context.ts';

/** The state of pull request #7 for a run without a token, which can't ask GitHub. */
async function believed(event: Readonly<Record<string, unknown>>): Promise<unknown> {
  const execution = fakeContext();
  const inputs = { secrets: new Map() };
  return livePullRequest({ runtime: { env: {}, log: execution.log }, execution, inputs, event } as unknown as Run, 7);
}

const GONE = { state: 'gone', why: 'was closed when this run began' };
const UNKNOWN = { state: 'unknown' };

test.each([
  ['a label on a closed one', { kind: 'pull_request', pullRequest: { number: 7, state: 'closed' } }, GONE],
  ['a push to an open one', { kind: 'pull_request', pullRequest: { number: 7, state: 'open' } }, UNKNOWN],
  ['a run that names a merged one', { kind: 'workflow_dispatch', about: { number: 7, state: 'merged' } }, GONE],
  ['a run that names an open one', { kind: 'workflow_dispatch', about: { number: 7, state: 'open' } }, UNKNOWN],
  ['an event of another one', { kind: 'pull_request', pullRequest: { number: 8, state: 'closed' } }, UNKNOWN],
  ['a schedule', { kind: 'schedule' }, UNKNOWN]
])('where GitHub can not be asked, %s is believed', async (_, event, state) => {
  expect(await believed(event)).toEqual(state);
});
