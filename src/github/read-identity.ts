import * as v from 'valibot';
import type { Execution } from '../engine/execution.ts';
import { ProviderError } from '../errors.ts';
import type { GithubClient } from './calls.ts';
import { GITHUB_ACTIONS, identityOf, type Identity } from './identity.ts';

const viewerAnswer = v.object({ viewer: v.object({ login: v.string() }) });

/**
 * The identity that the token acts as: GraphQL's `viewer`, which answers an app's token too, else `GET /user`, which
 * refuses one. When neither answers, the job's own token is assumed; the first object that we create corrects a wrong
 * guess.
 */
export async function readIdentity(client: GithubClient, execution: Execution): Promise<Identity> {
  const call = { what: 'ask GitHub who this token is', needs: 'contents: read', idempotent: true } as const;
  const asks = [
    () =>
      client.send(call, async octokit => {
        const answer = v.safeParse(viewerAnswer, await octokit.graphql('query { viewer { login } }'));
        return answer.success ? answer.output.viewer.login : undefined;
      }),
    () =>
      client.send(call, async octokit => {
        const { data } = await octokit.rest.users.getAuthenticated();
        return data.login;
      })
  ];
  for (const ask of asks) {
    try {
      const login = await ask();
      if (login !== undefined) return identityOf(login);
    } catch (thrown) {
      if (!(thrown instanceof ProviderError)) throw thrown;
      execution.log.debug(`${thrown.message}; asking in another way`);
    }
  }
  return GITHUB_ACTIONS;
}
