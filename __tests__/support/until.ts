import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Resolves when the condition holds. For moments in the middle of other work, which no fixed time would hit on every
 * machine. It leaves the processor to that work.
 */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(1);
}
