import type { CloudLogins } from '../cloud-logins.ts';

/** https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.DBAccounts.html */
export const cloudLogins: CloudLogins = { kind: 'membership', role: 'rds_iam' };
