import { translate } from '../../../../src/providers/gcp/api/errors.ts';

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
});
