import type { Subnet } from '@aws-sdk/client-ec2';
import type { Notice } from '../../../engine/plan.ts';
import type { Problem } from '../../../spec/problem.ts';
import { isFailure } from '../../failures.ts';
import type { AwsContext } from '../context.ts';
import { notChecked } from './not-checked.ts';

/** What is known of the subnets asked for. */
export interface SubnetFindings {
  /** Where they lie. */
  readonly vpcId?: string | undefined;
  readonly problems: readonly Problem[];
  readonly notices: readonly Notice[];
}

/**
 * Whether the subnets are there, lie in one network, and in zones enough. `needsVpc`: something new has to be made in their network, which
 * must be known then.
 */
export async function subnetsOf(context: AwsContext, needsVpc: boolean): Promise<SubnetFindings> {
  const asked = context.settings.subnet_ids ?? [];
  if (asked.length === 0) return { problems: [], notices: [] };
  try {
    const subnets = await context.liveState().subnets();
    return { vpcId: subnets[0]?.VpcId, problems: subnetProblems(context, subnets), notices: [] };
  } catch (thrown) {
    const value = asked.join(', ');
    if (isFailure(thrown, 'not-found')) {
      const why = `are not all there: ${/'([^']+)'/.exec(thrown.message)?.[0] ?? 'one of them'} does not exist in ${context.target.region}`;
      return { problems: [{ input: 'subnet_ids', value, why }], notices: [] };
    }
    if (!isFailure(thrown, 'denied')) throw thrown;
    const problems = needsVpc && context.settings.vpc_id === undefined ? [NO_VPC] : [];
    return { problems, notices: [notChecked('where the subnets lie', 'ec2:DescribeSubnets')] };
  }
}

const NO_VPC: Problem = {
  input: 'vpc_id',
  why: 'is missing, and the subnets may not be asked where they lie',
  allowed: 'the VPC of the subnets, or the permission `ec2:DescribeSubnets`'
};

function subnetProblems({ settings }: AwsContext, subnets: readonly Subnet[]): readonly Problem[] {
  const asked = settings.subnet_ids ?? [];
  const value = asked.join(', ');
  const vpcs = [...new Set(subnets.flatMap(subnet => subnet.VpcId ?? []))];
  const zones = new Set(subnets.flatMap(subnet => subnet.AvailabilityZone ?? []));
  const problems: Problem[] = [];
  if (vpcs.length > 1) problems.push({ input: 'subnet_ids', value, why: `lie in several VPCs (${vpcs.join(', ')})` });
  else if (settings.vpc_id !== undefined && vpcs[0] !== settings.vpc_id) {
    problems.push({
      input: 'subnet_ids',
      value,
      why: `lie in ${vpcs[0] ?? 'no VPC'}, not in \`vpc_id\` (${settings.vpc_id})`
    });
  }
  if (zones.size < 2) {
    problems.push({
      input: 'subnet_ids',
      value,
      why: `cover one availability zone only (${[...zones].join()})`,
      allowed: 'subnets in at least two availability zones'
    });
  }
  return problems;
}
