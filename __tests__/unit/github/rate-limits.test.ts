import { ProviderError } from '../../../src/errors.ts';
import { translate } from '../../../src/github/client-errors.ts';

const NOW = new Date('2026-01-02T03:04:05Z');
const SECONDS = NOW.getTime() / 1000;
const PRIMARY = { 'x-ratelimit-remaining': '0', 'x-ratelimit-limit': 5000 };

test.each<[string, number, string, Readonly<Record<string, string | number>>, string, number, string]>([
  [
    'a 429 that names neither time nor limit',
    429,
    'Too many requests',
    {},
    'throttled',
    60,
    "Run again in 1 min: GitHub's rate limit (its answer does not say which one) is used up."
  ],
  [
    'a secondary limit with a time',
    403,
    'You have exceeded a secondary rate limit.',
    { 'retry-after': '90' },
    'throttled',
    90,
    "Run again in 2 min: GitHub's secondary rate limit (too many requests at once) is used up."
  ],
  [
    'the limit of an hour, soon over',
    403,
    'API rate limit exceeded',
    { ...PRIMARY, 'x-ratelimit-resource': 'core', 'x-ratelimit-reset': SECONDS + 100 },
    'throttled',
    100,
    "Run again in 2 min: GitHub's rate limit `core` of 5000 requests an hour is used up."
  ],
  [
    'the limit of an hour, long not over',
    429,
    '',
    { ...PRIMARY, 'x-ratelimit-reset': SECONDS + 1800 },
    'quota',
    0,
    "Run again in 30 min: GitHub's rate limit of 5000 requests an hour is used up."
  ]
])('%s is told by its name', (_what, status, message, headers, kind, pause, hint) => {
  const thrown = Object.assign(new Error(message), { status, response: { headers, data: { message } } });
  const error = translate(thrown, { what: 'read pull request #7', needs: 'pull-requests: read' }, NOW);
  expect(error).toBeInstanceOf(ProviderError);
  expect(error).toMatchObject({ kind, hint, ...(pause === 0 ? {} : { retryAfterSeconds: pause }) });
});

test('a 403 without a limit is a missing permission', () => {
  const thrown = Object.assign(new Error('no'), { status: 403, response: { headers: {}, data: { message: 'no' } } });
  expect(translate(thrown, { what: 'read', needs: 'pull-requests: read' }, NOW)).toMatchObject({ kind: 'denied' });
});
