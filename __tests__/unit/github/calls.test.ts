import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ActionError } from '../../../src/errors.ts';
import { amendCheckRun, findCheckRun, putCheckRun, type CheckRunRequest } from '../../../src/github/check-run.ts';
import type { GithubClient } from '../../../src/github/client.ts';
import { amendComment, putComment } from '../../../src/github/comment.ts';
import { activateDeployment, deactivateDeployments } from '../../../src/github/deployment.ts';
import { sendDispatch } from '../../../src/github/dispatch.ts';
import { putFilesPull } from '../../../src/github/files-pull.ts';
import { amendSection, putSection } from '../../../src/github/group-comment.ts';
import { pushedCommits, queuedPullRequests } from '../../../src/github/group.ts';
import { putIssue } from '../../../src/github/issue.ts';
import { putLabel } from '../../../src/github/label.ts';
import { markerOf, type DatabaseKey } from '../../../src/github/marker.ts';
import { create } from '../../../src/github/own-comments.ts';
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
 * Everything that is asked of GitHub, as requests, and what is returned; and for each request what is said when it is
 * denied, when its object is missing and when the run is cancelled, and whether it is sent again when it or its answer
 * is lost. A golden file holds all of it: `UPDATE_GOLDENS=1` writes it, to be read.
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

/** Members that GitHub's description calls optional, or null, are not there. */
const BARE = {
  status: 201,
  body: {
    id: 5,
    node_id: 'IC_5',
    url: 'https://api.github.com/5',
    html_url: 'https://github.com/5',
    issue_url: 'https://api.github.com/7',
    user: null,
    created_at: '2026-03-01T12:00:00Z',
    updated_at: '2026-03-01T12:00:00Z'
  }
};

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
  {
    name: 'a comment is added, and the earlier one hidden',
    prepare: async (_, client) => putComment(client, { ...comment, mode: 'hide-previous' }),
    run: async client => putComment(client, { ...comment, mode: 'hide-previous', renderings: [() => 'another plan'] })
  },
  {
    name: 'a comment that GitHub returns without its text and its author',
    prepare: github => github.fault({ on: 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments', answer: BARE }),
    run: async client => create(client, 7, 'a plan', async () => undefined)
  },
  { name: 'a section is written', run: async client => putSection(client, section) },
  {
    name: 'a section is amended',
    prepare: async (_, client) => putSection(client, section),
    run: async client => amendSection(client, { pullRequest: 7, database, amend: ({ body }) => [() => `${body}!`] })
  },
  { name: 'an issue is opened', run: async client => putIssue(client, issue) },
  {
    name: 'an issue is updated',
    prepare: async (_, client) => putIssue(client, issue),
    run: async client => putIssue(client, { ...issue, title: 'More drift' })
  },
  {
    name: 'of two issues the younger is closed',
    prepare: github => {
      for (const title of ['Drift', 'More drift'])
        github.seedIssue({ title, author: bot('github-actions') }).body = `${markerOf(database)}\nit drifts`;
    },
    run: async client => putIssue(client, issue)
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
    name: 'a check run is amended',
    prepare: async (github, client) => putCheckRun(client, checkRun(github.seedCommit(SHA))),
    run: async client => {
      const found = await findCheckRun(client, SHA, 'pgkeep');
      if (found !== undefined) await amendCheckRun(client, found, [() => 'more']);
      return found;
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
const MISSING = { status: 404, body: { message: 'Not Found' } };
/** When everything in the fake happens. */
const NOW = new Date('2026-03-01T12:00:00Z');
const FILE = path.join(process.cwd(), '__tests__', 'golden', 'github-calls.txt');

interface Trial {
  readonly calls: readonly { readonly route: string; readonly line: string }[];
  readonly outcome: string;
  /** Seconds. */
  readonly sleeps: readonly number[];
}

/** Runs it on a GitHub of its own. `disturb` is called when everything is prepared. */
async function trial(
  { prepare, run }: Scenario,
  disturb: (github: FakeGithub, cancel: () => void) => void
): Promise<Trial> {
  const github = await startGithub({ permissions: ALL, now: () => NOW });
  try {
    github.seedPull({ number: 7 });
    await prepare?.(github, clientOf(github));
    const before = github.exchanges.length;
    const controller = new AbortController();
    disturb(github, () => controller.abort(new ActionError('Cancelled', { code: 'cancelled', source: 'user' })));
    const setting = testContext(controller.signal);
    const outcome = await run(clientOf(github, { setting }), github).then(spelled, thrown => `throws ${told(thrown)}`);
    const calls = (github.exchanges as readonly Routed[]).slice(before).map(({ route, method, url, body }) => ({
      route,
      line: `${method} ${url} ${body}`.trim()
    }));
    return { calls, outcome, sleeps: setting.sleeps };
  } finally {
    await github.stop();
  }
}

type Routed = FakeGithub['exchanges'][number] & { readonly route: string };

function pauses({ sleeps }: Trial): string {
  return sleeps.length === 0 ? '' : `, pauses ${sleeps.join(' and ')} s`;
}

function spelled(result: unknown): string {
  if (result instanceof Error) return told(result);
  const { error } = (result ?? {}) as { readonly error?: unknown };
  if (error !== undefined) return told(error);
  return JSON.stringify(result instanceof Set ? [...result] : result) ?? 'nothing';
}

function told(thrown: unknown): string {
  const { message, hint = '', code, source } = thrown as Partial<ActionError>;
  return `${code} of ${source}: ${message} ${hint}`.trim();
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

test.each(SCENARIOS)(
  '$name: what is asked and returned, what a failure says, and what is sent again',
  async scenario => {
    const plain = await trial(scenario, () => {});
    const text = [`# ${scenario.name}`, ...plain.calls.map(({ line }) => line), `→ ${plain.outcome}${pauses(plain)}`];
    const routes = [...new Set(plain.calls.map(call => call.route))];
    const otherwise = ({ outcome }: Trial): string => (outcome === plain.outcome ? 'the same' : outcome);
    for (const route of routes) {
      const asked = ({ calls }: Trial): number => calls.filter(call => call.route === route).length;
      const again = (one: Trial): string => `${otherwise(one)}, asked ${asked(one)} times${pauses(one)}`;
      const denied = await trial(scenario, github => github.fault({ on: route, answer: DENIED, times: 99 }));
      text.push(`${route}: asked ${asked(plain)} times`, `  denied: ${otherwise(denied)}`);
      // A call that makes something has no answer of its own for what is missing.
      if (!route.startsWith('POST')) {
        const missing = await trial(scenario, github => github.fault({ on: route, answer: MISSING, times: 99 }));
        text.push(`  missing: ${otherwise(missing)}`);
      }
      // The client sends each of them again: `client.test.ts`.
      if (route.startsWith('GET')) continue;
      const lost = await trial(scenario, github => github.fault({ on: route, drop: 'after' }));
      const unsent = await trial(scenario, github => github.fault({ on: route, drop: 'before' }));
      text.push(`  answer lost: ${again(lost)}`, `  request lost: ${again(unsent)}`);
    }
    const last = routes.at(-1) ?? '';
    text.push(
      `cancelled: ${otherwise(await trial(scenario, (github, cancel) => github.fault({ on: last, before: cancel })))}`
    );
    const part = `${text.join('\n')}\n\n`.replaceAll(/127\.0\.0\.1:\d+/gu, 'github');
    found.push(part);
    if (process.env['UPDATE_GOLDENS'] !== '1') expect(part).toBe(golden(scenario.name));
  }
);
