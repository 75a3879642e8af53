import type { Wing } from '../provider.ts';
import { capabilities } from './capabilities.ts';
import { census } from './list-servers.ts';
import { cleanUp } from './clean-up.ts';
import { desire } from './desired/desired.ts';
import { doctor } from './doctor.ts';
import { outputs } from './outputs.ts';
import { secretStore } from './secret-store.ts';
import { takeSnapshot } from './snapshot.ts';
import { validate } from './checks/validate.ts';
import { openWorld } from './open-context.ts';
import { inTurn } from './in-turn.ts';
import type { LocalWorld } from './context.ts';
import { database } from './resources/database.ts';
import { extension } from './resources/extension.ts';
import { initSql } from './resources/init-sql.ts';
import { replica } from './resources/replica.ts';
import { server } from './resources/server/server.ts';
import { stamp } from './resources/server/update.ts';
import { user } from './resources/user.ts';

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
