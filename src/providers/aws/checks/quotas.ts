import type { Observed } from '../../../engine/resource.ts';
import { replicaCount } from '../../../spec/spec.ts';
import { combineFindings, NO_FINDINGS, problemWith, type Findings } from '../../findings.ts';
import { ignoring, UNREADABLE } from '../../failures.ts';
import { parameterGroupAddress, SERVER, SUBNET_GROUP } from '../addresses.ts';
import type { AwsContext } from '../context.ts';
import { createsSubnetGroup, familyOf, type Lookups } from '../desired/look-up.ts';
import { wants } from '../desired/parts.ts';
import { DEFAULTS } from '../desired/server.ts';

/** Whether the account's quotas have room for what the plan creates. Without the permission RDS decides. */
export async function checkQuotas(
  context: AwsContext,
  observed: readonly Observed[],
  lookups: Lookups
): Promise<Findings> {
  const needs = needsOf(context, observed, lookups);
  if (needs.every(({ more }) => more <= 0)) return NO_FINDINGS;
  const quotas = await ignoring(UNREADABLE, context.offerings.quotas());
  return combineFindings(
    needs.flatMap(({ quota, input, what, more }) => {
      const { Used: used = 0, Max: max = Infinity } = quotas?.find(one => one.AccountQuotaName === quota) ?? {};
      if (more <= 0 || used + more <= max) return [];
      const why = `needs ${more} more ${what}, and the account has ${used} of at most ${max} (quota ${quota})`;
      return [problemWith(context, input, why, 'a higher quota (Service Quotas), or fewer resources in this region')];
    })
  );
}

interface Need {
  readonly quota: string;
  readonly input: 'name' | 'read_replica_count' | 'allocated_storage' | 'subnet_ids' | 'parameters';
  readonly what: string;
  readonly more: number;
}

function needsOf(context: AwsContext, observed: readonly Observed[], lookups: Lookups): readonly Need[] {
  const { settings } = context;
  const { live, restore } = lookups;
  const exists = (address: string): boolean => observed.some(one => one.address === address);
  const replicas = Math.max(0, (replicaCount(settings) ?? 0) - (lookups.instances.size - (live === undefined ? 0 : 1)));
  const servers = exists(SERVER) ? 0 : 1;
  const size =
    settings.allocated_storage ??
    restore.origin?.AllocatedStorage ??
    live?.AllocatedStorage ??
    DEFAULTS.allocated_storage;
  const grows = Math.max(0, size - (live?.AllocatedStorage ?? 0)) + replicas * size;
  return [
    {
      quota: 'DBInstances',
      input: replicas > 0 ? 'read_replica_count' : 'name',
      what: 'instances',
      more: servers + replicas
    },
    { quota: 'AllocatedStorage', input: 'allocated_storage', what: 'GiB', more: grows },
    {
      quota: 'DBSubnetGroups',
      input: 'subnet_ids',
      what: 'subnet groups',
      more: createsSubnetGroup(context, lookups) && !exists(SUBNET_GROUP) ? 1 : 0
    },
    {
      quota: 'DBParameterGroups',
      input: 'parameters',
      what: 'parameter groups',
      more: wants('parameter-group', settings) && !exists(parameterGroupAddress(familyOf(context, lookups))) ? 1 : 0
    }
  ];
}
