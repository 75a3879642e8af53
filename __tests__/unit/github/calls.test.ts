import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { amendCheckRun, putCheckRun, type CheckRunRequest } from '../../../src/github/check-run.ts';
import type { GithubClient } from '../../../src/github/client.ts';
import { amendComment, putComment } from '../../../src/github/comment.ts';
import { activateDeployment, deactivateDeployments } from '../../../src/github/deployment.ts';
import { sendDispatch } from '../../../src/github/dispatch.ts';
import { putFilesPull } from '../../../src/github/files-pull.ts';
import { putSection } from '../../../src/github/group-comment.ts';
import { pushedCommits, queuedPullRequests } from '../../../src/github/group.ts';
import { putIssue } from '../../../src/github/issue.ts';
import { putLabel } from '../../../src/github/label.ts';
import { markerOf, type DatabaseKey } from '../../../src/github/marker.ts';
import {
  newestMerged,
  openAmong,
  openPullRequests,
  pullRequestsOfCommit,
  readPullRequest
} from '../../../src/github/pull-request.ts';
import { isProtectedBranch, readDefaultBranch } from '../../../src/github/repository.ts';
import { bot, startGithub, type FakeGithub } from '../../clouds/github/github.ts';
import { clientOf, testContext } from './setting.ts';

/**
 * Everything that is asked of GitHub, as requests; and for each request what is said when it is denied, and whether it
 * is sent again when its answer is lost. A golden file holds all of it: `UPDATE_GOLDENS=1` writes it, to be read.
 */
interface Scenario {
  readonly name: string;
  readonly prepare?: (github: FakeGithub, client: GithubClient) => unknown;
  readonly run: (client: GithubClient, github: FakeGithub) => Promise<unknown>;
}

const SHA = 'a'.repeat(40);
const database: DatabaseKey = { provider: 'local', account: '', region: '', name: 'orders', environment: 'dev' };
const comment = { pullRequest: 7, database, renderings: [() => 'a plan'], createIfMissing: true };
const issue = { database, title: 'Drift', renderings: [() => 'it drifts'], state: 'open' } as const;
const section = { ...comment, group: 'all', head: 'f00d' };
const files = { branch: 'pgkeep/import', files: [{ path: 'a.yml', content: 'a' }], title: 'Import', body: 'files' };
const active = { pullRequest: 7, headSha: '', logUrl: 'https://github.com/run', description: 'ready' };
const label = { pullRequest: 7, wanted: 'pgkeep: changes', family: ['pgkeep: changes', 'pgkeep: blocked'] };
const checkRun = (headSha: string): CheckRunRequest => ({
  name: 'pgkeep',
  headSha,
  externalId: 'one',
  conclusion: 'success',
  title: 'No changes',
  summary: [() => 'none'],
  detailsUrl: 'https://github.com/run'
});

const SCENARIOS: readonly Scenario[] = [
  { name: 'a comment is created', run: async client => putComment(client, comment) },
  {
    name: 'a comment is updated',
    prepare: async (_, client) => putComment(client, comment),
    run: async client => putComment(client, { ...comment, renderings: [() => 'another plan'] })
  },
  {
    name: 'of two comments one is removed',
    prepare: github => {
      for (const text of ['one', 'two']) github.seedComment(7, `${markerOf(database)}\n${text}`, bot('github-actions'));
    },
    run: async client => putComment(client, comment)
  },
  {
    name: 'a comment is amended',
    prepare: async (_, client) => putComment(client, comment),
    run: async client => amendComment(client, { pullRequest: 7, database, amend: ({ body }) => [() => `${body}!`] })
  },
  { name: 'a section is written', run: async client => putSection(client, section) },
  { name: 'an issue is opened', run: async client => putIssue(client, issue) },
  {
    name: 'an issue is updated',
    prepare: async (_, client) => putIssue(client, issue),
    run: async client => putIssue(client, { ...issue, title: 'More drift' })
  },
  {
    name: 'an issue is closed',
    prepare: async (_, client) => putIssue(client, issue),
    run: async client => putIssue(client, { ...issue, state: 'closed' })
  },
  {
    name: 'a label takes the place of another one',
    prepare: async (_, client) => putLabel(client, { ...label, wanted: 'pgkeep: blocked' }),
    run: async client => putLabel(client, label)
  },
  {
    name: 'a check run is made',
    run: async (client, github) => putCheckRun(client, checkRun(github.seedCommit()))
  },
  {
    name: 'a check run is brought up to date, and amended',
    prepare: async (github, client) => putCheckRun(client, checkRun(github.seedCommit(SHA))),
    run: async client => {
      const put = await putCheckRun(client, { ...checkRun(SHA), title: 'Changes' });
      if (put.action !== 'failed') await amendCheckRun(client, put.checkRun, [() => 'more']);
      return put;
    }
  },
  {
    name: 'a deployment is created',
    run: async (client, github) => activateDeployment(client, { ...active, headSha: github.seedCommit(SHA) })
  },
  {
    name: 'a deployment is ended',
    prepare: async (github, client) => activateDeployment(client, { ...active, headSha: github.seedCommit(SHA) }),
    run: async client => deactivateDeployments(client, [7], 'https://github.com/run')
  },
  { name: 'an event is sent', run: async client => sendDispatch(client, { type: 'pgkeep', payload: { a: 1 } }) },
  { name: 'a pull request is opened', run: async client => putFilesPull(client, files) },
  {
    name: 'a pull request gets a commit',
    prepare: async (_, client) => putFilesPull(client, files),
    run: async client => putFilesPull(client, { ...files, files: [{ path: 'a.yml', content: 'b' }] })
  },
  { name: 'a pull request is read', run: async client => readPullRequest(client, 7) },
  { name: 'the open pull requests are read', run: async client => openPullRequests(client, 10) },
  { name: 'the newest merged ones are read', run: async client => newestMerged(client, 10) },
  { name: 'some are looked up', run: async client => openAmong(client, [9, 7]) },
  { name: 'those of a commit are read', run: async client => pullRequestsOfCommit(client, SHA) },
  { name: 'the merge queue is read', run: async client => queuedPullRequests(client, SHA, 'main') },
  { name: 'the pushed commits are read', run: async client => pushedCommits(client, SHA, 'c'.repeat(40)) },
  { name: 'the default branch is read', run: async client => readDefaultBranch(client) },
  { name: 'the protection of a branch is read', run: async client => isProtectedBranch(client, 'main') }
];

const ALL = {
  checks: 'write',
  contents: 'write',
  deployments: 'write',
  issues: 'write',
  pull_requests: 'write'
} as const;
const DENIED = { status: 403, body: { message: 'Resource not accessible by integration' } };
const FILE = path.join(process.cwd(), '__tests__', 'golden', 'github-calls.txt');

interface Trial {
  readonly calls: readonly { readonly route: string; readonly line: string }[];
  readonly outcome: string;
}

/** Runs it on a GitHub of its own. `disturb` is called when everything is prepared. */
async function trial({ prepare, run }: Scenario, disturb: (github: FakeGithub) => void): Promise<Trial> {
  const github = await startGithub({ permissions: ALL });
  try {
    github.seedPull({ number: 7 });
    await prepare?.(github, clientOf(github));
    const before = github.exchanges.length;
    disturb(github);
    const { execution, sleeps, lines } = testContext();
    const outcome = await run(clientOf(github, { setting: { execution, sleeps, lines } }), github).then(spelled, told);
    const calls = (github.exchanges as readonly Routed[]).slice(before).map(({ route, method, url, body }) => ({
      route,
      line: `${method} ${url} ${body}`.trim()
    }));
    return { calls, outcome };
  } finally {
    await github.stop();
  }
}

type Routed = FakeGithub['exchanges'][number] & { readonly route: string };

function spelled(result: unknown): string {
  if (result instanceof Error) return told(result);
  const { action, error } = (result ?? {}) as { readonly action?: string; readonly error?: unknown };
  if (error !== undefined) return told(error);
  return action ?? JSON.stringify(result instanceof Set ? [...result] : result) ?? 'nothing';
}

function told(thrown: unknown): string {
  const { message, hint = '' } = thrown as { readonly message: string; readonly hint?: string };
  return `${message} ${hint}`.trim();
}

/** The part of the golden file under the heading of that name. */
function golden(name: string): string {
  const parts = readFileSync(FILE, 'utf8').split(/^(?=# )/mu);
  return parts.find(part => part.startsWith(`# ${name}\n`)) ?? '';
}

const found: string[] = [];
afterAll(() => {
  if (process.env['UPDATE_GOLDENS'] === '1') writeFileSync(FILE, found.join(''));
});

test.each(SCENARIOS)('$name: what is asked, what a refusal says, and what is sent again', async scenario => {
  const plain = await trial(scenario, () => {});
  const text = [`# ${scenario.name}`, ...plain.calls.map(({ line }) => line), `→ ${plain.outcome}`];
  for (const route of new Set(plain.calls.map(call => call.route))) {
    const denied = await trial(scenario, github => github.fault({ on: route, answer: DENIED, times: 99 }));
    const lost = await trial(scenario, github => github.fault({ on: route, drop: 'after' }));
    const again = lost.calls.filter(call => call.route === route).length;
    text.push(route, `  denied: ${denied.outcome}`, `  lost: ${lost.outcome}, asked ${again} times in all`);
  }
  const part = `${text.join('\n')}\n\n`.replaceAll(/127\.0\.0\.1:\d+/gu, 'github');
  found.push(part);
  if (process.env['UPDATE_GOLDENS'] !== '1') expect(part).toBe(golden(scenario.name));
});
