import { startAws, type AwsOptions, type FakeAws } from '../clouds/aws/fake-aws.ts';
import { awsRun, told, type AwsRun } from './aws-run.ts';
import { openCloudHarness, type CloudHarness } from './cloud-harness.ts';

/** A repository that keeps its database in a fake AWS account. */
export interface AwsHarness extends CloudHarness {
  readonly aws: FakeAws;
  /** The provider in this process, on the same account: for behaviour that the bundle need not show again. */
  inProcess(inputs: Readonly<Record<string, string>>): Promise<AwsRun>;
  /** What a plan in this process would do, a line each. */
  planned(inputs: Readonly<Record<string, string>>): Promise<readonly string[]>;
}

export async function openAws(options: AwsOptions = {}): Promise<AwsHarness> {
  const aws = await startAws(options);
  const { vpcId, subnetIds } = aws.network();
  const harness = await openCloudHarness(aws, () => ({
    VPC_ID: vpcId,
    SUBNET_IDS: subnetIds.join('\n'),
    KMS_KEY_ARN: aws.kmsKeyArn(),
    MONITORING_ROLE_ARN: aws.monitoringRoleArn,
    ALERTS_TOPIC_ARN: `arn:aws:sns:us-east-1:${aws.accountId}:alerts`
  }));
  const inProcess: AwsHarness['inProcess'] = async inputs => awsRun(aws, inputs);
  return { ...harness, aws, inProcess, planned: told(inProcess).planned };
}
