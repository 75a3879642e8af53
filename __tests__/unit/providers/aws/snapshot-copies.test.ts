import { PROMPT, startAws, type FakeAws } from '../../../clouds/aws/fake-aws.ts';
import { basic } from '../../../support/aws-inputs.ts';
import { awsRun } from '../../../support/aws-run.ts';

type With = Readonly<Record<string, string>>;

const AWAY = 'us-west-2';
const ACCOUNTS = '111122223333\n444455556666';

describe('a snapshot', () => {
  let cloud: FakeAws;
  let toServer = (): void => {};
  /** The server has a snapshot with a copy whose days are over here. */
  let toExpired = (): void => {};
  beforeAll(async () => {
    cloud = await startAws(PROMPT);
    await (await awsRun(cloud, { ...basic(cloud), storage_encrypted: 'false' })).apply();
    toServer = cloud.savepoint();
    await take({ ...everything, snapshot_identifier: 'old' });
    expire(undefined, 'old');
    toExpired = cloud.savepoint();
  });
  beforeEach(() => {
    toServer();
  });
  afterAll(async () => cloud.stop());

  const take = async (more: With, daysAhead = 0): Promise<string> => {
    const { session, execution } = await awsRun(cloud, { ...basic(cloud), storage_encrypted: 'false', ...more });
    execution.clock.contradict(daysAhead);
    return (await session.snapshot(await session.observe())).detail;
  };
  const expire = (region: string | undefined, id: string): void => {
    const { snapshots } = cloud.state(region);
    const record = snapshots.get(id);
    if (record === undefined) throw new Error(`no snapshot ${id}`);
    const tags = record.tags.tags.map(tag =>
      tag.Key === 'pgkeep:keep-until' ? { ...tag, Value: tag.Value.replace(/^\S+/, '2020-01-01T00:00:00Z') } : tag
    );
    snapshots.set(id, { ...record, tags: { tags, old: tags, staleReads: 0 } });
  };
  const names = (region?: string): readonly string[] => [...cloud.state(region).snapshots.keys()].sort();
  const sent = (action: string): number => cloud.mutations().filter(one => one.action === action).length;
  const everything: With = {
    snapshot_identifier: 'nightly',
    snapshot_copy_region: AWAY,
    snapshot_share_accounts: ACCOUNTS,
    snapshot_keep_days: '30'
  };

  test('is copied with its mark, shared in both regions, and says so', async () => {
    expect(await take(everything)).toContain(`copied to ${AWAY}; shared with 111122223333, 444455556666`);
    for (const region of [undefined, AWAY]) {
      const record = cloud.state(region).snapshots.get('nightly');
      expect(record?.snapshot.Status).toBe('available');
      expect(record?.sharedWith).toEqual(ACCOUNTS.split('\n'));
      const tags = Object.fromEntries((record?.tags.tags ?? []).map(({ Key, Value }) => [Key, Value]));
      expect(tags).toMatchObject({
        'pgkeep:name': 'orders',
        'pgkeep:keep-until': expect.stringMatching(/^20/) as string
      });
    }
    await take(everything);
    expect([sent('CreateDBSnapshot'), sent('CopyDBSnapshot')]).toEqual([2, 2]);
    expect(names(AWAY)).toEqual(['nightly']);
    for (const region of [AWAY, undefined]) {
      const record = cloud.state(region).snapshots.get('nightly');
      if (record === undefined) throw new Error('no snapshot');
      Object.assign(record, { reads: 1000 }).snapshot.Status = 'failed';
      await expect(take(everything)).rejects.toMatchObject({
        message: expect.stringContaining('it is failed') as string,
        hint: expect.stringMatching(/events .*in the RDS console/) as string
      });
    }
  });

  test('goes when its days are over, with its copy; final ones and those of others stay', async () => {
    // By the clock of a runner that is months ahead, its days would be over: AWS's counts.
    await take({ ...everything, snapshot_identifier: 'first' }, 400);
    await take({ snapshot_identifier: 'for-ever' });
    const foreign = cloud.state().snapshots.get('first');
    if (foreign === undefined) throw new Error('no snapshot');
    const other = foreign.tags.tags.map(tag => (tag.Key === 'pgkeep:name' ? { ...tag, Value: 'shop' } : tag));
    const snapshot = { ...foreign.snapshot, DBSnapshotIdentifier: 'of-others' };
    cloud
      .state()
      .snapshots.set('of-others', { ...foreign, snapshot, tags: { tags: other, old: other, staleReads: 0 } });
    // A copy by hand, with its tags: `aws rds copy-db-snapshot --copy-tags`.
    const copied = { ...foreign.snapshot, DBSnapshotIdentifier: 'copy-of-first' };
    cloud.state().snapshots.set('copy-of-first', { ...foreign, snapshot: copied });
    expect(await take({ ...everything, snapshot_identifier: 'second' }, 400)).not.toContain('deleted');
    for (const region of [undefined, AWAY]) {
      for (const record of cloud.state(region).snapshots.values()) {
        if (record.snapshot.DBSnapshotIdentifier === 'second') continue;
        expire(region, record.snapshot.DBSnapshotIdentifier ?? '');
      }
    }
    expect(await take({ ...everything, snapshot_identifier: 'third' }, 400)).toContain(
      `deleted: first, first in ${AWAY}`
    );
    expect(names()).toEqual(['copy-of-first', 'for-ever', 'of-others', 'second', 'third']);
    expect(names(AWAY)).toEqual(['second', 'third']);
  });

  test.each([
    ['CreateDBSnapshot', 'killed'],
    ['CopyDBSnapshot', 'killed'],
    ['ModifyDBSnapshotAttribute', 'killed'],
    ['DeleteDBSnapshot', 'killed'],
    ['any call', 'lost']
  ] as const)('whose %s is %s is taken, copied and shared once', async (action, how) => {
    toExpired();
    const inputs = { ...basic(cloud), storage_encrypted: 'false', ...everything };
    const { session, execution } = await awsRun(cloud, inputs);
    if (how === 'killed') cloud.killAfter(action, 1, () => execution.abort(new Error('killed')));
    else cloud.fault({ action: '*', mutating: true, eachOnce: true, when: 'after' });
    const first = session.snapshot(await session.observe());
    if (how === 'killed') await expect(first).rejects.toThrow('killed');
    else await first;
    cloud.clearFaults();
    const lost = cloud.mutations().flatMap(call => (call.status === 0 ? [call.action] : []));
    expect(new Set(lost).size).toBe(how === 'killed' ? 1 : 4);
    await take(everything);
    cloud.clearFaults();
    expect(names()).toEqual(['nightly']);
    expect(names(AWAY)).toEqual(['nightly', 'old']);
    expect(cloud.state(AWAY).snapshots.get('nightly')?.sharedWith).toEqual(ACCOUNTS.split('\n'));
  });
});

test('what RDS would refuse of a copy or a share is refused before a snapshot is taken, and the way out is followed', async () => {
  const cloud = await startAws(PROMPT);
  try {
    const inputs = { ...basic(cloud), storage_encrypted: 'true' };
    await (await awsRun(cloud, inputs)).apply();
    const take = async (more: With): Promise<unknown> => {
      const { session } = await awsRun(cloud, { ...inputs, ...more });
      return session.snapshot(await session.observe());
    };
    await expect(take({ snapshot_copy_region: AWAY })).rejects.toMatchObject({
      message: expect.stringContaining('no key is given') as string,
      hint: expect.stringContaining('alias/aws/rds') as string
    });
    await expect(take({ snapshot_share_accounts: ACCOUNTS })).rejects.toThrow('default key');
    await expect(take({ snapshot_copy_region: 'us-east-1' })).rejects.toMatchObject({
      code: 'input-invalid',
      message: expect.stringContaining('its own region') as string,
      hint: 'Set another region, or remove the input.'
    });
    const snapshot_copy_kms_key_id = cloud.kmsKeyArn('us-east-1');
    await expect(take({ snapshot_copy_region: AWAY, snapshot_copy_kms_key_id })).rejects.toMatchObject({
      message: expect.stringContaining('is a key of us-east-1') as string,
      hint: 'Set it to a key of us-west-2, such as `alias/aws/rds`.'
    });
    expect(cloud.mutations().some(({ action }) => action === 'CreateDBSnapshot')).toBe(false);
    await take({ snapshot_copy_region: AWAY, snapshot_copy_kms_key_id: 'alias/aws/rds', snapshot_identifier: 'safe' });
    expect([...cloud.state(AWAY).snapshots.keys()]).toEqual(['safe']);
  } finally {
    await cloud.stop();
  }
});
