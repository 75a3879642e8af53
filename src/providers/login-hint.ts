import type { ActionError } from '../errors.ts';
import { EMPTY_SECRET } from '../spec/empty-secret.ts';

/** What logs a run in to a cloud, as its hints write it: in a job, and on a terminal. */
export interface LoginHint {
  readonly job: string;
  readonly terminal: string;
}

/** A text for a person on a terminal: it names the cloud's own login, and no steps and secrets of a job. */
export function forTerminal(text: string, { job, terminal }: LoginHint): string {
  return text.replace(job, terminal).replace(` ${EMPTY_SECRET}`, '');
}

/** The same for a failure. Returns the same error object. */
export function failureForTerminal(error: ActionError, login: LoginHint): ActionError {
  const hint = error.hint === undefined ? undefined : forTerminal(error.hint, login);
  return Object.assign(error, { message: forTerminal(error.message, login), hint });
}
