import { directWayIn } from '../../postgres/direct-way-in.ts';
import type { ProviderDefinition } from '../provider.ts';
import { operations } from './operations/operations.ts';
import { NOT_READY } from '../way-in.ts';
import { SUPERUSER } from './addresses.ts';
import { capabilities } from './capabilities.ts';
import { listServers } from './list-servers.ts';
import { cleanUp } from './clean-up.ts';
import { check } from './checks/check.ts';
import { extensionRules } from './checks/extension-rules.ts';
import { desired } from './desired/desired.ts';
import { lookUp, type LookUps } from './desired/look-up.ts';
import { doctor } from './doctor.ts';
import { outputs } from './outputs.ts';
import { secretStore } from './secret-store.ts';
import { newestBackup } from './newest-backup.ts';
import { takeSnapshot } from './snapshot.ts';
import { validate } from './checks/validate.ts';
import { openContext } from './open-context.ts';
import { inTurn } from './in-turn.ts';
import type { Login, WayIn } from '../../postgres/way-in.ts';
import { requireLive } from './live-state.ts';
import { packageHint } from './installation/package-hint.ts';
import { superuserTarget, type LocalContext } from './context.ts';
import { database } from './resources/database.ts';
import { replica } from './resources/replica.ts';
import { server } from './resources/server/server.ts';
import { writeMark } from './resources/server/update.ts';
import { user } from './resources/user.ts';

const GONE = 'Run the step again: another step of this job stopped, restarted or destroyed the server.';

/** A PostgreSQL server on the runner itself: no account, no network, the same inputs as a cloud. */
export const local: ProviderDefinition<LocalContext, LookUps> = {
  name: 'local',
  title: 'the runner',
  capabilities,
  types: [server, user, database, replica].map(inTurn),
  validate,
  open: async setup => openContext(setup),
  target: context => context.target,
  invalidate: context => context.invalidate(),
  lookUp,
  check,
  extensionRules,
  desired,
  // The calls of the user resource read the password themselves; no other field is secret.
  secret: () => '',
  writeMark,
  outputs,
  operations,
  wayIn: async context => {
    const live = await context.live();
    if (live?.state !== 'running') return { ...NOT_READY, isStarted: live !== undefined };
    const owner = async (): Promise<Login> => {
      const { master, superuser } = (await requireLive(context)).credentials;
      const { name, password } = master ?? superuser;
      return { user: name, password };
    };
    const direct = directWayIn(superuserTarget(live.credentials, SUPERUSER));
    const open: WayIn['open'] = async (entry, signal) => {
      const opened = await direct.open(entry, signal);
      return opened.kind === 'open' ? opened : { ...opened, hint: GONE };
    };
    return { ...direct, open, owner };
  },
  packageFor: packageHint,
  repairsDatabase: true,
  isOnRunner: true,
  snapshot: takeSnapshot,
  newestBackup,
  cost: async () => ({
    cost: {
      currency: 'USD',
      monthly: 0,
      lines: [],
      assumptions: ['The runner is paid by the minute, with or without a database.']
    },
    notices: []
  }),
  usage: { can: false, reason: 'a server on the runner has no metrics of days' },
  doctor,
  listServers,
  secretStore: context => secretStore(context.layout),
  cleanUp
};
