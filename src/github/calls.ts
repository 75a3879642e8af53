import type { GitHub } from '@actions/github/lib/utils';
import type { Identity } from './identity.ts';
import type { Permission } from './permission.ts';

export type Octokit = InstanceType<typeof GitHub>;

/** One call as the retry and the error text need to know it. */
export interface Call<T> {
  /** Completes "Could not …", for errors and the log: `update the comment on pull request #7`. */
  readonly what: string;
  readonly needs: Permission;
  /** True for reads and for calls that may be sent twice with one effect. */
  readonly idempotent: boolean;
  /** For a call that is not idempotent: finds the effect of an earlier try whose answer was lost. */
  readonly recheck?: () => Promise<T | undefined>;
}

/** A page of a list, as far as the client reads it. */
interface Page<T> {
  readonly data: readonly T[];
  readonly headers: { readonly link?: string | undefined };
}

/** One repository's GitHub, as one token sees it. */
export interface GithubClient {
  /** As Octokit's calls want it. */
  readonly repository: { readonly owner: string; readonly repo: string };
  /**
   * Sends one request, again where that is safe. Throws a ProviderError: `github-denied` with the missing permission,
   * else `github-failed`; or the signal's reason when the run is cancelled.
   */
  send<T>(call: Call<T>, request: (octokit: Octokit) => Promise<T>): Promise<T>;
  /** All pages of a list, 100 a page; no further page once there are `enough` items. Throws as `send`. */
  list<T>(
    call: Pick<Call<T>, 'what' | 'needs'>,
    request: (octokit: Octokit, page: { readonly page: number; readonly per_page: 100 }) => Promise<Page<T>>,
    enough?: number
  ): Promise<T[]>;
  /** Waits as long as said, and by chance up to three times as long, so that jobs that began together part. */
  pause(seconds: number): Promise<void>;
  /** The identity that the token acts as; read once. */
  identity(): Promise<Identity>;
  /** Learns the identity from an object that this token has just created. */
  learnIdentity(identity: Identity): void;
}
