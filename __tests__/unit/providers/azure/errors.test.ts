import { failedOperation, retryAfterSeconds, translate } from '../../../../src/providers/azure/api/errors.ts';

const CALL = 'Microsoft.DBforPostgreSQL/flexibleServers/write';

/** As the client throws what Azure answers. */
const failure = (code: string | undefined, message = 'Azure’s own words.', more: object = {}): Error =>
  Object.assign(new Error(message), { name: 'RestError', ...(code === undefined ? {} : { code }), ...more });

test.each([
  ['ServerIsBusy', 409, 'busy'],
  ['SERVERISBUSY', 409, 'busy'],
  ['Conflict', 409, 'busy'],
  ['ServerIsNotReady', 400, 'busy'],
  ['AnotherOperationInProgress', 400, 'busy'],
  ['OperationNotAllowedWhileServerIsBusy', 400, 'busy'],
  ['ResourceGroupBeingDeleted', 400, 'busy'],
  ['ConflictingServerOperation', 400, 'busy'],
  ['ScopeLocked', 409, 'protected'],
  ['ServerNameAlreadyExists', 409, 'already-exists'],
  ['TooManyRequests', 429, 'throttled'],
  // https://github.com/Azure/azqr/issues/34
  ['ResourceRequestsThrottled', 429, 'throttled'],
  ['SomethingThrottled', 429, 'throttled'],
  ['InternalServerError', 500, 'transient'],
  ['ResourceNotFound', 404, 'not-found'],
  ['ResourceGroupNotFound', 404, 'not-found'],
  ['SomethingNotFound', 404, 'not-found'],
  ['AuthorizationFailed', 403, 'denied'],
  ['LinkedAuthorizationFailed', 403, 'denied'],
  ['ExpiredAuthenticationToken', 401, 'unauthenticated'],
  ['CredentialUnavailableError', undefined, 'unauthenticated'],
  ['SkuNotAvailable', 400, 'capacity'],
  ['QuotaExceeded', 400, 'quota'],
  ['ECONNRESET', undefined, 'transient'],
  ['InvalidParameterValue', 400, 'invalid']
])('%s with status %s is %s: the code decides, not the status', (code, statusCode, kind) => {
  expect(translate(failure(code, undefined, { statusCode }), CALL)).toMatchObject({ kind, providerCode: code });
});

test.each([
  ['Operations on a server group in dropping state are not allowed.', 'busy'],
  ['Cannot complete operation because server is busy.', 'busy'],
  ["The value of the 'Version' should be in: []. Verify that the specified parameter value is correct.", 'capacity'],
  ['The value is not allowed.', 'invalid']
])('a kind is recognised by its words under other codes: %s', (message, kind) => {
  expect(translate(failure('BadRequest', message), CALL).kind).toBe(kind);
});

test.each([
  [502, 'transient'],
  [429, 'throttled'],
  [400, 'failed']
])('an answer without a code and with status %s is not the service’s own: %s', (statusCode, kind) => {
  expect(translate(failure(undefined, 'Bad gateway', { statusCode }), CALL).kind).toBe(kind);
});

test('a failure gives the operation, Azure’s first line, the first of its details, and a hint', () => {
  const details = { error: { details: [{ message: 'The subnet is not delegated.\nMore.' }] } };
  const error = translate(failure('AuthorizationFailed', 'Not allowed.\nTrace: 1', { details }), CALL);
  expect(error.message).toBe(`Could not call ${CALL}: Not allowed. The subnet is not delegated.`);
  expect(error.hint).toContain('docs/permissions/azure.md');
  expect(translate(error, CALL)).toBe(error);
});

// https://github.com/MicrosoftDocs/azure-docs/issues/102073
test.each(['Microsoft.DBforPostgreSQL', 'microsoft.insights'])(
  'a subscription that lacks a service gets the command that registers it: %s',
  service => {
    const words = `The subscription is not registered to use namespace '${service}'. See https://aka.ms/rps-not-found`;
    expect(translate(failure('MissingSubscriptionRegistration', words, { statusCode: 409 }), CALL)).toMatchObject({
      kind: 'failed',
      hint: expect.stringContaining(`\`az provider register --namespace ${service}\``) as string
    });
  }
);

// https://github.com/Azure-Samples/azuresandbox/issues/196: the words name no policy.
test('a refusal by a policy names it', () => {
  const info = { policyDefinitionDisplayName: 'Allowed locations', policyAssignmentDisplayName: 'EU only' };
  const details = { error: { additionalInfo: [{ type: 'PolicyViolation', info }] } };
  const words = "Resource 'orders' was disallowed by policy. See error details for policy resource IDs.";
  const { message, hint } = translate(failure('RequestDisallowedByPolicy', words, { details }), CALL);
  expect(message).toBe(`Could not call ${CALL}: ${words} The policy: EU only, Allowed locations.`);
  expect(hint).toContain('the policy that the message names');
});

test.each([
  [
    'in its details alone',
    { details: [{ code: 'SkuNotAvailable', message: 'No room.' }] },
    'SkuNotAvailable: No room.'
  ],
  [
    'in the details of a general one',
    {
      code: 'ResourceOperationFailure',
      message: 'It failed.',
      details: [{ code: 'SkuNotAvailable', message: 'No room.' }]
    },
    'SkuNotAvailable: It failed. No room.'
  ]
])('an operation is known by its code %s', (_where, error, said) => {
  const { kind, message } = failedOperation(CALL, 'Failed', error);
  expect([kind, message]).toEqual(['capacity', `Could not complete ${CALL}: ${said}`]);
});

test.each<[string, object]>([
  ['are no list', { details: { code: 'A' }, additionalInfo: 'B' }],
  ['hold nothing', { details: [null], additionalInfo: [null] }],
  ['have a message that is no text', { details: [{ code: 'SkuNotAvailable', message: { text: 'A' } }] }]
])('details of an error that %s are read as far as they can be', (_what, more) => {
  const error = translate(failure('SkuNotAvailable', 'No room.', { details: { error: more } }), CALL);
  expect(error).toMatchObject({ kind: 'capacity', message: expect.stringContaining('No room.') as string });
});

test('an operation without an error is told with its status', () => {
  expect(failedOperation(CALL, 'Canceled').message).toBe(`Could not complete ${CALL}: Canceled: no reason given`);
});

test('the pause that Azure asks for comes from its header', () => {
  const headers = { get: (name: string) => (name === 'retry-after' ? '17' : undefined) };
  expect(translate(failure('TooManyRequests', undefined, { response: { headers } }), CALL).retryAfterSeconds).toBe(17);
  expect([undefined, '', 'soon', '0', '30'].map(retryAfterSeconds)).toEqual([undefined, undefined, undefined, 0, 30]);
});
