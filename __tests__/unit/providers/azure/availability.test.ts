import type { Capability } from '@azure/arm-postgresql-flexible';
import type { Order } from '../../../../src/providers/azure/checks/order.ts';
import { unavailable } from '../../../../src/providers/azure/checks/unavailable.ts';
import { capability } from '../../../clouds/azure/catalogue.ts';
import { startAzure, type FakeAzure } from '../../../clouds/azure/fake-azure.ts';
import { basic } from '../../../support/azure-inputs.ts';
import { azureRun, lines } from '../../../support/azure-run.ts';

const OFFER = capability() as Capability;

/** A server of which everything is new. */
function order(values: Order['values'], version?: string): Order {
  const whole = {
    instance_class: 'Standard_D2ds_v5',
    allocated_storage: 128,
    storage_type: 'Premium_LRS',
    ...values
  };
  return { location: 'eastus', values: whole, asked: Object.keys(whole), version, tier: 'GeneralPurpose' };
}

const said = (offer: Partial<Capability>, values: Order['values'], version?: string): readonly string[] =>
  unavailable([{ ...OFFER, ...offer }], order(values, version)).map(
    ({ input, why, allowed = '' }) => `${input} ${why} | ${allowed}`
  );

const LARGE = { allocated_storage: 1024 };
const SMALL_V2 = { storage_type: 'PremiumV2_LRS', allocated_storage: 32, storage_iops: 3000 };

test.each<[string, Partial<Capability>, Order['values'], RegExp]>([
  ['a version', {}, { engine_version: '19' }, /^engine_version is not offered in eastus \| 14, 15, 16, 17, 18$/],
  ['a size', {}, { instance_class: 'Standard_D64ds_v5' }, /^instance_class is not offered .*Standard_D2ds_v5/],
  ['a size of storage', {}, { allocated_storage: 100 }, /^allocated_storage .* 32, 64, 128/],
  ['a tier of storage', {}, { storage_tier: 'P4' }, /^storage_tier is not offered for 128 GiB \| P10, P15/],
  ['more IOPS', {}, { storage_type: 'PremiumV2_LRS', ...LARGE, storage_iops: 90_000 }, /^storage_iops .* 3000–80000/],
  ['more IOPS than a small disk has', {}, { ...SMALL_V2, storage_iops: 20_000 }, /^storage_iops .*32 GiB.*3000–17179$/],
  ['more throughput than its IOPS', {}, { ...SMALL_V2, storage_throughput: 800 }, /these IOPS \| 125–750$/],
  ['a size of new storage', {}, { storage_type: 'PremiumV2_LRS', allocated_storage: 70_000 }, /32–65536$/],
  ['a zone', {}, { availability_zone: '4' }, /^availability_zone has no Standard_D2ds_v5 in eastus \| 1, 2, 3$/],
  ['a standby', { zoneRedundantHaSupported: 'Disabled' }, { multi_az: true }, /^multi_az is not offered in eastus/],
  ['backups elsewhere', { geoBackupSupported: 'Disabled' }, { geo_redundant_backup: true }, /^geo_redundant_backup /],
  ['growth', { storageAutoGrowthSupported: 'Disabled' }, { auto_grow_enabled: true }, /^auto_grow_enabled /],
  [
    'both at once',
    { zoneRedundantHaAndGeoBackupSupported: 'Disabled' },
    { multi_az: true, geo_redundant_backup: true },
    /^multi_az .* together with `geo_redundant_backup: true`/
  ]
])('%s that the region does not have is reported', (_what, offer, values, expected) => {
  expect(said(offer, values)).toEqual([expect.stringMatching(expected)]);
});

test.each<[string, Partial<Capability>]>([
  ['multi_az', { zoneRedundantHaSupported: 'Disabled', zoneRedundantHaAndGeoBackupSupported: 'Disabled' }],
  ['geo_redundant_backup', { geoBackupSupported: 'Disabled' }],
  ['auto_grow_enabled', { storageAutoGrowthSupported: 'Disabled' }]
])('%s needs an offer only where it is on, and none where the region has it', (field, offer) => {
  expect(said(offer, { [field]: false })).toEqual([]);
  expect(said({}, { [field]: true })).toEqual([]);
});

test.each<[string, Partial<Capability>]>([
  ['by a flag', { restricted: 'Enabled', reason: 'No capacity.' }],
  ['by a feature', { supportedFeatures: [{ name: 'OfferRestricted', status: 'Enabled' }], reason: 'No capacity.' }],
  ['with an empty list', { supportedServerEditions: [], reason: 'No capacity.' }]
])('a region that is closed %s is reported once, with the reason', (_how, offer) => {
  expect(said(offer, { engine_version: '19', multi_az: true })).toEqual([
    'location is closed to this subscription: No capacity. | another region, or ask Azure for access to it'
  ]);
});

test('of many sizes a dozen is named', () => {
  const sizes = Array.from({ length: 13 }, (_, index) => ({ name: `Standard_D${index + 1}00ds_v5` }));
  const offer = { supportedServerEditions: [{ name: 'GeneralPurpose', supportedServerSkus: sizes }] };
  const named = sizes.slice(0, 12).map(({ name }) => name);
  expect(said(offer, { storage_type: '' })).toEqual([`instance_class is not offered in eastus | ${named.join(', ')}`]);
});

test('an upgrade goes only to versions that the live one allows', () => {
  expect(said({}, { engine_version: '17' }, '14')).toEqual([]);
  expect(said({}, { engine_version: '14' }, '16')).toEqual([]);
  expect(said({}, { engine_version: '19' }, '16')).toEqual([
    "engine_version can't be reached from 16 in one step | 17, 18"
  ]);
});

test('values that Azure does not list pass, and so do those that a server already has', () => {
  expect(said({}, { storage_type: 'UltraSSD_LRS', allocated_storage: 100 })).toEqual([]);
  const silent = { ...OFFER, supportedServerVersions: [], zoneRedundantHaSupported: 'Unheard' };
  expect(said(silent, { engine_version: '16', multi_az: true })).toEqual([]);
  const odd = { ...order({ instance_class: 'Standard_D64ds_v5', engine_version: '12' }), asked: [] };
  expect(unavailable([OFFER], odd)).toEqual([]);
});

describe('a plan', () => {
  let cloud: FakeAzure;
  beforeEach(async () => {
    cloud = await startAzure();
  });
  afterEach(async () => cloud.stop());

  const plan = async (inputs: Readonly<Record<string, string>>) => (await azureRun(cloud, inputs)).plan();
  const asked = (): number => cloud.calls().filter(({ action }) => action === 'GET locations/capabilities').length;

  test('of a new server is refused for unavailable values, in the user’s own words', async () => {
    await expect(plan({ ...basic(), sku_name: 'GP_Standard_D64ds_v5', engine_version: '16' })).rejects.toMatchObject({
      code: 'input-invalid',
      message: expect.stringMatching(/`sku_name`.*is not offered in eastus/) as string
    });
    cloud.state.offers.set('eastus', { ...capability(), restricted: 'Enabled', reason: 'Not for this offer.' });
    await expect(plan(basic())).rejects.toThrow(/`location`: "eastus" is closed .*Not for this offer/);
    expect(cloud.mutations()).toEqual([]);
  });

  test('of a new server is refused for more storage than exists', async () => {
    await expect(plan({ ...basic(), allocated_storage: '40000' })).rejects.toThrow(
      /`allocated_storage`: "40000" is too large/
    );
  });

  test('of a new server is refused when its name is taken, and when one of that name is being deleted', async () => {
    cloud.state.takenNames.add('orders');
    await expect(plan(basic())).rejects.toThrow(/`name`: "orders" is taken: .* unique in all of Azure/);
    cloud.state.takenNames.clear();
    await (await azureRun(cloud, basic())).apply();
    for (const server of cloud.state.servers.values()) server.properties = { ...server.properties, state: 'Dropping' };
    await expect(plan(basic())).rejects.toThrow(/`name`: "orders" is the name of a server that is being deleted/);
  });

  test('of a replica in another region is refused when that region is closed, or lacks its size', async () => {
    const inputs = { ...basic(), replica_region: 'West US' };
    cloud.state.offers.set('westus', { ...capability(), restricted: 'Enabled' });
    await expect(plan(inputs)).rejects.toThrow(/`replica_region`: "West US" is closed to this subscription/);
    cloud.state.offers.delete('westus');
    await (await azureRun(cloud, inputs)).apply();
    const edition = { name: 'GeneralPurpose', supportedServerSkus: [{ name: 'Standard_D4ds_v5' }] };
    const smaller = { ...capability(), supportedServerEditions: [edition] };
    cloud.state.offers.set('westus', smaller);
    expect(lines((await plan(inputs)).plan)).toEqual([]);
    cloud.state.offers.set('northeurope', smaller);
    await expect(plan({ ...inputs, replica_region: 'northeurope' })).rejects.toThrow(
      /`replica_region`: "northeurope" has no Standard_D2ds_v5; allowed: another region, or one of Standard_D4ds_v5/
    );
  });

  test('goes on without unreadable offers, and names the permissions', async () => {
    cloud.state.denied.add('Microsoft.DBforPostgreSQL/locations/capabilities/read');
    cloud.state.denied.add('Microsoft.DBforPostgreSQL/checkNameAvailability/action');
    const { notices } = (await plan(basic())).plan;
    expect(notices.filter(({ code }) => code === 'not-checked').map(({ message }) => message)).toEqual([
      'Could not check the offers of the region: `Microsoft.DBforPostgreSQL/locations/capabilities/read` is not allowed, or did not answer.',
      'Could not check whether the name is free: `Microsoft.DBforPostgreSQL/checkNameAvailability/action` is not allowed, or did not answer.'
    ]);
  });

  // https://github.com/MicrosoftDocs/azure-docs/issues/102073
  test('of a new server is refused in a subscription without the service, with the way to register it', async () => {
    const namespace = 'Microsoft.DBforPostgreSQL';
    const message = `The subscription is not registered to use namespace '${namespace}'.`;
    const refused = { code: 'MissingSubscriptionRegistration', status: 409, message };
    for (const action of ['POST checkNameAvailability', 'GET locations/capabilities'])
      cloud.fault({ action, ...refused });
    await expect(plan(basic())).rejects.toMatchObject({
      code: 'provider-failed',
      hint: expect.stringContaining(`az provider register --namespace ${namespace}`) as string
    });
  });

  test('of an existing server reads offers only for new values', async () => {
    await (await azureRun(cloud, basic())).apply();
    const before = asked();
    expect(lines((await plan({ ...basic(), tags: 'Team: ops' })).plan)).toHaveLength(1);
    cloud.state.offers.set('eastus', { ...capability(), zoneRedundantHaSupported: 'Disabled' });
    expect(asked()).toBe(before);
    await expect(plan({ ...basic(), multi_az: 'true' })).rejects.toThrow(/`multi_az`.*is not offered in eastus/);
    expect(asked()).toBe(before + 1);
  });
});
