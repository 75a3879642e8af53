import { startGcp, type FakeGcp } from '../../../clouds/gcp/fake-gcp.ts';
import type { Json } from '../../../clouds/gcp/json.ts';
import { basic } from '../../../support/gcp-inputs.ts';
import { gcpRun, lines } from '../../../support/gcp-run.ts';

let cloud: FakeGcp;
beforeEach(async () => {
  cloud = await startGcp();
  await (await gcpRun(cloud, basic())).apply();
});
afterEach(async () => cloud.stop());

const orders = (): { json: Json } => {
  const found = cloud.state.instances.get('orders');
  if (found === undefined) throw new Error('There is no instance');
  return found;
};
const settings = (): Json => orders().json['settings'] as Json;

/** Plays an instance that was created by hand. */
function unmark(labels: Json = { billing: '4711' }): void {
  orders().json = { ...orders().json, settings: { ...settings(), userLabels: labels } };
}

test('an instance without a mark is not touched', async () => {
  unmark();
  const before = cloud.mutations().length;
  const { plan } = await (await gcpRun(cloud, { ...basic(), disk_size: '40' })).plan();
  expect(plan.steps[0]).toMatchObject({ action: 'blocked', refusal: { rule: 'not-ours' } });
  await (await gcpRun(cloud, { ...basic(), disk_size: '40' })).apply().catch(() => undefined);
  expect(cloud.mutations()).toHaveLength(before);
});

test('an adopted instance gets the mark, and keeps its labels', async () => {
  unmark();
  const { tags: _tags, ...inputs } = basic();
  const run = await gcpRun(cloud, { ...inputs, adopt_existing: 'true' });
  expect((await run.apply()).plan.steps[0]).toMatchObject({ action: 'adopt' });
  expect(settings()['userLabels']).toMatchObject({
    billing: '4711',
    'managed-by': 'pgkeep',
    'pgkeep-repository': 'acme_sshop',
    'pgkeep-name': 'orders'
  });
  expect(lines((await (await gcpRun(cloud, inputs)).plan()).plan)).toEqual([]);
});

test("another repository's instance is refused, by the name of that repository", async () => {
  unmark({ ...(settings()['userLabels'] as Json), 'pgkeep-repository': 'acme_sother' });
  const { plan } = await (await gcpRun(cloud, { ...basic(), adopt_existing: 'true' })).plan();
  expect(plan.steps[0]?.refusal).toMatchObject({ rule: 'not-ours', message: expect.stringContaining('acme/other') });
});

test('a name that another owner takes meanwhile is not taken over by the create call', async () => {
  const late = { ...basic(), name: 'late' };
  const run = await gcpRun(cloud, late);
  const { plan, observed } = await run.plan();
  await (await gcpRun(cloud, late, { pullRequest: 7 })).apply();
  const { error } = await run.session.apply(plan, observed, {
    version: 1,
    repository: 'acme/shop',
    name: 'late',
    environment: ''
  });
  expect(error).toMatchObject({ code: 'not-ours' });
});

test('an instance of another kind is refused, with any owner', async () => {
  orders().json = { ...orders().json, databaseVersion: 'MYSQL_8_0' };
  const run = await gcpRun(cloud, { ...basic(), adopt_existing: 'true' });
  await expect(run.plan()).rejects.toThrow('is an instance of MYSQL_8_0, not of PostgreSQL');
});

test('the mark of a finished apply holds its settings, and a second apply sends nothing', async () => {
  expect(settings()['userLabels']).toHaveProperty('pgkeep-applied');
  const before = cloud.mutations().length;
  await (await gcpRun(cloud, basic())).apply();
  expect(cloud.mutations()).toHaveLength(before);
});
