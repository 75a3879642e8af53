import { constants, verify } from 'node:crypto';
import type { Json, CloudState } from './state.ts';

/** Under which the activity log knows the login. */
export const OWN_OBJECT_ID = '44444444-4444-4444-8444-444444444444';

/** What every call of Resource Manager must carry: a token whose claims can be read, as Entra's can. */
export const ACCESS_TOKEN = ['token-of-the-example', JSON.stringify({ oid: OWN_OBJECT_ID }), 'signature']
  .map((part, at) => (at === 1 ? Buffer.from(part).toString('base64url') : part))
  .join('.');

export interface TokenAnswer {
  readonly status: number;
  readonly body: Json;
}

/** The parts of Entra that a client needs to get a token. `undefined` for any other path. */
export function tokenCall(cloud: CloudState, origin: string, path: string, body: string): TokenAnswer | undefined {
  if (path === `/${cloud.tenant}/v2.0/.well-known/openid-configuration`) {
    return {
      status: 200,
      body: {
        issuer: `${origin}/${cloud.tenant}/v2.0`,
        authorization_endpoint: `${origin}/${cloud.tenant}/oauth2/v2.0/authorize`,
        token_endpoint: `${origin}/${cloud.tenant}/oauth2/v2.0/token`,
        jwks_uri: `${origin}/${cloud.tenant}/discovery/v2.0/keys`
      }
    };
  }
  if (path !== `/${cloud.tenant}/oauth2/v2.0/token`) return undefined;
  const form = new URLSearchParams(body);
  const assertion = form.get('client_assertion');
  if (form.get('client_secret') !== CLIENT_SECRET && assertion !== FEDERATED_TOKEN && !isSigned(cloud, assertion)) {
    return {
      status: 401,
      body: { error: 'invalid_client', error_description: 'AADSTS7000215: Invalid client secret provided.' }
    };
  }
  return {
    status: 200,
    body: { token_type: 'Bearer', expires_in: 3600, ext_expires_in: 3600, access_token: ACCESS_TOKEN }
  };
}

/** Whether an assertion is signed with a key that the identity is known by. */
function isSigned({ publicKeys }: CloudState, assertion: string | null): boolean {
  const [head = '', body = '', signature = ''] = (assertion ?? '').split('.');
  const [signed, proof] = [Buffer.from(`${head}.${body}`), Buffer.from(signature, 'base64url')];
  return publicKeys.some(key =>
    verify('sha256', signed, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }, proof)
  );
}

/** The two proofs that the identity of the tests has. */
export const CLIENT_SECRET = 'client-secret-of-the-example';
export const FEDERATED_TOKEN = 'eyJhbGciOiJub25lIn0.federated.example';
