import type { RDS, ReservedDBInstancesOffering } from '@aws-sdk/client-rds';
import type { Actions } from '../actions.ts';
import { AwsFault, found } from '../fault.ts';
import { page } from '../pages.ts';
import { tagged } from '../tags.ts';
import { engineVersions, largestSize, orderable, STORAGE } from './catalogue.ts';
import { optionGroup } from './checks.ts';
import { arnOf, instance } from './instance.ts';

const YEAR = 31_536_000;

/** What can be reserved; one id is also the one the tests use by name. */
export const OFFERINGS: readonly ReservedDBInstancesOffering[] = [
  ['649fd0c8-cf6d-47a0-bfa6-060f8e75e95f', 'db.r5.large', YEAR, 'No Upfront', 0, 0.158, false],
  ['123456cd-ab1c-47a0-bfa6-12345667232d', 'db.r5.xlarge', 3 * YEAR, 'All Upfront', 8940, 0, true],
  ['b2f1a1c0-0000-4000-8000-00000000beef', 'db.t3.micro', YEAR, 'Partial Upfront', 51, 0.006, false]
].map(([id, instanceClass, duration, type, fixed, hourly, multiAz]) => ({
  ReservedDBInstancesOfferingId: String(id),
  DBInstanceClass: String(instanceClass),
  Duration: Number(duration),
  OfferingType: String(type),
  FixedPrice: Number(fixed),
  UsagePrice: 0,
  CurrencyCode: 'USD',
  ProductDescription: 'postgresql',
  MultiAZ: multiAz === true,
  RecurringCharges: [{ RecurringChargeAmount: Number(hourly), RecurringChargeFrequency: 'Hourly' }]
}));

export const offers: Actions<RDS> = {
  DescribeDBEngineVersions: (input, { cloud }) => {
    const all = engineVersions(input.IncludeAll === true)
      .filter(one => input.Engine === undefined || input.Engine === one.Engine)
      .filter(
        one =>
          input.EngineVersion === undefined ||
          one.EngineVersion === input.EngineVersion ||
          one.MajorEngineVersion === input.EngineVersion
      )
      .filter(
        one => input.DBParameterGroupFamily === undefined || one.DBParameterGroupFamily === input.DBParameterGroupFamily
      );
    const { items, next } = page(
      input.DefaultOnly === true ? all.slice(-2, -1) : all,
      cloud.pageSize,
      input.MaxRecords,
      input.Marker
    );
    return { DBEngineVersions: [...items], Marker: next };
  },
  DescribeOrderableDBInstanceOptions: (input, { cloud, region }) => {
    const all = input.Engine === 'postgres' ? orderable(input.DBInstanceClass, input.EngineVersion, region.name) : [];
    const { items, next } = page(all, cloud.pageSize, input.MaxRecords, input.Marker);
    return { OrderableDBInstanceOptions: [...items], Marker: next };
  },
  DescribeValidDBInstanceModifications: (input, { region }) => {
    const { live } = instance(region, input.DBInstanceIdentifier);
    const from = live.AllocatedStorage ?? 20;
    return {
      ValidDBInstanceModificationsMessage: {
        SupportsDedicatedLogVolume: true,
        Storage: STORAGE.map(storage => ({
          StorageType: storage.type,
          StorageSize: [
            {
              From: Math.max(from, storage.min),
              To: largestSize(storage, live.DBInstanceClass ?? ''),
              Step: 1
            }
          ],
          SupportsStorageAutoscaling: storage.type !== 'standard',
          ...(storage.iops && {
            ProvisionedIops: [{ From: storage.iops[0], To: storage.iops[1], Step: 1 }],
            IopsToStorageRatio: [{ From: 0.5, To: storage.type === 'gp3' ? 500 : 50 }]
          }),
          ...(storage.throughput && {
            ProvisionedStorageThroughput: [{ From: storage.throughput[0], To: storage.throughput[1], Step: 1 }],
            StorageThroughputToIopsRatio: [{ From: 0, To: 0.25 }]
          })
        }))
      }
    };
  },
  DescribeReservedDBInstancesOfferings: input => {
    const id = input.ReservedDBInstancesOfferingId;
    const all = OFFERINGS.filter(one => id === undefined || one.ReservedDBInstancesOfferingId === id)
      .filter(one => input.DBInstanceClass === undefined || one.DBInstanceClass === input.DBInstanceClass)
      .filter(one => input.MultiAZ === undefined || one.MultiAZ === input.MultiAZ);
    if (id !== undefined && all.length === 0) throw noOffering(id);
    return { ReservedDBInstancesOfferings: [...all] };
  },
  DescribeReservedDBInstances: (input, { region }) => {
    const id = input.ReservedDBInstanceId;
    if (id !== undefined)
      found(region.reservations.get(id), 'ReservedDBInstanceNotFound', `The reservation ${id} does not exist`);
    const all = [...region.reservations.values()]
      .map(one => one.reservation)
      .filter(one => id === undefined || one.ReservedDBInstanceId === id);
    const shown = all.map(one => ({ ...one }));
    for (const one of all) one.State = 'active';
    return { ReservedDBInstances: shown };
  },
  PurchaseReservedDBInstancesOffering: (input, { cloud, region, now }) => {
    const offering = OFFERINGS.find(one => one.ReservedDBInstancesOfferingId === input.ReservedDBInstancesOfferingId);
    if (offering === undefined) throw noOffering(input.ReservedDBInstancesOfferingId);
    const id = input.ReservedDBInstanceId ?? `ri-${now.toISOString().replaceAll(/\D/g, '')}`;
    if (region.reservations.has(id)) {
      throw new AwsFault('ReservedDBInstanceAlreadyExists', `The reservation ${id} exists already`);
    }
    const reservation = {
      ...offering,
      ReservedDBInstanceId: id,
      ReservedDBInstanceArn: arnOf(cloud, region, 'ri', id),
      DBInstanceCount: input.DBInstanceCount ?? 1,
      StartTime: now,
      State: 'payment-pending',
      LeaseId: cloud.id('lease-')
    };
    region.reservations.set(id, { reservation, tags: tagged(input.Tags) });
    return { ReservedDBInstance: { ...reservation } };
  },
  DescribeCertificates: () => ({
    DefaultCertificateForNewLaunches: 'rds-ca-rsa2048-g1',
    Certificates: ['rds-ca-rsa2048-g1', 'rds-ca-rsa4096-g1', 'rds-ca-ecc384-g1'].map(id => ({
      CertificateIdentifier: id,
      CertificateType: 'CA',
      ValidTill: new Date('2061-05-25T22:34:57Z')
    }))
  }),
  DescribeEvents: (input, { cloud, region, now }) => {
    const since = input.StartTime ?? new Date(now.getTime() - (input.Duration ?? 60) * 60_000);
    const all = region.events
      .filter(event => input.SourceIdentifier === undefined || event.SourceIdentifier === input.SourceIdentifier)
      .filter(event => (event.Date ?? now) >= since);
    const { items, next } = page(all, cloud.pageSize, input.MaxRecords, input.Marker);
    return { Events: [...items], Marker: next };
  },
  DescribePendingMaintenanceActions: (input, { region }) => {
    const ids = input.Filters?.find(filter => filter.Name === 'db-instance-id')?.Values;
    return {
      PendingMaintenanceActions: [...region.pendingMaintenance]
        .filter(([arn]) => ids === undefined || ids.includes(arn.split(':').at(-1) ?? ''))
        .map(([arn, actions]) => ({ ResourceIdentifier: arn, PendingMaintenanceActionDetails: actions }))
    };
  },
  DescribeAccountAttributes: (_input, { region }) => ({
    AccountQuotas: [
      { AccountQuotaName: 'DBInstances', Used: region.instances.size, Max: 40 },
      {
        AccountQuotaName: 'AllocatedStorage',
        Used: [...region.instances.values()].reduce((sum, { live }) => sum + (live.AllocatedStorage ?? 0), 0),
        Max: 100_000
      },
      { AccountQuotaName: 'DBParameterGroups', Used: region.parameterGroups.size, Max: 100 },
      { AccountQuotaName: 'DBSubnetGroups', Used: region.subnetGroups.size, Max: 50 },
      { AccountQuotaName: 'ManualSnapshots', Used: region.snapshots.size, Max: 100 }
    ]
  }),
  DescribeOptionGroups: (input, { cloud, region }) => {
    if (input.OptionGroupName === undefined) return { OptionGroupsList: [] };
    const { name, major } = optionGroup(input.OptionGroupName);
    const engine = name.includes('mysql') ? 'mysql' : 'postgres';
    const arn = arnOf(cloud, region, 'og', name);
    return {
      OptionGroupsList: [{ OptionGroupName: name, EngineName: engine, MajorEngineVersion: major, OptionGroupArn: arn }]
    };
  }
};

function noOffering(id: string | undefined): AwsFault {
  return new AwsFault('ReservedDBInstancesOfferingNotFound', `The offering ${id} does not exist`);
}
