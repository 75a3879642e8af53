import type { DBParameterGroup, Parameter } from '@aws-sdk/client-rds';
import type { Facts, FieldTable, Observed, ResourceType, Work } from '../../../engine/resource.ts';
import { textOf } from '../../../engine/value.ts';
import { displayParameter } from '../../../postgres/parameters/display.ts';
import { parameterGroupAddress, SERVER_LANE } from '../addresses.ts';
import { found, settled } from '../../failures.ts';
import { ownershipOf, tagFields, tagsIn, toList } from '../api/tags.ts';
import { tagsFor, type AwsWorld } from '../context.ts';
import { rebootImpact } from './server/field.ts';
import { RELEASED } from './server/wait.ts';
import { looking } from '../observe-part.ts';
import { makeTagged } from './create-tagged.ts';
import { canonical, inCalls, needsRestart, parameterNames } from '../api/parameters.ts';
import { settleUsers } from './parameter-group-users.ts';
import { majorOf } from '../live-state.ts';
import { TAG_FIELD, tagRds } from '../api/tagging.ts';

const PREFIX = 'parameters.';

const fields: FieldTable = {
  family: {
    api: 'DBParameterGroupFamily',
    input: 'parameter_group_family',
    impact: 'restart',
    guard: 'create-only',
    wayOut: 'A family has a group of its own: leave `parameter_group_family` unset and it follows `engine_version`.'
  },
  'parameters.*': {
    api: 'Parameters',
    input: 'parameters',
    impact: (change, live) => {
      const name = change.field.slice(PREFIX.length);
      const known = live.facts['staticParameters'];
      const isStatic = Array.isArray(known) ? known.includes(name) : true;
      return isStatic ? rebootImpact(live) : 'online';
    },
    show: (value, field) => displayParameter(field.slice(PREFIX.length), textOf(value))
  },
  'tags.*': TAG_FIELD
};

const title = (world: AwsWorld, family: string): string => `parameter group ${nameOf(world, family)}`;

/** The server's PostgreSQL parameters. A group belongs to one major version: an upgrade gets a group of its own. */
export const parameterGroup: ResourceType<AwsWorld> = {
  type: 'parameter-group',
  fields,
  permissions: {
    observe: [
      'rds:DescribeDBParameterGroups',
      'rds:DescribeDBParameters',
      'rds:DescribeEngineDefaultParameters',
      'rds:ListTagsForResource'
    ],
    create: ['rds:CreateDBParameterGroup', 'rds:ModifyDBParameterGroup', 'rds:AddTagsToResource'],
    update: [
      'rds:ModifyDBParameterGroup',
      'rds:ResetDBParameterGroup',
      'rds:RebootDBInstance',
      'rds:AddTagsToResource',
      'rds:RemoveTagsFromResource'
    ],
    delete: ['rds:DeleteDBParameterGroup']
  },
  observe: looking(
    {
      type: 'parameter-group',
      part: 'parameter-group',
      fields,
      places: world => {
        const family =
          world.settings.parameter_group_family ?? `postgres${majorOf(world.settings.engine_version ?? '17')}`;
        return [{ address: parameterGroupAddress(family), title: title(world, family) }];
      }
    },
    async world => {
      const groups = await world.reading().parameterGroups();
      const live = await Promise.all(groups.map(async group => observed(world, group)));
      return live.filter(one => one !== undefined);
    }
  ),
  create,
  update: async (world, work) => {
    const name = textOf(work.observed?.facts['name']);
    await writeParameters(world, work, name);
    const arn = work.observed?.facts['arn'];
    if (typeof arn === 'string') await tagRds(world, work, arn);
    if (Object.keys(work.values).some(field => field.startsWith(PREFIX))) await settleUsers(world, work, name);
    return {};
  },
  remove: async (world, work) => {
    const name = textOf(work.observed?.facts['name']);
    await settled(['not-found'], world.call('rds', 'DeleteDBParameterGroup', { DBParameterGroupName: name }, RELEASED));
  }
};

/** What our group of a family is called. */
export function nameOf(world: AwsWorld, family: string): string {
  return `${world.names.parameterGroupPrefix}${family.replace(/^postgres/, '')}`;
}

async function observed(world: AwsWorld, group: DBParameterGroup): Promise<Observed | undefined> {
  const { DBParameterGroupName: name = '', DBParameterGroupFamily: family = '', DBParameterGroupArn: arn = '' } = group;
  const major = majorOf(family.replace(/^postgres/, ''));
  const reading = world.reading();
  const asked = parameterNames(world.settings, major);
  const [tags, user, known] = await Promise.all([
    reading.tags(arn),
    reading.userParameters(name),
    reading.parameterFacts(family, asked)
  ]);
  if (tags === undefined) return undefined;
  const live = user.flatMap(({ ParameterName: one, ParameterValue: value }) =>
    one === undefined || value === undefined ? [] : [[`${PREFIX}${one}`, canonical(one, value, major)] as const]
  );
  return {
    address: parameterGroupAddress(family),
    type: 'parameter-group',
    title: title(world, family),
    ownership: ownershipOf(tags, world.target),
    fields: { family, ...Object.fromEntries(live), ...tagFields(tags) },
    facts: {
      name,
      arn,
      family,
      staticParameters: staticNames([...user, ...known]),
      mayReboot: world.options.allowRestart === true
    },
    dependsOn: [],
    lane: SERVER_LANE
  };
}

function staticNames(parameters: readonly Parameter[]): readonly string[] {
  return [
    ...new Set(parameters.flatMap(one => (one.ApplyType === 'static' && one.ParameterName ? [one.ParameterName] : [])))
  ].sort();
}

async function create(world: AwsWorld, work: Work): Promise<Facts> {
  const family = textOf(work.values['family']);
  const name = nameOf(world, family);
  const make = async (): Promise<string | undefined> =>
    (
      await world.call('rds', 'CreateDBParameterGroup', {
        DBParameterGroupName: name,
        DBParameterGroupFamily: family,
        Description: `Parameters of ${world.names.instance}`,
        Tags: toList(tagsFor(world, work.mark, tagsIn(work.values)))
      })
    ).DBParameterGroup?.DBParameterGroupArn;
  const arn =
    (await makeTagged(world, title(world, family), make, async () => world.reading().tags(await arnOf(world, name)))) ??
    (await arnOf(world, name));
  await writeParameters(world, work, name);
  return { name, arn, family };
}

async function arnOf(world: AwsWorld, name: string): Promise<string> {
  const answer = await found(world.call('rds', 'DescribeDBParameterGroups', { DBParameterGroupName: name }));
  return answer?.DBParameterGroups?.[0]?.DBParameterGroupArn ?? '';
}

/** Dynamic parameters take effect at once; static ones may only be queued for the next reboot. */
async function writeParameters(world: AwsWorld, work: Work, group: string): Promise<void> {
  const changes = Object.entries(work.values)
    .filter(([field]) => field.startsWith(PREFIX))
    .map(([field, value]) => ({ name: field.slice(PREFIX.length), value }));
  if (changes.length === 0) return;
  const family = textOf(work.values['family'] ?? work.observed?.facts['family']);
  const facts = await world.reading().parameterFacts(
    family,
    changes.map(({ name }) => name)
  );
  const statics = new Map(facts.map(one => [one.ParameterName, one.ApplyType === 'static']));
  const method = (name: string): 'immediate' | 'pending-reboot' =>
    (statics.get(name) ?? needsRestart(name, majorOf(family.replace(/^postgres/, ''))))
      ? 'pending-reboot'
      : 'immediate';

  for (const call of inCalls(changes.filter(({ value }) => value !== null))) {
    await world.call(
      'rds',
      'ModifyDBParameterGroup',
      {
        DBParameterGroupName: group,
        Parameters: call.map(({ name, value }) => ({
          ParameterName: name,
          ParameterValue: textOf(value),
          ApplyMethod: method(name)
        }))
      },
      RELEASED
    );
  }
  for (const call of inCalls(changes.filter(({ value }) => value === null))) {
    await world.call(
      'rds',
      'ResetDBParameterGroup',
      {
        DBParameterGroupName: group,
        Parameters: call.map(({ name }) => ({ ParameterName: name, ApplyMethod: method(name) }))
      },
      RELEASED
    );
  }
}
