import type { DBSnapshot, RDS } from '@aws-sdk/client-rds';
import type { Actions, Call } from '../actions.ts';
import { AwsFault, found, invalidValue } from '../fault.ts';
import { page } from '../pages.ts';
import { addTags, readTags, tagged, type Tag } from '../tags.ts';
import type { SnapshotRecord } from '../state.ts';
import { findKey } from '../kms.ts';
import { keyArn } from './checks.ts';
import type { InstanceRecord } from './instance-record.ts';
import { arnOf, begin, instance, mustBe } from './instance.ts';

export const snapshots: Actions<RDS> = {
  CreateDBSnapshot: (input, call) => {
    const record = instance(call.region, input.DBInstanceIdentifier);
    mustBe(record, 'available', 'storage-optimization', 'storage-initialization');
    const inherited = record.live.CopyTagsToSnapshot === true ? record.tags.tags : [];
    const snapshot = takeSnapshot(record, input.DBSnapshotIdentifier ?? '', call, inherited, false);
    addTags(snapshot.tags, input.Tags ?? [], 0);
    begin(record, { status: 'backing-up', reads: call.cloud.pace.backingUp });
    return { DBSnapshot: describe(snapshot) };
  },
  DescribeDBSnapshots: (input, { cloud, region }) => {
    const id = nameOf(input.DBSnapshotIdentifier);
    const account = /:rds:[^:]*:(\d+):/.exec(input.DBSnapshotIdentifier ?? '')?.[1] ?? cloud.accountId;
    if (account !== cloud.accountId && input.IncludeShared !== true) {
      throw new AwsFault('DBSnapshotNotFound', `DBSnapshot ${id} not found.`);
    }
    if (id !== undefined) found(region.snapshots.get(id), 'DBSnapshotNotFound', `DBSnapshot ${id} not found.`);
    const all = [...region.snapshots.values()]
      .filter(one => id === undefined || one.snapshot.DBSnapshotIdentifier === id)
      .filter(
        one =>
          input.DBInstanceIdentifier === undefined ||
          one.snapshot.DBInstanceIdentifier === input.DBInstanceIdentifier.toLowerCase()
      )
      .filter(one => input.SnapshotType === undefined || one.snapshot.SnapshotType === input.SnapshotType);
    const { items, next } = page(all, cloud.pageSize, input.MaxRecords, input.Marker);
    return { DBSnapshots: items.map(look), Marker: next };
  },
  CopyDBSnapshot: (input, call) => {
    const { cloud, region } = call;
    const [, from = region.name, id = ''] = /^arn:aws:rds:([^:]+):\d+:snapshot:(.+)$/.exec(
      input.SourceDBSnapshotIdentifier ?? ''
    ) ?? ['', region.name, input.SourceDBSnapshotIdentifier ?? ''];
    const source = found(cloud.region(from).snapshots.get(id), 'DBSnapshotNotFound', `DBSnapshot ${id} not found.`);
    if (source.snapshot.Status !== 'available')
      throw new AwsFault('InvalidDBSnapshotState', `Snapshot ${id} is ${source.snapshot.Status}`);
    // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CopyDBSnapshot.html
    if (from !== region.name && source.snapshot.Encrypted === true && input.KmsKeyId === undefined)
      throw new AwsFault(
        'KMSKeyNotAccessibleFault',
        'KmsKeyId is required to copy an encrypted snapshot to another region.'
      );
    const target = (input.TargetDBSnapshotIdentifier ?? '').toLowerCase();
    mustBeNew(target, call);
    const record: SnapshotRecord = {
      snapshot: {
        ...source.snapshot,
        DBSnapshotIdentifier: target,
        DBSnapshotArn: arnOf(cloud, region, 'snapshot', target),
        SourceDBSnapshotIdentifier: source.snapshot.DBSnapshotArn,
        Status: 'creating',
        ...(input.KmsKeyId !== undefined && { KmsKeyId: keyArn(input.KmsKeyId, call) })
      },
      tags: tagged(input.Tags ?? (input.CopyTags === true ? source.tags.tags : [])),
      reads: cloud.pace.snapshot,
      password: source.password
    };
    region.snapshots.set(target, record);
    return { DBSnapshot: describe(record) };
  },
  ModifyDBSnapshotAttribute: (input, { region }) => {
    const id = nameOf(input.DBSnapshotIdentifier) ?? '';
    const record = found(region.snapshots.get(id), 'DBSnapshotNotFound', `DBSnapshot ${id} not found.`);
    const { snapshot } = record;
    if (snapshot.SnapshotType !== 'manual' || snapshot.Status !== 'available')
      throw new AwsFault('InvalidDBSnapshotState', `Snapshot ${id} is ${snapshot.Status}`);
    // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ShareSnapshot.html
    if (snapshot.Encrypted === true && findKey(region, snapshot.KmsKeyId ?? '')?.KeyManager === 'AWS')
      throw invalidValue('A snapshot that is encrypted with the default key cannot be shared.');
    const accounts = [...new Set([...(record.sharedWith ?? []), ...(input.ValuesToAdd ?? [])])];
    if (accounts.length > 20) throw new AwsFault('SharedSnapshotQuotaExceeded', 'More than 20 accounts');
    record.sharedWith = accounts;
    return { DBSnapshotAttributesResult: { DBSnapshotIdentifier: id } };
  },
  DeleteDBSnapshot: (input, { region }) => {
    const id = nameOf(input.DBSnapshotIdentifier) ?? '';
    const record = found(region.snapshots.get(id), 'DBSnapshotNotFound', `DBSnapshot ${id} not found.`);
    region.snapshots.delete(id);
    return { DBSnapshot: { ...describe(record), Status: 'deleted' } };
  }
};

/** Begins a snapshot of a server as it is now. */
export function takeSnapshot(
  record: InstanceRecord,
  given: string,
  call: Call,
  tags: readonly Tag[],
  isFinal: boolean
): SnapshotRecord {
  const { cloud, region, now } = call;
  const { live } = record;
  const id = given.toLowerCase();
  if (!/^[a-z](-?[a-z0-9])*$/.test(id) || id.length > 255) {
    throw invalidValue('The parameter DBSnapshotIdentifier is not a valid identifier.');
  }
  mustBeNew(id, call);
  const snapshot: SnapshotRecord = {
    snapshot: {
      DBSnapshotIdentifier: id,
      DBSnapshotArn: arnOf(cloud, region, 'snapshot', id),
      DBInstanceIdentifier: live.DBInstanceIdentifier,
      DbiResourceId: live.DbiResourceId,
      Engine: 'postgres',
      EngineVersion: live.EngineVersion,
      AllocatedStorage: live.AllocatedStorage,
      StorageType: live.StorageType,
      Iops: live.Iops,
      StorageThroughput: live.StorageThroughput,
      DedicatedLogVolume: live.DedicatedLogVolume,
      IAMDatabaseAuthenticationEnabled: live.IAMDatabaseAuthenticationEnabled,
      Encrypted: live.StorageEncrypted,
      KmsKeyId: live.KmsKeyId,
      MasterUsername: live.MasterUsername,
      AvailabilityZone: live.AvailabilityZone,
      Port: live.Endpoint?.Port ?? 5432,
      SnapshotType: 'manual',
      SnapshotCreateTime: now,
      InstanceCreateTime: live.InstanceCreateTime,
      LicenseModel: 'postgresql-license',
      PercentProgress: 0,
      Status: 'creating'
    },
    tags: tagged(tags),
    reads: isFinal ? cloud.pace.deleting : cloud.pace.snapshot,
    password: record.password ?? ''
  };
  region.snapshots.set(id, snapshot);
  return snapshot;
}

function look(record: SnapshotRecord): DBSnapshot {
  const shown = describe(record);
  record.reads -= 1;
  if (record.reads <= 0) Object.assign(record.snapshot, { Status: 'available', PercentProgress: 100 });
  return shown;
}

function describe(record: SnapshotRecord): DBSnapshot {
  return { ...record.snapshot, TagList: readTags(record.tags) };
}

function mustBeNew(id: string, { region }: Call): void {
  if (region.snapshots.has(id))
    throw new AwsFault(
      'DBSnapshotAlreadyExists',
      `Cannot create the snapshot because a snapshot with the identifier ${id} already exists.`
    );
  const manual = [...region.snapshots.values()].filter(one => one.snapshot.SnapshotType === 'manual');
  if (manual.length >= 100) throw new AwsFault('SnapshotQuotaExceeded', 'Cannot create more than 100 manual snapshots');
}

function nameOf(id: string | undefined): string | undefined {
  return id?.replace(/^arn:aws:rds:[^:]+:\d+:snapshot:/, '').toLowerCase();
}
