import { certificateFailure, isCertificateCode } from '../../../src/engine/certificate-failure.ts';

const coded = (code: unknown, cause?: unknown): Error => Object.assign(new Error('failed', { cause }), { code });
/** An error with so many causes, the last of which has a code of a certificate. */
const deep = (causes: number): Error => {
  let thrown = coded('CERT_HAS_EXPIRED');
  for (let depth = 0; depth < causes; depth += 1) thrown = new Error('fetch failed', { cause: thrown });
  return thrown;
};

test.each([
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'EPROTO',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CRL_HAS_EXPIRED',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'ERROR_IN_CERT_NOT_BEFORE_FIELD',
  'ERROR_IN_CRL_NEXT_UPDATE_FIELD'
])('%s is told as a certificate that is not trusted', code => {
  expect(isCertificateCode(code)).toBe(true);
  expect(certificateFailure('sts:GetCallerIdentity', coded(code))).toMatchObject({
    message: `Could not call sts:GetCallerIdentity: the certificate of the server is not trusted (${code})`,
    kind: 'failed',
    code: 'tls-failed',
    providerCode: code,
    hint: /_HAS_EXPIRED|_NOT_YET_/.test(code)
      ? expect.stringContaining('Set the clock of this machine right')
      : 'Set NODE_EXTRA_CA_CERTS to the certificate authority of the proxy or server, or check what answers there.'
  });
});

test.each(['ECONNREFUSED', 'EPROTONOSUPPORT', 'INVALID_CALL', 'NO_CERT_', '', 7, undefined])(
  '%s is another failure',
  code => {
    expect(isCertificateCode(code)).toBe(false);
    expect(certificateFailure('it', coded(code))).toBeUndefined();
  }
);

test('the cause of a cause is found, six deep', () => {
  expect(certificateFailure('it', deep(5))).toMatchObject({ providerCode: 'CERT_HAS_EXPIRED' });
  expect(certificateFailure('it', deep(6))).toBeUndefined();
});

test.each([null, undefined, 'a text', coded('ECONNRESET', null), coded('ECONNRESET', 'a text')])(
  '%s has no such cause',
  thrown => {
    expect(certificateFailure('it', thrown)).toBeUndefined();
  }
);
