import { setImmediate } from 'node:timers/promises';

/**
 * Resolves when it is so. For moments in the middle of somebody else's work, which no length of time would hit on every
 * machine.
 */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await setImmediate();
}
