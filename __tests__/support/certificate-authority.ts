import { createPublicKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import * as der from '../../src/providers/local/cluster/der.ts';

/** An authority of a test, which signs certificates as a cloud does. */
export interface Authority {
  /** PEM. */
  readonly certificate: string;
  /** A certificate for a public key (PEM). */
  issue(publicKey: string, commonName: string): string;
  /** A certificate and its key, both PEM. */
  issueKey(commonName: string): { readonly cert: string; readonly key: string };
}

const OID = {
  commonName: '2.5.4.3',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  basicConstraints: '2.5.29.19',
  keyUsage: '2.5.29.15'
};
const HOUR = 3_600_000;

export function authority(name = 'Google Cloud SQL Server CA'): Authority {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issue = (publicKey: KeyObject, commonName: string, isAuthority = false): string => {
    const algorithm = der.sequence(der.objectIdentifier(OID.ecdsaWithSha256));
    const at = (milliseconds: number): Buffer => der.utcTime(new Date(Date.now() + milliseconds));
    const serial = randomBytes(16);
    serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
    const body = der.sequence(
      der.tagged(0, der.integer(Buffer.from([2]))),
      der.integer(serial),
      algorithm,
      named(name),
      der.sequence(at(-HOUR), at(HOUR)),
      named(commonName),
      publicKey.export({ type: 'spki', format: 'der' }),
      ...(isAuthority ? [der.tagged(3, ofAuthority())] : [])
    );
    return pem(der.sequence(body, algorithm, der.bitString(sign('sha256', body, own.privateKey))));
  };
  return {
    certificate: issue(own.publicKey, name, true),
    issue: (publicKey, commonName) => issue(createPublicKey(publicKey), commonName),
    issueKey: commonName => {
      const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      return {
        cert: issue(pair.publicKey, commonName),
        key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
      };
    }
  };
}

function named(commonName: string): Buffer {
  return der.sequence(der.set(der.sequence(der.objectIdentifier(OID.commonName), der.utf8(commonName))));
}

function ofAuthority(): Buffer {
  const signsCertificates = der.bitString(Buffer.from([0b0000_0100]), 2);
  return der.sequence(
    der.sequence(der.objectIdentifier(OID.basicConstraints), der.yes(), der.octetString(der.sequence(der.yes()))),
    der.sequence(der.objectIdentifier(OID.keyUsage), der.yes(), der.octetString(signsCertificates))
  );
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
