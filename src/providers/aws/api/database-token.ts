import { SignatureV4 } from '@smithy/signature-v4';
import { Sha256, type SignedLogin } from './signed-call.ts';

const SECONDS = 900;

/**
 * The password of an IAM user of RDS for 15 minutes: a signed address without its scheme, as `aws rds
 * generate-db-auth-token` makes it. Asks nothing of AWS.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.Connecting.html
 */
export async function databaseToken(to: {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly region: string;
  readonly login: SignedLogin;
  readonly now: Date;
}): Promise<string> {
  const { host, port, user, region, login, now } = to;
  const signer = new SignatureV4({ credentials: login, region, service: 'rds-db', sha256: Sha256 });
  const { query = {} } = await signer.presign(
    {
      method: 'GET',
      protocol: 'https:',
      hostname: host,
      port,
      path: '/',
      query: { Action: 'connect', DBUser: user },
      headers: { host: `${host}:${port}` }
    },
    { expiresIn: SECONDS, signingDate: now }
  );
  const parts = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  return `${host}:${port}/?${parts.join('&')}`;
}
