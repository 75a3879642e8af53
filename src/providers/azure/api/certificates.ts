import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';

/**
 * The authorities that sign the certificates of Flexible Servers, in all of Azure's clouds.
 * https://learn.microsoft.com/azure/postgresql/security/security-tls#root-cas-used-by-azure-database-for-postgresql
 */
const AUTHORITIES: readonly string[] = ['DigiCert Global Root G2', 'Microsoft RSA Root Certificate Authority 2017'];

/** Their certificates (PEM) from Node's own list, so that a client can verify the server without one of its own. */
export function certificates(): string {
  chosen ??= rootCertificates.filter(pem =>
    AUTHORITIES.includes(/(?:^|\n)CN=(.+)$/.exec(new X509Certificate(pem).subject)?.[1] ?? '')
  );
  return `${chosen.join('\n')}\n`;
}

/** The list never changes, and takes a while to read. */
let chosen: readonly string[] | undefined;
