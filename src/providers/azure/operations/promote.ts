import type { Server, VirtualEndpoint } from '@azure/arm-postgresql-flexible';
import { defined } from '../../../engine/defined.ts';
import type { OperationDraft, OperationStep } from '../../../engine/operation.ts';
import { isOfSameWorkflow, type Mark } from '../../../engine/ownership.ts';
import type { Refusal } from '../../../engine/plan.ts';
import type { Observed } from '../../../engine/resource.ts';
import { serverTime } from '../../../engine/server-time.ts';
import { ProviderError } from '../../../errors.ts';
import { isOfPromotion, markOf, markTags } from '../../mark-tags.ts';
import { START_FIRST, type Chosen } from '../../operations.ts';
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
import { regionOf } from '../api/names.ts';
import { mutate, type Mutation } from '../api/operation.ts';
import { ownershipOf } from '../api/tags.ts';
import type { AzureContext } from '../context.ts';
import { all, SERVERS } from '../live-state.ts';
import { addressOf, isReplica } from '../resources/replica.ts';
import { FINAL, stoppedState } from '../resources/server/fields.ts';
import { patch } from '../resources/server/update.ts';
import { readServer } from '../resources/server/wait.ts';

interface AzureCandidate extends Candidate {
  readonly live: Server;
}

/** The permission to read the virtual endpoints of a server. */
export const READ_ENDPOINTS = `${SERVERS}/virtualEndpoints/read`;

/** The permission to read the lag of a replica. */
export const READ_METRICS = 'Microsoft.Insights/metrics/read';

/**
 * Makes a read replica a server of its own.
 * https://learn.microsoft.com/azure/postgresql/read-replica/concepts-read-replicas-promote
 */
export async function promote(
  context: AzureContext,
  _observed: readonly Observed[],
  chosen?: Chosen
): Promise<OperationDraft> {
  return takeOver(context, 'promote', chosen);
}

/**
 * Changes the roles of a server and a replica, and moves the writer endpoint.
 * https://learn.microsoft.com/azure/postgresql/read-replica/concepts-read-replicas-virtual-endpoints
 */
export async function switchover(
  context: AzureContext,
  _observed: readonly Observed[],
  chosen?: Chosen
): Promise<OperationDraft> {
  return takeOver(context, 'switchover', chosen);
}

async function takeOver(
  context: AzureContext,
  kind: Takeover,
  { replica: chosen }: Chosen = {}
): Promise<OperationDraft> {
  const { target } = context;
  const [main, followers] = await Promise.all([context.liveState().main(), context.liveState().replicas()]);
  const named = chosen?.toLowerCase();
  const primary = main?.sourceServerResourceId?.split('/').at(-1)?.toLowerCase();
  const isItself =
    main !== undefined &&
    // Where it follows the one that is named, someone has changed the roles by hand: only the marks are left to write.
    ((isReplica(main) && primary !== named) || (context.names.server === named && isOwnSuccessor(context, main)));
  const before = isItself ? undefined : main;
  const replicas = (isItself ? [main] : followers).map(one => candidateOf(context, one));
  const endpoints = kind === 'switchover' && before !== undefined ? await virtualEndpoints(context) : [];
  return draftPromotion<AzureCandidate>({
    kind,
    target,
    chosen,
    replicas: replicas.filter(one => one.ownership.kind !== 'unmarked'),
    find: async name => {
      const live = name === context.names.server ? undefined : await readServer(context, name);
      return live === undefined ? undefined : candidateOf(context, live);
    },
    inputsOf: ({ name, live }) => ({ name, location: regionOf(live.location) }),
    lagOf: async candidate => lagOf(context, candidate),
    consequences: candidate =>
      kind === 'promote' ? consequencesOf(context, candidate, before) : switchConsequences(candidate, endpoints),
    refusals: ({ live }) => [
      ...refusalsOf(context, live, before, kind),
      ...(kind === 'promote' ? [] : switchRefusals(live, before, endpoints))
    ],
    steps: candidate => [
      ...(before === undefined
        ? []
        : [supersedeStep(markAccess(context, context.names.server, SERVER), successorFrom(candidate))]),
      ownNameStep(markAccess(context, candidate.name, addressOf(context, candidate.live)), target),
      takeOverStep(context, candidate, kind, before)
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

async function virtualEndpoints(context: AzureContext): Promise<readonly VirtualEndpoint[]> {
  const { resourceGroup, names } = context;
  return context.azure.call(READ_ENDPOINTS, async (client, options) =>
    all(client.virtualEndpoints.listByServer(resourceGroup, names.server, options))
  );
}

function endpointWith(endpoints: readonly VirtualEndpoint[], name: string | undefined): VirtualEndpoint | undefined {
  return endpoints.find(({ members = [] }) => members.some(one => one.toLowerCase() === name?.toLowerCase()));
}

function switchConsequences({ name }: AzureCandidate, endpoints: readonly VirtualEndpoint[]): readonly string[] {
  const hosts = endpointWith(endpoints, name)?.virtualEndpoints ?? [];
  return [
    'All connections are cut, usually for some minutes. Azure waits until the replica has received everything first.',
    `Both servers keep their names. The writer endpoint leads to ${name} afterwards, the reader endpoint to the server before: ${hosts.join(', ')}.`,
    `${name} has no standby, no geo-redundant backup and no PgBouncer: the first apply with \`name: ${name}\` plans them. No point in time before the switchover can be restored from it.`
  ];
}

/** https://learn.microsoft.com/azure/postgresql/read-replica/concepts-read-replicas-promote, its prerequisites. */
function switchRefusals(
  live: Server,
  before: Server | undefined,
  endpoints: readonly VirtualEndpoint[]
): readonly Refusal[] {
  const name = live.name ?? '';
  const refused = (message: string, hint: string): readonly Refusal[] => [{ rule: 'switchover', message, hint }];
  if (before === undefined) return refused(`${name} is a replica itself.`, 'Name its server in `name`.');
  if (endpointWith(endpoints, name) === undefined) {
    return refused(
      `${name} is not the reader of a virtual endpoint of ${before.name ?? ''}, and Azure switches over to no other replica.`,
      `Create one (\`az postgres flexible-server virtual-endpoint create\`) with ${name} as its member, or use \`command: promote\`.`
    );
  }
  if (before.sku?.name !== live.sku?.name || before.storage?.storageSizeGB !== live.storage?.storageSizeGB) {
    return refused(
      `${name} has another size or storage than ${before.name ?? ''}, and Azure switches over between equals only.`,
      'Apply `instance_class` and `allocated_storage`: both servers get them.'
    );
  }
  return [];
}

function refusalsOf(
  context: AzureContext,
  live: Server,
  before: Server | undefined,
  rule: Takeover
): readonly Refusal[] {
  const refused = (message: string, hint: string): Refusal => ({ rule, message, hint });
  const { name = '', state = 'Ready' } = live;
  if (stoppedState(live) !== undefined) return [refused(`${name} is stopped.`, START_FIRST)];
  if (FINAL.includes(state)) {
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
  const now = serverTime(execution);
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

function takeOverStep(
  context: AzureContext,
  { name, live }: AzureCandidate,
  kind: Takeover,
  before: Server | undefined
): OperationStep {
  const { pollSeconds, resourceGroup } = context;
  const isSwitch = kind === 'switchover';
  const promoting = isForced(context) ? 'force the promotion of' : 'promote';
  const summary = `${isSwitch ? 'switch over to' : promoting} read replica ${name}`;
  const usually = '5–15 min';
  return {
    address: addressOf(context, live),
    title: `read replica ${name}`,
    summary,
    call: `${SERVERS}/write`,
    impact: isSwitch ? 'failover' : 'restart',
    usually,
    intervalSeconds: pollSeconds,
    isRepeatable: true,
    look: async () => {
      const [now, other] = await Promise.all([
        readServer(context, name),
        isSwitch && before?.name !== undefined ? readServer(context, before.name) : undefined
      ]);
      const state = now?.state ?? 'gone';
      // Both roles have to show.
      const leads = now !== undefined && other !== undefined && !isReplica(now) && !isReplica(other);
      return promotedState(
        now && { isReplica: isReplica(now), isReady: state === 'Ready' && !leads, detail: `\`${state}\`` }
      );
    },
    send: async () => {
      const replica = {
        promoteMode: isSwitch ? 'Switchover' : 'Standalone',
        promoteOption: isForced(context) ? 'Forced' : 'Planned'
      };
      const mutation: Mutation = {
        what: summary,
        usually,
        operation: `${SERVERS}/write`,
        server: name,
        isRepeatable: false,
        // Azure's own samples send no role.
        send: async (client, options) => client.servers.beginUpdate(resourceGroup, name, { replica }, options)
      };
      try {
        await mutate(context, mutation);
      } catch (thrown) {
        const { id, sourceServerResourceId } = live;
        if (!asksForSource(thrown) || id === undefined || sourceServerResourceId === undefined) throw thrown;
        const begin: Mutation['begin'] = async () =>
          context.azure.beginPatch(mutation.operation, id, { replica, sourceServerResourceId });
        await mutate(context, { ...mutation, begin });
      }
    }
  };
}

/**
 * Whether Azure promotes a replica only for someone who names its server, which the description of the API does not
 * know: https://github.com/Azure/azure-cli/issues/33776
 */
function asksForSource(thrown: unknown): boolean {
  return (
    thrown instanceof ProviderError &&
    thrown.providerCode === 'MissingRequiredParameter' &&
    thrown.message.includes('sourceServerResourceId')
  );
}

/** Without the members of a mark that a new one may not have any more. */
function otherTags(tags: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !isOfPromotion(key)));
}

/** How the mark of a server is read and written. */
export function markAccess(context: AzureContext, name: string, address: string): MarkAccess {
  return {
    step: { address, call: `${SERVERS}/write`, intervalSeconds: context.pollSeconds },
    name,
    read: async () => markOf((await readServer(context, name))?.tags ?? {}),
    write: async (mark: Mark) => {
      const live = await readServer(context, name);
      await patch(context, `mark of ${name}`, name, defined({ tags: { ...otherTags(live?.tags), ...markTags(mark) } }));
    }
  };
}
