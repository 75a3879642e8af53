import { appShape } from './accounts.ts';
import { nodeId, type Links } from './links.ts';
import { repositoryUrl } from './repository.ts';
import {
  forbidden,
  invalid,
  notFound,
  optionalText,
  page,
  Refusal,
  requiredText,
  type Json,
  type Need,
  type Route,
  type RouteCall
} from './route.ts';
import { knowsCommit, takeId, type GithubState, type StoredCheckRun } from './state.ts';

export function checkRunShape(links: Links, state: GithubState, run: StoredCheckRun): Json {
  const url = `${repositoryUrl(links, state)}/check-runs/${run.id}`;
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId('CR', run.id),
    head_sha: run.headSha,
    external_id: run.externalId,
    url,
    html_url: `${links.html}/${state.owner}/${state.name}/runs/${run.id}`,
    details_url: run.detailsUrl,
    status: run.status,
    conclusion: run.conclusion ?? null,
    started_at: run.startedAt,
    completed_at: run.completedAt ?? null,
    output: {
      title: run.title ?? null,
      summary: run.summary ?? null,
      text: run.text ?? null,
      annotations_count: 0,
      annotations_url: `${url}/annotations`
    },
    check_suite: { id: 900_000 },
    app: appShape(links, run.actor),
    pull_requests: []
  };
}

const READ: readonly Need[] = [{ scope: 'checks', level: 'read' }];
const WRITE: readonly Need[] = [{ scope: 'checks', level: 'write' }];
const CONCLUSIONS = ['action_required', 'cancelled', 'failure', 'neutral', 'success', 'skipped', 'stale', 'timed_out'];

function checkRunOf(call: RouteCall): StoredCheckRun | undefined {
  return call.state.checkRuns.find(run => run.id === Number(call.params['check_run_id']));
}

function readOutput(call: RouteCall): Partial<Pick<StoredCheckRun, 'title' | 'summary' | 'text'>> {
  const output = call.body['output'];
  if (typeof output !== 'object' || output === null) return {};
  const read: { title?: string; summary?: string; text?: string } = {};
  for (const member of ['title', 'summary', 'text'] as const) {
    const value = (output as Json)[member];
    if (typeof value !== 'string') continue;
    if (member !== 'title' && Buffer.byteLength(value) > 65_535) {
      throw new Refusal({
        status: 422,
        body: {
          message: `Invalid request.\n\nOnly 65535 characters are allowed; ${value.length} were supplied.`,
          documentation_url: 'https://docs.github.com/rest/checks/runs'
        }
      });
    }
    read[member] = value;
  }
  if (read.summary === undefined) throw new Refusal(invalid('CheckRun', 'output', "summary wasn't supplied"));
  return read;
}

function readConclusion(call: RouteCall): Pick<StoredCheckRun, 'status' | 'conclusion' | 'completedAt'> | undefined {
  const conclusion = optionalText(call, 'conclusion');
  if (conclusion === undefined) {
    if (call.body['status'] === 'completed')
      throw new Refusal(invalid('CheckRun', 'conclusion', 'is not included in the list'));
    return undefined;
  }
  if (!CONCLUSIONS.includes(conclusion))
    throw new Refusal(invalid('CheckRun', 'conclusion', 'is not included in the list'));
  return { status: 'completed', conclusion, completedAt: optionalText(call, 'completed_at') ?? call.now };
}

export const checkRunRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/repos/{owner}/{repo}/check-runs',
    needs: () => WRITE,
    described: [201],
    handle: call => {
      const { state, links, actor, now } = call;
      if (actor.app === undefined) return forbidden('You must authenticate via a GitHub App.');
      const headSha = requiredText(call, 'head_sha');
      if (!knowsCommit(state, headSha)) return invalid('CheckRun', 'head_sha', `No commit found for SHA: ${headSha}`);
      const { title, summary, text } = readOutput(call);
      const run: StoredCheckRun = {
        id: takeId(state),
        headSha,
        actor,
        name: requiredText(call, 'name'),
        externalId: optionalText(call, 'external_id') ?? '',
        detailsUrl: optionalText(call, 'details_url') ?? '',
        startedAt: now,
        title,
        summary,
        text,
        ...(readConclusion(call) ?? {
          status: optionalText(call, 'status') ?? 'queued',
          conclusion: undefined,
          completedAt: undefined
        })
      };
      state.checkRuns.push(run);
      return { status: 201, body: checkRunShape(links, state, run) };
    }
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/check-runs/{check_run_id}',
    needs: () => READ,
    described: [200],
    handle: call => {
      const run = checkRunOf(call);
      return run === undefined ? notFound() : { status: 200, body: checkRunShape(call.links, call.state, run) };
    }
  },
  {
    method: 'PATCH',
    path: '/repos/{owner}/{repo}/check-runs/{check_run_id}',
    needs: () => WRITE,
    described: [200],
    handle: call => {
      const run = checkRunOf(call);
      if (run === undefined) return notFound();
      if (run.actor.app?.id !== call.actor.app?.id) {
        return forbidden(
          `Invalid app_id \`${String(call.actor.app?.id)}\` - check run can only be modified by the GitHub App that created it.`
        );
      }
      Object.assign(run, readOutput(call), readConclusion(call));
      run.name = optionalText(call, 'name') ?? run.name;
      run.externalId = optionalText(call, 'external_id') ?? run.externalId;
      run.detailsUrl = optionalText(call, 'details_url') ?? run.detailsUrl;
      return { status: 200, body: checkRunShape(call.links, call.state, run) };
    }
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/commits/{ref}/check-runs',
    needs: () => READ,
    described: [200],
    handle: call => {
      const { state, links, params, query } = call;
      const name = query.get('check_name');
      const appId = query.get('app_id');
      const status = query.get('status');
      const found = state.checkRuns
        .filter(run => run.headSha === params['ref'])
        .filter(run => name === null || run.name === name)
        .filter(run => appId === null || String(run.actor.app?.id) === appId)
        .filter(run => status === null || run.status === status)
        .sort((a, b) => b.id - a.id);
      const newer = (run: StoredCheckRun): boolean =>
        found.some(other => other.id > run.id && other.name === run.name && other.actor.app?.id === run.actor.app?.id);
      const shown = query.get('filter') === 'all' ? found : found.filter(run => !newer(run));
      return page(
        call,
        `/repos/${state.owner}/${state.name}/commits/${params['ref'] ?? ''}/check-runs`,
        shown.map(run => checkRunShape(links, state, run)),
        part => ({ total_count: shown.length, check_runs: part })
      );
    }
  }
];
