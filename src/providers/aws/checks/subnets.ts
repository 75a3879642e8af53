import type { Subnet } from '@aws-sdk/client-ec2';
import type { Problem } from '../../../spec/problem.ts';
import { isFailure } from '../../failures.ts';
import { NO_FINDINGS, problemWith, type Findings } from '../../findings.ts';
import type { AwsContext } from '../context.ts';
import { orNotChecked } from './not-checked.ts';

/** The findings about the asked subnets. */
export interface SubnetFindings extends Findings {
  readonly vpcId?: string | undefined;
}

/**
 * Whether the subnets exist, are in one VPC, and cover two zones. `needsVpc`: a new security group needs to know their
 * VPC.
 */
export async function subnetsOf(context: AwsContext, needsVpc: boolean): Promise<SubnetFindings> {
  const asked = context.settings.subnet_ids ?? [];
  if (asked.length === 0) return NO_FINDINGS;
  const value = asked.join(', ');
  try {
    const read = context.offerings.subnets(asked);
    const { answer: subnets, notices } = await orNotChecked('where the subnets are', 'ec2:DescribeSubnets', read);
    if (subnets !== undefined) {
      return { vpcId: subnets[0]?.VpcId, problems: subnetProblems(context, subnets), notices: [] };
    }
    return { problems: needsVpc && context.settings.vpc_id === undefined ? [NO_VPC] : [], notices };
  } catch (thrown) {
    if (!isFailure(thrown, 'not-found')) throw thrown;
    const missing = /'([^']+)'/.exec(thrown.message)?.[0] ?? 'one of them';
    return problemWith(
      context,
      'subnet_ids',
      `names subnets that do not exist in ${context.target.region}: ${missing}`,
      undefined,
      value
    );
  }
}

const NO_VPC: Problem = {
  input: 'vpc_id',
  why: 'is missing, and this run may not read the VPC of the subnets',
  allowed: 'the VPC of the subnets, or the permission `ec2:DescribeSubnets`'
};

function subnetProblems({ settings }: AwsContext, subnets: readonly Subnet[]): readonly Problem[] {
  const asked = settings.subnet_ids ?? [];
  const value = asked.join(', ');
  const vpcs = [...new Set(subnets.flatMap(subnet => subnet.VpcId ?? []))];
  const zones = new Set(subnets.flatMap(subnet => subnet.AvailabilityZone ?? []));
  const problems: Problem[] = [];
  if (vpcs.length > 1) problems.push({ input: 'subnet_ids', value, why: `are in several VPCs (${vpcs.join(', ')})` });
  else if (settings.vpc_id !== undefined && vpcs[0] !== settings.vpc_id) {
    problems.push({
      input: 'subnet_ids',
      value,
      why: `are in ${vpcs[0] ?? 'no VPC'}, not in \`vpc_id\` (${settings.vpc_id})`
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
