import * as v from 'valibot';
import { defined } from '../engine/defined.ts';
import { ActionError, ProviderError } from '../errors.ts';
import type { Permission } from './permission.ts';

/**
 * The longest pause that a job should spend on GitHub's rate limit, in seconds. The primary limit's window is an hour.
 */
const LONGEST_PAUSE = 120;
/** What GitHub asks for when a secondary limit's answer names no time. */
const SECONDARY_PAUSE = 60;

/** Private repositories of infrastructure often have none. */
const ISSUES_OFF =
  'Switch issues on in the settings of the repository (General, Features), or leave out the input that asks for one.';

/** `pull-requests: write` sets labels and makes none. */
const LABEL_UNKNOWN =
  'Make the label in the repository (Issues, Labels), or give the job `permissions: issues: write`, with which it is made.';

const failure = v.object({
  status: v.number(),
  message: v.string(),
  response: v.optional(
    v.object({
      headers: v.record(v.string(), v.union([v.string(), v.number(), v.undefined()])),
      data: v.unknown()
    })
  )
});

/** Reasons in a form that is not known do not hide the message. */
const errorBody = v.object({
  message: v.string(),
  errors: v.fallback(
    v.optional(
      v.array(
        v.union([
          v.string(),
          v.object({ message: v.optional(v.string()), field: v.optional(v.string()), code: v.optional(v.string()) })
        ])
      )
    ),
    undefined
  )
});

const graphqlRefusal = v.object({ name: v.literal('GraphqlResponseError'), message: v.string() });

interface Tried {
  readonly what: string;
  readonly needs: Permission;
}

/**
 * Any failure of a request as a ProviderError with the call, GitHub's answer and the missing permission. Holds no
 * header and no body of the request. Other errors are returned unchanged.
 * https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
export function translate(thrown: unknown, call: Tried, now: Date): unknown {
  const refusal = v.safeParse(graphqlRefusal, thrown);
  if (refusal.success) {
    return new ProviderError(`Could not ${call.what}: GitHub answered ${oneLine(refusal.output.message)}`, {
      kind: 'failed',
      code: 'github-failed'
    });
  }
  const parsed = v.safeParse(failure, thrown);
  if (!parsed.success) return isTimeout(thrown) ? lost(call, 'no answer in time') : thrown;
  const { status, response, message } = parsed.output;
  if (response === undefined) return lost(call, oneLine(message));

  const said = saidBy(response.data);
  const text = `Could not ${call.what}: GitHub answered ${status}${said === '' ? '' : ` ${said}`}`;
  const providerCode = String(status);

  const pause = rateLimitSeconds(status, said, response.headers, now);
  if (pause !== undefined) {
    const wait = {
      providerCode,
      code: 'github-failed' as const,
      hint: `Run again in ${Math.ceil(pause / 60)} min: GitHub's ${limitNamed(said, response.headers)} is used up.`
    };
    return pause > LONGEST_PAUSE
      ? new ProviderError(text, { kind: 'quota', ...wait })
      : new ProviderError(text, { kind: 'throttled', retryAfterSeconds: pause, ...wait });
  }
  if (status >= 500 || status === 408) {
    return new ProviderError(text, {
      kind: 'transient',
      providerCode,
      code: 'github-failed',
      hint: 'Run the job again later: GitHub answers with a server error.'
    });
  }
  switch (status) {
    case 401:
      return new ProviderError(text, {
        kind: 'unauthenticated',
        providerCode,
        code: 'github-denied',
        hint: 'Renew the token in `github_token`: it has expired or belongs to another server.'
      });
    case 403:
      return new ProviderError(text, {
        kind: 'denied',
        providerCode,
        code: 'github-denied',
        hint: hintOf403(said, call.needs)
      });
    case 404:
      return new ProviderError(text, {
        kind: 'not-found',
        providerCode,
        code: 'github-failed',
        hint: `Check that it exists, and give the job \`permissions: ${call.needs}\`: GitHub hides what the token may not read.`
      });
    default:
      return new ProviderError(
        text,
        defined({
          kind: status === 422 ? ('invalid' as const) : ('failed' as const),
          providerCode,
          code: 'github-failed' as const,
          hint: status === 410 && /disabled/i.test(said) ? ISSUES_OFF : undefined
        })
      );
  }
}

/** A failure to talk to GitHub, which only loses a report; anything else thrown (a cancelled run, a bug) is not. */
export function isGithubFailure(thrown: unknown): thrown is ActionError {
  return thrown instanceof ActionError && (thrown.code === 'github-denied' || thrown.code === 'github-failed');
}

function lost(call: Tried, cause: string): ProviderError {
  return new ProviderError(`Could not ${call.what}: no answer from GitHub: ${cause}`, {
    kind: 'transient',
    code: 'github-failed',
    hint: 'Check that the runner reaches GITHUB_API_URL, and the proxy settings.'
  });
}

function hintOf403(said: string, needs: Permission): string {
  if (/permission to create labels/i.test(said)) return LABEL_UNKNOWN;
  if (/not accessible by/i.test(said)) return `Give the job \`permissions: ${needs}\`.`;
  if (/locked/i.test(said)) return 'Unlock the conversation, or give the token more than the rights of a reader.';
  if (/archived/i.test(said)) return 'Unarchive the repository: nothing can be written to it.';
  return `Give the token \`permissions: ${needs}\`, and check the organization's rules for tokens.`;
}

function rateLimitSeconds(
  status: number,
  said: string,
  headers: Readonly<Record<string, string | number | undefined>>,
  now: Date
): number | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const retryAfter = headers['retry-after'];
  if (retryAfter !== undefined && /^[0-9]+$/.test(String(retryAfter))) return Number(retryAfter);
  const reset = headers['x-ratelimit-reset'];
  if (String(headers['x-ratelimit-remaining']) === '0' && reset !== undefined && /^[0-9]+$/.test(String(reset))) {
    return Math.max(1, Number(reset) - Math.floor(now.getTime() / 1000));
  }
  return status === 429 || /secondary rate limit|abuse detection|rate limit exceeded/i.test(said)
    ? SECONDARY_PAUSE
    : undefined;
}

/** Which limit it is, as far as the answer says. */
function limitNamed(said: string, headers: Readonly<Record<string, string | number | undefined>>): string {
  if (/secondary rate limit|abuse detection/i.test(said)) return 'secondary rate limit (too many requests at once)';
  const [limit, resource] = [headers['x-ratelimit-limit'], headers['x-ratelimit-resource']];
  const isPrimary = String(headers['x-ratelimit-remaining']) === '0';
  if (!isPrimary || limit === undefined) return 'rate limit (its answer does not say which one)';
  const name = resource === undefined ? 'rate limit' : `rate limit \`${String(resource)}\``;
  return `${name} of ${String(limit)} requests an hour`;
}

function saidBy(data: unknown): string {
  const parsed = v.safeParse(errorBody, data);
  if (!parsed.success) return '';
  const reasons = (parsed.output.errors ?? []).map(error =>
    typeof error === 'string' ? error : (error.message ?? [error.field, error.code].filter(Boolean).join(' '))
  );
  return oneLine([parsed.output.message, ...reasons].filter(Boolean).join('; '));
}

/** GitHub's answers can quote the request: kept short and on one line. */
function oneLine(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}

function isTimeout(thrown: unknown): boolean {
  return thrown instanceof Error && (thrown.name === 'TimeoutError' || thrown.name === 'AbortError');
}
