import type { DBInstance } from '@aws-sdk/client-rds';
import { defined } from '../../../engine/defined.ts';
import type { OperationDraft, OperationStep } from '../../../engine/operation.ts';
import { isOfSameWorkflow, type Mark } from '../../../engine/ownership.ts';
import type { Refusal } from '../../../engine/plan.ts';
import type { Observed } from '../../../engine/resource.ts';
import { stringOf } from '../../../engine/value.ts';
import { isOfPromotion } from '../../mark-tags.ts';
import { START_FIRST, type Chosen } from '../../operations.ts';
import {
  draftPromotion,
  ownNameStep,
  promotedState,
  successorFrom,
  supersedeStep,
  type Candidate,
  type MarkAccess
} from '../../promotion.ts';
import { regionOfReplica, SERVER } from '../addresses.ts';
import { fromList, markOf, markTags, ownershipOf, toList } from '../api/tags.ts';
import type { AwsContext } from '../context.ts';
import { HOPELESS, isStopped } from '../resources/server/state.ts';
import { describeInstance, type InstanceRef } from '../resources/server/wait.ts';
import { lagOf } from './replica-lag.ts';

interface AwsCandidate extends Candidate {
  readonly address: string;
  readonly ref: InstanceRef;
  readonly live: DBInstance;
}

/** Days of backups of a promoted replica where neither an input nor the server before says how many. */
const DEFAULT_DAYS = 7;

/**
 * Makes a read replica a server of its own.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReadRepl.Promote.html
 */
export async function promote(
  context: AwsContext,
  observed: readonly Observed[],
  { replica: chosen }: Chosen = {}
): Promise<OperationDraft> {
  const { target } = context;
  const main = await context.liveState().main();
  const itself = main === undefined ? undefined : candidateOf(context, main, SERVER);
  const isItself =
    itself !== undefined &&
    (itself.isReplica || (itself.name === chosen?.toLowerCase() && isOwnSuccessor(context, main)));
  const live = isItself ? [itself] : await liveReplicas(context, observed);
  const before = isItself ? undefined : main;
  return draftPromotion<AwsCandidate>({
    kind: 'promote',
    target,
    chosen,
    replicas: live.filter(one => one.isReplica || one === itself),
    find: async name => findNamed(context, name),
    inputsOf: ({ name, ref, region }) =>
      defined({ name, aws_region: region ?? ref.region ?? (isItself ? target.region : undefined) }),
    lagOf: async ({ name, ref }) => lagOf(context, name, ref.region),
    consequences: candidate => consequencesOf(context, candidate, before),
    refusals: ({ live: one }) => refusalsOf(one),
    steps: candidate => [
      ...(before === undefined
        ? []
        : [supersedeStep(markAccess(context, refOfMain(context), SERVER), successorFrom(candidate))]),
      ownNameStep(markAccess(context, candidate.ref, candidate.address), target),
      promoteStep(context, candidate, before)
    ]
  });
}

/** Whether it was promoted from another server, by its mark. */
function isOwnSuccessor({ target }: AwsContext, live: DBInstance | undefined): boolean {
  const mark = markOf(fromList(live?.TagList));
  return mark !== undefined && isOfSameWorkflow(mark, target) && mark.promotedFrom !== undefined;
}

function refOfMain({ names }: AwsContext): InstanceRef {
  return { id: names.instance };
}

async function liveReplicas(context: AwsContext, observed: readonly Observed[]): Promise<readonly AwsCandidate[]> {
  const replicas = observed.filter(({ type }) => type === 'replica');
  const found = await Promise.all(
    replicas.map(async ({ address, facts }) => {
      const region = regionOfReplica(address) ?? stringOf(facts['region']);
      const ref = defined({ id: stringOf(facts['id']) ?? '', region });
      const live = await describeInstance(context, ref);
      return live === undefined ? [] : [candidateOf(context, live, address, ref.region)];
    })
  );
  return found.flat();
}

/** One that is not at the address of a replica: in this region, then in that of `replica_region`. */
async function findNamed(context: AwsContext, id: string): Promise<AwsCandidate | undefined> {
  const regions = [undefined, context.settings.replica_region].filter((one, at) => at === 0 || one !== undefined);
  for (const region of regions) {
    const live = await describeInstance(context, defined({ id, region }));
    if (live !== undefined && id !== context.names.instance) return candidateOf(context, live, `replica/${id}`, region);
  }
  return undefined;
}

function candidateOf(context: AwsContext, live: DBInstance, address: string, region?: string): AwsCandidate {
  const id = live.DBInstanceIdentifier ?? '';
  return {
    name: id,
    address,
    live,
    ref: defined({ id, region }),
    isReplica: live.ReadReplicaSourceDBInstanceIdentifier !== undefined,
    ownership: ownershipOf(fromList(live.TagList), context.target),
    ...defined({ region })
  };
}

function consequencesOf(
  { settings }: AwsContext,
  { name, live }: AwsCandidate,
  before: DBInstance | undefined
): readonly string[] {
  const siblings = (before?.ReadReplicaDBInstanceIdentifiers ?? [])
    .map(one => one.split(':').at(-1) ?? one)
    .filter(one => one !== name);
  const days = retentionOf(settings.backup_retention_period, before);
  return [
    `RDS restarts ${name}, usually within some minutes, and then it takes writes. It keeps its name, its endpoint ${live.Endpoint?.Address ?? ''} and its groups: applications have to be pointed at it.`,
    `It gets backups of its own, kept for ${days} days: no point in time before the promotion can be restored from it.`,
    ...(live.MultiAZ === true ? [] : [`${name} has no standby until \`multi_az: true\` is applied to it.`]),
    ...(siblings.length === 0 ? [] : [`Other read replicas stay with the server before: ${siblings.join(', ')}.`]),
    `Proxy, alarms and backups in other regions stay with the server before. The first apply with \`name: ${name}\` plans them anew.`
  ];
}

/** What a plan of the new server would ask for. No backups at all would also forbid new replicas. */
function retentionOf(asked: number | undefined, before: DBInstance | undefined): number {
  return asked ?? (before?.BackupRetentionPeriod || DEFAULT_DAYS);
}

function refusalsOf(live: DBInstance): readonly Refusal[] {
  const status = live.DBInstanceStatus ?? 'unknown';
  const id = live.DBInstanceIdentifier ?? '';
  const refused = (message: string, hint: string): Refusal => ({ rule: 'promote', message, hint });
  if (isStopped(status)) return [refused(`${id} is stopped.`, START_FIRST)];
  if (HOPELESS.includes(status) || status === 'deleting') {
    return [
      refused(`${id} is \`${status}\`.`, 'Read the events of the instance in the RDS console, and choose another one.')
    ];
  }
  return [];
}

function promoteStep(
  context: AwsContext,
  { name, address, ref }: AwsCandidate,
  before: DBInstance | undefined
): OperationStep {
  const { call, pollSeconds, settings } = context;
  const days = retentionOf(settings.backup_retention_period, before);
  const window = settings.backup_window ?? before?.PreferredBackupWindow;
  const when = window === undefined ? '' : ` from ${window}`;
  return {
    address,
    title: `read replica ${name}`,
    summary: `promote read replica ${name}, with backups kept for ${days} days${when}`,
    call: 'rds:PromoteReadReplica',
    impact: 'restart',
    usually: '3–10 min',
    intervalSeconds: pollSeconds,
    isRepeatable: true,
    consecutive: 2,
    look: async () => {
      const live = await describeInstance(context, ref);
      const status = live?.DBInstanceStatus ?? 'gone';
      return promotedState(
        live && {
          isReplica: live.ReadReplicaSourceDBInstanceIdentifier !== undefined,
          isReady: status === 'available',
          detail: `\`${status}\``
        }
      );
    },
    send: async () => {
      // RDS refuses a second call by the state.
      await call(
        'rds',
        'PromoteReadReplica',
        defined({
          DBInstanceIdentifier: ref.id,
          BackupRetentionPeriod: days,
          PreferredBackupWindow: window
        }),
        defined({ region: ref.region, attempts: 1 })
      );
    }
  };
}

function markAccess(context: AwsContext, ref: InstanceRef, address: string): MarkAccess {
  const read = async (): Promise<DBInstance | undefined> => describeInstance(context, ref);
  return {
    step: { address, call: 'rds:AddTagsToResource', intervalSeconds: context.pollSeconds },
    name: ref.id,
    read: async () => markOf(fromList((await read())?.TagList)),
    write: async (mark: Mark) => {
      const live = await read();
      const arn = live?.DBInstanceArn;
      const where = defined({ region: ref.region });
      const tags = markTags(mark);
      await context.call('rds', 'AddTagsToResource', { ResourceName: arn, Tags: toList(tags) }, where);
      const gone = Object.keys(fromList(live?.TagList)).filter(key => isOfPromotion(key) && !(key in tags));
      if (gone.length === 0) return;
      await context.call('rds', 'RemoveTagsFromResource', { ResourceName: arn, TagKeys: gone }, where);
    }
  };
}
