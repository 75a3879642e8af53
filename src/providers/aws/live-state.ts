import type {
  DBInstance,
  DBParameterGroup,
  DBSubnetGroup,
  Event,
  OptionGroup,
  Parameter,
  PendingMaintenanceAction,
  ReservedDBInstance,
  ValidStorageOptions
} from '@aws-sdk/client-rds';
import { compareVersions } from '../../engine/order.ts';
import type { SecurityGroup } from '@aws-sdk/client-ec2';
import type { DescribeSecretResponse, SecretListEntry } from '@aws-sdk/client-secrets-manager';
import { defined } from '../../engine/defined.ts';
import { MAJORS } from '../../postgres/major.ts';
import type { Settings } from '../../spec/catalogue.ts';
import type { Call } from './api/client.ts';
import { orUndefined } from '../failures.ts';
import { requestCache } from '../request-cache.ts';
import { remoteReplicaId, reservationId, type Names } from './api/names.ts';
import { fromList, PARTS, type Tags } from './api/tags.ts';
import { pages } from './api/pages.ts';
import { mentions, type Part } from './desired/parts.ts';

/** The most replicas of one server. */
export const MOST_REPLICAS = 15;

/**
 * Hours after a change of the storage, or longer where RDS optimizes it, in which RDS takes no other one.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.ModifyingExisting.html
 */
export const STORAGE_REST_HOURS = 6;

export interface LiveStateSource {
  readonly call: Call;
  readonly region: string;
  readonly names: Names;
  readonly settings: Settings;
}

/**
 * The live resources as one observation reads them: each request is sent once, however many resources need the answer.
 */
export interface LiveState {
  /** The server and its numbered replicas, by identifier. */
  readonly instances: () => Promise<ReadonlyMap<string, DBInstance>>;
  readonly main: () => Promise<DBInstance | undefined>;
  readonly remote: (region: string) => Promise<DBInstance | undefined>;
  /** Every DB instance of the region, whatever its owner. Only a removal asks for them. */
  readonly allInstances: () => Promise<readonly DBInstance[]>;
  /** Instances of these identifiers, whatever their owner. */
  readonly instancesOf: (identifiers: readonly string[]) => Promise<readonly DBInstance[]>;
  /** The security groups with our group's name, in any VPC. */
  readonly securityGroups: () => Promise<readonly SecurityGroup[]>;
  /** Whether a part is observed: an input names it, or an earlier run created it. */
  readonly looksFor: (part: Part) => Promise<boolean>;
  /** Whether an earlier run created the part, by the tags of the server. */
  readonly isMade: (part: Part) => Promise<boolean>;
  /**
   * Our parameter groups, of any family. RDS filters no list of groups: an account with more than a page of them is
   * asked for each name that ours can have.
   */
  readonly parameterGroups: () => Promise<readonly DBParameterGroup[]>;
  /** Groups by name, whatever their owner. `undefined`: there is none. */
  readonly parameterGroup: (name: string) => Promise<DBParameterGroup | undefined>;
  readonly optionGroup: (name: string) => Promise<OptionGroup | undefined>;
  readonly subnetGroup: (name: string, region: string) => Promise<DBSubnetGroup | undefined>;
  /** The parameters that were set in a group. */
  readonly userParameters: (group: string) => Promise<readonly Parameter[]>;
  /** The maintenance that AWS has scheduled for the server, which must exist. */
  readonly pendingMaintenance: () => Promise<readonly PendingMaintenanceAction[]>;
  /** The storage that the server, which must exist, can have next. */
  readonly validStorage: () => Promise<readonly ValidStorageOptions[]>;
  /** Events of the server, which must exist, about changes of its storage in the last hours that RDS makes it rest. */
  readonly storageEvents: () => Promise<readonly Event[]>;
  /** Our secret that the proxy logs in with. */
  readonly proxySecret: () => Promise<DescribeSecretResponse | undefined>;
  /** The secret of a role's password; `undefined` when there is none, or one that is being deleted. */
  readonly roleSecret: (role: string) => Promise<DescribeSecretResponse | undefined>;
  /** The roles of all such secrets of this name. */
  readonly roleSecrets: () => Promise<readonly string[]>;
  /** The reserved instance of an offering that this database bought. */
  readonly reserved: (offering: string) => Promise<ReservedDBInstance | undefined>;
  /** Tags of an RDS resource whose answer does not hold them; `undefined` when it is gone. */
  readonly tags: (arn: string) => Promise<Tags | undefined>;
}

export function readLiveState({ call, region: home, names, settings }: LiveStateSource): LiveState {
  const once = requestCache();

  const instances = once('instances', async () => {
    const ids = Array.from({ length: MOST_REPLICAS }, (_, index) => names.replica(index + 1));
    const live = await instancesCalled(call, [names.instance, ...ids]);
    return new Map(live.map(one => [one.DBInstanceIdentifier ?? '', one]));
  });
  const main = async (): Promise<DBInstance | undefined> => (await instances()).get(names.instance);

  const isMade = async (part: Part): Promise<boolean> =>
    (fromList((await main())?.TagList)[PARTS] ?? '').split(' ').includes(part);

  const parameterGroup = async (name: string): Promise<DBParameterGroup | undefined> =>
    once(`parameter group ${name}`, async () => {
      const answer = await orUndefined(call('rds', 'DescribeDBParameterGroups', { DBParameterGroupName: name }));
      return answer?.DBParameterGroups?.[0];
    })();

  return {
    instances,
    main,
    remote: async region =>
      once(`remote ${region}`, async () => {
        return (await instancesCalled(call, [remoteReplicaId(names.instance, region)], region))[0];
      })(),
    allInstances: once('all instances', async () => allInstances(call)),
    instancesOf: async ids =>
      ids.length === 0 ? [] : once(`instances ${ids.join()}`, async () => instancesCalled(call, ids))(),
    securityGroups: once('security groups', async () => {
      const filters = [{ Name: 'group-name', Values: [names.securityGroup] }];
      return (await call('ec2', 'DescribeSecurityGroups', { Filters: filters })).SecurityGroups ?? [];
    }),
    looksFor: async part => {
      if (mentions(part, settings)) return true;
      return (await main()) === undefined || isMade(part);
    },
    isMade,
    parameterGroups: once('parameter groups', async () => {
      const { DBParameterGroups: first = [], Marker: more } = await call('rds', 'DescribeDBParameterGroups', {
        MaxRecords: 100
      });
      const prefix = names.parameterGroupPrefix;
      const groups =
        (more ?? '') === '' ? first : await Promise.all(MAJORS.map(async major => parameterGroup(`${prefix}${major}`)));
      return groups.filter(
        group =>
          group?.DBParameterGroupName?.startsWith(prefix) === true &&
          /^\d+$/.test(group.DBParameterGroupName.slice(prefix.length))
      ) as readonly DBParameterGroup[];
    }),
    parameterGroup,
    optionGroup: async name =>
      once(`option group ${name}`, async () => {
        const answer = await orUndefined(call('rds', 'DescribeOptionGroups', { OptionGroupName: name }));
        return answer?.OptionGroupsList?.[0];
      })(),
    subnetGroup: async (name, region) =>
      once(`subnet group ${region} ${name}`, async () => {
        const where = region === home ? {} : { region };
        const answer = await orUndefined(call('rds', 'DescribeDBSubnetGroups', { DBSubnetGroupName: name }, where));
        return answer?.DBSubnetGroups?.[0];
      })(),
    userParameters: async group =>
      once(`parameters of ${group}`, async () =>
        pages(
          async marker =>
            call('rds', 'DescribeDBParameters', {
              DBParameterGroupName: group,
              Source: 'user',
              MaxRecords: 100,
              ...marker
            }),
          page => page.Parameters
        )
      )(),
    pendingMaintenance: once('pending maintenance', async () => pendingActions(call, names.instance)),
    storageEvents: once('storage events', async () => {
      const events = await pages(
        async place =>
          call('rds', 'DescribeEvents', {
            SourceType: 'db-instance',
            SourceIdentifier: names.instance,
            Duration: STORAGE_REST_HOURS * 60,
            ...place
          }),
        page => page.Events
      );
      return events.filter(({ Message: words = '' }) => /^Finished applying .*\bstorage\b/i.test(words));
    }),
    validStorage: once('valid storage', async () => {
      const answer = await call('rds', 'DescribeValidDBInstanceModifications', {
        DBInstanceIdentifier: names.instance
      });
      return answer.ValidDBInstanceModificationsMessage?.Storage ?? [];
    }),
    proxySecret: once('proxy secret', async () =>
      orUndefined(call('secretsmanager', 'DescribeSecret', { SecretId: names.proxySecret }))
    ),
    roleSecret: async role =>
      once(`secret of ${role}`, async () => {
        const found = await orUndefined(call('secretsmanager', 'DescribeSecret', { SecretId: names.roleSecret(role) }));
        return found?.DeletedDate === undefined ? found : undefined;
      })(),
    roleSecrets: once('secrets of roles', async () => {
      const prefix = names.roleSecret('');
      const found = await secretsNamed(call, prefix);
      return found.flatMap(({ Name: name = '' }) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []));
    }),
    reserved: async offering =>
      once(`reserved ${offering}`, async () => {
        const input = { ReservedDBInstanceId: reservationId(names, offering) };
        return (await orUndefined(call('rds', 'DescribeReservedDBInstances', input)))?.ReservedDBInstances?.[0];
      })(),
    tags: async arn =>
      once(`tags ${arn}`, async () => {
        const answer = await orUndefined(call('rds', 'ListTagsForResource', { ResourceName: arn }));
        return answer === undefined ? undefined : fromList(answer.TagList);
      })()
  };
}

/** Secrets whose names begin so, without those that are being deleted. */
async function secretsNamed(call: Call, prefix: string): Promise<readonly SecretListEntry[]> {
  const Filters = [{ Key: 'name' as const, Values: [prefix] }];
  return pages(
    async place => call('secretsmanager', 'ListSecrets', { Filters, MaxResults: 100, ...place }),
    page => page.SecretList
  );
}

/** The maintenance that AWS has waiting for an instance, as it is now. */
export async function pendingActions(call: Call, id: string): Promise<readonly PendingMaintenanceAction[]> {
  const answer = await call('rds', 'DescribePendingMaintenanceActions', {
    Filters: [{ Name: 'db-instance-id', Values: [id] }]
  });
  return (answer.PendingMaintenanceActions ?? []).flatMap(one => one.PendingMaintenanceActionDetails ?? []);
}

/** Every DB instance of the region, as it is now. */
export async function allInstances(call: Call): Promise<readonly DBInstance[]> {
  return pages(
    async marker => call('rds', 'DescribeDBInstances', { MaxRecords: 100, ...marker }),
    page => page.DBInstances
  );
}

async function instancesCalled(call: Call, ids: readonly string[], region?: string): Promise<readonly DBInstance[]> {
  const filters = [{ Name: 'db-instance-id', Values: [...ids] }];
  return pages(
    async marker =>
      call('rds', 'DescribeDBInstances', { Filters: filters, MaxRecords: 100, ...marker }, defined({ region })),
    page => page.DBInstances
  );
}

/**
 * The numbers of a version, to be compared in order. One of Extended Support has the date of its update:
 * `12.22-rds.20250508`. https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/extended-support-versions.html
 */
export function numbersOf(version: string): readonly number[] {
  return version.split(/\D+/).filter(Boolean).map(Number);
}

/** Below, at or above 0 where the first is older, the same or newer. A longer one is newer than its beginning. */
export function orderOfVersions(one: string, other: string): number {
  const [a, b] = [numbersOf(one), numbersOf(other)];
  return compareVersions(a, b) || a.length - b.length;
}

/** `14` of `14.9`. */
export function majorOf(version: string): number {
  return Number.parseInt(version, 10);
}
