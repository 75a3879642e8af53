import { effectOf } from '../../../src/engine/digest.ts';
import type { Plan } from '../../../src/engine/plan.ts';
import { readEvent, type WorkflowEvent } from '../../../src/github/event.ts';
import { decide, type Decision } from '../../../src/review/approval.ts';
import { findAppliedRecord, findGroupRecord, groupOf } from '../../../src/review/find-record.ts';
import { recordName, recordTexts } from '../../../src/review/record.ts';
import type { EventChoice } from '../../clouds/github/events.ts';
import { startGithub, type FakeGithub } from '../../clouds/github/github.ts';
import { clientOf } from '../github/setting.ts';
import { recorded, serverPlan, TABLES } from './plans.ts';

const memory = serverPlan({ memory: 4, connections: 100 }, { memory: 8, connections: 100 });
const connections = serverPlan({ memory: 4, connections: 100 }, { memory: 4, connections: 200 });
const both = serverPlan({ memory: 4, connections: 100 }, { memory: 8, connections: 200 });
const other = serverPlan({ memory: 4, connections: 100 }, { memory: 9, connections: 200 });

let github: FakeGithub;
beforeEach(async () => {
  github = await startGithub();
  for (const number of [6, 7, 8]) github.seedPull({ number });
});
afterEach(async () => github.stop());

function record(number: number, plan: Plan, more: Parameters<typeof recorded>[1] = {}): void {
  const made = recorded(plan, more);
  github.seedCheckRun({
    headSha: github.issue(number).pull?.headSha ?? '',
    name: recordName(plan.target),
    externalId: made.digest,
    text: recordTexts(made)[0]?.({ characters: 65_535, bytes: 65_535 }) ?? ''
  });
}

function eventOf(choice: EventChoice): WorkflowEvent {
  const { env, payload } = github.event(choice);
  return readEvent(env, JSON.stringify(payload));
}

async function numbers(event: WorkflowEvent): Promise<readonly (number | undefined)[]> {
  return (await groupOf(clientOf(github), event, base => base === 'main')).map(({ number }) => number);
}

async function decided(event: WorkflowEvent, plan: Plan, demand: 'required' | 'when-present'): Promise<Decision> {
  const client = clientOf(github);
  const group = await groupOf(client, event, base => base === 'main');
  const { evidence } = await findGroupRecord(client, group, plan.target, effectOf(plan, TABLES), demand === 'required');
  return decide({ demand, evidence, plan, tables: TABLES, sha: event.sha });
}

describe('a group', () => {
  test('of the merge queue is its entries up to this one, in their order', async () => {
    expect(await numbers(eventOf({ name: 'merge_group', number: 8, after: [6, 7] }))).toEqual([6, 7, 8]);
    expect(await numbers(eventOf({ name: 'merge_group', number: 7, after: [6] }))).toEqual([6, 7]);
  });

  test('of one entry is none', async () => {
    expect(await numbers(eventOf({ name: 'merge_group', number: 7 }))).toEqual([]);
  });

  test('of a push is what it merged into the branch, in the order of the merges', async () => {
    expect(await numbers(eventOf({ name: 'push', ...github.mergeTogether(7, 6) }))).toEqual([7, 6]);
  });

  test('of a push is complete where the index of commits lags behind the merges', async () => {
    const answer = { status: 200, body: [] };
    github.fault({ on: 'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls', times: 2, answer });
    expect(await numbers(eventOf({ name: 'push', ...github.mergeTogether(7, 6) }))).toEqual([7, 6]);
    expect(github.requests('GET /repos/{owner}/{repo}/pulls')).toHaveLength(1);
  });

  test('of a push leaves out a pull request with another base', async () => {
    github.seedPull({ number: 9, baseRef: 'feature-7' });
    expect(await numbers(eventOf({ name: 'push', ...github.mergeTogether(7, 9, 8) }))).toEqual([7, 8]);
  });

  test('of a push that rewrote the branch is none', async () => {
    const event = eventOf({ name: 'push', sha: github.merge(7), before: 'f'.repeat(40) });
    expect(await numbers(event)).toEqual([]);
  });

  test('that the token may not read is none', async () => {
    github.permit({ pull_requests: 'read', checks: 'read' });
    expect(await numbers(eventOf({ name: 'merge_group', number: 8, after: [7] }))).toEqual([]);
  });
});

test('the newest plan that an apply has begun is found among the merged ones, and so is where each was recorded', async () => {
  record(6, memory, { begunFor: 'f00d' });
  record(7, connections);
  record(8, both);
  for (const number of [7, 6, 8]) github.merge(number);
  const { target } = both;
  expect(await findAppliedRecord(clientOf(github), target)).toMatchObject({
    pullRequest: 6,
    record: { digest: memory.digest, begunFor: 'f00d' }
  });
  expect(await findAppliedRecord(clientOf(github), { ...target, name: 'other' })).toBeUndefined();
  const subjects = [7, 8].map(number => ({ number, headSha: github.issue(number).pull?.headSha ?? '', fork: false }));
  const { parts, evidence } = await findGroupRecord(clientOf(github), subjects, target, effectOf(both, TABLES), true);
  expect(evidence).toMatchObject({ kind: 'record', pullRequest: 8, together: [7, 8] });
  expect(parts).toMatchObject([
    { record: { digest: connections.digest }, checkRun: { headSha: subjects[0]?.headSha } },
    { record: { digest: both.digest }, checkRun: { headSha: subjects[1]?.headSha } }
  ]);
});

describe.each([
  ['in the queue', () => eventOf({ name: 'merge_group', number: 8, after: [7] })],
  ['after the merge', () => eventOf({ name: 'push', ...github.mergeTogether(7, 8) })]
])('the plan of a group %s', (_, event) => {
  test('is approved when it equals the sum of the reviewed plans', async () => {
    record(7, memory);
    record(8, connections);
    expect(await decided(event(), both, 'required')).toEqual({ kind: 'approved', pullRequest: 8, rest: false });
  });

  test('is refused when it is another one, field by field', async () => {
    record(7, memory);
    record(8, connections);
    expect(await decided(event(), other, 'required')).toMatchObject({
      kind: 'changed',
      differences: [{ kind: 'field', field: 'memory' }]
    });
  });

  test('is refused when it leaves out a reviewed change', async () => {
    record(7, memory);
    record(8, connections);
    expect((await decided(event(), memory, 'required')).kind).toBe('changed');
  });

  test('needs a record of each when a review is required, and of one of them otherwise', async () => {
    record(8, connections);
    expect(await decided(event(), both, 'required')).toMatchObject({
      kind: 'missing',
      why: expect.stringContaining('#7 has no plan of this database')
    });
    expect((await decided(event(), connections, 'when-present')).kind).toBe('approved');
    expect((await decided(event(), both, 'when-present')).kind).toBe('changed');
  });
});
