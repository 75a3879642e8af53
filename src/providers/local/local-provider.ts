import type { Wing } from '../provider.ts';
import { capabilities } from './local-capabilities.ts';
import { census } from './local-census.ts';
import { cleanUp } from './local-clean-up.ts';
import { desire } from './local-convert.ts';
import { doctor } from './local-doctor.ts';
import { outputs } from './local-outputs.ts';
import { secretStore } from './local-secrets.ts';
import { takeSnapshot } from './local-snapshot.ts';
import { validate } from './local-validate.ts';
import { openWorld } from './local-open.ts';
import { inTurn } from './local-turns.ts';
import type { LocalWorld } from './local-world.ts';
import { database } from './database.ts';
import { extension } from './extension.ts';
import { initSql } from './init-sql.ts';
import { replica } from './replica.ts';
import { server } from './server.ts';
import { stamp } from './server-update.ts';
import { user } from './user.ts';

/** A real PostgreSQL server on the runner itself: no account, no network, the same inputs as a cloud. */
export const local: Wing<LocalWorld> = {
  name: 'local',
  title: 'the runner',
  capabilities,
  types: [server, user, database, extension, initSql, replica].map(inTurn),
  validate,
  open: async setup => openWorld(setup),
  target: world => world.target,
  refresh: world => world.forget(),
  desire,
  // The user's own calls take the password where they need it; nothing else is secret here.
  secret: () => '',
  stamp,
  outputs,
  snapshot: takeSnapshot,
  cost: async () => ({
    cost: {
      currency: 'USD',
      monthly: 0,
      lines: [],
      assumptions: ['The runner is paid for by the minute, whether a database runs on it or not.']
    },
    notices: []
  }),
  doctor,
  census,
  secretStore: world => secretStore(world.layout),
  cleanUp
};
