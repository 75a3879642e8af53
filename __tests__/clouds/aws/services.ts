import * as cloudwatchClient from '@aws-sdk/client-cloudwatch';
import * as logsClient from '@aws-sdk/client-cloudwatch-logs';
import * as ec2Client from '@aws-sdk/client-ec2';
import * as iamClient from '@aws-sdk/client-iam';
import * as kmsClient from '@aws-sdk/client-kms';
import * as pricingClient from '@aws-sdk/client-pricing';
import * as rdsClient from '@aws-sdk/client-rds';
import * as secretsClient from '@aws-sdk/client-secrets-manager';
import * as stsClient from '@aws-sdk/client-sts';
import type { AnyActions } from './actions.ts';
import { cloudwatch } from './cloudwatch.ts';
import { ec2 } from './ec2/ec2.ts';
import { iam } from './iam.ts';
import { kms } from './kms.ts';
import { logs } from './logs.ts';
import { pricing } from './pricing.ts';
import { rds } from './rds/rds.ts';
import { secrets } from './secrets.ts';
import { sts } from './sts.ts';
import type { ClientModule } from './wire/schema.ts';

/** One service: how it is addressed, how it speaks, and what it can do. */
export interface Service {
  /** In the signature's scope. */
  readonly name: string;
  readonly wire: 'query' | 'ec2' | 'json1.0' | 'json1.1';
  /** `Version=` of a Query request, the prefix of `X-Amz-Target` of a JSON one. */
  readonly version: string;
  /** The official client, for its description of the shapes. */
  readonly client: ClientModule;
  readonly actions: AnyActions;
}

export const SERVICES: readonly Service[] = [
  { name: 'rds', wire: 'query', version: '2014-10-31', client: rdsClient, actions: rds },
  { name: 'ec2', wire: 'ec2', version: '2016-11-15', client: ec2Client, actions: ec2 },
  { name: 'iam', wire: 'query', version: '2010-05-08', client: iamClient, actions: iam },
  { name: 'sts', wire: 'query', version: '2011-06-15', client: stsClient, actions: sts },
  { name: 'secretsmanager', wire: 'json1.1', version: 'secretsmanager', client: secretsClient, actions: secrets },
  {
    name: 'monitoring',
    wire: 'json1.0',
    version: 'GraniteServiceVersion20100801',
    client: cloudwatchClient,
    actions: cloudwatch
  },
  { name: 'logs', wire: 'json1.1', version: 'Logs_20140328', client: logsClient, actions: logs },
  { name: 'kms', wire: 'json1.1', version: 'TrentService', client: kmsClient, actions: kms },
  { name: 'pricing', wire: 'json1.1', version: 'AWSPriceListService', client: pricingClient, actions: pricing }
];
