import type { STS } from '@aws-sdk/client-sts';
import type { Actions, AnyActions } from './actions.ts';

const actions: Actions<STS> = {
  GetCallerIdentity: (_input, { cloud }) => ({
    Account: cloud.accountId,
    Arn: `arn:aws:sts::${cloud.accountId}:assumed-role/deployer/pgkeep`,
    UserId: 'AROAEXAMPLEDEPLOYER:pgkeep'
  }),
  AssumeRoleWithWebIdentity: (input, { now }) => ({
    Credentials: {
      AccessKeyId: 'ASIAIOSFODNN7EXAMPLE',
      SecretAccessKey: 'wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY',
      SessionToken: 'session-token-of-the-example',
      Expiration: new Date(now.getTime() + 3_600_000)
    },
    AssumedRoleUser: {
      Arn: `${input.RoleArn}/${input.RoleSessionName}`,
      AssumedRoleId: `AROAEXAMPLE:${input.RoleSessionName}`
    }
  })
};

/** Security Token Service: who is calling. */
export const sts: AnyActions = actions;
