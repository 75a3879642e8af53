import type { Answer } from './route.ts';

/** Which calls are hit. */
interface Aim {
  /**
   * A route as the API description spells it, `POST /repos/{owner}/{repo}/issues/{issue_number}/comments`; or `POST
   * /graphql`.
   */
  readonly on: string;
  /** The first call that is hit, counted from now. Default 1. */
  readonly call?: number;
  /** How many calls in a row are hit. Default 1. */
  readonly times?: number;
}

/** What goes wrong. */
export type Fault = Aim &
  (
    | {
        /** This answer, instead of the real one. */
        readonly answer: Answer;
        /** The call still takes effect. Default false. */
        readonly afterEffect?: boolean;
      }
    | {
        /** The connection is cut without an answer, before or after the call took effect. */
        readonly drop: 'before' | 'after';
      }
    | {
        /** The call takes effect and is answered after this pause. */
        readonly delayMilliseconds: number;
      }
    | {
        /** Something else happens first: a comment is deleted, a pull request is closed, another job writes. */
        readonly before: () => void | Promise<void>;
      }
    | {
        /** A read is answered from what was there before the last write. */
        readonly stale: true;
      }
  );

export interface FaultBook {
  add(fault: Fault): void;
  /** The faults that hit this call, in the order they were added. */
  take(route: string): readonly Fault[];
}

export function faultBook(): FaultBook {
  const entries: { readonly fault: Fault; seen: number }[] = [];
  return {
    add(fault) {
      entries.push({ fault, seen: 0 });
    },
    take(route) {
      return entries
        .filter(({ fault }) => fault.on === route)
        .filter(entry => {
          entry.seen += 1;
          const first = entry.fault.call ?? 1;
          return entry.seen >= first && entry.seen < first + (entry.fault.times ?? 1);
        })
        .map(({ fault }) => fault);
    }
  };
}

/** https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits */
export function secondaryRateLimit(retryAfterSeconds?: number): Answer {
  return {
    status: 403,
    ...(retryAfterSeconds === undefined ? {} : { headers: { 'retry-after': String(retryAfterSeconds) } }),
    body: {
      message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
      documentation_url:
        'https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits'
    }
  };
}

/** The hourly limit is used up until `resetAt`. */
export function primaryRateLimit(resetAt: Date): Answer {
  return {
    status: 403,
    headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Math.floor(resetAt.getTime() / 1000)) },
    body: {
      message: 'API rate limit exceeded for installation ID 1.',
      documentation_url: 'https://docs.github.com/rest/overview/rate-limits-for-the-rest-api'
    }
  };
}

/** The older wording of the secondary limit, which GitHub Enterprise Server still has. */
export function abuse(): Answer {
  return {
    status: 403,
    body: {
      message: 'You have triggered an abuse detection mechanism. Please wait a few minutes before you try again.',
      documentation_url: 'https://docs.github.com/rest/overview/resources-in-the-rest-api#abuse-rate-limits'
    }
  };
}

/** GitHub's front answers trouble behind it with a page, not with JSON. */
export function serverError(status: 500 | 502 | 503 | 504 = 502): Answer {
  return {
    status,
    headers: { 'content-type': 'text/html' },
    body: '<!DOCTYPE html><html><body>Unicorn!</body></html>'
  };
}
