import type { Subnet, Vpc } from '@aws-sdk/client-ec2';
import type { KeyMetadata } from '@aws-sdk/client-kms';
import type {
  AccountQuota,
  DBEngineVersion,
  OrderableDBInstanceOption,
  Parameter,
  ReservedDBInstancesOffering
} from '@aws-sdk/client-rds';
import { ignoring, orUndefined } from '../failures.ts';
import { requestCache } from '../request-cache.ts';
import type { Call } from './api/client.ts';
import { pages } from './api/pages.ts';

/**
 * What AWS offers this account. None of it changes during a run: each request is sent once a run, also after an apply.
 */
export interface Offerings {
  /** The minor versions of a major that can be created now. */
  readonly versions: (major: number) => Promise<readonly DBEngineVersion[]>;
  /** One version, with its upgrade targets. */
  readonly version: (version: string) => Promise<DBEngineVersion | undefined>;
  /** The options of a class. Default region: the run's own. */
  readonly orderable: (
    version: string,
    instanceClass: string,
    region?: string
  ) => Promise<readonly OrderableDBInstanceOption[]>;
  /** The VPC of this id, or the default one. */
  readonly vpcs: (id: string | undefined) => Promise<readonly Vpc[]>;
  /** Why no server of a VPC can have a public address; `undefined` where it can. */
  readonly unreachable: (vpc: string) => Promise<Unreachable | undefined>;
  readonly subnets: (ids: readonly string[]) => Promise<readonly Subnet[]>;
  /** A key by its id, ARN or alias. `missing`: there is no such key. `undefined`: this run may not ask. */
  readonly key: (key: string) => Promise<KeyMetadata | 'missing' | undefined>;
  /** RDS's rules for parameters of a family: whether they can be set, to which values, and when that takes effect. */
  readonly parameterFacts: (family: string, parameters: readonly string[]) => Promise<readonly Parameter[]>;
  readonly reservedOffering: (id: string) => Promise<ReservedDBInstancesOffering | undefined>;
  /** RDS's quotas of the account, with the use before this run's changes. */
  readonly quotas: () => Promise<readonly AccountQuota[]>;
}

/** What a VPC lacks for public addresses. */
export type Unreachable = 'gateway' | 'names';

export function readOfferings(call: Call): Offerings {
  const once = requestCache();
  return {
    versions: async major =>
      once(`versions ${major}`, async () =>
        pages(
          async marker =>
            call('rds', 'DescribeDBEngineVersions', {
              Engine: 'postgres',
              DBParameterGroupFamily: `postgres${major}`,
              MaxRecords: 100,
              ...marker
            }),
          page => page.DBEngineVersions
        )
      )(),
    version: async version =>
      once(`version ${version}`, async () => {
        const answer = await call('rds', 'DescribeDBEngineVersions', {
          Engine: 'postgres',
          EngineVersion: version,
          IncludeAll: true
        });
        return answer.DBEngineVersions?.find(one => one.EngineVersion === version);
      })(),
    orderable: async (version, instanceClass, region) =>
      once(`orderable ${version} ${instanceClass} ${region ?? ''}`, async () =>
        pages(
          async marker =>
            call(
              'rds',
              'DescribeOrderableDBInstanceOptions',
              {
                Engine: 'postgres',
                EngineVersion: version,
                DBInstanceClass: instanceClass,
                Vpc: true,
                MaxRecords: 100,
                ...marker
              },
              region === undefined ? {} : { region }
            ),
          page => page.OrderableDBInstanceOptions
        )
      )(),
    vpcs: async id =>
      once(`vpc ${id ?? ''}`, async () => {
        const input = id === undefined ? { Filters: [{ Name: 'is-default', Values: ['true'] }] } : { VpcIds: [id] };
        return (await call('ec2', 'DescribeVpcs', input)).Vpcs ?? [];
      })(),
    unreachable: async vpc =>
      once(`unreachable ${vpc}`, async () => {
        const [gateways, ...names] = await Promise.all([
          call('ec2', 'DescribeInternetGateways', { Filters: [{ Name: 'attachment.vpc-id', Values: [vpc] }] }),
          call('ec2', 'DescribeVpcAttribute', { VpcId: vpc, Attribute: 'enableDnsSupport' }),
          call('ec2', 'DescribeVpcAttribute', { VpcId: vpc, Attribute: 'enableDnsHostnames' })
        ]);
        if ((gateways.InternetGateways ?? []).length === 0) return 'gateway';
        const isOff = names.some(one => (one.EnableDnsSupport ?? one.EnableDnsHostnames)?.Value === false);
        return isOff ? 'names' : undefined;
      })(),
    subnets: async ids =>
      once(`subnets ${ids.join()}`, async () =>
        ids.length === 0 ? [] : ((await call('ec2', 'DescribeSubnets', { SubnetIds: [...ids] })).Subnets ?? [])
      )(),
    key: async key =>
      once(`key ${key}`, async () => {
        const answer = await ignoring(['denied'], orUndefined(call('kms', 'DescribeKey', { KeyId: key })).then(known));
        return answer;
      })(),
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
    reservedOffering: async id =>
      once(`reserved offering ${id}`, async () => {
        const input = { ReservedDBInstancesOfferingId: id };
        const answer = await orUndefined(call('rds', 'DescribeReservedDBInstancesOfferings', input));
        return answer?.ReservedDBInstancesOfferings?.[0];
      })(),
    quotas: once('quotas', async () => (await call('rds', 'DescribeAccountAttributes', {})).AccountQuotas ?? [])
  };
}

function known(answer: { readonly KeyMetadata?: KeyMetadata | undefined } | undefined): KeyMetadata | 'missing' {
  return answer?.KeyMetadata ?? 'missing';
}
