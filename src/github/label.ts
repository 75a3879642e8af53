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
    const names = present.map(({ name }) => name);
    for (const name of family.filter(one => one !== wanted && names.includes(one))) {
      await client
        .send({ what: `remove a label of #${pullRequest}`, needs, idempotent: true }, octokit =>
          octokit.rest.issues.removeLabel({ ...client.repository, issue_number: pullRequest, name })
        )
        .catch((thrown: unknown) => {
          if (!(thrown instanceof ProviderError) || thrown.kind !== 'not-found') throw thrown;
        });
    }
    if (names.includes(wanted)) return undefined;
    await client.send({ what: `label #${pullRequest}`, needs, idempotent: true }, octokit =>
      octokit.rest.issues.addLabels({ ...client.repository, issue_number: pullRequest, labels: [wanted] })
    );
    return undefined;
  } catch (thrown) {
    if (!isGithubFailure(thrown)) throw thrown;
    return thrown;
  }
}
