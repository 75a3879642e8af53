import { defined } from './defined.ts';

/** Which repository it is. A name can be given to another repository; the id of a server can't. */
export interface Repository {
  /** `owner/name` of the repository whose workflow runs. */
  readonly repository: string;
  /**
   * GITHUB_REPOSITORY_ID: stays when the repository is renamed or moved. Absent outside of GitHub, and in marks of
   * version 1.
   */
  readonly repositoryId?: string;
  /** The host of GITHUB_SERVER_URL, whose id it is: `github.com`. Present where `repositoryId` is. */
  readonly host?: string;
}

/** Which database a run is about. Runs with equal targets are about the same database; nothing else decides that. */
export interface Target extends Repository {
  readonly provider: string;
  /** Account, project or subscription; `runner` for `local`. */
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly environment: string;
  /** Set for databases of one pull request. */
  readonly pullRequest?: number;
}

/**
 * Written into every resource that we create, in the call that creates it. A resource without one is never changed or
 * deleted.
 */
export interface Mark extends Repository {
  /** Version 1 knows the repository by its name only, and does not list its own tags. */
  readonly version: 1 | 2;
  readonly name: string;
  readonly environment: string;
  readonly pullRequest?: number;
  /** ISO 8601; only for ephemeral databases. */
  readonly expiresAt?: string;
  /** The workflow run that wrote it, with its attempt (`9000001.1`); only for ephemeral databases. */
  readonly run?: string;
  /**
   * Hash of the `mask_sql` that ran in a copy of data, `none` without one; `pending` before it has begun, `running`
   * until it has ended, `begun` after it as long as other scripts have to run. Absent: the copy needs no script, or it
   * is no copy.
   */
  readonly masked?: string;
  /** Digest of the settings last applied: drift tells "someone changed it" from "you changed it" by it. */
  readonly applied?: string;
  /** Which tags this workflow set, as `tagHash` writes their keys, sorted. Absent in marks of version 1. */
  readonly ownTags?: readonly string[];
  /**
   * On what an earlier run began and did not finish, because no single call does it all. The next apply finishes it.
   */
  readonly unfinished?: true;
  /** On a promoted replica: the name of the server that it was a replica of. */
  readonly promotedFrom?: string;
  /** On a server whose replica was promoted: the name of that one, as `successorOf` reads it. */
  readonly promotedTo?: string;
  /** The last operation that no record of the service shows, as `operationNote` writes it. */
  readonly operated?: string;
}

/** The server that took over, and its region where that is another one. */
export interface Successor {
  readonly name: string;
  readonly region?: string;
}

export type Ownership =
  | { readonly kind: 'ours'; readonly mark: Mark }
  | { readonly kind: 'unmarked' }
  | { readonly kind: 'foreign'; readonly mark: Mark };

/**
 * Whether two are one repository. By id when both have one, so that a renamed repository keeps its databases, and a new
 * one under an old name does not get them. Else by name, which is case-insensitive on GitHub.
 */
export function isSameRepository(a: Repository, b: Repository): boolean {
  if (a.host !== undefined && b.host !== undefined && a.host !== b.host) return false;
  if (a.repositoryId !== undefined && b.repositoryId !== undefined) return a.repositoryId === b.repositoryId;
  return isSameName(a, b);
}

/** Whether the two have the same name now. */
export function isSameName(a: Repository, b: Repository): boolean {
  return a.repository.toLowerCase() === b.repository.toLowerCase();
}

/** Compares a mark with the target of this run. */
export function ownership(mark: Mark | undefined, target: Target): Ownership {
  if (mark === undefined) return { kind: 'unmarked' };
  const ours =
    isSameRepository(mark, target) &&
    mark.name === target.name &&
    mark.environment === target.environment &&
    mark.pullRequest === target.pullRequest;
  return { kind: ours ? 'ours' : 'foreign', mark };
}

/** The same mark on something that is begun with it, or found begun. */
export function asUnfinished(mark: Mark): Mark {
  return { ...mark, unfinished: true };
}

/** The mark of a replica that becomes a server of its own. */
export function asPromoted(mark: Mark, name: string, target: Target): Mark {
  const { promotedTo: _before, ...rest } = mark;
  const from = mark.name === name ? {} : { promotedFrom: mark.name };
  return { ...rest, ...repositoryOf(target), version: 2, name, ...from };
}

/** The mark of a server whose replica takes over. */
export function asSuperseded(mark: Mark, { name, region }: Successor): Mark {
  return { ...mark, promotedTo: region === undefined ? name : `${name}@${region}` };
}

/** The server that took over from the one with this mark; `undefined` for a server that nothing took over from. */
export function successorOf({ promotedTo }: Pick<Mark, 'promotedTo'>): Successor | undefined {
  if (promotedTo === undefined) return undefined;
  const [name = '', region] = promotedTo.split('@');
  return defined({ name, region });
}

/** Whether a server was a replica of the target's server, by its mark. */
export function isPromotedFrom(owner: Ownership, target: Target): boolean {
  return owner.kind === 'foreign' && owner.mark.promotedFrom === target.name && isOfSameWorkflow(owner.mark, target);
}

/** Whether a mark is one of this workflow, whatever the name of the database. */
export function isOfSameWorkflow(mark: Mark, target: Target): boolean {
  return (
    isSameRepository(mark, target) && mark.environment === target.environment && mark.pullRequest === target.pullRequest
  );
}

/**
 * The owner of what lies at a replica's address. One that follows no server any more is a server of its own, whatever
 * its mark says: someone promoted it, and nothing changes or deletes it as a replica. The server before a switchover,
 * which follows the target now, is the target's replica.
 */
export function replicaOwnership(owner: Ownership, name: string, isReplica: boolean, target?: Target): Ownership {
  const isSwitched =
    isReplica &&
    target !== undefined &&
    owner.kind === 'foreign' &&
    isOfSameWorkflow(owner.mark, target) &&
    successorOf(owner.mark)?.name === target.name;
  if (isSwitched) return { kind: 'ours', mark: owner.mark };
  if (isReplica || owner.kind !== 'ours') return owner;
  return { kind: 'foreign', mark: { ...owner.mark, name, promotedFrom: owner.mark.name } };
}

/** Whether an earlier run of this workflow began it and did not finish it. */
export function isUnfinished(owner: Ownership | undefined): boolean {
  return owner?.kind === 'ours' && owner.mark.unfinished === true;
}

/**
 * The owner of a child of a server whose mark can't be rewritten. With a mark of version 1 for the same database it
 * belongs to the owner of the server, whatever the repository's name was then.
 */
export function childOwnership(mark: Mark | undefined, target: Target, server: Ownership['kind']): Ownership {
  const own = ownership(mark, target);
  if (own.kind !== 'foreign' || server !== 'ours' || own.mark.repositoryId !== undefined) return own;
  const vouched = { ...own.mark, ...repositoryOf(target) };
  return ownership(vouched, target).kind === 'ours' ? { kind: 'ours', mark: own.mark } : own;
}

/** The repository that a mark or a target names, alone. */
export function repositoryOf({ repository, repositoryId, host }: Repository): Repository {
  return defined({ repository, repositoryId, host });
}

export function markFor(
  target: Target,
  extra: Pick<Mark, 'expiresAt' | 'run' | 'masked' | 'applied' | 'ownTags'> = {}
): Mark {
  return defined({
    version: target.repositoryId === undefined && extra.ownTags === undefined ? (1 as const) : (2 as const),
    ...repositoryOf(target),
    name: target.name,
    environment: target.environment,
    pullRequest: target.pullRequest,
    ...extra
  });
}

/** The mark with the number of the repository that a live one has, where this run does not know it. */
export function keepingId(mark: Mark, live: Mark | undefined): Mark {
  if (mark.repositoryId !== undefined || live?.repositoryId === undefined) return mark;
  const { repositoryId, host } = live;
  return defined({ ...mark, version: 2 as const, repositoryId, host });
}

/** Whether two marks know the repository by the same name, id and server. */
export function isOfSameIdentity(a: Mark, b: Mark): boolean {
  return isSameName(a, b) && a.repositoryId === b.repositoryId && a.host === b.host;
}

/** Whether a live mark has the repository and tags of `mark`; if not, the next apply rewrites it. */
export function isCurrent(live: Mark, mark: Mark): boolean {
  return isOfSameIdentity(live, mark) && (mark.ownTags === undefined || live.ownTags?.join() === mark.ownTags.join());
}

/** Why a resource with this mark is not ours, as far as is known: the hint of the refusal. */
export function foreignHint(mark: Mark, target: Repository): string {
  const way =
    'To keep this database, remove its ownership mark by hand (names that begin with `pgkeep`), then set `adopt_existing: <name>`.';
  if (!isSameName(mark, target)) {
    const isOld = mark.repositoryId === undefined && target.repositoryId !== undefined;
    const renamed = isOld ? ` If this repository was renamed before its marks held an id: ${way}` : '';
    return `Choose another \`name\`, or run the workflow that owns it.${renamed}`;
  }
  if (isSameRepository(mark, target)) {
    return 'Choose another `name`, or set `environment` to that of the workflow that owns it.';
  }
  return `Another repository had this name when it made the database. Choose another \`name\`. ${way}`;
}

/** Reads a mark from its JSON; `undefined` for any other text. */
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
    (mark.version === 1 || mark.version === 2) &&
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

/** Whose a resource is: `belongs to …`, or that it carries no mark. */
export function describeOwner(owner: Ownership): string {
  return owner.kind === 'unmarked' ? 'carries no ownership mark' : `belongs to ${describeMark(owner.mark)}`;
}
