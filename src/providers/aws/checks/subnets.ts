import type { Subnet } from '@aws-sdk/client-ec2';
import type { Problem } from '../../../spec/problem.ts';
import { isFailure, orUndefined } from '../../failures.ts';
import { NO_FINDINGS, problemWith, type Findings } from '../../findings.ts';
import type { AwsContext } from '../context.ts';
import { orNotChecked } from '../../not-checked.ts';

/** The findings about the asked subnets. */
export interface SubnetFindings extends Findings {
  readonly vpcId?: string | undefined;
  /** Where the asked subnets are. */
  readonly zones?: readonly string[];
}

/**
 * Whether the subnets exist, are in one VPC, and cover two zones. `needsVpc`: a new security group needs to know their
 * VPC. `home`: the VPC of the server, or of the one that it is copied from, where no input names subnets.
 */
export async function subnetsOf(
  context: AwsContext,
  needsVpc: boolean,
  home: Promise<string | undefined>
): Promise<SubnetFindings> {
  const asked = context.settings.subnet_ids ?? [];
  if (asked.length === 0) {
    // Also where nothing new needs it: a VPC that the server is not in is an input without an effect.
    const isNamed = context.settings.vpc_id !== undefined && (await home) !== undefined;
    return needsVpc || isNamed ? withoutSubnets(context, await home) : NO_FINDINGS;
  }
  const value = asked.join(', ');
  try {
    const read = context.offerings.subnets(asked);
    const { answer: subnets, notices } = await orNotChecked('where the subnets are', 'ec2:DescribeSubnets', read);
    if (subnets !== undefined) {
      const zones = zonesOf(subnets);
      return { vpcId: subnets[0]?.VpcId, zones, problems: subnetProblems(context, subnets), notices: [] };
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

/**
 * A server is in the default VPC unless it has a group of subnets elsewhere, and takes security groups of its VPC only.
 */
async function withoutSubnets(context: AwsContext, home: string | undefined): Promise<SubnetFindings> {
  const { settings, target } = context;
  const { vpc_id: asked } = settings;
  if (home !== undefined) {
    if (asked === undefined || asked === home) return { ...NO_FINDINGS, vpcId: home };
    return problemWith(context, 'vpc_id', 'is not the VPC of the server', home);
  }
  const what = 'which VPC the server is created in';
  const read = context.offerings.vpcs(asked);
  const { answer: vpcs, notices } = await orNotChecked(what, 'ec2:DescribeVpcs', orUndefined(read));
  if (notices.length > 0) return { problems: [], notices };
  const vpc = vpcs?.find(one => asked === undefined || one.VpcId === asked);
  if (vpc?.IsDefault === true) return { ...NO_FINDINGS, vpcId: vpc.VpcId };
  if (asked !== undefined && vpc === undefined) {
    return problemWith(context, 'vpc_id', `does not exist in ${target.region}`);
  }
  const why =
    asked === undefined
      ? `is missing, and ${target.region} has no default VPC`
      : `is missing, and ${asked} is not the default VPC, which RDS takes without subnets`;
  return problemWith(context, 'subnet_ids', why, 'subnets of the VPC in at least two availability zones');
}

const NO_VPC: Problem = {
  input: 'vpc_id',
  why: 'is missing, and this run may not read the VPC of the subnets',
  allowed: 'the VPC of the subnets, or the permission `ec2:DescribeSubnets`'
};

function zonesOf(subnets: readonly Subnet[]): readonly string[] {
  return [...new Set(subnets.flatMap(subnet => subnet.AvailabilityZone ?? []))];
}

function subnetProblems({ settings }: AwsContext, subnets: readonly Subnet[]): readonly Problem[] {
  const asked = settings.subnet_ids ?? [];
  const value = asked.join(', ');
  const vpcs = [...new Set(subnets.flatMap(subnet => subnet.VpcId ?? []))];
  const zones = zonesOf(subnets);
  const problems: Problem[] = [];
  if (vpcs.length > 1) problems.push({ input: 'subnet_ids', value, why: `are in several VPCs (${vpcs.join(', ')})` });
  else if (settings.vpc_id !== undefined && vpcs[0] !== settings.vpc_id) {
    problems.push({
      input: 'subnet_ids',
      value,
      why: `are in ${vpcs[0] ?? 'no VPC'}, not in \`vpc_id\` (${settings.vpc_id})`
    });
  }
  if (zones.length < 2) {
    problems.push({
      input: 'subnet_ids',
      value,
      why: `cover one availability zone only (${zones.join()})`,
      allowed: 'subnets in at least two availability zones'
    });
  }
  return problems;
}
