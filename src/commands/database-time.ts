import { serverTime } from '../engine/server-time.ts';
import type { Run } from './command.ts';

/**
 * The time by which a database expires and its backups are taken. A server on the runner has the runner's own clock,
 * whatever that says: it ends logins by it.
 */
export function databaseTime({ provider, execution }: Pick<Run, 'provider' | 'execution'>): Date {
  return provider.cleanUp === undefined ? serverTime(execution) : execution.clock.now();
}
