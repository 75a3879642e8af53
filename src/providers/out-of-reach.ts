import type { CapabilityTable } from '../spec/features.ts';

/** Features that need SQL inside of a server, on clouds whose servers a runner seldom reaches. */
export const OUT_OF_REACH: Pick<CapabilityTable, 'extensions' | 'init-sql'> = {
  extensions: {
    can: false,
    reason: 'they are made with SQL, and a runner seldom reaches the database.',
    instead: 'Run `CREATE EXTENSION` in a step of your own that can reach it.'
  },
  'init-sql': {
    can: false,
    reason: 'a runner seldom reaches the database.',
    instead: 'Run it in a step of your own that can reach it, with the outputs of this one.'
  }
};
