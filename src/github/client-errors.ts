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

/** The limit on what one account may create in a minute, as a 422. https://github.com/cli/cli/issues/4801 */
const TOO_QUICK = /was submitted too quickly/i;

/** Private repositories of infrastructure often have none. */
const ISSUES_OFF =
  'Switch issues on in the settings of the repository (General, Features), or leave out the input that asks for one.';

/** `pull-requests: write` sets labels and makes none. */
const LABEL_UNKNOWN =
  'Make the label in the repository (Issues, Labels), or give the job `permissions: issues: write`, with which it is made.';

const headers = v.record(v.string(), v.union([v.string(), v.number(), v.undefined()]));

type Headers = v.InferOutput<typeof headers>;

const failure = v.object({
  status: v.number(),
  message: v.string(),
  response: v.optional(v.object({ headers, data: v.unknown() }))
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

/** An answer of GraphQL, whose status is 200 whatever went wrong. */
const graphqlRefusal = v.object({
  name: v.literal('GraphqlResponseError'),
  message: v.string(),
  headers: v.fallback(headers, {}),
  errors: v.fallback(v.array(v.object({ message: v.string(), type: v.optional(v.string(), '') })), [])
});

/** What REST answers where GraphQL has an error of this type. */
const STATUS_OF_TYPE: Readonly<Record<string, number>> = {
  FORBIDDEN: 403,
  INSUFFICIENT_SCOPES: 403,
  NOT_FOUND: 404,
  RATE_LIMIT: 429,
  RATE_LIMITED: 429,
  SERVICE_UNAVAILABLE: 503
};

/** It has no type. https://github.com/octokit/plugin-retry.js/issues/395 */
const GRAPHQL_FAILED = /something went wrong while executing|couldn't respond to your request in time/i;

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
    const { errors, message, ...answer } = refusal.output;
    const [first] = errors;
    const said = oneLine(errors.length === 0 ? message : errors.map(error => error.message).join('; '));
    const status = GRAPHQL_FAILED.test(said) ? 500 : (STATUS_OF_TYPE[first?.type ?? ''] ?? 200);
    return answered(call, { status, said, headers: answer.headers, text: said }, now);
  }
  const parsed = v.safeParse(failure, thrown);
  if (!parsed.success) return isTimeout(thrown) ? lost(call, 'no answer in time') : thrown;
  const { status, response, message } = parsed.output;
  if (response === undefined) return lost(call, oneLine(message));
  const said = saidBy(response.data);
  const text = `${status}${said === '' ? '' : ` ${said}`}`;
  return answered(call, { status, said, headers: response.headers, text }, now);
}

interface Refusal {
  readonly status: number;
  readonly said: string;
  readonly headers: Headers;
  /** The answer in words. */
  readonly text: string;
}

function answered(call: Tried, { status, said, headers: given, text: words }: Refusal, now: Date): ProviderError {
  const text = `Could not ${call.what}: GitHub answered ${words}`;
  const providerCode = String(status);

  const pause = rateLimitSeconds(status, said, given, now);
  if (pause !== undefined) {
    const wait = {
      providerCode,
      code: 'github-failed' as const,
      hint: `Run again in ${Math.ceil(pause / 60)} min: GitHub's ${limitNamed(said, given)} is used up.`
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
  // The job's permissions are those of its own token.
  if (/not accessible by personal access token/i.test(said)) return hintOfPersonal(needs);
  if (/not accessible by/i.test(said)) return `Give the job \`permissions: ${needs}\`.`;
  if (/locked/i.test(said)) return 'Unlock the conversation, or give the token more than the rights of a reader.';
  if (/\bsaml\b/i.test(said)) return "Authorize the token for the organization's single sign-on.";
  if (/ip allow list/i.test(said))
    return "Add the runner's address to the organization's IP allow list, or run the job where its addresses are listed.";
  if (/archived/i.test(said)) return 'Unarchive the repository: nothing can be written to it.';
  return `Give the token \`permissions: ${needs}\`, and check the organization's rules for tokens.`;
}

/** GitHub offers no permission for check runs for such a token. */
function hintOfPersonal(needs: Permission): string {
  return needs.startsWith('checks')
    ? "Leave `github_token` at its default: a personal access token can't have the permission for check runs."
    : `Give the personal access token in \`github_token\` the permission \`${needs}\` for this repository, or leave the input at its default.`;
}

function rateLimitSeconds(status: number, said: string, given: Headers, now: Date): number | undefined {
  if (TOO_QUICK.test(said)) return SECONDARY_PAUSE;
  if (status !== 403 && status !== 429) return undefined;
  const retryAfter = given['retry-after'];
  if (retryAfter !== undefined && /^[0-9]+$/.test(String(retryAfter))) return Number(retryAfter);
  const reset = given['x-ratelimit-reset'];
  if (String(given['x-ratelimit-remaining']) === '0' && reset !== undefined && /^[0-9]+$/.test(String(reset))) {
    return Math.max(1, Number(reset) - Math.floor(now.getTime() / 1000));
  }
  return status === 429 || /secondary rate limit|abuse detection|rate limit exceeded/i.test(said)
    ? SECONDARY_PAUSE
    : undefined;
}

/** Which limit it is, as far as the answer says. */
function limitNamed(said: string, given: Headers): string {
  if (TOO_QUICK.test(said) || /secondary rate limit|abuse detection/i.test(said))
    return 'secondary rate limit (too many requests at once)';
  const [limit, resource] = [given['x-ratelimit-limit'], given['x-ratelimit-resource']];
  const isPrimary = String(given['x-ratelimit-remaining']) === '0';
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
