import { docsUrlOf } from '../../../src/publish/docs-url.ts';
import type { GithubClient } from '../../../src/github/client.ts';
import type { GithubPublication } from '../../../src/publish/github-publication.ts';
import { tellDrift } from '../../../src/publish/tell-drift.ts';
import type { Drift } from '../../../src/review/drift.ts';
import { desired, planned } from '../../support/resources.ts';

test('an event of a drift with any number of differences and changes is one that GitHub takes', async () => {
  const sent: unknown[] = [];
  const createDispatchEvent = async ({
    client_payload: payload
  }: {
    readonly client_payload: unknown;
  }): Promise<void> => {
    sent.push(payload);
  };
  const octokit = { rest: { repos: { createDispatchEvent } } };
  const client = {
    send: async (_: unknown, request: (by: typeof octokit) => unknown) => request(octokit)
  } as unknown as GithubClient;
  const publication = {
    event: { repository: { owner: 'acme', name: 'shop' }, runUrl: '' },
    inputs: { secrets: new Map(), run: { drift_dispatch: true } },
    report: { plan: planned({ desired: [desired('server')] }) }
  } as unknown as GithubPublication;
  const many = Array.from({ length: 600 }, (_, number) => String(number));
  const items = many.map(number => ({ address: number, title: `server orders-replica-${number}`, field: 'tags.team' }));
  const events = many.map(on => ({
    at: '2026-11-28T16:20:00.000Z',
    by: 'arn:aws:sts::1:x',
    what: 'ModifyDBInstance',
    on
  }));
  const drift: Drift = { kind: 'unclear', items };
  await tellDrift(publication, client, drift, { kind: 'trail', trail: { name: 'CloudTrail', events } });
  expect(sent).toMatchObject([{ who: { name: 'CloudTrail', events: events.slice(0, 50) } }]);
  expect(JSON.stringify(sent[0]).length).toBeLessThan(64 * 1024);
});

test.each([
  [undefined, 'https://github.com/acme/pgkeep/blob/main/docs'],
  ['', 'https://github.com/acme/pgkeep/blob/main/docs'],
  ['v1', 'https://github.com/acme/pgkeep/blob/v1/docs']
])('the documentation of the action at %j', (reference, url) => {
  const env = { GITHUB_ACTION_REPOSITORY: 'acme/pgkeep', GITHUB_ACTION_REF: reference };
  expect(docsUrlOf({ env }, { serverUrl: 'https://github.com' })).toBe(url);
});
