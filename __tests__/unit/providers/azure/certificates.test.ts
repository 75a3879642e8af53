import { X509Certificate } from 'node:crypto';
import { certificates } from '../../../../src/providers/azure/api/certificates.ts';

test('the authorities that Azure names are present, each of them its own root, and no others', () => {
  const all = certificates()
    .split(/(?<=-----END CERTIFICATE-----\n)/)
    .filter(pem => pem.trim() !== '')
    .map(pem => new X509Certificate(pem));
  expect(
    all.map(({ subject }) => /CN=(.+)$/.exec(subject)?.[1]).toSorted((a = '', b = '') => a.localeCompare(b))
  ).toEqual(['DigiCert Global Root G2', 'Microsoft RSA Root Certificate Authority 2017']);
  expect(all.every(one => one.ca && one.verify(one.publicKey))).toBe(true);
});
