/** An error that DigitalOcean answers. Thrown by the rooms of the fake. */
export class DoFault extends Error {
  override readonly name = 'DoFault';
  readonly status: number;
  /** `unprocessable_entity`. */
  readonly id: string;

  constructor(status: number, id: string, message: string) {
    super(message);
    this.status = status;
    this.id = id;
  }
}

export const invalid = (message: string): DoFault => new DoFault(422, 'unprocessable_entity', message);

export const notFound = (what: string): DoFault =>
  new DoFault(404, 'not_found', `The ${what} you were accessing could not be found.`);
