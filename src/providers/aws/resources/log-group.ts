import type { LogGroup } from '@aws-sdk/client-cloudwatch-logs';
import { defined } from '../../../engine/defined.ts';
import { asUnfinished, type Ownership } from '../../../engine/ownership.ts';
import { defineResource, type FieldTable, type Observed } from '../../../engine/resource.ts';
import { counted } from '../../../engine/value.ts';
import { logGroupAddress, LOGS } from '../addresses.ts';
import { ignoring } from '../../failures.ts';
import { remoteReplicaId } from '../api/names.ts';
import { TAG_FIELD, ownershipOf, tagFields, tagsIn, type Tags } from '../api/tags.ts';
import { tagsFor, type AwsContext } from '../context.ts';
import { observePart } from '../observe-part.ts';
import { createTagged } from './create-tagged.ts';
import { arnOf, nameOf, regionOf, retain, type LogPlace } from './instance-logs.ts';
import { logExports } from '../desired/parts.ts';
import { tagChange } from '../api/tagging.ts';
import { MOST_REPLICAS } from '../live-state.ts';
import type { InstanceRef } from './server/wait.ts';

const FIELDS = {
  retention_days: {
    api: 'retentionInDays',
    input: 'log_retention_days',
    impact: 'online',
    show: value => (value === 0 ? 'for ever' : counted('day')(value))
  },
  'tags.*': TAG_FIELD
} as const satisfies FieldTable;

/** The group of the server's log. Created before the server: one that RDS creates itself never expires its logs. */
export const logGroup = defineResource<AwsContext>()({
  type: 'log-group',
  fields: FIELDS,
  permissions: {
    observe: ['logs:DescribeLogGroups', 'logs:ListTagsForResource'],
    create: ['logs:CreateLogGroup', 'logs:PutRetentionPolicy', 'logs:TagResource'],
    update: ['logs:PutRetentionPolicy', 'logs:TagResource', 'logs:UntagResource'],
    delete: ['logs:DeleteLogGroup']
  },
  observe: observePart(
    {
      type: 'log-group',
      part: 'log-group',
      fields: FIELDS,
      places: context =>
        (logExports(context.settings) ?? []).map(log => ({
          address: logGroupAddress(log),
          title: `log group ${nameOf({ id: context.names.instance, log })}`
        }))
    },
    async context => {
      const { instance } = context.names;
      const live = (await groupsOf(context)).map(async ({ group, place }) => observed(context, group, place));
      return (await Promise.all(live)).filter(
        (one): one is Observed<typeof FIELDS> =>
          one !== undefined && (one.ownership.kind === 'ours' || placeOf(context, one.address).id === instance)
      );
    }
  ),
  create: async (context, work) => {
    const place = placeOf(context, work.address);
    const name = nameOf(place);
    const make = async (): Promise<unknown> =>
      context.call('logs', 'CreateLogGroup', {
        logGroupName: name,
        tags: { ...tagsFor(context, work.mark, tagsIn(work.values)) }
      });
    await createTagged(context, work, `log group ${name}`, make, async () => tagsOf(context, place));
    await retain(context, place, work.values.retention_days);
    return { name, arn: arnOf(context, place) };
  },
  update: async (context, work) => {
    const place = placeOf(context, work.address);
    if ('retention_days' in work.values) await retain(context, place, work.values.retention_days);
    const { put, drop } = tagChange(work);
    const resourceArn = arnOf(context, place);
    const at = regionOf(place);
    if (Object.keys(put).length > 0) await context.call('logs', 'TagResource', { resourceArn, tags: { ...put } }, at);
    if (drop.length > 0) await context.call('logs', 'UntagResource', { resourceArn, tagKeys: [...drop] }, at);
    return {};
  },
  remove: async (context, work) => {
    const place = placeOf(context, work.address);
    const deletion = context.call(
      'logs',
      'DeleteLogGroup',
      { logGroupName: nameOf(place) },
      {
        ...regionOf(place),
        also: ['busy']
      }
    );
    await ignoring(['not-found'], deletion);
  }
});

/** `log-group/postgresql` is the server's, `log-group/orders-replica-1/postgresql` a replica's. */
function placeOf({ names, settings, target }: AwsContext, address: string): LogPlace {
  const [, first = '', second] = address.split('/');
  if (second === undefined) return { id: names.instance, log: first };
  const region = settings.replica_region;
  const isRemote =
    region !== undefined && region !== target.region && first === remoteReplicaId(names.instance, region);
  return { id: first, log: second, ...(isRemote ? { region } : {}) };
}

function addressOf({ names }: AwsContext, { id, log }: LogPlace): string {
  return logGroupAddress(id === names.instance ? log : `${id}/${log}`);
}

/** The groups of the server, and those that replicas left: what a replica has is deleted with it. */
async function groupsOf(
  context: AwsContext
): Promise<readonly { readonly group: LogGroup; readonly place: LogPlace }[]> {
  const { names, settings, target } = context;
  const { replica_region: elsewhere, replica_names: given = [] } = settings;
  const liveState = context.liveState();
  const read = async (name: string, region?: string): Promise<readonly LogGroup[]> => {
    const logGroupNamePrefix = `/aws/rds/instance/${name}`;
    const answer = await context.call('logs', 'DescribeLogGroups', { logGroupNamePrefix }, defined({ region }));
    return answer.logGroups ?? [];
  };
  // A page has fifty, which is more than fifteen replicas have.
  const here = [`${names.instance}/`, `${names.instance}-replica-`, ...given.map(id => `${id.toLowerCase()}/`)];
  const [instances, ...groups] = await Promise.all([liveState.instances(), ...here.map(async name => read(name))]);
  const replicas = Array.from({ length: MOST_REPLICAS }, (_, index) => names.replica(index + 1));
  const left = replicas.filter(id => !instances.has(id));
  const found = (all: readonly LogGroup[], ref: InstanceRef) =>
    LOGS.flatMap(log => {
      const place = { ...ref, log };
      const group = all.find(one => one.logGroupName === nameOf(place));
      return group === undefined ? [] : [{ group, place }];
    });
  const near = [names.instance, ...left].flatMap(id => found(groups.flat(), { id }));
  if (elsewhere === undefined || elsewhere === target.region) return near;
  const ref = { id: remoteReplicaId(names.instance, elsewhere), region: elsewhere };
  const isThere = (await liveState.remote(elsewhere)) !== undefined;
  return isThere ? near : [...near, ...found(await read(`${ref.id}/`, elsewhere), ref)];
}

async function observed(
  context: AwsContext,
  group: LogGroup,
  place: LogPlace
): Promise<Observed<typeof FIELDS> | undefined> {
  const tags = await tagsOf(context, place);
  if (tags === undefined) return undefined;
  const address = addressOf(context, place);
  const name = nameOf(place);
  return {
    address,
    type: 'log-group',
    title: `log group ${name}`,
    ownership: ownershipIn(context, group, tags),
    fields: { retention_days: group.retentionInDays ?? 0, ...tagFields(tags) },
    facts: { name, arn: arnOf(context, place) },
    dependsOn: [],
    concurrencyGroup: address
  };
}

/** A group gets its retention in a call of its own: ours is unfinished without one. */
function ownershipIn({ target }: AwsContext, { retentionInDays: days = 0 }: LogGroup, tags: Tags): Ownership {
  const owner = ownershipOf(tags, target);
  return owner.kind === 'ours' && days === 0 ? { ...owner, mark: asUnfinished(owner.mark) } : owner;
}

async function tagsOf(context: AwsContext, place: LogPlace): Promise<Tags | undefined> {
  const read = context.call('logs', 'ListTagsForResource', { resourceArn: arnOf(context, place) }, regionOf(place));
  const answer = await ignoring(['not-found'], read);
  return answer === undefined ? undefined : (answer.tags ?? {});
}
