import type { ActionError } from '../errors.ts';
import { isGithubFailure } from './client-errors.ts';
import type { GithubClient } from './client.ts';

/** An event for workflows of the repository: `on: repository_dispatch: types: [<type>]`. */
export interface DispatchRequest {
  readonly type: string;
  /** At most 10 members. */
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Sends the event. Returns the failure instead of throwing it. Throws only the signal's reason. */
export async function sendDispatch(
  client: GithubClient,
  { type, payload }: DispatchRequest
): Promise<ActionError | undefined> {
  try {
    await client.send(
      { what: `send the event ${type} to this repository`, needs: 'contents: write', idempotent: false },
      octokit =>
        octokit.rest.repos.createDispatchEvent({ ...client.repository, event_type: type, client_payload: payload })
    );
    return undefined;
  } catch (thrown) {
    if (!isGithubFailure(thrown)) throw thrown;
    return thrown;
  }
}
