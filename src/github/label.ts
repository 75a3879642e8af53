import { ProviderError, type ActionError } from '../errors.ts';
import { isGithubFailure } from './client-errors.ts';
import type { GithubClient } from './client.ts';

/** One of several labels that exclude each other. */
export interface LabelRequest {
  readonly pullRequest: number;
  readonly wanted: string;
  /** All of them, the wanted one included. */
  readonly family: readonly string[];
}

/**
 * Gives a pull request one label of a family and removes the others. Labels of other names are left alone. Returns the
 * failure instead of throwing it. Throws only the signal's reason.
 */
export async function putLabel(client: GithubClient, request: LabelRequest): Promise<ActionError | undefined> {
  const { pullRequest, wanted, family } = request;
  const needs = 'pull-requests: write';
  try {
    const present = await client.list({ what: `read the labels of #${pullRequest}`, needs }, (octokit, page) =>
      octokit.rest.issues.listLabelsOnIssue({ ...client.repository, issue_number: pullRequest, ...page })
    );
    const isWanted = (name: string): boolean => isSame(name, wanted);
    const ours = present.map(({ name }) => name).filter(name => family.some(one => isSame(one, name)));
    for (const name of ours.filter(one => !isWanted(one))) {
      await client
        .send({ what: `remove a label of #${pullRequest}`, needs, idempotent: true }, octokit =>
          octokit.rest.issues.removeLabel({ ...client.repository, issue_number: pullRequest, name })
        )
        .catch((thrown: unknown) => {
          if (!(thrown instanceof ProviderError) || thrown.kind !== 'not-found') throw thrown;
        });
    }
    if (ours.some(isWanted)) return undefined;
    await client.send({ what: `label #${pullRequest}`, needs, idempotent: true }, octokit =>
      octokit.rest.issues.addLabels({ ...client.repository, issue_number: pullRequest, labels: [wanted] })
    );
    return undefined;
  } catch (thrown) {
    if (!isGithubFailure(thrown)) throw thrown;
    return thrown;
  }
}

/** A repository has each name once, in letters of any case. */
function isSame(name: string, other: string): boolean {
  return name.toLowerCase() === other.toLowerCase();
}
