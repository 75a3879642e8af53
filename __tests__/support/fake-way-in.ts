import type { OpenSession } from '../../src/postgres/connection.ts';
import type { WayIn } from '../../src/postgres/way-in.ts';

/** What such a server says of its databases and roles. */
export const EMPTY_SERVER = {
  admin: { name: 'keeper', current: 'orders', super: false, roles: true, databases: true },
  roles: [],
  databases: []
};

/**
 * A way into a server without one: its sessions answer each query with the rows, and each text (of those with
 * `errorAt`) with the error, or with success.
 */
export function fakeWayIn({
  rows = [],
  error,
  errorAt = ''
}: {
  readonly rows?: readonly object[];
  readonly error?: Error | undefined;
  readonly errorAt?: string;
}): WayIn {
  const session: OpenSession = {
    database: 'orders',
    serverVersion: '16.14',
    encrypted: true,
    isLost: () => false,
    query: async () => [...rows] as never,
    batch: async text => {
      const failed = text.includes(errorAt) ? error : undefined;
      return { completed: failed === undefined ? 1 : 0, error: failed, inTransaction: false };
    },
    close: async () => {}
  };
  return {
    kind: 'way-in',
    title: 'directly',
    admin: 'keeper',
    maintenanceDatabase: 'orders',
    keepsSession: true,
    open: async () => ({ kind: 'open', session }),
    close: async () => {}
  };
}
