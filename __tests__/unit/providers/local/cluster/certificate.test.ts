import { X509Certificate } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { probe } from '../../../../../src/postgres/connection.ts';
import { ensureCertificate, makeCertificate } from '../../../../../src/providers/local/cluster/certificate.ts';
import { testClusters, testContext, type TestCluster, type TestClusters } from '../../../../support/real-server.ts';

const { signal } = testContext();
const now = new Date('2026-11-22T12:00:00Z');
const day = 86_400_000;

describe('makeCertificate', () => {
  const certificate = new X509Certificate(makeCertificate({ commonName: 'localhost', now }).certificate);

  test('is a self-signed authority, for localhost and both loopback addresses', () => {
    expect(certificate.ca).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.subject).toBe('CN=localhost');
    expect(certificate.checkHost('localhost')).toBe('localhost');
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(certificate.checkIP('::1')).toBe('::1');
    expect(certificate.checkIP('10.0.0.1')).toBeUndefined();
    expect(certificate.subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1');
  });

  // https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1: what it is for is critical, under which names is not.
  test.each([
    ['an authority', '300f0603551d130101ff040530030101ff'],
    ['to sign data and certificates', '300e0603551d0f0101ff040403020284'],
    ['for servers and clients', '301d0603551d250416301406082b0601050507030106082b06010505070302'],
    [
      'of these names',
      `302c0603551d11042530238209${Buffer.from('localhost').toString('hex')}87047f0000018710${'00'.repeat(15)}01`
    ]
  ])('is %s', (_, extension) => {
    expect(certificate.raw.toString('hex')).toContain(extension);
  });

  test('began yesterday and lasts longer than any workflow run', () => {
    expect(certificate.validFromDate).toEqual(new Date(now.getTime() - day));
    expect(certificate.validToDate).toEqual(new Date(now.getTime() + 40 * day));
  });

  test('has a serial number of its own', () => {
    const other = new X509Certificate(makeCertificate({ commonName: 'localhost', now }).certificate);
    expect(other.serialNumber).not.toBe(certificate.serialNumber);
  });
});

describe('ensureCertificate', () => {
  let directory: string;
  let files: { readonly certificateFile: string; readonly keyFile: string };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pgkeep-test-'));
    files = { certificateFile: join(directory, 'server.crt'), keyFile: join(directory, 'server.key') };
  });

  afterEach(() => rm(directory, { recursive: true }));

  test('writes a readable certificate and a key that only its owner reads, and keeps them', async () => {
    await expect(ensureCertificate(files, undefined, now)).resolves.toBe('new');
    expect((await stat(files.certificateFile)).mode & 0o777).toBe(0o644);
    expect((await stat(files.keyFile)).mode & 0o777).toBe(0o600);
    const first = await readFile(files.certificateFile, 'utf8');
    await expect(ensureCertificate(files, undefined, now)).resolves.toBe('kept');
    await expect(readFile(files.certificateFile, 'utf8')).resolves.toBe(first);
  });

  test('renews one that would expire before a workflow run ends', async () => {
    await ensureCertificate(files, undefined, now);
    await expect(ensureCertificate(files, undefined, new Date(now.getTime() + 3 * day))).resolves.toBe('kept');
    await expect(ensureCertificate(files, undefined, new Date(now.getTime() + 5 * day))).resolves.toBe('new');
  });

  test.each([
    ['a damaged certificate', 'certificateFile', 'nonsense'],
    ['an empty key', 'keyFile', ''],
    ['the key of another certificate', 'keyFile', makeCertificate({ commonName: 'x', now }).key]
  ] as const)('replaces %s', async (_, file, content) => {
    await ensureCertificate(files, undefined, now);
    await writeFile(files[file], content);
    await expect(ensureCertificate(files, undefined, now)).resolves.toBe('new');
  });
});

describe('a server with TLS', () => {
  let clusters: TestClusters;
  let cluster: TestCluster;
  let ca: string;

  beforeAll(async () => {
    clusters = await testClusters();
    cluster = await clusters.create();
    await ensureCertificate(cluster.layout, cluster.owner);
    await cluster.configure({ tls: cluster.layout });
    await cluster.start();
    ca = await readFile(cluster.layout.certificateFile, 'utf8');
  });

  afterAll(() => clusters.remove());

  test.each(['127.0.0.1', 'localhost'])('is verified in full as %s', async host => {
    await expect(probe(cluster.target({ host, tls: { verify: 'full', ca } }), signal)).resolves.toMatchObject({
      encrypted: true
    });
  });

  test('is verified in full over IPv6, where there is any', async () => {
    const hosts = cluster.settings.addresses.filter(address => address === '::1');
    for (const host of hosts) await probe(cluster.target({ host, tls: { verify: 'full', ca } }), signal);
    expect(hosts.length).toBe(cluster.settings.addresses.length - 1);
  });

  test('is refused with another authority, or with none', async () => {
    const other = makeCertificate({ commonName: 'localhost', now: new Date() }).certificate;
    for (const tls of [{ verify: 'full', ca: other }, { verify: 'ca', ca: other }, { verify: 'full' }] as const) {
      await expect(probe(cluster.target({ tls }), signal)).rejects.toMatchObject({
        code: 'tls-failed',
        kind: 'failed'
      });
    }
  });

  test('is accepted unverified on request', async () => {
    await expect(probe(cluster.target({ tls: { verify: 'none' } }), signal)).resolves.toMatchObject({
      encrypted: true
    });
  });

  test('does not start with a key that others may read', async () => {
    const open = await clusters.create();
    await ensureCertificate(open.layout, open.owner);
    await chmod(open.layout.keyFile, 0o644);
    await open.configure({ tls: open.layout });
    await expect(open.start()).rejects.toMatchObject({
      kind: 'denied',
      message: expect.stringMatching(/private key file .* has group or world access/) as string
    });
  });
});
