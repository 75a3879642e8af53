import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { EC2 } from '@aws-sdk/client-ec2';
import { IAM } from '@aws-sdk/client-iam';
import { KMS } from '@aws-sdk/client-kms';
import { RDS } from '@aws-sdk/client-rds';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { STS } from '@aws-sdk/client-sts';
import type { FakeAws } from './fake-aws.ts';

export interface Clients {
  readonly rds: RDS;
  readonly ec2: EC2;
  readonly iam: IAM;
  readonly sts: STS;
  readonly secrets: SecretsManager;
  readonly cloudwatch: CloudWatch;
  readonly logs: CloudWatchLogs;
  readonly kms: KMS;
}

/** The official clients, talking to the fake, without retries of their own. */
export function clients(aws: FakeAws, region = 'us-east-1'): Clients {
  const config = {
    region,
    endpoint: aws.url,
    maxAttempts: 1,
    credentials: {
      accessKeyId: aws.env['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: aws.env['AWS_SECRET_ACCESS_KEY'] ?? '',
      sessionToken: aws.env['AWS_SESSION_TOKEN'] ?? ''
    }
  };
  return {
    rds: new RDS(config),
    ec2: new EC2(config),
    iam: new IAM(config),
    sts: new STS(config),
    secrets: new SecretsManager(config),
    cloudwatch: new CloudWatch(config),
    logs: new CloudWatchLogs(config),
    kms: new KMS(config)
  };
}

/** What a call failed with: `Code: message`; empty when it did not fail. */
export async function failure(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return '';
  } catch (thrown) {
    return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  }
}

/** Polls a server until it reaches one of the stable states, and returns the states it went through. */
export async function statuses(
  rds: RDS,
  id: string,
  until: readonly string[] = ['available']
): Promise<readonly string[]> {
  const seen: string[] = [];
  for (let looks = 0; looks < 30; looks += 1) {
    const answer = await rds.describeDBInstances({ DBInstanceIdentifier: id });
    const status = answer.DBInstances?.[0]?.DBInstanceStatus ?? '';
    if (seen.at(-1) !== status) seen.push(status);
    if (until.includes(status) && looks > 1) return seen;
  }
  throw new Error(`${id} never rested: ${seen.join(', ')}`);
}

/** A server that is there and available. */
export async function ready(
  aws: FakeAws,
  given: Partial<Parameters<RDS['createDBInstance']>[0]> = {}
): Promise<string> {
  const { rds } = clients(aws);
  const id = given.DBInstanceIdentifier ?? 'orders';
  await rds.createDBInstance({
    DBInstanceIdentifier: id,
    DBInstanceClass: 'db.t3.micro',
    Engine: 'postgres',
    EngineVersion: '16.12',
    AllocatedStorage: 20,
    StorageType: 'gp2',
    MasterUsername: 'postgres',
    MasterUserPassword: 'correct-horse',
    BackupRetentionPeriod: 7,
    StorageEncrypted: true,
    PubliclyAccessible: false,
    ...given
  });
  await statuses(rds, id);
  return id;
}
