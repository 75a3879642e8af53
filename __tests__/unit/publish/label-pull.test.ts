import type { GithubClient } from '../../../src/github/client.ts';
import type { GithubPublication } from '../../../src/publish/github-publication.ts';
import { labelPull } from '../../../src/publish/label-pull.ts';
import { recordOf, recordTexts } from '../../../src/review/record.ts';
import { CHECK_RUN_LIMIT } from '../../../src/github/rendering.ts';
import type { Plan } from '../../../src/engine/plan.ts';
import { fakeContext } from '../../support/fake-context.ts';
import { desired, observed, planned } from '../../support/resources.ts';

const HEAD = 'f00d';
const calm = planned({ desired: [desired('server')], observed: [observed('server')] });
const changing = planned({ desired: [desired('server')] });

/** The label that a plan gets next to a recorded plan, of the same database but for some members. */
async function labelNextTo(recorded: Plan, other: Partial<Plan['target']>): Promise<readonly string[]> {
  const record = recordOf({ ...recorded, target: { ...recorded.target, ...other } }, {}, new Date(0));
  const checkRun = {
    id: 1,
    name: 'pgkeep',
    head_sha: HEAD,
    external_id: record.digest,
    conclusion: 'success',
    output: { title: '', summary: '', text: recordTexts(record).at(-1)?.(CHECK_RUN_LIMIT) ?? '' },
    app: { slug: 'github-actions' }
  };
  const labels: string[] = [];
  const octokit = {
    rest: { issues: { addLabels: async (asked: { labels: string[] }) => labels.push(...asked.labels) } }
  };
  const client = {
    list: async ({ what }: { readonly what: string }) => (what.includes('check runs') ? [checkRun] : []),
    send: async (_: unknown, request: (sent: typeof octokit) => unknown) => request(octokit),
    identity: async () => ({ login: 'github-actions[bot]', appSlug: 'github-actions' })
  } as unknown as GithubClient;
  const publication = { runtime: fakeContext(), report: { plan: calm } } as unknown as GithubPublication;
  await labelPull(publication, client, { number: 7, headSha: HEAD });
  return labels;
}

test.each<[string, Partial<Plan['target']>, string]>([
  ['its own earlier plan', {}, 'pgkeep: no changes'],
  ['the plan of another name', { name: 'invoices' }, 'pgkeep: changes'],
  ['the plan of another environment', { environment: 'staging' }, 'pgkeep: changes'],
  ['the plan of another region', { region: 'eu-west-1' }, 'pgkeep: changes'],
  ['the plan of another account', { account: '123456789012' }, 'pgkeep: changes']
])('next to %s, a pull request is labelled by the most serious of both', async (_, other, label) => {
  expect(await labelNextTo(changing, other)).toEqual([label]);
});
