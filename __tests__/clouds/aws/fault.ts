/** An error that AWS answers. Thrown by the services of the fake. */
export class AwsFault extends Error {
  override readonly name = 'AwsFault';
  readonly code: string;
  /** `undefined`: as the service's model says, else 400. */
  readonly status: number | undefined;

  constructor(code: string, message: string, status?: number) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

export const invalidValue = (message: string): AwsFault => new AwsFault('InvalidParameterValue', message);
export const invalidCombination = (message: string): AwsFault => new AwsFault('InvalidParameterCombination', message);

/** The record, or the fault when there is none. */
export function found<T>(record: T | undefined, code: string, message: string): T {
  if (record === undefined) throw new AwsFault(code, message);
  return record;
}
