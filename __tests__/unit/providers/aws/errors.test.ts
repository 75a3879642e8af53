import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FailureKind } from '../../../../src/errors.ts';
import { DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds';
import { sendSigned } from '../../../../src/providers/aws/api/signed-call.ts';
import { plainCode, translate } from '../../../../src/providers/aws/api/errors.ts';

const CALL = { service: 'rds', operation: 'CreateDBInstance', region: 'eu-west-1' };

/** As the SDK throws: the name is the code, and HTTP says something of its own. */
function thrown(name: string, message = 'words of AWS', httpStatusCode = 400): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });
}

test.each<[code: string, kind: FailureKind]>([
  ['DBInstanceNotFound', 'not-found'],
  ['DBInstanceAlreadyExists', 'already-exists'],
  ['InvalidDBInstanceState', 'busy'],
  ['InvalidDBProxyState', 'busy'],
  ['InvalidDBParameterGroupState', 'busy'],
  ['DBProxyNotFound', 'not-found'],
  ['DBProxyAlreadyExists', 'already-exists'],
  ['DBSubnetGroupNotFound', 'not-found'],
  ['ReservedDBInstanceAlreadyExists', 'already-exists'],
  ['InsufficientDBInstanceCapacity', 'capacity'],
  ['ProvisionedIopsNotAvailableInAZ', 'capacity'],
  ['InstanceQuotaExceeded', 'quota'],
  ['Throttling', 'throttled'],
  ['InternalFailure', 'transient'],
  ['ServiceUnavailable', 'transient'],
  ['AccessDenied', 'denied'],
  ['ExpiredToken', 'unauthenticated'],
  ['InvalidParameterValue', 'invalid'],
  ['InvalidParameterCombination', 'invalid']
])('%s is %s, in each of its spellings and with any HTTP status', (code, kind) => {
  for (const spelling of [code, `${code}Fault`, `${code}Exception`]) {
    for (const status of [400, 403, 404, 500]) {
      expect([spelling, translate(thrown(spelling, 'words of AWS', status), CALL).kind]).toEqual([spelling, kind]);
    }
  }
});

test.each<[status: number, kind: FailureKind]>([
  [400, 'failed'],
  [404, 'failed'],
  [500, 'transient'],
  [503, 'transient']
])('an unknown code is, with status %s, %s', (status, kind) => {
  expect(translate(thrown('NeverHeardOf', 'words of AWS', status), CALL).kind).toBe(kind);
});

test.each<[words: string, kind: FailureKind]>([
  ['Cannot delete protected DB Instance, please disable deletion protection and try again.', 'protected'],
  ['IAM role ARN value is invalid or does not include the required permissions for: ENHANCED_MONITORING', 'busy'],
  ['Cannot find version 14.9 for postgres', 'invalid']
])('InvalidParameterCombination with the words %p is %s', (words, kind) => {
  expect(translate(thrown('InvalidParameterCombination', words), CALL).kind).toBe(kind);
});

test.each(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'ENOTFOUND'])(
  'a connection that fails with %s is retried',
  code => {
    expect(translate(Object.assign(new Error('connect'), { code }), CALL).kind).toBe('transient');
  }
);

test("the missing permission is named, and AWS's words are kept", () => {
  const denied = translate(thrown('AccessDenied', 'User is not authorized'), CALL);
  expect(denied.message).toBe('Could not call rds:CreateDBInstance in eu-west-1: User is not authorized');
  expect(denied).toMatchObject({ code: 'permission-denied', providerCode: 'AccessDenied' });
  expect(denied.hint).toContain('`rds:CreateDBInstance`');
  const resting = thrown(
    'InvalidParameterCombination',
    'You can not make a storage change while it is storage-optimization'
  );
  expect(translate(resting, CALL).hint).toMatch(/six hours/);
});

// https://github.com/segmentio/aws-okta/issues/225, https://github.com/aws/aws-sdk-ruby/issues/2850
test.each<[code: string, region: string, isTold: boolean]>([
  ['InvalidClientTokenId', 'me-south-1', true],
  ['UnrecognizedClientException', 'eu-south-1', true],
  ['AuthFailure', 'ap-east-1', true],
  ['RegionDisabledException', 'eu-south-1', true],
  ['OptInRequired', 'eu-west-1', true],
  ['InvalidClientTokenId', 'eu-west-1', false],
  ['InvalidClientTokenId', 'us-gov-west-1', false],
  ['ExpiredToken', 'me-south-1', false]
])('%s in %s tells that the region has to be enabled: %s', (code, region, isTold) => {
  const { kind, hint } = translate(thrown(code, 'The security token included in the request is invalid.', 403), {
    ...CALL,
    region
  });
  expect(kind).toBe('unauthenticated');
  expect(hint?.includes(`Enable the region ${region}`)).toBe(isTold);
  expect(hint).toContain('configure-aws-credentials');
});

test('an error is translated once', () => {
  const once = translate(thrown('Throttling'), CALL);
  expect(translate(once, { ...CALL, operation: 'Other' })).toBe(once);
});

test('a code that is only an ending stays as it is', () => {
  expect(['Fault', 'Exception', 'DBInstanceNotFoundFault'].map(plainCode)).toEqual([
    'Fault',
    'Exception',
    'DBInstanceNotFound'
  ]);
});

test.each<[status: number, body: string, kind: FailureKind]>([
  [502, '<html><title>Bad Gateway</title><br></html>', 'transient'],
  [403, '<html><title>Blocked</title><br></html>', 'failed'],
  // The call may have had its effect.
  [200, '<CreateDBInstanceResponse><CreateDBInstanceResult>', 'transient']
])('an answer of status %s that is no answer of AWS is told in plain words: %s', async (status, body, kind) => {
  await using server = await answering(status, body);
  const client = new RDSClient({
    endpoint: server.url,
    region: 'eu-west-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' }
  });
  const failure: unknown = await client.send(new DescribeDBInstancesCommand({})).catch((one: unknown) => one);
  expect(translate(failure, CALL)).toMatchObject({
    kind,
    message: `Could not call rds:CreateDBInstance in eu-west-1: an answer of status ${status} that is not from AWS`
  });
});

/** Services that answer in JSON write the member with either letter; a proxy on the way writes neither. */
test.each<[string, number, string, { name: string; message: string }]>([
  [
    'a message',
    400,
    '{"__type":"com.amazon#AccessDeniedException","message":"no"}',
    named('AccessDeniedException', 'no')
  ],
  ['a capital letter', 400, '{"__type":"ThrottlingException","Message":"slow"}', named('ThrottlingException', 'slow')],
  ['both', 400, '{"__type":"X","message":"small","Message":"large"}', named('X', 'large')],
  ['no message', 500, '{"__type":"InternalFailure"}', named('InternalFailure', 'status 500')],
  ['nothing', 502, '{}', named('Unknown', 'status 502')],
  ['a page', 503, '<html>', named('Unknown', 'status 503')],
  ['success, and a page', 200, '<html>', named('Unknown', 'status 200')]
])('a refusal of a call signed here, with %s', async (_what, status, body, expected) => {
  await using server = await answering(status, body);
  const login = { accessKeyId: 'id', secretAccessKey: 'key' };
  const asked = { service: 'cloudtrail', target: 'Trail.LookupEvents', input: {} };
  const sent = sendSigned(
    asked,
    { region: 'eu-west-1', endpoint: server.url, login, now: new Date() },
    new AbortController().signal
  );
  await expect(sent).rejects.toMatchObject({ ...expected, $metadata: { httpStatusCode: status } });
});

async function answering(status: number, body: string): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((_request, response) => response.writeHead(status).end(body));
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    }
  };
}

function named(name: string, message: string): { name: string; message: string } {
  return { name, message };
}
