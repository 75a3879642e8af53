import { randomUUID } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeCertificate } from '../../src/providers/local/cluster/certificate.ts';

export type Identity = ReturnType<typeof makeCertificate> & { readonly file: string };
let known: Identity | undefined;

/**
 * The certificate of what this process serves over TLS. One for all: to make it, and to believe it, takes longer than
 * most tests, and steps share a process only where they believe the same file.
 */
export function identity(): Identity {
  if (known !== undefined) return known;
  // A name of its own: of two authorities of one name, a client would try the wrong one.
  const made = makeCertificate({ commonName: `fake-${randomUUID()}`, now: new Date() });
  known = { ...made, file: path.join(mkdtempSync(path.join(tmpdir(), 'pgkeep-fake-ca-')), 'ca.pem') };
  writeFileSync(known.file, made.certificate);
  return known;
}
