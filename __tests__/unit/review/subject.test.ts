import { readEvent } from '../../../src/github/event.ts';
import { subjectOf, type Subject } from '../../../src/review/find-record.ts';
import type { EventChoice } from '../../clouds/github/events.ts';
import { startGithub, type FakeGithub } from '../../clouds/github/github.ts';
import { clientOf } from '../github/setting.ts';

let github: FakeGithub;
beforeEach(async () => {
  github = await startGithub();
  github.seedPull({ number: 7 });
  github.seedPull({ number: 9, baseRef: 'feature-7' });
});
afterEach(async () => github.stop());

async function subject(choice: EventChoice): Promise<Subject> {
  const { env, payload } = github.event(choice);
  return subjectOf(clientOf(github), readEvent(env, JSON.stringify(payload)), base => base === 'main');
}

describe('the pull request that a push carries out', () => {
  test('is the one whose merge into the branch it is', async () => {
    expect(await subject({ name: 'push', sha: github.merge(7) })).toMatchObject({ number: 7 });
  });

  test('is none that was stacked on another one and merged there, reviewed or not', async () => {
    expect(await subject({ name: 'push', sha: github.merge(9) })).toEqual({
      why: 'came from #9, whose base is `feature-7` and not the branch that this run deploys'
    });
  });

  test('of the merge queue does not count with another base', async () => {
    expect(await subject({ name: 'merge_group', number: 7 })).toMatchObject({ number: 7 });
    expect((await subject({ name: 'merge_group', number: 7 })) as object).not.toHaveProperty('unfit');
    expect(await subject({ name: 'merge_group', number: 9 })).toMatchObject({
      unfit: 'has the base `feature-7`, which is not the branch that this run deploys'
    });
  });
});
