import type { ActionError } from '../errors.ts';
import type { Result } from '../publish/outputs.ts';

/** A run that was interrupted is not a failure here: the next run continues. */
export function resultOf(error: ActionError): Result {
  return error.code === 'in-progress' || error.code === 'cancelled' ? 'in-progress' : 'failed';
}
