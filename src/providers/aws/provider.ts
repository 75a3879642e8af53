import type { Mark } from '../../engine/ownership.ts';
import type { Observed, ResourceType } from '../../engine/resource.ts';
import { LOGIN } from './api/errors.ts';
import { extensionRules } from './checks/extension-rules.ts';
import type { ProviderDefinition, Setup } from '../provider.ts';
import { regionOfReplica, SERVER } from './addresses.ts';
import { alarm } from './resources/alarm.ts';
import { operations } from './operations/operations.ts';
import { capabilities } from './capabilities.ts';
import { cloudLogins } from './cloud-logins.ts';
import { markTags, SECRET_ID, toList } from './api/tags.ts';
import { ROLE_SECRET } from '../role-secrets.ts';
import { check, prefetch } from './checks/check.ts';
import { openContext, stateTags, type AwsContext } from './context.ts';
import { mentions, PARTS, type Part } from './desired/parts.ts';
import { backupReplication } from './resources/backup-replication.ts';
import { releaseMarks } from '../release-marks.ts';
import { markKeys } from './api/tags.ts';
import { releaseRules } from './resources/release-rules.ts';
import { inputsOf } from './inputs-of.ts';
import { listServers } from './list-servers.ts';
import { estimate } from './pricing/cost.ts';
import { desired } from './desired/desired.ts';
import { lookUp, type Lookups } from './desired/look-up.ts';
import { examine } from './doctor.ts';
import { monitoringRole, proxyRole } from './resources/iam-role.ts';
import { server } from './resources/server/server.ts';
import { logGroup } from './resources/log-group.ts';
import { observeForOutputs, outputsOf } from './outputs.ts';
import { dependents } from './resources/server/others.ts';
import { parameterGroup } from './resources/parameter-group.ts';
import { passwordProblem } from './checks/password.ts';
import { proxySecret } from './resources/proxy-secret.ts';
import { proxy } from './resources/proxy.ts';
import { replica } from './resources/replica.ts';
import { keptPasswords, roleSecret } from './resources/role-secret.ts';
import { reservation } from './resources/reservation.ts';
import { securityGroup } from './resources/security-group.ts';
import { runnerAccess } from './runner-access.ts';
import { newestBackup } from './newest-backup.ts';
import { takeSnapshot } from './snapshot.ts';
import { subnetGroup } from './resources/subnet-group.ts';
import { usage } from './usage.ts';
import { whoChanged } from './who-changed.ts';
import { validate } from './checks/validate.ts';
import { refuseProblems } from '../../spec/problem.ts';

/** Every type of resource on AWS, the server first. */
export const TYPES: readonly ResourceType<AwsContext>[] = [
  server,
  replica,
  subnetGroup,
  securityGroup,
  parameterGroup,
  monitoringRole,
  logGroup,
  proxySecret,
  proxyRole,
  proxy,
  alarm,
  backupReplication,
  reservation,
  roleSecret
];

/** AWS RDS for PostgreSQL. */
export const aws: ProviderDefinition<AwsContext, Lookups> = {
  name: 'aws',
  title: 'AWS RDS',
  login: LOGIN,
  capabilities,
  types: TYPES,
  validate,
  open: async (setup: Setup) => {
    refuseProblems(passwordProblem(setup.secret('master_password')));
    return openContext(setup);
  },
  prefetch,
  target: context => context.target,
  invalidate: context => {
    context.invalidate();
  },
  lookUp,
  check,
  desired,
  secret: (context, name) => context.secret(name),
  writeMark: async (context, observed, mark) => {
    const arn = observed.find(one => one.address === SERVER)?.facts['arn'];
    if (typeof arn !== 'string') return;
    const made = await partsLeft(context, observed);
    const tags = { ...markTags(mark), ...stateTags(context.settings, made) };
    await context.call('rds', 'AddTagsToResource', { ResourceName: arn, Tags: toList(tags) });
  },
  removeMarks: async (context, observed) => {
    await releaseRules(context, observed);
    const { execution } = context;
    const keysOf = (mark: Mark, { type }: Observed): readonly string[] =>
      type === ROLE_SECRET ? [...markKeys(mark), SECRET_ID] : markKeys(mark);
    await releaseMarks({ types: TYPES, context, execution, keysOf }, observed);
  },
  dependents,
  observeForOutputs,
  outputs: outputsOf,
  identityLogin: ({ aws: amazon, settings }, { host, port }) => {
    const user = settings.login_as;
    return user === undefined ? undefined : { user, token: async () => amazon.databaseToken({ host, port, user }) };
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
  doctor: examine,
  whoChanged,
  listServers
};

/** Parts that earlier runs made: those that no input mentions stay, and a removal of the database finds them. */
async function partsLeft({ settings, liveState }: AwsContext, observed: readonly Observed[]): Promise<readonly Part[]> {
  const isThere = (part: Part): boolean =>
    observed.some(({ address, ownership }) => {
      if (ownership.kind !== 'ours') return false;
      return part === 'remote-replica'
        ? address.startsWith('replica/') && regionOfReplica(address) !== undefined
        : address === part || address.startsWith(`${part}/`);
    });
  const made = await Promise.all(PARTS.map(async part => liveState().isMade(part)));
  return PARTS.filter((part, at) => made[at] === true && (!mentions(part, settings) || isThere(part)));
}
