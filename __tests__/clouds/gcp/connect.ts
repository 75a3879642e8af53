import { createPublicKey } from 'node:crypto';
import { GcpFault, invalid } from './fault.ts';
import { placed } from './instances.ts';
import { object, text, type Json } from './json.ts';
import { instanceOf, type CloudState } from './state.ts';
import { ACCESS_TOKEN } from './supporting.ts';

/** The IAM user that the token of this fake belongs to. */
export const TOKEN_OF = 'deployer@shop-project.iam';

/** Where connectors find an instance, as the message ConnectSettings describes it. */
export function connectSettings(cloud: CloudState, name: string): Json {
  const { json } = instanceOf(cloud, name);
  const live = placed(cloud, json);
  const { backendType, databaseVersion, ipAddresses, region, dnsName, dnsNames } = live;
  const { pscEnabled } = object(object(object(json['settings'])['ipConfiguration'])['pscConfig']);
  const certificate = object(live['serverCaCert']);
  return {
    kind: 'sql#connectSettings',
    backendType,
    databaseVersion,
    ipAddresses: ipAddresses ?? [],
    region,
    dnsName,
    dnsNames,
    pscEnabled: pscEnabled === true,
    serverCaMode: 'GOOGLE_MANAGED_INTERNAL_CA',
    serverCaCert: { ...certificate, cert: cloud.connector?.ca ?? certificate['cert'] }
  };
}

/** A certificate for an hour, with the token of an IAM user in it where the caller sends one. */
export function generateEphemeralCert(cloud: CloudState, name: string, body: Json): Json {
  instanceOf(cloud, name);
  const [publicKey, token] = [text(body['public_key']), body['access_token']];
  try {
    createPublicKey(publicKey);
  } catch {
    throw invalid('Invalid request: Invalid public key.');
  }
  if (token !== undefined && token !== ACCESS_TOKEN) throw invalid('Invalid request: Invalid access token.');
  if (cloud.connector === undefined) throw new GcpFault(503, 'serviceUnavailable', 'The instance does not answer.');
  const cert = cloud.connector.sign(publicKey, token);
  return {
    ephemeralCert: { kind: 'sql#sslCert', cert, instance: name, commonName: TOKEN_OF, createTime: cloud.now() }
  };
}
