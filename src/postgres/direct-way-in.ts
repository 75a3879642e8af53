import { ProviderError } from '../errors.ts';
import { openSqlSession, type ConnectionTarget } from './connection.ts';
import type { WayIn } from './way-in.ts';

const HINT = 'Run this job where the server can be reached, or admit the address of this runner.';

/** The way to a server that this runner reaches by its address. `admin`: as the server's admin in its own database. */
export function directWayIn(admin: ConnectionTarget): WayIn {
  return {
    kind: 'way-in',
    title: 'directly',
    admin: admin.user,
    maintenanceDatabase: admin.database,
    keepsSession: true,
    open: async ({ database, login, settings }, signal) => {
      const target = { ...admin, database, ...login, ...(settings === undefined ? {} : { settings }) };
      try {
        return { kind: 'open', session: await openSqlSession(target, signal) };
      } catch (thrown) {
        if (!(thrown instanceof ProviderError) || thrown.code !== 'not-reachable') throw thrown;
        return { kind: 'not-reachable', why: thrown.message, hint: HINT };
      }
    },
    close: async () => {}
  };
}
