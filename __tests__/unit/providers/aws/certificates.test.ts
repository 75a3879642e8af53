import { X509Certificate } from 'node:crypto';
import { rootsOf, type ReadText } from '../../../../src/providers/aws/api/certificates.ts';
import { authority } from '../../../support/certificate-authority.ts';
import { fakeContext } from '../../../support/fake-context.ts';

const namesIn = (roots: readonly string[]): readonly string[] =>
  roots.map(pem => new X509Certificate(pem).subject.replace(/^[^]*CN=/, ''));

const never: ReadText = async address => Promise.reject(new Error(`${address} was asked`));

test('the roots of a region that the package has are read nowhere', async () => {
  const names = namesIn(await rootsOf('eu-west-1', fakeContext(), never));
  expect(names.every(name => name.startsWith('Amazon RDS eu-west-1 '))).toBe(true);
});

// https://github.com/sidorares/node-mysql2/pull/1754, https://github.com/mendix/cf-mendix-buildpack/issues/511
test.each([
  ['il-central-1', 'https://truststore.pki.rds.amazonaws.com/il-central-1/il-central-1-bundle.pem'],
  ['us-gov-east-1', 'https://truststore.pki.us-gov-west-1.rds.amazonaws.com/us-gov-east-1/us-gov-east-1-bundle.pem'],
  ['cn-north-1', 'https://rds-truststore.s3.cn-north-1.amazonaws.com.cn/cn-north-1/cn-north-1-bundle.pem']
])('those of %s come from where AWS publishes them, once', async (region, published) => {
  const execution = fakeContext();
  const asked: string[] = [];
  const read: ReadText = async address => {
    asked.push(address);
    return Promise.resolve(authority(`Amazon RDS ${region} Root CA RSA2048 G1`).certificate);
  };
  const both = await Promise.all([rootsOf(region, execution, read), rootsOf(region, execution, read)]);
  expect(both.map(namesIn)).toEqual([1, 2].map(() => [`Amazon RDS ${region} Root CA RSA2048 G1`]));
  expect(asked).toEqual([published]);
  expect(execution.lines).toEqual([]);
});

test.each<[string, ReadText]>([
  ['it answers with status 403', async () => Promise.reject(new Error('it answers with status 403'))],
  ['its answer has no certificate', async () => Promise.resolve('<html></html>')]
])('what can not be read is told, and asked for again: %s', async (why, read) => {
  const execution = fakeContext();
  expect((await rootsOf('mx-central-1', execution, read)).length).toBeGreaterThan(100);
  await rootsOf('mx-central-1', execution, read);
  const line = expect.stringMatching(
    new RegExp(`^warning: Could not read the certificates of RDS.*: ${why}$`)
  ) as string;
  expect(execution.lines).toEqual([line, line]);
});

test('a region whose list is published nowhere public is left to the package', async () => {
  expect((await rootsOf('us-iso-east-1', fakeContext(), never)).length).toBeGreaterThan(100);
});

test('a run that is cancelled reads no roots', async () => {
  const execution = fakeContext();
  const read: ReadText = async () => {
    execution.abort(new Error('cancelled'));
    return Promise.reject(new Error('aborted'));
  };
  await expect(rootsOf('ca-west-1', execution, read)).rejects.toThrow('cancelled');
});
