/** An error that Azure answers. Thrown by the rooms of the fake. */
export class AzureFault extends Error {
  override readonly name = 'AzureFault';
  readonly code: string;
  readonly status: number;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export const invalid = (message: string): AzureFault => new AzureFault(400, 'InvalidParameterValue', message);

export const notFound = (what: string): AzureFault =>
  new AzureFault(404, 'ResourceNotFound', `The Resource '${what}' was not found.`);
