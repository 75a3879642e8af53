import { defined } from '../../../engine/defined.ts';
import type { OperationDraft, OperationStep } from '../../../engine/operation.ts';
import { isOfSameWorkflow, type Mark } from '../../../engine/ownership.ts';
import type { Refusal } from '../../../engine/plan.ts';
import type { Observed } from '../../../engine/resource.ts';
import { serverTime } from '../../../engine/server-time.ts';
import { ProviderError } from '../../../errors.ts';
import type { Chosen } from '../../operations.ts';
import {
  draftPromotion,
  ownNameStep,
  promotedState,
  successorFrom,
  supersedeStep,
  type Candidate,
  type MarkAccess,
  type Takeover
} from '../../promotion.ts';
import { SERVER } from '../addresses.ts';
import { markLabels, markOf, ownershipOf } from '../api/labels.ts';
import { mutate } from '../api/operation.ts';
import type { Instance } from '../api/types.ts';
import type { GcpContext } from '../context.ts';
import { operationsOf, readInstance } from '../live-state.ts';
import { primaryOf } from '../resources/server/convert.ts';
import { stateOf, STOPPED } from '../resources/server/fields.ts';
import { markPatch } from '../resources/server/label-change.ts';
import { patch } from '../resources/server/patch.ts';

interface GcpCandidate extends Candidate {
  readonly live: Instance;
}

/** The permission to read the lag of a replica. */
const READ_LAG = 'monitoring.timeSeries.list';

/**
 * Makes a read replica an instance of its own.
 * https://cloud.google.com/sql/docs/postgres/replication/manage-replicas
 */
export async function promote(
  context: GcpContext,
  _observed: readonly Observed[],
  chosen?: Chosen
): Promise<OperationDraft> {
  return takeOver(context, 'promote', chosen);
}

/**
 * Changes the roles of an instance and its disaster recovery replica.
 * https://cloud.google.com/sql/docs/postgres/use-advanced-disaster-recovery
 */
export async function switchover(
  context: GcpContext,
  _observed: readonly Observed[],
  chosen?: Chosen
): Promise<OperationDraft> {
  return takeOver(context, 'switchover', chosen);
}

async function takeOver(
  context: GcpContext,
  kind: Takeover,
  { replica: chosen }: Chosen = {}
): Promise<OperationDraft> {
  const { target } = context;
  const main = await context.live();
  const named = chosen?.toLowerCase();
  const isItself =
    main !== undefined &&
    // Where it follows the one that is named, someone has changed the roles by hand: only the marks are left to write.
    ((primaryOf(main) !== '' && primaryOf(main) !== named) ||
      (context.name === named && isOwnSuccessor(context, main)));
  const names = isItself ? [] : (main?.replicaNames ?? []);
  const followers = await Promise.all(names.map(async name => readInstance(context, name)));
  const replicas = (isItself ? [main] : followers.filter(one => one !== undefined)).map(one =>
    candidateOf(context, one)
  );
  const before = isItself ? undefined : main;
  return draftPromotion<GcpCandidate>({
    kind,
    target,
    chosen,
    replicas: replicas.filter(one => one.ownership.kind !== 'unmarked'),
    find: async name => {
      const live = name === context.name ? undefined : await readInstance(context, name);
      return live === undefined ? undefined : candidateOf(context, live);
    },
    inputsOf: ({ name, live }) => defined({ name, gcp_region: live.region }),
    lagOf: async candidate => lagOf(context, candidate.name),
    consequences: candidate =>
      kind === 'promote' ? consequencesOf(candidate, before) : switchConsequences(candidate, before),
    refusals: ({ live }) => [...refusalsOf(live, kind), ...(kind === 'promote' ? [] : switchRefusals(live, before))],
    steps: candidate => [
      ...(before === undefined
        ? []
        : [supersedeStep(markAccess(context, context.name, SERVER), successorFrom(candidate))]),
      ownNameStep(markAccess(context, candidate.name, `replica/${candidate.name}`), target),
      takeOverStep(context, candidate.name, kind, before?.name)
    ]
  });
}

function isOwnSuccessor({ target }: GcpContext, live: Instance): boolean {
  const mark = markOf(live.settings?.userLabels ?? {});
  return mark !== undefined && isOfSameWorkflow(mark, target) && mark.promotedFrom !== undefined;
}

function candidateOf({ target }: GcpContext, live: Instance): GcpCandidate {
  return {
    name: live.name,
    live,
    isReplica: primaryOf(live) !== '',
    ownership: ownershipOf(live.settings?.userLabels ?? {}, target)
  };
}

function consequencesOf({ name, live }: GcpCandidate, before: Instance | undefined): readonly string[] {
  const siblings = (before?.replicaNames ?? []).filter(one => one !== name);
  const own = live.replicaNames ?? [];
  return [
    `Cloud SQL may restart ${name}, usually within some minutes, and then it takes writes. It keeps its name and its addresses: applications have to be pointed at it.`,
    ...(live.settings?.backupConfiguration?.enabled === true
      ? []
      : [
          `${name} has no backups and no point-in-time recovery. The first apply with \`name: ${name}\` and \`backup_retention_period\` turns them on.`
        ]),
    ...(live.settings?.availabilityType === 'REGIONAL'
      ? []
      : [`${name} has no standby until \`multi_az: true\` is applied to it.`]),
    ...(siblings.length === 0 ? [] : [`Other read replicas stay with the server before: ${siblings.join(', ')}.`]),
    ...(own.length === 0 ? [] : [`Its own read replicas stay with it: ${own.join(', ')}.`]),
    ...(isPaired(live, before)
      ? [
          `${name} is the disaster recovery replica, and the server before does not follow it after this. It does after \`gcloud sql instances promote-replica ${name} --failover\`, which loses what it has written alone; then run this command again.`
        ]
      : []),
    'Alarms stay with the server before.'
  ];
}

function isPaired({ name }: Instance, before: Instance | undefined): boolean {
  return before?.replicationCluster?.failoverDrReplicaName?.split(':').at(-1) === name;
}

function switchConsequences({ name }: GcpCandidate, before: Instance | undefined): readonly string[] {
  const endpoint = before?.replicationCluster?.psaWriteEndpoint;
  return [
    'All connections are cut, usually for some minutes, and writes wait meanwhile. Cloud SQL gives a switchover up after 10 minutes, and nothing has changed then.',
    endpoint === undefined
      ? `Each instance keeps its name and its addresses: applications have to be pointed at ${name}.`
      : `Each instance keeps its name and its addresses. The write endpoint ${endpoint} leads to ${name} afterwards.`,
    `Backups go on at ${name}. Point-in-time recovery may be off there: the first apply with \`name: ${name}\` plans it.`
  ];
}

/** https://cloud.google.com/sql/docs/postgres/use-advanced-disaster-recovery, its requirements. */
function switchRefusals(live: Instance, before: Instance | undefined): readonly Refusal[] {
  const instead = 'Or use `command: promote`, which loses what the replica has not received.';
  const refused = (message: string, hint: string): readonly Refusal[] => [
    { rule: 'switchover', message, hint: `${hint} ${instead}` }
  ];
  const { settings } = before ?? {};
  if (before === undefined) return refused(`${live.name} is a replica itself.`, 'Name its server in `name`.');
  if (settings?.edition !== 'ENTERPRISE_PLUS') {
    return refused(
      `Cloud SQL switches over in the edition Enterprise Plus only, and ${before.name} has another one.`,
      'Apply a `tier` of it, such as `db-perf-optimized-N-2`.'
    );
  }
  if (!isPaired(live, before)) {
    return refused(
      `${live.name} is not the disaster recovery replica of ${before.name}.`,
      `Designate it: \`gcloud sql instances patch ${before.name} --failover-dr-replica-name=${live.name}\`.`
    );
  }
  if (settings.backupConfiguration?.pointInTimeRecoveryEnabled !== true) {
    return refused(
      `${before.name} has no point-in-time recovery, which a switchover needs.`,
      'Apply `enable_binary_log_backup: true`.'
    );
  }
  const [version, newer] = [before.databaseVersion, live.databaseVersion];
  if (version !== newer) {
    return refused(
      `${live.name} has ${String(newer)} and ${before.name} ${String(version)}: a switchover needs one version.`,
      'Upgrade the older one.'
    );
  }
  const [mode, other] = [settings.ipConfiguration?.sslMode, live.settings?.ipConfiguration?.sslMode];
  if (mode !== undefined && other !== undefined && mode !== other) {
    return refused(
      `${live.name} has the SSL mode ${other} and ${before.name} ${mode}: a switchover needs one mode.`,
      `Apply \`ssl_mode: ${mode}\` to both.`
    );
  }
  return [];
}

function refusalsOf(live: Instance, rule: Takeover): readonly Refusal[] {
  const refused = (message: string, hint: string): readonly Refusal[] => [{ rule, message, hint }];
  if (live.instanceType === 'READ_POOL_INSTANCE') {
    return refused(`${live.name} is a read pool, which Cloud SQL does not promote.`, 'Name a read replica.');
  }
  const state = stateOf(live);
  if (state === STOPPED || state === 'RUNNABLE') return [];
  return refused(`${live.name} is ${state}.`, 'Open the instance in the Google Cloud console: it names the cause.');
}

/** The newest value of Cloud SQL's own metric; why not, where it can't be read. */
async function lagOf({ gcp, project, execution }: GcpContext, name: string): Promise<number | string> {
  const now = serverTime(execution);
  const query = new URLSearchParams({
    filter: `metric.type="cloudsql.googleapis.com/database/replication/replica_lag" AND resource.labels.database_id="${project}:${name}"`,
    'interval.startTime': new Date(now.getTime() - 15 * 60_000).toISOString(),
    'interval.endTime': now.toISOString()
  });
  try {
    const { timeSeries = [] } = await gcp.rest<{
      timeSeries?: readonly {
        points?: readonly { value?: { doubleValue?: number; int64Value?: string } }[];
      }[];
    }>('monitoring', 'GET', `/v3/projects/${project}/timeSeries?${query.toString()}`, {
      permission: READ_LAG,
      subject: name
    });
    const value = timeSeries[0]?.points?.[0]?.value;
    const seconds = value?.doubleValue ?? (value?.int64Value === undefined ? undefined : Number(value.int64Value));
    return seconds === undefined ? 'Cloud Monitoring has no value of the last 15 minutes' : Math.round(seconds);
  } catch (thrown) {
    if (!(thrown instanceof ProviderError)) throw thrown;
    return thrown.kind === 'denied' ? `this needs \`${READ_LAG}\`` : thrown.message;
  }
}

function takeOverStep(context: GcpContext, instance: string, kind: Takeover, before?: string): OperationStep {
  const { gcp, pollSeconds } = context;
  const isSwitch = kind === 'switchover';
  const summary = isSwitch ? `switch over to read replica ${instance}` : `promote read replica ${instance}`;
  const usually = '2–10 min';
  const permission = 'cloudsql.instances.promoteReplica';
  const place = { project: gcp.project, instance };
  return {
    address: `replica/${instance}`,
    title: `read replica ${instance}`,
    summary,
    call: isSwitch ? 'cloudsql.instances.switchover' : permission,
    impact: isSwitch ? 'failover' : 'restart',
    usually,
    intervalSeconds: pollSeconds,
    isRepeatable: true,
    look: async () => {
      const [live, operations, other] = await Promise.all([
        readInstance(context, instance),
        operationsOf(context, instance),
        isSwitch && before !== undefined ? readInstance(context, before) : undefined
      ]);
      // Both roles have to show.
      const leads = other !== undefined && live !== undefined && primaryOf(live) === '' && primaryOf(other) === '';
      const isAtWork = leads || operations.some(({ status }) => status !== 'DONE');
      return promotedState(
        live && {
          isReplica: primaryOf(live) !== '',
          isReady: !isAtWork && live.state === 'RUNNABLE',
          detail: isAtWork ? 'changing' : (live.state ?? 'unknown')
        }
      );
    },
    send: async () => {
      await mutate(context, {
        what: summary,
        instance,
        usually,
        permission,
        type: isSwitch ? 'SWITCHOVER' : 'PROMOTE_REPLICA',
        send: async (sdk, options) =>
          isSwitch ? sdk.instances.switchover(place, options) : sdk.instances.promoteReplica(place, options)
      });
    }
  };
}

function markAccess(context: GcpContext, name: string, address: string): MarkAccess {
  return {
    step: { address, call: 'cloudsql.instances.update', intervalSeconds: context.pollSeconds },
    name,
    read: async () => markOf((await readInstance(context, name))?.settings?.userLabels ?? {}),
    write: async (mark: Mark) =>
      patch(context, name, `write the mark of ${name}`, live => {
        const change = markPatch(live.settings?.userLabels, markLabels(mark));
        return Object.keys(change).length === 0 ? {} : { settings: { userLabels: change } };
      })
  };
}
