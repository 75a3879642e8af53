import { clients, failure } from './clients.ts';
import { startGcp, type FakeGcp } from './fake-gcp.ts';

const PLACE = { project: 'shop-project', instance: 'orders' };
const NEW = {
  project: 'shop-project',
  body: {
    name: 'orders',
    region: 'us-central1',
    databaseVersion: 'POSTGRES_16' as const,
    settings: {
      tier: 'db-custom-1-3840',
      edition: 'ENTERPRISE' as const,
      userLabels: { owner: 'pgkeep' },
      dataDiskSizeGb: { value: 20 }
    }
  }
};

describe('the fake Google Cloud with the official clients', () => {
  let gcp: FakeGcp;
  beforeEach(async () => {
    gcp = await startGcp({ pace: { hidden: 0, stale: 0 } });
  });
  afterEach(async () => {
    await gcp.stop();
  });

  async function done(name: unknown): Promise<string> {
    const { operations } = clients(gcp);
    for (let looks = 0; looks < 9; looks += 1) {
      const [operation] = await operations.get({ project: 'shop-project', operation: String(name) });
      if (operation.status === 'DONE') return operation.error?.errors?.[0]?.message ?? '';
    }
    return 'never done';
  }

  test('an instance is created, changed and deleted by operations that take several polls', async () => {
    const { instances } = clients(gcp);
    const [made] = await instances.insert(NEW);
    expect(made).toMatchObject({ status: 'PENDING', operationType: 'CREATE', targetId: 'orders' });
    expect(await failure(instances.patch({ ...PLACE, body: { settings: { userLabels: { a: 'b' } } } }))).toMatch(
      /already in progress/
    );
    expect(await done(made.name)).toBe('');
    const [first] = await instances.get(PLACE);
    expect(first).toMatchObject({
      state: 'RUNNABLE',
      databaseVersion: 'POSTGRES_16',
      settings: { edition: 'ENTERPRISE' }
    });

    const [changed] = await instances.patch({ ...PLACE, body: { settings: { dataDiskSizeGb: { value: 30 } } } });
    expect(await done(changed.name)).toBe('');
    const [second] = await instances.get(PLACE);
    expect(second.settings?.userLabels).toEqual({ owner: 'pgkeep' });
    const old = { settings: { settingsVersion: { value: 1 } } };
    expect(await failure(instances.patch({ ...PLACE, body: old }))).toMatch(/settings version/);
    expect(await failure(instances.patch({ ...PLACE, body: { settings: { dataDiskSizeGb: { value: 10 } } } }))).toMatch(
      /cannot decrease/
    );

    const [gone] = await instances.delete(PLACE);
    expect(await done(gone.name)).toBe('');
    expect(await failure(instances.get(PLACE))).toMatch(/does not exist/);
    expect(await failure(instances.insert(NEW))).toMatch(/can't reuse the name/);
    expect(gcp.leftovers()).toEqual([]);
  });

  test('an operation set to fail is answered with 200, and ends with an error', async () => {
    const { instances } = clients(gcp);
    gcp.doom('CREATE', { code: 'RESOURCE_EXHAUSTED', message: 'The zone has no capacity.' });
    const [made] = await instances.insert(NEW);
    expect(await done(made.name)).toBe('The zone has no capacity.');
  });

  test('a lost answer leaves the created instance', async () => {
    const { instances } = clients(gcp);
    let killed = 0;
    gcp.killAfter('instances.insert', 1, () => {
      killed += 1;
    });
    expect(await failure(instances.insert(NEW))).not.toBe('');
    expect(killed).toBe(1);
    expect(gcp.leftovers()).toEqual(['instance orders']);
  });

  test('a password is accepted and never shown', async () => {
    const { instances, users } = clients(gcp);
    const [made] = await instances.insert(NEW);
    await done(made.name);
    const [user] = await users.insert({ ...PLACE, body: { name: 'app', password: 'a-secret' } });
    expect(await done(user.name)).toBe('');
    const [all] = await users.list(PLACE);
    expect(all.items?.map(one => one.name)).toEqual(['postgres', 'app']);
    expect(JSON.stringify(all)).not.toContain('a-secret');
  });
});
