import { loginFailed, lost, translate, type ErrorBody } from '../../../../src/providers/gcp/api/errors.ts';

const CALL = { permission: 'cloudsql.instances.create', subject: 'orders' };

describe('a failure of Cloud SQL', () => {
  it('is recognised by its reason: a busy instance and a taken name are both 409', () => {
    const kindOf = (reason: string): string => translate(new Error('409'), CALL, { errors: [{ reason }] }).kind;
    expect(kindOf('operationInProgress')).toBe('busy');
    expect(kindOf('instanceAlreadyExists')).toBe('already-exists');
    expect(kindOf('instanceDoesNotExist')).toBe('not-found');
  });

  it("keeps Google's words and names the missing permission", () => {
    const error = translate(new Error('x'), CALL, { message: 'not authorized', errors: [{ reason: 'notAuthorized' }] });
    expect(error.message).toBe('Could not call cloudsql.instances.create for orders: not authorized');
    expect(error.hint).toContain('`cloudsql.instances.create`');
    expect(error.providerCode).toBe('notAuthorized');
  });

  it('says how to enable an API that is off', () => {
    const body = { status: 'PERMISSION_DENIED', details: [{ reason: 'SERVICE_DISABLED' }] };
    expect(translate(new Error('x'), CALL, body).hint).toContain('gcloud services enable');
  });

  it('is retried when the connection broke, and not for an unknown cause', () => {
    expect(translate(Object.assign(new Error('x'), { code: 'ECONNRESET' }), CALL).kind).toBe('transient');
    expect(translate(new Error('odd'), CALL, { errors: [{ reason: 'neverHeardOf' }] })).toMatchObject({
      kind: 'failed',
      providerCode: 'neverHeardOf'
    });
  });

  const reasons = { errors: [{ reason: 'notFound' }, {}], details: [{ reason: 'invalid' }], status: 'ABORTED' };
  test.each<[string, unknown, ErrorBody | undefined, string | null | undefined, object]>([
    ['without words', new Error(''), undefined, undefined, { message: 'no reason given', providerCode: 'Unknown' }],
    ['that is no error', 'x', undefined, undefined, { message: 'no reason given', kind: 'failed' }],
    ['in its own words', new Error('Own.'), undefined, undefined, { message: 'Own.' }],
    ['in the words of Google', new Error('Own.'), { message: 'Theirs.' }, undefined, { message: 'Theirs.' }],
    ['of the most precise reason', undefined, reasons, undefined, { providerCode: 'invalid', kind: 'invalid' }],
    ['of the next one', undefined, { ...reasons, details: [{}] }, undefined, { providerCode: 'notFound' }],
    ['of the status', undefined, { status: 'ABORTED' }, undefined, { providerCode: 'ABORTED', kind: 'busy' }],
    ['of a connection', { code: 'EPIPE' }, { errors: [{ reason: 'odd' }] }, undefined, { providerCode: 'EPIPE' }],
    ['of a code that is no text', { code: 7 }, undefined, undefined, { providerCode: 'Unknown' }],
    ['that says when', undefined, {}, '7', { retryAfterSeconds: 7 }],
    ['that says at once', undefined, {}, '0', { retryAfterSeconds: 0 }],
    ['that says nonsense', undefined, {}, 'soon', { retryAfterSeconds: undefined }],
    ['that says the past', undefined, {}, '-1', { retryAfterSeconds: undefined }],
    ['that says nothing', undefined, {}, null, { retryAfterSeconds: undefined }]
  ])('%s is told as it is', (_what, thrown, body, retryAfter, expected) => {
    const { message, kind, providerCode, retryAfterSeconds } = translate(thrown, CALL, body, retryAfter);
    const words = message.replace('Could not call cloudsql.instances.create for orders: ', '');
    expect({ message: words, kind, providerCode, retryAfterSeconds }).toMatchObject(expected);
  });

  it('is passed on where it was translated before', () => {
    const before = lost(CALL);
    expect(translate(before, CALL, { message: 'Theirs.' })).toBe(before);
    expect(before).toMatchObject({
      kind: 'transient',
      message: 'Could not call cloudsql.instances.create for orders: no answer from Google'
    });
  });

  test.each([
    [{}, 'Could not log in to Google Cloud: no reason given'],
    [{ message: 'Own.', response: { data: { error: 'x' } } }, 'Could not log in to Google Cloud: Own.'],
    [{ message: 'Own.', status: 404, response: { data: '<html>' } }, 'the login of Google Cloud']
  ])('of the login is told without what was sent: %j', (thrown, words) => {
    const failed = loginFailed(thrown);
    expect(failed.message).toContain(words);
    expect(failed.cause).toBeUndefined();
  });
});
