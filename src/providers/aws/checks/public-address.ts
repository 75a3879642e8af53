import { NO_FINDINGS, problemWith, type Findings } from '../../findings.ts';
import { orNotChecked } from '../../not-checked.ts';
import type { AwsContext } from '../context.ts';
import type { Lookups } from '../desired/look-up.ts';

const LACKS = {
  gateway: ['which has no internet gateway', 'a VPC with one'],
  names: ['whose DNS resolution or DNS hostnames are off', 'a VPC with both on']
} as const;

const NEEDED = 'ec2:DescribeInternetGateways` or `ec2:DescribeVpcAttribute';

/**
 * RDS gives a server a public address only in a VPC with an internet gateway, DNS resolution and DNS hostnames. Asked
 * only where a server gets one.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html
 */
export async function checkPublicAddress(
  context: AwsContext,
  { live, subnets }: Pick<Lookups, 'live' | 'subnets'>
): Promise<Findings> {
  const vpc = live?.DBSubnetGroup?.VpcId ?? subnets.vpcId;
  if (context.settings.publicly_accessible !== true || live?.PubliclyAccessible === true || vpc === undefined)
    return NO_FINDINGS;
  const read = context.offerings.unreachable(vpc).then(lacks => lacks ?? 'nothing');
  const what = `whether ${vpc} allows public addresses`;
  const { answer, notices } = await orNotChecked(what, NEEDED, read);
  if (answer === undefined) return { problems: [], notices };
  if (answer === 'nothing') return NO_FINDINGS;
  const [why, allowed] = LACKS[answer];
  return problemWith(context, 'publicly_accessible', `needs another VPC than ${vpc}, ${why}`, allowed);
}
