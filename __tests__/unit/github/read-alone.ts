import { githubClient } from '../../../src/github/client.ts';
import { readPullRequest } from '../../../src/github/pull-request.ts';
import { testContext } from './setting.ts';

/** Reads a pull request of `http://git.invalid`, and prints it. */
const { number, ...given } = JSON.parse(process.argv[2] ?? '') as {
  readonly token: string;
  readonly repository: { readonly owner: string; readonly name: string };
  readonly number: number;
};
const client = githubClient({ ...given, apiUrl: 'http://git.invalid', execution: testContext().execution });
process.stdout.write(JSON.stringify(await readPullRequest(client, number)));
