import type { Json } from './json.ts';

/** An error that Cloud SQL answers. Thrown by the services of the fake. */
export class GcpFault extends Error {
  override readonly name = 'GcpFault';
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

export const invalid = (message: string): GcpFault => new GcpFault(400, 'invalid', message);

/** The body of an error, in the older form that Cloud SQL still speaks. */
export function errorBody({ status, reason, message }: GcpFault): Json {
  return { error: { code: status, message, errors: [{ message, domain: 'global', reason }] } };
}
