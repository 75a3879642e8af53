import { defined } from '../../engine/defined.ts';
import type { Observed } from '../../engine/resource.ts';
import { stringOf, textsOf } from '../../engine/value.ts';
import { leftAlone } from '../left-alone.ts';
import type { ImportedInputs } from '../provider.ts';
import { SERVER } from './addresses.ts';
import { pages } from './api/pages.ts';
import type { AwsContext } from './context.ts';

/** The groups and replicas of the live server, by their names. The groups of RDS itself follow the version. */
export async function inputsOf(context: AwsContext, observed: readonly Observed[]): Promise<ImportedInputs> {
  const fields = observed.find(({ address }) => address === SERVER)?.fields ?? {};
  const replicas = await replicasOf(context);
  const numbered = replicas.map((_, at) => context.names.replica(at + 1));
  const group = stringOf(fields['subnet_group']);
  const groups = textsOf(fields['security_group_ids']);
  return {
    left: await leftAlone({ what: 'proxies', input: 'proxy_name' }, async () => otherProxies(context)),
    place: { aws_region: context.target.region },
    usual: {
      auto_minor_version_upgrade: 'true',
      database_insights_mode: 'standard',
      engine_lifecycle_support: 'open-source-rds-extended-support',
      option_group_name: /^default:/,
      parameter_group_name: /^default\./,
      performance_insights_retention_period: '7',
      port: '5432',
      storage_encrypted: 'true'
    },
    pinned: defined({
      subnet_group_name: group === 'default' ? undefined : group,
      security_group_ids: groups.length === 0 ? undefined : groups.join('\n'),
      monitoring_role_arn: stringOf(fields['monitoring_role_arn']),
      ...(replicas.length === 0 ? {} : { create_read_replica: 'true', read_replica_count: String(replicas.length) }),
      replica_names: replicas.every(id => numbered.includes(id)) ? undefined : replicas.join('\n')
    })
  };
}

/**
 * Proxies in front of the server, but for the one of the usual name, which is observed. RDS has no filter for them: the
 * targets of each in the network of the server are read.
 */
async function otherProxies({ call, liveState, names }: AwsContext): Promise<readonly string[]> {
  const live = await liveState().main();
  const all = await pages(
    async place => call('rds', 'DescribeDBProxies', { MaxRecords: 100, ...place }),
    page => page.DBProxies
  );
  const near = all.filter(({ DBProxyName: name, VpcId: network }) => {
    return name !== names.proxy && network === live?.DBSubnetGroup?.VpcId;
  });
  const found = await Promise.all(
    near.map(async ({ DBProxyName = '' }) => {
      const targets = await pages(
        async place => call('rds', 'DescribeDBProxyTargets', { DBProxyName, MaxRecords: 100, ...place }),
        page => page.Targets
      );
      return targets.some(({ RdsResourceId: id }) => id === names.instance) ? [DBProxyName] : [];
    })
  );
  return found.flat();
}

/** Replicas in the server's region. Those of other regions are listed by their ARN. */
async function replicasOf(context: AwsContext): Promise<readonly string[]> {
  const live = await context.liveState().main();
  return (live?.ReadReplicaDBInstanceIdentifiers ?? []).filter(id => !id.startsWith('arn:')).toSorted();
}
