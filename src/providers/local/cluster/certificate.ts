import { createPrivateKey, generateKeyPairSync, randomBytes, sign, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { writeFileAtomically } from './atomic-file.ts';
import * as der from './der.ts';
import type { ServerLayout } from './layout.ts';
import type { ServerOwner } from './owner.ts';

/** A self-signed certificate and its key, both PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

export interface CertificateRequest {
  readonly commonName: string;
  readonly now: Date;
}

const OID = {
  commonName: '2.5.4.3',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  basicConstraints: '2.5.29.19',
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  subjectAlternativeName: '2.5.29.17'
};

const DAY_MILLISECONDS = 86_400_000;

/**
 * A workflow run ends after 35 days at the latest, and `ensureCertificate` renews the certificate of a server that
 * keeps running.
 */
const LIFE_DAYS = 40;
const RENEW_DAYS = 36;

/**
 * Makes sure that the server of a layout has a certificate (P-256) for `localhost`, 127.0.0.1 and ::1 that is valid for
 * at least another 36 days: keeps an existing one, else writes a new one for 40 days. It is its own authority, so that
 * clients verify with `sslrootcert` set to the same file (mode 0644); the key has mode 0600 and belongs to the server's
 * user. Returns whether it is a new one, which a running server loads with a reload.
 */
export async function ensureCertificate(
  layout: Pick<ServerLayout, 'certificateFile' | 'keyFile'>,
  owner: ServerOwner | undefined,
  now: Date = new Date()
): Promise<'kept' | 'new'> {
  if (await holds(layout, now)) return 'kept';
  const made = makeCertificate({ commonName: 'localhost', now });
  await writeFileAtomically(layout.keyFile, made.key, { owner });
  await writeFileAtomically(layout.certificateFile, made.certificate, { owner, mode: 0o644 });
  return 'new';
}

/**
 * Makes a self-signed certificate. Encoded here by hand: it has one fixed shape, takes 2 ms, and the libraries for it
 * are ten times the size of this provider. It begins a day ago, for clocks that are behind.
 */
export function makeCertificate({ commonName, now }: CertificateRequest): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = der.sequence(der.objectIdentifier(OID.ecdsaWithSha256));
  const name = der.sequence(der.set(der.sequence(der.objectIdentifier(OID.commonName), der.utf8(commonName))));
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const days = (count: number): Buffer => der.utcTime(new Date(now.getTime() + count * DAY_MILLISECONDS));
  const body = der.sequence(
    der.tagged(0, der.integer(Buffer.from([2]))),
    der.integer(serial),
    algorithm,
    name,
    der.sequence(days(-1), days(LIFE_DAYS)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der.tagged(3, extensions())
  );
  const signature = der.bitString(sign('sha256', body, privateKey));
  return {
    certificate: pem(der.sequence(body, algorithm, signature)),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  };
}

function extensions(): Buffer {
  const digitalSignatureAndCertificateSign = der.bitString(Buffer.from([0b1000_0100]), 2);
  const purposes = der.sequence(der.objectIdentifier(OID.serverAuth), der.objectIdentifier(OID.clientAuth));
  const names = der.sequence(
    der.element(0x82, Buffer.from('localhost')),
    der.element(0x87, Buffer.from([127, 0, 0, 1])),
    der.element(0x87, Buffer.concat([Buffer.alloc(15), Buffer.from([1])]))
  );
  return der.sequence(
    extension(OID.basicConstraints, der.sequence(der.yes()), true),
    extension(OID.keyUsage, digitalSignatureAndCertificateSign, true),
    extension(OID.extendedKeyUsage, purposes),
    extension(OID.subjectAlternativeName, names)
  );
}

function extension(identifier: string, value: Buffer, isCritical = false): Buffer {
  const critical = isCritical ? [der.yes()] : [];
  return der.sequence(der.objectIdentifier(identifier), ...critical, der.octetString(value));
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

async function holds(files: Pick<ServerLayout, 'certificateFile' | 'keyFile'>, now: Date): Promise<boolean> {
  const texts = await Promise.all(
    [files.certificateFile, files.keyFile].map(file => readFile(file, 'utf8').catch(() => ''))
  );
  const [certificate = '', key = ''] = texts;
  if (certificate === '' || key === '') return false;
  try {
    const parsed = new X509Certificate(certificate);
    const isLasting = parsed.validToDate.getTime() > now.getTime() + RENEW_DAYS * DAY_MILLISECONDS;
    return isLasting && parsed.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}
