import { openAws, type AwsHarness } from '../support/aws-harness.ts';
import { PASSWORD } from '../support/cloud-harness.ts';
import type { Step } from '../support/job.ts';
import { changesOf, planOf } from '../support/harness.ts';

type Inputs = Readonly<Record<string, string>>;

describe('databases of pull requests on AWS', () => {
  let on: AwsHarness;
  let lasting: Inputs;
  beforeAll(async () => {
    on = await openAws();
    lasting = { ...on.example('aws-basic'), name: 'orders' };
    for (let number = 1; number <= 9; number += 1) on.harness.github.seedPull({ number });
    expect((await on.step(lasting)).outputs['result']).toBe('applied');
  }, 120_000);
  afterAll(async () => on.close());

  const step = async (number: number, action: string, inputs: Inputs): Promise<Step> =>
    on.step({ ...lasting, ...inputs }, { name: 'pull_request', number, action });
  const instances = (): readonly string[] => [...on.aws.state().instances.keys()].sort();
  const tagsOf = (id: string): Readonly<Record<string, string>> =>
    Object.fromEntries((on.aws.state().instances.get(id)?.tags.tags ?? []).map(({ Key, Value }) => [Key, Value]));

  test('a server is created for one, marked, without lasting parts', async () => {
    const made = await step(1, 'opened', {
      ephemeral: 'instance',
      enable_deletion_protection: 'true',
      backup_retention_period: '30'
    });
    expect(made.outputs).toMatchObject({ result: 'applied', db_instance_id: 'orders-pr-1' });
    expect(on.aws.state().instances.get('orders-pr-1')?.live).toMatchObject({
      DeletionProtection: false,
      BackupRetentionPeriod: 0
    });
    expect(tagsOf('orders-pr-1')).toMatchObject({
      'pgkeep:repository': 'acme/shop',
      'pgkeep:pull-request': '1',
      'pgkeep:run': '9000001.1',
      'pgkeep:expires-at': made.outputs['expires_at']
    });
  }, 60_000);

  test('it is kept with a push, which moves its expiry and changes nothing else', async () => {
    const kept = await step(1, 'synchronize', { ephemeral: 'instance', ttl: '9d' });
    expect(await changesOf(kept)).toEqual([]);
    expect(kept.outputs['result']).toBe('no-changes');
    const { notices } = await planOf(kept);
    expect(notices.map(({ code }) => code)).not.toContain('value-mapped');
    expect(tagsOf('orders-pr-1')['pgkeep:expires-at']).toBe(kept.outputs['expires_at']);
  }, 60_000);

  test('a clone is restored from the latest data of its base', async () => {
    const made = await step(2, 'opened', { ephemeral: 'clone' });
    expect(made.outputs).toMatchObject({ result: 'applied', db_instance_id: 'orders-pr-2' });
    const restores = on.aws.mutations().filter(({ action }) => action === 'RestoreDBInstanceToPointInTime');
    expect(restores).toHaveLength(1);
    expect(JSON.stringify(restores)).toContain('orders-pr-2');
    expect((await step(2, 'synchronize', { ephemeral: 'clone' })).outputs['result']).toBe('no-changes');
  }, 60_000);

  test('an operation on a clone that have not run to their end sets no output of it', async () => {
    const marked = on.aws.state().instances.get('orders-pr-2')?.tags;
    if (marked === undefined) throw new Error('there is no clone');
    const { tags } = marked;
    marked.tags = [...tags, { Key: 'pgkeep:masked', Value: 'pending' }];
    for (const inputs of [{ command: 'restart', allow_restart: 'true' }, { command: 'start' }]) {
      const done = await step(2, 'synchronize', { ephemeral: 'clone', ...inputs });
      expect(done.outputs['result']).not.toBe('failed');
      expect(done.log).toContain('have not run to their end');
      expect([done.outputs['host'], done.outputs['database_url']]).toEqual([undefined, undefined]);
    }
    marked.tags = tags;
  }, 60_000);

  test('a database on a server that this runner cannot reach is refused with a hint', async () => {
    const made = await step(3, 'opened', { ephemeral: 'database' });
    expect(made.outputs).toMatchObject({ result: 'failed', failure_reason: 'not-reachable' });
    expect(made.log).toContain('ephemeral: instance');
  }, 60_000);

  test('those of closed pull requests are swept, on all pages, and the lasting server stays', async () => {
    on.harness.github.close(2);
    const state = on.aws.state();
    const model = state.instances.get('orders');
    if (model === undefined) throw new Error('there is no lasting server');
    const fillers = Array.from({ length: 120 }, (_, index) => `filler-${index}`);
    for (const id of fillers) {
      const copy = structuredClone(model);
      state.instances.set(id, {
        ...copy,
        live: { ...copy.live, DBInstanceIdentifier: id },
        tags: { tags: [], old: [], staleReads: 0 }
      });
    }
    const swept = await on.step({ ...lasting, ephemeral: 'instance' }, { name: 'schedule' });
    expect(swept.outputs).toMatchObject({ command: 'sweep', result: 'swept', to_delete: '1' });
    expect(swept.log).toContain('Swept: 1 removed, 1 kept, 121 left alone.');
    expect(instances()).toEqual([...fillers, 'orders', 'orders-pr-1'].sort());
    for (const id of fillers) state.instances.delete(id);
    expect(swept.log).not.toContain(PASSWORD);
  }, 60_000);

  test('it is destroyed when the pull request closes, without a final snapshot', async () => {
    on.harness.github.close(1);
    const gone = await step(1, 'closed', { ephemeral: 'instance' });
    expect(gone.outputs['result']).toBe('destroyed');
    expect(instances()).toEqual(['orders']);
    expect([...on.aws.state().snapshots.keys()]).toEqual([]);
    expect((await step(1, 'closed', { ephemeral: 'instance' })).outputs['result']).toBe('no-changes');
  }, 60_000);
});
