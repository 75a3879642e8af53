import type { Parameter } from '@aws-sdk/client-rds';
import type { Notice } from '../../../engine/plan.ts';
import type { Desired, Observed } from '../../../engine/resource.ts';
import { textOf } from '../../../engine/value.ts';
import { displayParameter } from '../../../postgres/parameters/display.ts';
import { canonical } from '../api/parameters.ts';
import type { AwsContext } from '../context.ts';
import { majorOf } from '../live-state.ts';
import { orNotChecked } from '../../not-checked.ts';

/** An instance that leaves its parameter group for another one. */
interface Move {
  readonly title: string;
  readonly from: string;
  readonly to: string;
}

/**
 * What an instance loses with the parameter group that it leaves: parameters that were set in the old group and are not
 * in the new one, with any owners. Reads the groups only where one is left. `family` is that of the new group.
 */
export async function replacedParameters(
  context: AwsContext,
  observed: readonly Observed[],
  desired: readonly Desired[],
  family: string
): Promise<readonly Notice[]> {
  const moves = new Map(movesOf(observed, desired).map(move => [`${move.from} ${move.to}`, move]));
  const told = [...moves.values()].map(async move => {
    const { answer, notices } = await orNotChecked(
      `which parameters ${move.title} loses with the group ${move.from}`,
      'rds:DescribeDBParameters',
      lostIn(context, move, desired, family)
    );
    return answer === undefined || answer.length === 0 ? notices : [noticeOf(context, move, family, answer)];
  });
  return (await Promise.all(told)).flat();
}

function movesOf(observed: readonly Observed[], desired: readonly Desired[]): readonly Move[] {
  return desired.flatMap(({ address, title, fields }) => {
    const to = fields['parameter_group'];
    const from = observed.find(one => one.address === address)?.fields['parameter_group'];
    if (to?.managed !== true || typeof from !== 'string' || typeof to.value !== 'string' || from === to.value)
      return [];
    return from.startsWith('default.') ? [] : [{ title, from, to: to.value }];
  });
}

async function lostIn(
  context: AwsContext,
  { from, to }: Move,
  desired: readonly Desired[],
  family: string
): Promise<readonly Parameter[]> {
  const [old, kept] = await Promise.all([
    context.liveState().userParameters(from),
    keptIn(context, to, desired, family)
  ]);
  const gone = old.filter(({ ParameterName: name = '' }) => !kept.has(name));
  const defaults = await context.offerings.parameterFacts(
    family,
    gone.flatMap(({ ParameterName: name }) => name ?? [])
  );
  // One that the new version does not have, or has by default, is not lost.
  return gone.filter(({ ParameterName: name, ParameterValue: value }) => {
    const fact = defaults.find(one => one.ParameterName === name);
    return fact !== undefined && fact.ParameterValue !== value;
  });
}

/** The names that the new group sets: by this plan where it is ours, else as it is. */
async function keptIn(
  context: AwsContext,
  group: string,
  desired: readonly Desired[],
  family: string
): Promise<ReadonlySet<string>> {
  if (group.startsWith('default.')) return new Set();
  const own = desired.find(({ address }) => address === `parameter-group/${family}`);
  const live = await context.liveState().parameterGroup(group);
  const user =
    live === undefined || own?.complete?.includes('parameters') === true
      ? []
      : await context.liveState().userParameters(group);
  const wanted = Object.keys(own?.fields ?? {}).flatMap(field =>
    field.startsWith('parameters.') ? [field.slice('parameters.'.length)] : []
  );
  return new Set([...wanted, ...user.flatMap(({ ParameterName: name }) => name ?? [])]);
}

/** Most parameters that a notice lists. */
const MOST_LISTED = 10;

function noticeOf(
  { settings }: AwsContext,
  { title, from, to }: Move,
  family: string,
  lost: readonly Parameter[]
): Notice {
  const shown = lost.map(({ ParameterName: name = '', ParameterValue: value = '' }) => {
    return `${name} = ${displayParameter(name, textOf(canonical(name, value, majorOf(family.replace('postgres', '')))))}`;
  });
  const more = shown.length - MOST_LISTED;
  const list = [...shown.slice(0, MOST_LISTED), ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
  const isGiven = settings.parameter_group_name !== undefined;
  return {
    code: 'parameters-lost',
    severity: lost.some(({ ParameterName: name, ParameterValue: value }) => name === 'rds.force_ssl' && value === '1')
      ? 'danger'
      : 'warning',
    input: isGiven ? 'parameter_group_name' : 'parameters',
    message:
      `The group ${from} sets parameters that ${to} does not, and ${title} loses them: ${list}. ` +
      (isGiven ? 'Set them in that group to keep them.' : 'List them in `parameters` to keep them.')
  };
}
