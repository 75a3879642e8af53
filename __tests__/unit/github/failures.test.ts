import { ProviderError } from '../../../src/errors.ts';
import { translate } from '../../../src/github/client-errors.ts';
import { expectGolden } from '../../support/golden.ts';

/** What each answer of GitHub becomes, with its code, its hint and how long a pause it asks for. */
type Headers = Readonly<Record<string, string | number>>;

const NOW = new Date('2026-01-02T03:04:05Z');
const call = { what: 'read pull request #7', needs: 'pull-requests: read' } as const;
const after = (seconds: number): number => NOW.getTime() / 1000 + seconds;
const primary = (seconds: number): Headers => ({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': after(seconds) });
const named = (name: string): Error => Object.assign(new Error(`a ${name}`), { name });

function answered(status: number, data: unknown, headers: Headers = {}): [string, unknown] {
  const heads = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const what = [status, JSON.stringify(data)?.slice(0, 160) ?? 'nothing', ...heads].join(' ');
  return [what, Object.assign(new Error('m'), { status, response: { headers, data } })];
}

/** GraphQL answers with 200 and its errors: https://docs.github.com/graphql/overview/rate-limits-and-query-limits */
function refused(type: string | undefined, message: string, headers: Headers = {}): [string, unknown] {
  const error = {
    name: 'GraphqlResponseError',
    headers,
    errors: [{ ...(type === undefined ? {} : { type }), message }]
  };
  return [`GraphQL ${type ?? 'without a type'}: ${message}`, Object.assign(new Error(`due to:\n - ${message}`), error)];
}

const said = (message: string): { readonly message: string } => ({ message });
const ANSWERS: readonly [string, unknown][] = [
  ...[400, 401, 403, 404, 408, 409, 410, 422, 429, 451, 500, 502, 503].map(status => answered(status, said('no'))),
  ...[
    'Resource not accessible by integration',
    'Resource not accessible by personal access token',
    'locked',
    'The repository is archived',
    'Resource protected by organization SAML enforcement.',
    'Although you appear to have the correct authorization credentials, the `acme` organization has an IP allow list enabled.'
  ].map(text => answered(403, said(text))),
  answered(403, {
    message: 'You do not have permission to create labels on this repository.',
    errors: [{ resource: 'Repository', field: 'label', code: 'unauthorized' }]
  }),
  answered(410, said('Issues has been disabled in this repository.')),
  ...['secondary rate limit', 'abuse detection', 'rate limit exceeded'].map(text => answered(403, said(text))),
  answered(403, said('no'), { 'retry-after': '120' }),
  answered(403, said('no'), { 'retry-after': '121' }),
  answered(403, said('no'), { 'retry-after': 'soon' }),
  answered(404, said('no'), { 'retry-after': '9' }),
  answered(403, said('no'), { 'x-ratelimit-remaining': '1', 'x-ratelimit-reset': after(9) }),
  answered(403, said('no'), { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': 'soon' }),
  ...[-5, 0, 120, 121].map(seconds => answered(403, said('no'), primary(seconds))),
  answered(429, said('no'), { ...primary(9), 'x-ratelimit-limit': 60 }),
  answered(429, said('no'), { ...primary(9), 'x-ratelimit-limit': 60, 'x-ratelimit-resource': 'search' }),
  answered(422, { message: 'no', errors: ['one', { message: 'two' }, { field: 'three', code: 'missing' }, {}] }),
  answered(422, { message: `one\n\t${'x'.repeat(400)}` }),
  answered(422, { message: 'no', errors: 'none' }),
  answered(422, undefined),
  answered(500, '<html></html>'),
  ['no answer', Object.assign(new Error('socket\nhang up'), { status: 500 })],
  answered(422, {
    message: 'Validation Failed',
    errors: [{ resource: 'IssueComment', code: 'unprocessable', field: 'data', message: 'was submitted too quickly' }]
  }),
  refused('FORBIDDEN', 'Resource not accessible by integration'),
  refused('INSUFFICIENT_SCOPES', 'Your token has not been granted the required scopes'),
  refused('NOT_FOUND', 'Could not resolve to a node with the global id of IC_1'),
  refused('RATE_LIMITED', 'API rate limit exceeded', primary(9)),
  refused('SERVICE_UNAVAILABLE', 'no'),
  refused(
    undefined,
    'Something went wrong while executing your query. Please include `0401` when reporting this issue.'
  ),
  refused('OTHER', 'no'),
  ...['TimeoutError', 'AbortError', 'GraphqlResponseError', 'TypeError'].map((name): [string, unknown] => [
    `a ${name}`,
    named(name)
  ]),
  ['a text', 'thrown']
];

test('each answer becomes a failure with its code, its hint and its pause', () => {
  const lines = ANSWERS.flatMap(([what, thrown]) => {
    const failure = translate(thrown, call, NOW);
    if (!(failure instanceof ProviderError)) return [what, '  stays as it is'];
    const { kind, code, source, providerCode, retryAfterSeconds, message, hint = 'no hint' } = failure;
    const facts = JSON.stringify({ kind, code, source, providerCode, retryAfterSeconds });
    return [what, `  ${facts}`, `  ${message}`, `  ${hint}`];
  });
  expectGolden('github-failures.txt', `${lines.join('\n')}\n`);
});
