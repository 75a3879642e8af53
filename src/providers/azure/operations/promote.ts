import type { Server } from '@azure/arm-postgresql-flexible';
import { defined } from '../../../engine/defined.ts';
import type { OperationDraft, OperationStep } from '../../../engine/operation.ts';
import { isOfSameWorkflow, type Mark } from '../../../engine/ownership.ts';
import type { Refusal } from '../../../engine/plan.ts';
import type { Observed } from '../../../engine/resource.ts';
import { ProviderError } from '../../../errors.ts';
import { markOf, markTags } from '../../mark-tags.ts';
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
import { SERVER } from '../addresses.ts';
import { regionOf } from '../api/names.ts';
import { mutate } from '../api/operation.ts';
import { ownershipOf } from '../api/tags.ts';
import type { AzureContext } from '../context.ts';
import { SERVERS } from '../live-state.ts';
import { addressOf, isReplica } from '../resources/replica.ts';
import { stoppedState } from '../resources/server/fields.ts';
import { patch } from '../resources/server/update.ts';
import { readServer } from '../resources/server/wait.ts';

interface AzureCandidate extends Candidate {
  readonly live: Server;
}

/** The permission to read the lag of a replica. */
export const READ_METRICS = 'Microsoft.Insights/metrics/read';

/**
 * Makes a read replica a server of its own.
 * https://learn.microsoft.com/azure/postgresql/read-replica/concepts-read-replicas-promote
 */
export async function promote(
  context: AzureContext,
  _observed: readonly Observed[],
  { replica: chosen }: Chosen = {}
): Promise<OperationDraft> {
  const { target } = context;
  const [main, followers] = await Promise.all([context.liveState().main(), context.liveState().replicas()]);
  const isItself = main !== undefined && (isReplica(main) || isOwnSuccessor(context, main));
  const before = isItself ? undefined : main;
  const replicas = (isItself ? [main] : followers).map(one => candidateOf(context, one));
  return draftPromotion<AzureCandidate>({
    target,
    chosen,
    replicas: replicas.filter(one => one.ownership.kind !== 'unmarked'),
    find: async name => {
      const live = name === context.names.server ? undefined : await readServer(context, name);
      return live === undefined ? undefined : candidateOf(context, live);
    },
    inputsOf: ({ name, live }) => ({ name, location: regionOf(live.location) }),
    lagOf: async candidate => lagOf(context, candidate),
    consequences: candidate => consequencesOf(context, candidate, before),
    refusals: ({ live }) => refusalsOf(context, live, before),
    steps: candidate => [
      ...(before === undefined
        ? []
        : [supersedeStep(markAccess(context, context.names.server, SERVER), successorFrom(candidate))]),
      ownNameStep(markAccess(context, candidate.name, addressOf(context, candidate.live)), target),
      promoteStep(context, candidate)
    ]
  });
}

function isOwnSuccessor({ target }: AzureContext, live: Server): boolean {
  const mark = markOf(live.tags ?? {});
  return mark !== undefined && isOfSameWorkflow(mark, target) && mark.promotedFrom !== undefined;
}

function candidateOf({ target }: AzureContext, live: Server): AzureCandidate {
  return { name: live.name ?? '', live, isReplica: isReplica(live), ownership: ownershipOf(live.tags, target) };
}

function isForced({ settings }: AzureContext): boolean {
  return settings.failover_mode === 'forced';
}

function consequencesOf(
  context: AzureContext,
  { name, live }: AzureCandidate,
  before: Server | undefined
): readonly string[] {
  return [
    isForced(context)
      ? 'Azure does not wait for what the replica has not received yet: that is lost.'
      : 'Azure waits until the replica has received everything that the server before has committed, and then ends the replication.',
    `${name} keeps its name and its host ${live.fullyQualifiedDomainName ?? ''}: applications have to be pointed at it. It leaves the virtual endpoints that it is in.`,
    `${name} has backups from now on only: no point in time before the promotion can be restored from it.`,
    `${name} has no standby and no geo-redundant backup. \`multi_az: true\` adds a standby with the first apply to it.`,
    ...(before === undefined
      ? []
      : ['Other read replicas, alarms and diagnostic settings stay with the server before.'])
  ];
}

function refusalsOf(context: AzureContext, live: Server, before: Server | undefined): readonly Refusal[] {
  const refused = (message: string, hint: string): Refusal => ({ rule: 'promote', message, hint });
  const { name = '', state = 'Ready' } = live;
  if (stoppedState(live) !== undefined) return [refused(`${name} is stopped.`, START_FIRST)];
  if (['Disabled', 'Inaccessible', 'Dropping'].includes(state)) {
    return [refused(`${name} is \`${state}\`.`, 'Read the activity log of the server in the Azure portal.')];
  }
  const source = before?.state ?? 'Ready';
  if (isForced(context) || before === undefined || !['Stopped', 'Disabled', 'Inaccessible'].includes(source)) return [];
  return [
    refused(
      `${before.name ?? ''} is \`${source}\`: a planned promotion waits for it.`,
      'Set `failover_mode: forced`. What the replica has not received is lost then.'
    )
  ];
}

/** The newest value of Azure's own metric; why not, where it can't be read. */
async function lagOf({ azure, execution }: AzureContext, { live }: AzureCandidate): Promise<number | string> {
  const now = execution.clock.now();
  const query = new URLSearchParams({
    'api-version': '2018-01-01',
    metricnames: 'physical_replication_delay_in_seconds',
    aggregation: 'Maximum',
    interval: 'PT1M',
    timespan: `${new Date(now.getTime() - 15 * 60_000).toISOString()}/${now.toISOString()}`
  });
  try {
    const path = `${live.id ?? ''}/providers/Microsoft.Insights/metrics?${query.toString()}`;
    const { body } = await azure.rest(READ_METRICS, 'GET', path);
    const { value = [] } = (body ?? {}) as {
      value?: readonly { timeseries?: readonly { data?: readonly { maximum?: number }[] }[] }[];
    };
    const points = (value[0]?.timeseries?.[0]?.data ?? []).flatMap(({ maximum }) => maximum ?? []);
    const last = points.at(-1);
    return last === undefined ? 'Azure Monitor has no value of the last 15 minutes' : Math.round(last);
  } catch (thrown) {
    if (!(thrown instanceof ProviderError)) throw thrown;
    return thrown.kind === 'denied' ? `this needs \`${READ_METRICS}\`` : thrown.message;
  }
}

function promoteStep(context: AzureContext, { name, live }: AzureCandidate): OperationStep {
  const { pollSeconds, resourceGroup } = context;
  const summary = `${isForced(context) ? 'force the promotion of' : 'promote'} read replica ${name}`;
  const usually = '5–15 min';
  return {
    address: addressOf(context, live),
    title: `read replica ${name}`,
    summary,
    call: `${SERVERS}/write`,
    impact: 'restart',
    usually,
    intervalSeconds: pollSeconds,
    isRepeatable: true,
    look: async () => {
      const now = await readServer(context, name);
      const state = now?.state ?? 'gone';
      return promotedState(now && { isReplica: isReplica(now), isReady: state === 'Ready', detail: `\`${state}\`` });
    },
    send: async () =>
      mutate(context, {
        what: summary,
        usually,
        operation: `${SERVERS}/write`,
        server: name,
        isRepeatable: false,
        // Azure's own samples send no role.
        send: async (client, options) =>
          client.servers.beginUpdate(
            resourceGroup,
            name,
            { replica: { promoteMode: 'Standalone', promoteOption: isForced(context) ? 'Forced' : 'Planned' } },
            options
          )
      })
  };
}

function markAccess(context: AzureContext, name: string, address: string): MarkAccess {
  return {
    step: { address, call: `${SERVERS}/write`, intervalSeconds: context.pollSeconds },
    name,
    read: async () => markOf((await readServer(context, name))?.tags ?? {}),
    write: async (mark: Mark) => {
      const live = await readServer(context, name);
      await patch(context, `mark of ${name}`, name, defined({ tags: { ...live?.tags, ...markTags(mark) } }));
    }
  };
}
