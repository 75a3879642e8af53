import type { Links } from './links.ts';
import type { Actor, GithubState } from './state.ts';

export type Json = Record<string, unknown>;

/** What a token can be allowed, by GitHub's own names. */
export type Scope = 'contents' | 'metadata' | 'issues' | 'pull_requests' | 'checks' | 'deployments' | 'actions';
export type Level = 'read' | 'write';

export interface Need {
  readonly scope: Scope;
  readonly level: Level;
}

/** One request as a route's handler sees it. */
export interface RouteCall {
  readonly state: GithubState;
  readonly links: Links;
  readonly actor: Actor;
  /** Whether the token has one of these. */
  readonly allows: (needs: readonly Need[]) => boolean;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Json;
  /** Seconds are all that GitHub's times have. */
  readonly now: string;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** As the API description spells it. */
  readonly path: string;
  /** Any one of these is enough. */
  readonly needs: (call: RouteCall) => readonly Need[];
  /**
   * Statuses whose answers the API description describes; the others are real too, but nothing holds them to a shape.
   */
  readonly described: readonly number[];
  readonly handle: (call: RouteCall) => Answer;
}

export const METADATA: readonly Need[] = [{ scope: 'metadata', level: 'read' }];

/** A page of a list, with the `Link` header that leads to the others. */
export function page(
  call: RouteCall,
  path: string,
  items: readonly unknown[],
  wrap?: (part: readonly unknown[]) => unknown
): Answer {
  const size = Math.min(100, Math.max(1, Number(call.query.get('per_page') ?? 30) || 30));
  const current = Math.max(1, Number(call.query.get('page') ?? 1) || 1);
  const last = Math.max(1, Math.ceil(items.length / size));
  const part = items.slice((current - 1) * size, current * size);
  const link = (number: number, relation: string): string => {
    const query = new URLSearchParams(call.query);
    query.set('page', String(number));
    return `<${call.links.api}${path}?${query.toString()}>; rel="${relation}"`;
  };
  const links = [
    ...(current > 1 ? [link(current - 1, 'prev')] : []),
    ...(current < last ? [link(current + 1, 'next'), link(last, 'last')] : []),
    ...(current > 1 ? [link(1, 'first')] : [])
  ];
  return {
    status: 200,
    body: wrap === undefined ? part : wrap(part),
    ...(links.length === 0 ? {} : { headers: { link: links.join(', ') } })
  };
}

export function notFound(): Answer {
  return {
    status: 404,
    body: { message: 'Not Found', documentation_url: 'https://docs.github.com/rest', status: '404' }
  };
}

export function forbidden(message: string): Answer {
  return { status: 403, body: { message, documentation_url: 'https://docs.github.com/rest', status: '403' } };
}

export function invalid(resource: string, field: string, message: string): Answer {
  return {
    status: 422,
    body: {
      message: 'Validation Failed',
      errors: [{ resource, code: 'custom', field, message }],
      documentation_url: 'https://docs.github.com/rest'
    }
  };
}

/** Thrown by the readers below; the server answers it. */
export class Refusal extends Error {
  readonly answer: Answer;
  constructor(answer: Answer) {
    super(`refused with ${answer.status}`);
    this.answer = answer;
  }
}

/** A member of the body that must be a string. Throws a 422. */
export function requiredText(call: RouteCall, member: string): string {
  const value = call.body[member];
  if (typeof value === 'string') return value;
  throw new Refusal({
    status: 422,
    body: {
      message: `Invalid request.\n\n"${member}" wasn't supplied.`,
      documentation_url: 'https://docs.github.com/rest'
    }
  });
}

/** A member of the body that may be a string. Throws a 422 when it is something else. */
export function optionalText(call: RouteCall, member: string): string | undefined {
  const value = call.body[member];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  throw new Refusal({
    status: 422,
    body: {
      message: `Invalid request.\n\nFor 'properties/${member}', ${JSON.stringify(value)} is not a string.`,
      documentation_url: 'https://docs.github.com/rest'
    }
  });
}

/** GitHub keeps 65,536 characters, of up to four bytes. Throws the 422 it answers to more. */
export function keepable(resource: string, body: string): string {
  if (Array.from(body).length <= 65_536 && Buffer.byteLength(body) <= 262_144) return body;
  throw new Refusal({
    status: 422,
    body: {
      message: 'Validation Failed',
      errors: [
        { resource, code: 'unprocessable', field: 'data', message: 'Body is too long (maximum is 65536 characters)' }
      ],
      documentation_url: 'https://docs.github.com/rest'
    }
  });
}
