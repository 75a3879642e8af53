import type { DBParameterGroup, Parameter } from '@aws-sdk/client-rds';
import {
  type CreationWork,
  defineResource,
  type Facts,
  type FieldTable,
  type Observed,
  type Work
} from '../../../engine/resource.ts';
import { textOf } from '../../../engine/value.ts';
import { displayParameter } from '../../../postgres/parameters/display.ts';
import { parameterGroupAddress, SERVER_GROUP } from '../addresses.ts';
import { orUndefined, ignoring } from '../../failures.ts';
import { TAG_FIELD, ownershipOf, tagFields, tagsIn, toList } from '../api/tags.ts';
import { tagsFor, type AwsContext } from '../context.ts';
import { rebootImpact } from './server/field.ts';
import { RELEASED } from './server/wait.ts';
import { observePart } from '../observe-part.ts';
import { createTagged } from './create-tagged.ts';
import { asListed, canonical, inCalls, needsRestart, parametersIn } from '../api/parameters.ts';
import { namingUsers } from './naming-users.ts';
import { settleUsers, usersOf } from './parameter-group-users.ts';
import { majorOf } from '../live-state.ts';
import { tagRds } from '../api/tagging.ts';

const PREFIX = 'parameters.';

const FIELDS = {
  family: {
    api: 'DBParameterGroupFamily',
    input: 'parameter_group_family',
    impact: 'restart',
    constraint: 'create-only'
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
} as const satisfies FieldTable;

const title = (context: AwsContext, family: string): string => `parameter group ${nameOf(context, family)}`;

/** The server's PostgreSQL parameters. A group belongs to one major version: an upgrade gets a group of its own. */
export const parameterGroup = defineResource<AwsContext>()({
  type: 'parameter-group',
  fields: FIELDS,
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
  observe: observePart(
    {
      type: 'parameter-group',
      part: 'parameter-group',
      fields: FIELDS,
      places: context => {
        const family =
          context.settings.parameter_group_family ?? `postgres${majorOf(context.settings.engine_version ?? '17')}`;
        return [{ address: parameterGroupAddress(family), title: title(context, family) }];
      }
    },
    async context => {
      const groups = await context.liveState().parameterGroups();
      const live = await Promise.all(groups.map(async group => observed(context, group)));
      return live.filter(one => one !== undefined);
    }
  ),
  create,
  update: async (context, work) => {
    const name = textOf(work.observed?.facts['name']);
    await writeParameters(context, work, name);
    const arn = work.observed?.facts['arn'];
    if (typeof arn === 'string') await tagRds(context, work, arn);
    if (Object.keys(work.values).some(field => field.startsWith(PREFIX))) await settleUsers(context, work, name);
    return {};
  },
  remove: async (context, work) => {
    const name = textOf(work.observed?.facts['name']);
    const removal = context.call('rds', 'DeleteDBParameterGroup', { DBParameterGroupName: name }, RELEASED);
    await ignoring(
      ['not-found'],
      namingUsers(`parameter group ${name}`, removal, async () => usersOf(context, name))
    );
  }
});

/** The name of our group of a family. */
export function nameOf(context: AwsContext, family: string): string {
  return `${context.names.parameterGroupPrefix}${family.replace(/^postgres/, '')}`;
}

async function observed(context: AwsContext, group: DBParameterGroup): Promise<Observed<typeof FIELDS> | undefined> {
  const { DBParameterGroupName: name = '', DBParameterGroupFamily: family = '', DBParameterGroupArn: arn = '' } = group;
  const major = majorOf(family.replace(/^postgres/, ''));
  const liveState = context.liveState();
  const asked = parametersIn(context.settings, major);
  const [tags, user, known] = await Promise.all([
    liveState.tags(arn),
    liveState.userParameters(name),
    context.offerings.parameterFacts(family, [...asked.keys()])
  ]);
  if (tags === undefined) return undefined;
  const valuesOf = (parameters: readonly Parameter[]): (readonly [name: string, value: string])[] =>
    parameters.flatMap(({ ParameterName: one, ParameterValue: value }) =>
      one === undefined || value === undefined ? [] : [[one, canonical(one, value, major)]]
    );
  // RDS does not list a parameter among those of a user when its value is the default.
  const usual = valuesOf(known).filter(([one, value]) => asked.get(one) === value);
  const live = [...usual, ...valuesOf(user)].map(([one, value]) => [`${PREFIX}${one}`, value] as const);
  return {
    address: parameterGroupAddress(family),
    type: 'parameter-group',
    title: title(context, family),
    ownership: ownershipOf(tags, context.target),
    fields: { family, ...Object.fromEntries(live), ...tagFields(tags) },
    facts: {
      name,
      arn,
      family,
      staticParameters: staticNames([...user, ...known]),
      mayReboot: context.options.allowRestart === true
    },
    dependsOn: [],
    concurrencyGroup: SERVER_GROUP
  };
}

function staticNames(parameters: readonly Parameter[]): readonly string[] {
  return [
    ...new Set(parameters.flatMap(one => (one.ApplyType === 'static' && one.ParameterName ? [one.ParameterName] : [])))
  ].sort();
}

async function create(context: AwsContext, work: CreationWork<typeof FIELDS>): Promise<Facts> {
  const family = textOf(work.values.family);
  const name = nameOf(context, family);
  const make = async (): Promise<string | undefined> =>
    (
      await context.call('rds', 'CreateDBParameterGroup', {
        DBParameterGroupName: name,
        DBParameterGroupFamily: family,
        Description: `Parameters of ${context.names.instance}`,
        Tags: toList(tagsFor(context, work.mark, tagsIn(work.values)))
      })
    ).DBParameterGroup?.DBParameterGroupArn;
  const arn =
    (await createTagged(context, work, title(context, family), make, async () =>
      context.liveState().tags(await arnOf(context, name))
    )) ?? (await arnOf(context, name));
  await writeParameters(context, work, name);
  return { name, arn, family };
}

async function arnOf(context: AwsContext, name: string): Promise<string> {
  const answer = await orUndefined(context.call('rds', 'DescribeDBParameterGroups', { DBParameterGroupName: name }));
  return answer?.DBParameterGroups?.[0]?.DBParameterGroupArn ?? '';
}

/** Dynamic parameters take effect at once; static ones may only be queued for the next reboot. */
async function writeParameters(context: AwsContext, work: Work<typeof FIELDS>, group: string): Promise<void> {
  const changes = Object.entries(work.values)
    .filter(([field]) => field.startsWith(PREFIX))
    .map(([field, value]) => ({ name: field.slice(PREFIX.length), value }));
  if (changes.length === 0) return;
  const family = textOf(work.values.family ?? work.observed?.facts['family']);
  const facts = await context.offerings.parameterFacts(
    family,
    changes.map(({ name }) => name)
  );
  const major = majorOf(family.replace(/^postgres/, ''));
  const known = new Map(facts.map(one => [one.ParameterName, one]));
  const isStatic = (name: string): boolean => {
    const type = known.get(name)?.ApplyType;
    return type === undefined ? needsRestart(name, major) : type === 'static';
  };
  const method = (name: string): 'immediate' | 'pending-reboot' => (isStatic(name) ? 'pending-reboot' : 'immediate');

  for (const call of inCalls(changes.filter(({ value }) => value !== null))) {
    await context.call(
      'rds',
      'ModifyDBParameterGroup',
      {
        DBParameterGroupName: group,
        Parameters: call.map(({ name, value }) => ({
          ParameterName: name,
          ParameterValue: asListed(name, textOf(value), known.get(name)?.AllowedValues, major),
          ApplyMethod: method(name)
        }))
      },
      RELEASED
    );
  }
  for (const call of inCalls(changes.filter(({ value }) => value === null))) {
    await context.call(
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
