import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { accountRoutes } from './accounts.ts';
import { checkRunRoutes } from './check-runs.ts';
import { commentRoutes } from './comments.ts';
import { deploymentRoutes } from './deployments.ts';
import type { FaultBook } from './faults.ts';
import { gitDataRoutes } from './git-data.ts';
import { issueRoutes } from './issues.ts';
import { nodeId, type Links } from './links.ts';
import { pullRoutes } from './pulls.ts';
import { recordExchange, type Exchange } from './record.ts';
import { repositoryRoutes } from './repository.ts';
import { notFound, Refusal, type Answer, type Json, type Route, type RouteCall } from './route.ts';
import type { GithubState } from './state.ts';
import { allows, refusal, type TokenGrant } from './tokens.ts';

const ROUTES: readonly Route[] = [
  ...accountRoutes,
  ...repositoryRoutes,
  ...commentRoutes,
  ...issueRoutes,
  ...pullRoutes,
  ...checkRunRoutes,
  ...deploymentRoutes,
  ...gitDataRoutes
];

/** The state of the server; it is changed, and never replaced. */
export interface ServerState {
  readonly state: GithubState;
  readonly tokens: Map<string, TokenGrant>;
  readonly faults: FaultBook;
  readonly exchanges: Exchange[];
  /** `/api/v3` on GitHub Enterprise Server, else empty. */
  readonly basePath: string;
  readonly html: string;
  readonly now: () => Date;
}

interface Found {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** Listens on a free port of the loopback interface. */
export async function listen(serverState: ServerState): Promise<{ readonly server: Server; readonly origin: string }> {
  const work = { previous: structuredClone(serverState.state) };
  const server = createServer((request, response) => {
    serve(serverState, work, request, response).catch((thrown: unknown) => {
      // A defect of the fake itself: loud, with an answer that no retry changes.
      response.writeHead(418).end(String(thrown instanceof Error ? thrown.stack : thrown));
    });
  });
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function serve(
  serverState: ServerState,
  work: { previous: GithubState },
  request: IncomingMessage,
  response: ServerResponse
): Promise<void> {
  const text = await readText(request);
  const url = new URL(request.url ?? '/', `http://${request.headers.host ?? '127.0.0.1'}`);
  const method = request.method ?? 'GET';
  const graphql = method === 'POST' && url.pathname === (serverState.basePath === '' ? '/graphql' : '/api/graphql');
  const path = url.pathname.startsWith(`${serverState.basePath}/`)
    ? url.pathname.slice(serverState.basePath.length)
    : undefined;
  const found = graphql || path === undefined ? undefined : findRoute(method, path);
  const name = graphql
    ? 'POST /graphql'
    : found === undefined
      ? undefined
      : `${found.route.method} ${found.route.path}`;
  const faults = name === undefined ? [] : serverState.faults.take(name);

  for (const fault of faults) {
    if ('before' in fault) await fault.before();
    if ('delayMilliseconds' in fault) await pause(fault.delayMilliseconds, response);
  }
  const drop = faults.find(fault => 'drop' in fault);
  const forced = faults.find(fault => 'answer' in fault);
  const stale = faults.some(fault => 'stale' in fault);

  let answer: Answer | undefined;
  if (drop?.drop !== 'before' && (forced === undefined || forced.afterEffect === true)) {
    const before = method === 'GET' ? undefined : structuredClone(serverState.state);
    answer = answerTo(serverState, stale ? work.previous : serverState.state, {
      found,
      graphql,
      url,
      text,
      authorization: request.headers.authorization
    });
    if (before !== undefined && !graphql) work.previous = before;
  }
  if (forced !== undefined) answer = forced.answer;
  if (drop !== undefined) answer = undefined;

  const resHeaders = answer === undefined ? {} : headersOf(serverState, answer);
  const resBody = answer === undefined ? '' : bodyOf(answer);
  const exchange: Exchange = {
    t: serverState.now().toISOString(),
    method,
    url: `${path ?? url.pathname}${url.search}`,
    route: name,
    headers: masked(request),
    body: text,
    status: answer?.status,
    resHeaders,
    resBody,
    // A page is the answer of another server.
    described:
      answer !== undefined &&
      typeof answer.body !== 'string' &&
      (found?.route.described.includes(answer.status) ?? false)
  };
  serverState.exchanges.push(exchange);
  recordExchange(exchange);
  if (answer === undefined) request.socket.destroy();
  else response.writeHead(answer.status, resHeaders).end(resBody);
}

interface Question {
  readonly found: Found | undefined;
  readonly graphql: boolean;
  readonly url: URL;
  readonly text: string;
  readonly authorization: string | undefined;
}

function answerTo(serverState: ServerState, state: GithubState, question: Question): Answer {
  const token = /^(?:token|bearer) (.+)$/i.exec(question.authorization ?? '')?.[1];
  const grant = token === undefined ? undefined : serverState.tokens.get(token);
  if (grant === undefined) {
    const message = token === undefined ? 'Requires authentication' : 'Bad credentials';
    return { status: 401, body: { message, documentation_url: 'https://docs.github.com/rest', status: '401' } };
  }
  const body = readJson(question.text);
  if (body === undefined) {
    return {
      status: 400,
      body: { message: 'Problems parsing JSON', documentation_url: 'https://docs.github.com/rest', status: '400' }
    };
  }
  if (question.graphql) return graphqlAnswer(state, grant, body);

  const { found } = question;
  if (found === undefined || !isThisRepository(state, found)) return notFound();
  const links: Links = { api: `${question.url.origin}${serverState.basePath}`, html: serverState.html };
  const now = `${serverState.now().toISOString().slice(0, 19)}Z`;
  const call: RouteCall = {
    state,
    links,
    actor: grant.actor,
    allows: needs => allows(grant, needs, state.private),
    params: found.params,
    query: question.url.searchParams,
    body,
    now
  };
  const needs = found.route.needs(call);
  if (!call.allows(needs)) return refusal(grant, needs);
  try {
    return found.route.handle(call);
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown.answer;
    throw thrown;
  }
}

/** What is answered by GraphQL: who the token is (apps' tokens are answered too), and the folding away of a comment. */
function graphqlAnswer(state: GithubState, grant: TokenGrant, body: Json): Answer {
  const query = String(body['query']);
  if (/^\s*mutation[^{]*\{\s*minimizeComment\(.*classifier: OUTDATED/.test(query)) {
    const id = String((body['variables'] as Json | undefined)?.['id']);
    const comment = state.comments.find(one => nodeId('IC', one.id) === id);
    const isAllowed = grant.permissions.pull_requests === 'write' || grant.permissions.issues === 'write';
    if (comment === undefined || !isAllowed) {
      return { status: 200, body: { data: null, errors: [{ message: 'Resource not accessible', type: 'FORBIDDEN' }] } };
    }
    comment.hidden = true;
    return { status: 200, body: { data: { minimizeComment: { clientMutationId: null } } } };
  }
  if (query.includes('comments(first: 100, orderBy: { field: UPDATED_AT, direction: DESC })')) {
    return lastComments(state, grant, body['variables'] as Json);
  }
  const pulls = [...query.matchAll(/p(\d+): pullRequest\(number: \1\)/g)].map(([, number]) => Number(number));
  const share = /comments\(first: (\d+)\) \{ totalCount nodes \{ body \} \}/.exec(query)?.[1];
  if (share !== undefined) return firstComments(state, grant, pulls, Number(share));
  if (pulls.length > 0) return pullStates(state, grant, pulls, body['variables'] as Json);
  if (!/^\s*(query\s*)?\{\s*viewer\s*\{/.test(query)) {
    return { status: 200, body: { errors: [{ message: 'This fake answers `viewer` only', type: 'NOT_FOUND' }] } };
  }
  return { status: 200, body: { data: { viewer: { login: grant.actor.login, databaseId: grant.actor.id } } } };
}

/** https://docs.github.com/graphql/reference/objects#pullrequest: the name of an app comes without `[bot]`. */
function lastComments(state: GithubState, grant: TokenGrant, { number }: Json): Answer {
  if (grant.permissions.pull_requests === undefined && grant.permissions.issues === undefined) {
    return { status: 200, body: { data: null, errors: [{ message: 'Resource not accessible', type: 'FORBIDDEN' }] } };
  }
  const last = state.comments
    .filter(({ issue }) => issue === number)
    .sort((a, b) => b.updatedAt.localeCompare(a.updatedAt) || b.id - a.id)
    .slice(0, 100);
  const nodes = last.map(({ id, body, updatedAt, author }) => ({
    databaseId: id,
    id: nodeId('IC', id),
    url: `https://github.com/${state.owner}/${state.name}/pull/${Number(number)}#issuecomment-${id}`,
    body,
    updatedAt,
    author: { login: author.login.replace(/\[bot\]$/, ''), kind: author.app === undefined ? 'User' : 'Bot' }
  }));
  return { status: 200, body: { data: { repository: { pullRequest: { comments: { nodes } } } } } };
}

function firstComments(state: GithubState, grant: TokenGrant, pulls: readonly number[], share: number): Answer {
  if (grant.permissions.pull_requests === undefined) {
    return { status: 200, body: { data: null, errors: [{ message: 'Resource not accessible', type: 'FORBIDDEN' }] } };
  }
  const repository = pulls.map(number => {
    const bodies = state.comments.filter(({ issue }) => issue === number).map(({ body }) => ({ body }));
    return [`p${number}`, { number, comments: { totalCount: bodies.length, nodes: bodies.slice(0, share) } }];
  });
  return { status: 200, body: { data: { repository: Object.fromEntries(repository) } } };
}

/** As GraphQL answers: a number without a pull request is an error of its own, and null. */
function pullStates(state: GithubState, grant: TokenGrant, numbers: readonly number[], { owner, repo }: Json): Answer {
  const isHere = `${String(owner)}/${String(repo)}`.toLowerCase() === `${state.owner}/${state.name}`.toLowerCase();
  const isAllowed = !state.private || grant.permissions.pull_requests !== undefined;
  if (!isHere || !isAllowed) {
    const errors = [{ type: 'NOT_FOUND', path: ['repository'], message: 'Could not resolve to a Repository.' }];
    return { status: 200, body: { data: { repository: null }, errors } };
  }
  const found = numbers.map(number => {
    const issue = state.issues.find(one => one.number === number && one.pull !== undefined);
    const closed = issue?.pull?.mergedAt === undefined ? 'CLOSED' : 'MERGED';
    return { number, state: issue === undefined ? undefined : issue.state === 'open' ? 'OPEN' : closed };
  });
  const errors = found
    .filter(one => one.state === undefined)
    .map(({ number }) => ({
      type: 'NOT_FOUND',
      path: ['repository', `p${number}`],
      message: `Could not resolve to a PullRequest with the number of ${number}.`
    }));
  const repository = Object.fromEntries(found.map(one => [`p${one.number}`, one.state === undefined ? null : one]));
  return { status: 200, body: { data: { repository }, ...(errors.length === 0 ? {} : { errors }) } };
}

function findRoute(method: string, path: string): Found | undefined {
  for (const route of ROUTES) {
    if (route.method !== method) continue;
    const params = matchPath(route.path, path);
    if (params !== undefined) return { route, params };
  }
  return undefined;
}

function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  // Octokit writes the slashes of a last segment as `%2F`; GitHub takes both.
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const value = given[index] ?? '';
    const name = /^\{(.+)\}$/.exec(segment)?.[1];
    if (name === undefined && segment !== value) return undefined;
    if (name !== undefined) {
      if (value === '' || (/_number$|(?<!workflow)_id$/.test(name) && !/^[0-9]+$/.test(value))) return undefined;
      params[name] = decodeURIComponent(value);
    }
  }
  return params;
}

function isThisRepository(state: GithubState, { params }: Found): boolean {
  if (params['owner'] === undefined) return true;
  return `${params['owner']}/${params['repo'] ?? ''}`.toLowerCase() === `${state.owner}/${state.name}`.toLowerCase();
}

function headersOf(serverState: ServerState, answer: Answer): Record<string, string> {
  const hour = Math.ceil(serverState.now().getTime() / 3_600_000) * 3600;
  return {
    ...(answer.status === 204 ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    date: serverState.now().toUTCString(),
    'x-github-media-type': 'github.v3; format=json',
    'x-github-request-id': `FAKE:${serverState.exchanges.length + 1}`,
    'x-ratelimit-limit': '5000',
    'x-ratelimit-remaining': String(Math.max(1, 5000 - serverState.exchanges.length)),
    'x-ratelimit-reset': String(hour),
    'x-ratelimit-resource': 'core',
    ...answer.headers
  };
}

function bodyOf(answer: Answer): string {
  if (answer.body === undefined) return '';
  return typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
}

function masked(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    headers[name] = name === 'authorization' ? String(value).replace(/ .*/s, ' ***') : String(value);
  }
  return headers;
}

function readJson(text: string): Json | undefined {
  if (text === '') return {};
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as Json) : undefined;
  } catch {
    return undefined;
  }
}

/** Over early when the client hangs up; the call still takes effect, as it would behind a real front end. */
async function pause(milliseconds: number, response: ServerResponse): Promise<void> {
  await new Promise<void>(resolve => {
    const timer = setTimeout(resolve, milliseconds);
    response.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
