import { ProviderError } from '../errors.ts';

/** Codes by which Node says that a certificate, or the talk before one, was not accepted. */
const CODES =
  /^(?:ERR_TLS_|ERR_SSL_|EPROTO$|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH$|INVALID_(?:CA|PURPOSE)$|PATH_LENGTH_EXCEEDED$|ERROR_IN_(?:CERT|CRL)_)/;
/** Causes of causes that are looked at. */
const MOST_CAUSES = 6;

/** Whether a code of a failed connection says that the other side's certificate was not accepted. */
export function isCertificateCode(code: unknown): code is string {
  return typeof code === 'string' && CODES.test(code);
}

/** Codes of a certificate, or of a list of revoked ones, that holds at another time than that of this machine. */
const OUT_OF_TIME = /^(?:CERT|CRL)_(?:HAS_EXPIRED|NOT_YET_VALID)$/;

/** What to do about a certificate that was not accepted; `otherwise` about one that holds now. */
export function certificateHint(code: string, otherwise: string): string {
  return OUT_OF_TIME.test(code)
    ? "Set the clock of this machine right: by it, the certificate has expired or does not hold yet. Where the clock is right, renew the server's certificate."
    : otherwise;
}

/** The failure of a call whose server has no certificate that is trusted: not a server that is out of reach. */
export function certificateFailure(what: string, thrown: unknown): ProviderError | undefined {
  let cause: unknown = thrown;
  for (let depth = 0; depth < MOST_CAUSES && typeof cause === 'object' && cause !== null; depth += 1) {
    const { code, cause: next } = cause as { readonly code?: unknown; readonly cause?: unknown };
    if (isCertificateCode(code)) {
      return new ProviderError(`Could not call ${what}: the certificate of the server is not trusted (${code})`, {
        kind: 'failed',
        code: 'tls-failed',
        providerCode: code,
        hint: certificateHint(
          code,
          'Set NODE_EXTRA_CA_CERTS to the certificate authority of the proxy or server, or check what answers there.'
        )
      });
    }
    cause = next;
  }
  return undefined;
}
