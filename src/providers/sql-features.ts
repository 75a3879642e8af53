import type { CapabilityTable } from '../spec/features.ts';

const NOTE = 'by SQL, from a runner that reaches the server';

/** Features that are SQL inside of a server. They are the same on every cloud. */
export const SQL_FEATURES: Pick<CapabilityTable, 'extensions' | 'init-sql' | 'databases-and-roles'> = {
  extensions: { can: true, note: NOTE },
  'init-sql': { can: true, note: NOTE },
  'databases-and-roles': { can: true, note: NOTE }
};
