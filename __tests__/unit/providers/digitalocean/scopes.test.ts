import { readFileSync } from 'node:fs';
import { digitalocean } from '../../../../src/providers/digitalocean/provider.ts';
import { startDigitalOcean, type FakeDigitalOcean } from '../../../clouds/digitalocean/fake-digitalocean.ts';
import { basic } from '../../../support/digitalocean-inputs.ts';
import { cloudRun } from '../../../support/cloud-run.ts';
import { digitaloceanRun, lines } from '../../../support/digitalocean-run.ts';

const page = readFileSync(new URL('../../../../docs/permissions/digitalocean.md', import.meta.url), 'utf8');
const SCOPE = /`([a-z]+:[a-z_]+)`/g;
const named = new Set([...page.matchAll(SCOPE)].map(([, scope = '']) => scope));

let cloud: FakeDigitalOcean;
beforeEach(async () => {
  cloud = await startDigitalOcean();
});
afterEach(async () => cloud.stop());

/** Takes every scope from the token but these. */
function only(...scopes: readonly string[]): void {
  cloud.state.denied.clear();
  for (const scope of named) if (!scopes.includes(scope)) cloud.state.denied.add(scope);
}

test('every scope that a resource needs is on the page, and no other', () => {
  const needed = digitalocean.types.flatMap(({ permissions }) => Object.values(permissions).flat());
  const also = ['database:view_credentials'];
  expect([...named].toSorted((a, b) => a.localeCompare(b))).toEqual(
    [...new Set([...needed, ...also])].toSorted((a, b) => a.localeCompare(b))
  );
});

test('a plan needs to read the account, the databases and tags only', async () => {
  only('account:read', 'database:read', 'tag:read');
  expect(lines((await (await digitaloceanRun(cloud, basic())).plan()).plan)).toContain('create server');
  cloud.state.denied.clear();
  await (await digitaloceanRun(cloud, basic())).apply();
  only('account:read', 'database:read', 'tag:read');
  expect(lines((await (await digitaloceanRun(cloud, basic())).plan()).plan)).toEqual([]);
});

test.each([
  ['database:create', basic()],
  ['tag:create', { ...basic(), tags: 'team: other' }],
  ['database:update', { ...basic(), allowed_cidr_blocks: '192.0.2.0/24' }]
])('an apply without %s says so', async (scope, inputs) => {
  if (scope !== 'database:create') await (await digitaloceanRun(cloud, basic())).apply();
  cloud.state.denied.add(scope);
  await expect((await digitaloceanRun(cloud, inputs)).apply()).rejects.toMatchObject({
    code: 'permission-denied',
    message: expect.stringContaining(scope) as string
  });
});

test('a job without the environment that holds its token says so, and with it plans', async () => {
  const inputs = { cloud_provider: 'digitalocean', ...basic() };
  const { DIGITALOCEAN_TOKEN: token, ...bare } = cloud.env;
  await expect(cloudRun(digitalocean, bare, inputs)).rejects.toMatchObject({
    code: 'credentials-missing',
    hint: expect.stringMatching(/A secret is empty .* in a job that does not name the `environment:`/) as string
  });
  const logged = await cloudRun(digitalocean, { ...bare, DIGITALOCEAN_TOKEN: token }, inputs);
  expect(lines((await logged.plan()).plan)).toContain('create server');
});

describe('a token that may not see tags', () => {
  test('is refused instead of taking its own cluster for an unmarked one', async () => {
    await (await digitaloceanRun(cloud, basic())).apply();
    cloud.state.denied.add('tag:read');
    await expect((await digitaloceanRun(cloud, basic())).plan()).rejects.toMatchObject({
      code: 'permission-denied',
      hint: expect.stringContaining('tag:read') as string
    });
    const { session } = await digitaloceanRun(cloud, basic());
    await expect(session.listServers()).rejects.toMatchObject({ code: 'permission-denied' });
  });

  test('creates nothing', async () => {
    cloud.state.denied.add('tag:read');
    await expect((await digitaloceanRun(cloud, basic())).apply()).rejects.toMatchObject({ code: 'permission-denied' });
    expect(cloud.mutations()).toEqual([]);
  });
});

test('values of a cluster that a token may not read are unknown, with the scope, and change nothing', async () => {
  const inputs = {
    ...basic(),
    vpc_id: '1b7a9c3e-0000-4000-8000-00000000f00d',
    digitalocean_project: '9cc10173-0000-4000-8000-00000000bbbb'
  };
  await (await digitaloceanRun(cloud, inputs)).apply();
  for (const scope of ['vpc:read', 'project:read']) cloud.state.denied.add(scope);
  const { plan } = await (await digitaloceanRun(cloud, inputs)).plan();
  expect(lines(plan)).toEqual([]);
  expect(plan.steps.find(({ address }) => address === 'server')?.unknown).toMatchObject({
    private_network: 'vpc:read',
    project: 'project:read'
  });
});

test('alarms that a token may not read are unknown, with the scope', async () => {
  const inputs = { ...basic(), alarms: 'cpu' };
  await (await digitaloceanRun(cloud, inputs)).apply();
  cloud.state.denied.add('monitoring:read');
  const { plan } = await (await digitaloceanRun(cloud, inputs)).plan();
  expect(lines(plan)).toEqual([]);
  expect(plan.steps.find(({ address }) => address === 'alarm/cpu')?.unknown).toMatchObject({
    percent: 'monitoring:read'
  });
});
