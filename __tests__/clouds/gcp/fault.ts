import type { Json } from './json.ts';

/** An error that Google answers. Thrown by the services of the fake. */
export class GcpFault extends Error {
  override readonly name = 'GcpFault';
  readonly status: number;
  /** `instanceDoesNotExist` of Cloud SQL; in capitals (`NOT_FOUND`) the status that all younger services share. */
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

export const invalid = (message: string): GcpFault => new GcpFault(400, 'invalid', message);

/** The body of an error, in the older form that Cloud SQL still speaks, or the younger one. */
export function errorBody({ status, reason, message }: GcpFault): Json {
  const isYounger = /^[A-Z_]+$/.test(reason);
  const details = isYounger ? { status: reason } : { errors: [{ message, domain: 'global', reason }] };
  return { error: { code: status, message, ...details } };
}
