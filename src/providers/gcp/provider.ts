import type { ResourceType } from '../../engine/resource.ts';
import { LOGIN } from './api/errors.ts';
import { extensionRules } from './checks/extension-rules.ts';
import type { ProviderDefinition } from '../provider.ts';
import { SERVER } from './addresses.ts';
import { markLabels } from './api/labels.ts';
import { operations } from './operations/operations.ts';
import { capabilities } from './capabilities.ts';
import { cloudLogins } from './cloud-logins.ts';
import { check } from './checks/check.ts';
import { connectorsAlone, connectorWayIn } from './connector.ts';
import { usage } from './usage.ts';
import { whoChanged } from './who-changed.ts';
import { validate } from './checks/validate.ts';
import { openContext, type GcpContext } from './context.ts';
import { dataApiWayIn } from './data-api.ts';
import { desired, lookUp, type Lookups } from './desired/desired.ts';
import { tierFor } from './desired/server.ts';
import { examine } from './doctor.ts';
import type { Mark } from '../../engine/ownership.ts';
import { estimate } from './pricing/cost.ts';
import { ROLE_SECRET } from '../role-secrets.ts';
import { releaseMarks } from '../release-marks.ts';
import { PASSWORD_VERSION, SECRET_ID } from './api/tags.ts';
import { inputsOf } from './inputs-of.ts';
import { listServers } from './list-servers.ts';
import { observePart } from './observe-part.ts';
import { observeForOutputs, outputsOf } from './outputs.ts';
import { needsOf, wayInNeeds } from './permissions.ts';
import { alarm } from './resources/alarm.ts';
import { database } from './resources/database.ts';
import { replica } from './resources/replica.ts';
import { markPatch } from './resources/server/label-change.ts';
import { patch } from './resources/server/patch.ts';
import { server } from './resources/server/server.ts';
import { keptPasswords, roleSecret } from './resources/role-secret.ts';
import { user } from './resources/user.ts';
import { runnerAccess } from './runner-access.ts';
import { newestBackup } from './newest-backup.ts';
import { takeSnapshot } from './snapshot.ts';

/** Every resource type of this provider, the server first. */
export const TYPES: readonly ResourceType<GcpContext>[] = [server, database, user, alarm, replica, roleSecret].map(
  observePart
);

/** Google Cloud SQL for PostgreSQL. */
export const gcp: ProviderDefinition<GcpContext, Lookups> = {
  name: 'gcp',
  title: 'Google Cloud SQL',
  login: LOGIN,
  capabilities,
  types: TYPES,
  validate,
  open: openContext,
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
    const labels = markLabels(mark);
    await patch(context, context.name, `write the mark of ${context.name}`, live => {
      const change = markPatch(live.settings?.userLabels, labels);
      return Object.keys(change).length === 0 ? {} : { settings: { userLabels: change } };
    });
  },
  removeMarks: async (context, observed) => {
    const { execution } = context;
    const keysOf = (mark: Mark): readonly string[] => [...Object.keys(markLabels(mark)), PASSWORD_VERSION, SECRET_ID];
    await releaseMarks({ types: TYPES, context, execution, keysOf }, observed);
  },
  observeForOutputs,
  outputs: outputsOf,
  wayIn: async (context, { endpoint }, { keepsSession }) => {
    const { connect_through: way, login_as: login = endpoint.username } = context.settings;
    if (way === 'connector') return connectorWayIn(context, endpoint);
    return way === 'data-api' && !keepsSession ? dataApiWayIn(context, login) : connectorsAlone(context);
  },
  identityLogin: ({ gcp: google, settings }) => {
    const login = settings.login_as;
    return login === undefined ? undefined : { user: login, token: async () => google.token() };
  },
  runnerAccess,
  cloudLogins,
  extensionRules,
  keptPasswords,
  operations,
  inputsOf,
  snapshot: takeSnapshot,
  newestBackup,
  cost: estimate,
  usage,
  doctor: async context => {
    const isAsked = ({ type }: ResourceType<GcpContext>): boolean =>
      type !== ROLE_SECRET || context.settings.keep_role_passwords === true;
    const needs = [...needsOf(TYPES.filter(isAsked)), ...wayInNeeds(context.settings)];
    return examine(context, needs, tierFor(context));
  },
  whoChanged,
  listServers
};
