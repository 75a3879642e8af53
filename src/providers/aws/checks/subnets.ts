import type { Subnet } from '@aws-sdk/client-ec2';
import type { Notice } from '../../../engine/plan.ts';
import type { Problem } from '../../../spec/problem.ts';
import { isKind } from '../../failures.ts';
import type { AwsWorld } from '../context.ts';
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
export async function subnetsOf(world: AwsWorld, needsVpc: boolean): Promise<SubnetFindings> {
  const asked = world.settings.subnet_ids ?? [];
  if (asked.length === 0) return { problems: [], notices: [] };
  try {
    const subnets = await world.reading().subnets();
    return { vpcId: subnets[0]?.VpcId, problems: subnetProblems(world, subnets), notices: [] };
  } catch (thrown) {
    const value = asked.join(', ');
    if (isKind(thrown, 'not-found')) {
      const why = `are not all there: ${/'([^']+)'/.exec(thrown.message)?.[0] ?? 'one of them'} does not exist in ${world.target.region}`;
      return { problems: [{ input: 'subnet_ids', value, why }], notices: [] };
    }
    if (!isKind(thrown, 'denied')) throw thrown;
    const problems = needsVpc && world.settings.vpc_id === undefined ? [NO_VPC] : [];
    return { problems, notices: [notChecked('where the subnets lie', 'ec2:DescribeSubnets')] };
  }
}

const NO_VPC: Problem = {
  input: 'vpc_id',
  why: 'is missing, and the subnets may not be asked where they lie',
  allowed: 'the VPC of the subnets, or the permission `ec2:DescribeSubnets`'
};

function subnetProblems({ settings }: AwsWorld, subnets: readonly Subnet[]): readonly Problem[] {
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
