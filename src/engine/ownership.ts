import { defined } from './defined.ts';
/** Which database a run is about. Two runs with equal targets are about the same one; nothing else decides that. */
export interface Target {
  readonly provider: string;
  /** Account, project or subscription; `runner` for `local`. */
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly environment: string;
  /** `owner/name` of the repository whose workflow runs. */
  readonly repository: string;
  /** Set for what is made for one pull request. */
  readonly pullRequest?: number;
}

/** Written into whatever we make, in the call that makes it. What carries none is never changed or deleted. */
export interface Mark {
  readonly version: 1;
  readonly repository: string;
  readonly name: string;
  readonly environment: string;
  readonly pullRequest?: number;
  /** ISO 8601; only ephemeral things have one. */
  readonly expiresAt?: string;
  /** The workflow run that wrote it, with its attempt (`9000001.1`); only ephemeral things have one. */
  readonly run?: string;
  /** Digest of the settings last applied: drift tells "someone changed it" from "you changed it" by it. */
  readonly applied?: string;
}

export type Ownership =
  | { readonly kind: 'ours'; readonly mark: Mark }
  | { readonly kind: 'unmarked' }
  | { readonly kind: 'foreign'; readonly mark: Mark };

/** Compares a mark with the target of this run. Repository names are case-insensitive on GitHub. */
export function ownership(mark: Mark | undefined, target: Target): Ownership {
  if (mark === undefined) return { kind: 'unmarked' };
  const ours =
    mark.repository.toLowerCase() === target.repository.toLowerCase() &&
    mark.name === target.name &&
    mark.environment === target.environment &&
    mark.pullRequest === target.pullRequest;
  return { kind: ours ? 'ours' : 'foreign', mark };
}

export function markFor(target: Target, extra: Pick<Mark, 'expiresAt' | 'run' | 'applied'> = {}): Mark {
  return defined({
    version: 1,
    repository: target.repository,
    name: target.name,
    environment: target.environment,
    pullRequest: target.pullRequest,
    ...extra
  });
}

/** Reads a mark back from its JSON; anything that is not one of ours is no mark. */
export function parseMark(text: string | null | undefined): Mark | undefined {
  if (text === null || text === undefined || text === '') return undefined;
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof data !== 'object' || data === null) return undefined;
  const mark = data as Partial<Mark>;
  const complete =
    mark.version === 1 &&
    typeof mark.repository === 'string' &&
    typeof mark.name === 'string' &&
    typeof mark.environment === 'string';
  return complete ? (data as Mark) : undefined;
}

/** In words, for refusals: `acme/shop, database orders, environment production`. */
export function describeMark(mark: Mark): string {
  const parts = [mark.repository, `database ${mark.name}`];
  if (mark.environment !== '') parts.push(`environment ${mark.environment}`);
  if (mark.pullRequest !== undefined) parts.push(`pull request #${mark.pullRequest}`);
  return parts.join(', ');
}
