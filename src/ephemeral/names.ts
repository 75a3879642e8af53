import { shortHash, withSuffix } from '../providers/throwaway-name.ts';

/** What distinguishes the databases of a repository's pull requests. */
export interface Identity {
  /** `owner/name`. */
  readonly repository: string;
  readonly name: string;
  readonly environment: string;
  readonly pullRequest: number;
}

const PATTERN = /^pr_[1-9]\d*_[0-9a-f]{8}$/;

/**
 * The name of a pull request's database and of its role: `pr_7_3f9a0c1e`. Made of the pull request's number and a hash
 * of what else it belongs to, never of a title or a branch; at most 28 bytes.
 */
export function databaseNameOf({ repository, name, environment, pullRequest }: Identity): string {
  return `pr_${pullRequest}_${shortHash(repository.toLowerCase(), name, environment)}`;
}

/** Whether a name is of the form that `databaseNameOf` gives. */
export function isDatabaseName(name: string): boolean {
  return PATTERN.test(name);
}

/** The name of a pull request's server: `orders-pr-7`. */
export function serverNameOf(name: string, pullRequest: number): string {
  return withSuffix(name, `-pr-${pullRequest}`);
}
