import { ProviderError, type FailureKind } from '../errors.ts';
import { asSentence } from './sentence.ts';
import type { Execution } from './execution.ts';

/** Failures by which a service says no to one change. They say nothing about the next one. */
const REFUSALS: readonly FailureKind[] = [
  'invalid',
  'capacity',
  'quota',
  'denied',
  'protected',
  'not-found',
  'already-exists',
  'failed'
];

/** Whether a service refused one change, or gave it up. Others are still made. */
export function isRefusal(thrown: unknown): thrown is ProviderError {
  return thrown instanceof ProviderError && REFUSALS.includes(thrown.kind);
}

/** A part of a change that the service takes or refuses by itself. */
export interface Part {
  readonly send: () => Promise<unknown>;
  /** The same change in smaller parts, for when it is refused. One part or none: it can't be split. */
  readonly smaller?: (refusal: ProviderError) => readonly Part[];
}

/**
 * Sends each part, also after one that is refused. A part that can be split is sent in smaller ones then, so that only
 * what the service does not take is lost. Throws the first refusal at the end, and any other failure at once. Give
 * parts that a service takes in a moment before those that keep it busy: a run that ends in the middle loses less.
 */
export async function sendApart(execution: Pick<Execution, 'log'>, parts: readonly Part[]): Promise<void> {
  const refusals: ProviderError[] = [];
  const open = [...parts];
  for (let part = open.shift(); part !== undefined; part = open.shift()) {
    try {
      await part.send();
    } catch (thrown) {
      if (!isRefusal(thrown)) throw thrown;
      const smaller = part.smaller?.(thrown) ?? [];
      if (smaller.length > 1) {
        execution.log.info(`${asSentence(thrown.message)} Sending it again in ${smaller.length} parts.`);
        open.unshift(...smaller);
        continue;
      }
      refusals.push(thrown);
      const others = open.length > 0 ? ' Going on with the other changes.' : '';
      execution.log.warning(`${asSentence(thrown.message)}${others}`);
    }
  }
  if (refusals[0] !== undefined) throw refusals[0];
}
