import type { ResourceType } from '../../engine/resource.ts';
import { LOGIN } from './api/errors.ts';
import { extensionRules } from './checks/extension-rules.ts';
import { refuseProblems } from '../../spec/problem.ts';
import { keysOfMark, markTags } from '../mark-tags.ts';
import type { ProviderDefinition, Setup } from '../provider.ts';
import { SERVER } from './addresses.ts';
import { operations } from './operations/operations.ts';
import { capabilities } from './capabilities.ts';
import { cloudLogins } from './cloud-logins.ts';
import { openContext, type AzureContext } from './context.ts';
import { administrator } from './resources/administrator.ts';
import { alarm } from './resources/alarm.ts';
import { estimate } from './pricing/cost.ts';
import { releaseMarks } from '../release-marks.ts';
import { inputsOf } from './inputs-of.ts';
import { listServers } from './list-servers.ts';
import { database } from './resources/database.ts';
import { check } from './checks/check.ts';
import { desired } from './desired/desired.ts';
import { lookUp, type Lookups } from './desired/look-up.ts';
import { examine } from './doctor.ts';
import { firewall } from './resources/firewall.ts';
import { lock } from './resources/lock.ts';
import { observePart } from './observe-part.ts';
import { logging } from './resources/logging.ts';
import { observeForOutputs, outputsOf } from './outputs.ts';
import { parameters } from './resources/parameters.ts';
import { pooling } from './resources/pooling.ts';
import { queryStore } from './resources/query-store.ts';
import { replica } from './resources/replica.ts';
import { replicaSettings } from './resources/replica-settings.ts';
import { server } from './resources/server/server.ts';
import { patch } from './resources/server/update.ts';
import { stoppedState } from './resources/server/fields.ts';
import { readServer } from './resources/server/wait.ts';
import { runnerAccess } from './runner-access.ts';
import { newestBackup } from './newest-backup.ts';
import { takeSnapshot } from './snapshot.ts';
import { passwordProblem, validate } from './checks/validate.ts';
import { usage } from './usage.ts';
import { whoChanged } from './who-changed.ts';

/** Every resource type of this provider, the server first. */
export const TYPES: readonly ResourceType<AzureContext>[] = [
  server,
  database,
  firewall,
  parameters,
  pooling,
  queryStore,
  logging,
  administrator,
  alarm,
  replica,
  replicaSettings,
  lock
].map(observePart);

/** Azure Database for PostgreSQL, Flexible Server. */
export const azure: ProviderDefinition<AzureContext, Lookups> = {
  name: 'azure',
  title: 'Azure Flexible Server',
  login: LOGIN,
  capabilities,
  types: TYPES,
  validate,
  open: async (setup: Setup) => {
    refuseProblems(passwordProblem(setup.secret('master_password')));
    return openContext(setup);
  },
  target: context => context.target,
  invalidate: context => {
    context.invalidate();
  },
  lookUp,
  check,
  desired,
  secret: (context, name) => context.secret(name),
  writeMark: async (context, observed, mark) => {
    if (!observed.some(one => one.address === SERVER)) return;
    const { server: name } = context.names;
    const live = await readServer(context, name);
    // A stopped server takes no change, not even of its tags.
    if (live !== undefined && stoppedState(live) === undefined)
      await patch(context, `mark of ${name}`, name, { tags: { ...live.tags, ...markTags(mark) } });
  },
  removeMarks: async (context, observed) => {
    const { execution } = context;
    await releaseMarks({ types: TYPES, context, execution, keysOf: keysOfMark }, observed);
  },
  observeForOutputs,
  outputs: outputsOf,
  identityLogin: ({ azure: microsoft, settings }) => {
    const user = settings.login_as;
    return user === undefined ? undefined : { user, token: async () => microsoft.databaseToken() };
  },
  runnerAccess,
  cloudLogins,
  extensionRules,
  operations,
  inputsOf,
  snapshot: takeSnapshot,
  newestBackup,
  cost: estimate,
  usage,
  doctor: async context => examine(context, TYPES),
  whoChanged,
  listServers
};
