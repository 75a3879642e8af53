import type {
  DBEngineVersion,
  DBInstance,
  DBParameterGroup,
  OptionGroup,
  OrderableDBInstanceOption,
  Parameter,
  PendingMaintenanceAction,
  ValidStorageOptions
} from '@aws-sdk/client-rds';
import type { DescribeSecretResponse } from '@aws-sdk/client-secrets-manager';
import type { Subnet } from '@aws-sdk/client-ec2';
import { DEFAULT_MAJOR } from '../../postgres/major.ts';
import type { Settings } from '../../spec/catalogue.ts';
import type { Call } from './api/client.ts';
import { orUndefined, ignoring } from '../failures.ts';
import { requestCache } from '../request-cache.ts';
import { remoteReplicaId, replicaId, type Names } from './api/names.ts';
import { fromList, PARTS, type Tags } from './api/tags.ts';
import { pages } from './api/pages.ts';
import { mentions, wants, type Part } from './desired/parts.ts';

/** The most replicas that one server can have, and so the most numbers to look for. */
export const MOST_REPLICAS = 15;

export interface LiveStateSource {
  readonly call: Call;
  readonly region: string;
  readonly names: Names;
  readonly settings: Settings;
}

/**
 * One look at everything: each question is asked once, however many resources need the answer, and as early as its own question allows.
 * A new look is a new `Reading`.
 */
export interface LiveState {
  /** Asks at once what needs no earlier answer. */
  readonly begin: () => void;
  /** The server and its numbered replicas, by identifier. */
  readonly instances: () => Promise<ReadonlyMap<string, DBInstance>>;
  readonly main: () => Promise<DBInstance | undefined>;
  readonly remote: (region: string) => Promise<DBInstance | undefined>;
  /** Whether a part is to be looked for: named by an input, or known to have been made earlier. */
  readonly looksFor: (part: Part) => Promise<boolean>;
  /** The major version this run is about: asked for, else live, else the default. */
  readonly major: () => Promise<number>;
  /** All minors of a major that can be created now. */
  readonly versions: (major: number) => Promise<readonly DBEngineVersion[]>;
  /** One version, for what it can be upgraded to. */
  readonly version: (version: string) => Promise<DBEngineVersion | undefined>;
  readonly orderable: (version: string, instanceClass: string) => Promise<readonly OrderableDBInstanceOption[]>;
  readonly subnets: () => Promise<readonly Subnet[]>;
  /** A key's ARN by its id, ARN or alias; `undefined` when this run may not ask. */
  readonly keyArn: (key: string) => Promise<string | undefined>;
  /** Our parameter groups, of whatever family. */
  readonly parameterGroups: () => Promise<readonly DBParameterGroup[]>;
  /** Groups that others made, by name. `undefined` when there is none of it. */
  readonly parameterGroup: (name: string) => Promise<DBParameterGroup | undefined>;
  readonly optionGroup: (name: string) => Promise<OptionGroup | undefined>;
  /** What was set in a parameter group. */
  readonly userParameters: (group: string) => Promise<readonly Parameter[]>;
  /** What RDS knows of parameters of a family: whether they can be set, to what, and when that takes effect. */
  readonly parameterFacts: (family: string, parameters: readonly string[]) => Promise<readonly Parameter[]>;
  /** What AWS has in mind for the server, which must be there. */
  readonly pendingMaintenance: () => Promise<readonly PendingMaintenanceAction[]>;
  /** What the storage of the server, which must be there, can become. */
  readonly validStorage: () => Promise<readonly ValidStorageOptions[]>;
  /** The secret that the proxy logs in with, where it is one of ours. */
  readonly proxySecret: () => Promise<DescribeSecretResponse | undefined>;
  /** Tags of a resource of RDS that does not say them itself; `undefined` when it is gone meanwhile. */
  readonly tags: (arn: string) => Promise<Tags | undefined>;
}

export function readLiveState(source: LiveStateSource): LiveState {
  const { call, names, settings } = source;
  const once = requestCache();

  const instances = once('instances', async () => {
    const ids = Array.from({ length: MOST_REPLICAS }, (_, index) => replicaId(names.instance, index + 1));
    const live = await instancesCalled(call, [names.instance, ...ids]);
    return new Map(live.map(one => [one.DBInstanceIdentifier ?? '', one]));
  });
  const main = async (): Promise<DBInstance | undefined> => (await instances()).get(names.instance);

  const liveState: LiveState = {
    begin: () => {
      const early = [
        instances(),
        ...(settings.engine_version === undefined ? [] : [liveState.versions(majorOf(settings.engine_version))]),
        ...(wants('subnet-group', settings) ? [liveState.subnets()] : []),
        ...(mentions('parameter-group', settings) ? [liveState.parameterGroups()] : []),
        ...(settings.kms_key_id === undefined ? [] : [liveState.keyArn(settings.kms_key_id)])
      ];
      // Whoever asks again gets the failure; nobody has asked yet.
      for (const answer of early) (answer as Promise<unknown>).catch(() => undefined);
    },

    instances,
    main,
    remote: async region =>
      once(`remote ${region}`, async () => {
        return (await instancesCalled(call, [remoteReplicaId(names.instance, region)], region))[0];
      })(),
    looksFor: async part => {
      if (mentions(part, settings)) return true;
      const live = await main();
      if (live === undefined) return true;
      return (fromList(live.TagList)[PARTS] ?? '').split(' ').includes(part);
    },
    major: async () => {
      if (settings.engine_version !== undefined) return majorOf(settings.engine_version);
      const family = /^postgres(\d+)$/.exec(settings.parameter_group_family ?? '')?.[1];
      const live = (await main())?.EngineVersion;
      return live === undefined ? (family === undefined ? DEFAULT_MAJOR : Number(family)) : majorOf(live);
    },
    versions: async major =>
      once(`versions ${major}`, async () => {
        return pages(
          async marker =>
            call('rds', 'DescribeDBEngineVersions', {
              Engine: 'postgres',
              DBParameterGroupFamily: `postgres${major}`,
              MaxRecords: 100,
              ...marker
            }),
          page => page.DBEngineVersions
        );
      })(),
    version: async version =>
      once(`version ${version}`, async () => {
        const answer = await call('rds', 'DescribeDBEngineVersions', {
          Engine: 'postgres',
          EngineVersion: version,
          IncludeAll: true
        });
        return answer.DBEngineVersions?.find(one => one.EngineVersion === version);
      })(),
    orderable: async (version, instanceClass) =>
      once(`orderable ${version} ${instanceClass}`, async () =>
        pages(
          async marker =>
            call('rds', 'DescribeOrderableDBInstanceOptions', {
              Engine: 'postgres',
              EngineVersion: version,
              DBInstanceClass: instanceClass,
              Vpc: true,
              MaxRecords: 100,
              ...marker
            }),
          page => page.OrderableDBInstanceOptions
        )
      )(),
    subnets: once('subnets', async () => {
      const ids = settings.subnet_ids ?? [];
      if (ids.length === 0) return [];
      return (await call('ec2', 'DescribeSubnets', { SubnetIds: [...ids] })).Subnets ?? [];
    }),
    keyArn: async key =>
      once(`key ${key}`, async () => {
        const answer = await ignoring(['denied', 'not-found'], call('kms', 'DescribeKey', { KeyId: key }));
        return answer?.KeyMetadata?.Arn;
      })(),
    parameterGroups: once('parameter groups', async () => {
      const groups = await pages(
        async marker => call('rds', 'DescribeDBParameterGroups', { MaxRecords: 100, ...marker }),
        page => page.DBParameterGroups
      );
      const prefix = names.parameterGroupPrefix;
      return groups.filter(
        ({ DBParameterGroupName: name = '' }) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length))
      );
    }),
    parameterGroup: async name =>
      once(`parameter group ${name}`, async () => {
        const answer = await orUndefined(call('rds', 'DescribeDBParameterGroups', { DBParameterGroupName: name }));
        return answer?.DBParameterGroups?.[0];
      })(),
    optionGroup: async name =>
      once(`option group ${name}`, async () => {
        const answer = await orUndefined(call('rds', 'DescribeOptionGroups', { OptionGroupName: name }));
        return answer?.OptionGroupsList?.[0];
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
    parameterFacts: async (family, parameters) => {
      const asked = [...new Set(parameters)].sort();
      if (asked.length === 0) return [];
      return once(`parameter facts ${family} ${asked.join()}`, async () =>
        pages(
          async marker =>
            call('rds', 'DescribeEngineDefaultParameters', {
              DBParameterGroupFamily: family,
              Filters: [{ Name: 'parameter-name', Values: asked }],
              MaxRecords: 100,
              ...marker
            }).then(answer => answer.EngineDefaults ?? {}),
          page => page.Parameters
        )
      )();
    },
    pendingMaintenance: once('pending maintenance', async () => {
      const answer = await call('rds', 'DescribePendingMaintenanceActions', {
        Filters: [{ Name: 'db-instance-id', Values: [names.instance] }]
      });
      return (answer.PendingMaintenanceActions ?? []).flatMap(one => one.PendingMaintenanceActionDetails ?? []);
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
    tags: async arn =>
      once(`tags ${arn}`, async () => {
        const answer = await orUndefined(call('rds', 'ListTagsForResource', { ResourceName: arn }));
        return answer === undefined ? undefined : fromList(answer.TagList);
      })()
  };
  return liveState;
}

async function instancesCalled(call: Call, ids: readonly string[], region?: string): Promise<readonly DBInstance[]> {
  const filters = [{ Name: 'db-instance-id', Values: [...ids] }];
  const where = region === undefined ? {} : { region };
  return pages(
    async marker => call('rds', 'DescribeDBInstances', { Filters: filters, MaxRecords: 100, ...marker }, where),
    page => page.DBInstances
  );
}

/** `14` of `14.9`. */
export function majorOf(version: string): number {
  return Number.parseInt(version, 10);
}
