import type { DBParameterGroup, Parameter, RDS } from '@aws-sdk/client-rds';
import type { Actions, Call } from '../actions.ts';
import { AwsFault, found, invalidCombination, invalidValue } from '../fault.ts';
import { page } from '../pages.ts';
import { tagged } from '../tags.ts';
import type { ParameterGroupRecord } from '../state.ts';
import { arnOf } from './instance.ts';
import { asOf, describeParameter, isAllowed, PARAMETERS, parametersOf } from './parameters.ts';

const FAMILIES = [14, 15, 16, 17, 18] as const;
const MOST_PER_CALL = 20;

export const parameterGroups: Actions<RDS> = {
  CreateDBParameterGroup: (input, { cloud, region }) => {
    const name = (input.DBParameterGroupName ?? '').toLowerCase();
    if (!/^[a-z](-?[a-z0-9])*$/.test(name) || name.length > 255) {
      throw invalidValue('The parameter DBParameterGroupName is not a valid identifier.');
    }
    majorOfFamily(input.DBParameterGroupFamily);
    if (region.parameterGroups.has(name)) {
      throw new AwsFault('DBParameterGroupAlreadyExists', `Parameter group ${name} already exists`);
    }
    if (region.parameterGroups.size >= 100)
      throw new AwsFault('DBParameterGroupQuotaExceeded', 'You have reached the quota of 100 parameter groups');
    const group: DBParameterGroup = {
      DBParameterGroupName: name,
      DBParameterGroupFamily: input.DBParameterGroupFamily,
      Description: input.Description,
      DBParameterGroupArn: arnOf(cloud, region, 'pg', name)
    };
    region.parameterGroups.set(name, { group, values: new Map(), tags: tagged(input.Tags) });
    return { DBParameterGroup: group };
  },
  DescribeDBParameterGroups: (input, call) => {
    const { cloud, region } = call;
    const defaults = FAMILIES.map((major): DBParameterGroup => {
      const name = `default.postgres${major}`;
      const described = {
        DBParameterGroupFamily: `postgres${major}`,
        Description: `Default parameter group for postgres${major}`
      };
      return { DBParameterGroupName: name, ...described, DBParameterGroupArn: arnOf(cloud, region, 'pg', name) };
    });
    const all = [...defaults, ...[...region.parameterGroups.values()].map(one => one.group)];
    const name = input.DBParameterGroupName?.toLowerCase();
    if (name === undefined) {
      const { items, next } = page(all, cloud.pageSize, input.MaxRecords, input.Marker);
      return { DBParameterGroups: [...items], Marker: next };
    }
    const one = all.find(group => group.DBParameterGroupName === name);
    return { DBParameterGroups: [found(one, 'DBParameterGroupNotFound', `DBParameterGroup ${name} not found.`)] };
  },
  DescribeDBParameters: (input, call) => {
    const name = (input.DBParameterGroupName ?? '').toLowerCase();
    const record = name.startsWith('default.') ? undefined : own(name, call);
    const major = majorOfFamily(record?.group.DBParameterGroupFamily ?? name.slice('default.'.length));
    const all = parametersOf(major)
      .map(info => describeParameter(info, major, record?.values.get(info.name)))
      .filter(one => input.Source === undefined || one.Source === input.Source);
    const { items, next } = page(all, call.cloud.pageSize, input.MaxRecords, input.Marker);
    return { Parameters: [...items], Marker: next };
  },
  DescribeEngineDefaultParameters: (input, { cloud }) => {
    const major = majorOfFamily(input.DBParameterGroupFamily);
    const names = (input.Filters ?? []).filter(one => one.Name === 'parameter-name').flatMap(one => one.Values ?? []);
    const all = parametersOf(major)
      .filter(info => names.length === 0 || names.includes(info.name))
      .map(info => describeParameter(info, major));
    const { items, next } = page(all, cloud.pageSize, input.MaxRecords, input.Marker);
    return {
      EngineDefaults: { DBParameterGroupFamily: input.DBParameterGroupFamily, Parameters: [...items], Marker: next }
    };
  },
  ModifyDBParameterGroup: (input, call) => {
    const record = own(input.DBParameterGroupName, call);
    const parameters = atMost20(input.Parameters);
    const checked = parameters.map(one => check(one, record));
    for (const one of checked) record.values.set(one.name, { value: one.value, method: one.method });
    spread(
      record,
      call,
      checked.some(one => one.method === 'pending-reboot')
    );
    return { DBParameterGroupName: record.group.DBParameterGroupName };
  },
  ResetDBParameterGroup: (input, call) => {
    const record = own(input.DBParameterGroupName, call);
    let needsReboot = input.ResetAllParameters === true;
    if (input.ResetAllParameters === true) record.values.clear();
    else {
      for (const one of atMost20(input.Parameters)) {
        const info = found(
          PARAMETERS.get(one.ParameterName ?? ''),
          'InvalidParameterValue',
          `Could not find parameter with name: ${one.ParameterName}`
        );
        if (!info.dynamic && one.ApplyMethod !== 'pending-reboot') throw staticNow(info.name);
        if (one.ApplyMethod === 'pending-reboot') needsReboot = true;
        record.values.delete(info.name);
      }
    }
    spread(record, call, needsReboot);
    return { DBParameterGroupName: record.group.DBParameterGroupName };
  },
  DeleteDBParameterGroup: (input, call) => {
    const record = own(input.DBParameterGroupName, call);
    const name = record.group.DBParameterGroupName ?? '';
    if (users(record, call).length > 0) {
      const message = `One or more database instances are still members of this parameter group ${name}, so the group cannot be deleted`;
      throw new AwsFault('InvalidDBParameterGroupState', message);
    }
    call.region.parameterGroups.delete(name);
  }
};

/** The major version of a family. */
function majorOfFamily(family: string | undefined): number {
  const major = FAMILIES.find(one => family === `postgres${one}`);
  if (major === undefined) throw invalidValue(`ParameterGroupFamily ${family} is not a valid parameter group family`);
  return major;
}

function own(given: string | undefined, { region }: Call): ParameterGroupRecord {
  const name = (given ?? '').toLowerCase();
  if (name.startsWith('default.'))
    throw invalidValue(`The parameter group ${name} is a default one and can't be changed.`);
  return found(region.parameterGroups.get(name), 'DBParameterGroupNotFound', `DBParameterGroup ${name} not found.`);
}

function users(record: ParameterGroupRecord, { region }: Call): ReturnType<Call['region']['instances']['get']>[] {
  const name = record.group.DBParameterGroupName;
  return [...region.instances.values()].filter(one => one.live.DBParameterGroups?.[0]?.DBParameterGroupName === name);
}

/** Tells the servers that use the group. A server that waits for its reboot goes on waiting. */
function spread(record: ParameterGroupRecord, call: Call, needsReboot: boolean): void {
  for (const user of users(record, call)) {
    if (user === undefined) continue;
    const waits = needsReboot || user.parameters.needsReboot;
    user.parameters = { status: 'applying', reads: call.cloud.pace.applying, needsReboot: waits };
  }
}

function atMost20(given: readonly Parameter[] | undefined): readonly Parameter[] {
  const parameters = given ?? [];
  if (parameters.length === 0 || parameters.length > MOST_PER_CALL) {
    throw invalidValue(
      `Between 1 and ${MOST_PER_CALL} parameters can be changed in one request, not ${parameters.length}`
    );
  }
  return parameters;
}

function check(
  given: Parameter,
  record: ParameterGroupRecord
): { readonly name: string; readonly value: string; readonly method: string } {
  const name = given.ParameterName ?? '';
  const value = given.ParameterValue ?? '';
  const known = PARAMETERS.get(name);
  const major = majorOfFamily(record.group.DBParameterGroupFamily);
  const info = known === undefined ? undefined : asOf(known, major);
  if (info === undefined || info.since > major) throw invalidValue(`Could not find parameter with name: ${name}`);
  if (!info.modifiable) throw invalidCombination(`The parameter ${name} cannot be modified.`);
  if (!isAllowed(info, value))
    throw invalidValue(`Invalid parameter value: ${value} for: ${name} allowed values are: ${info.allowed}`);
  if (given.ApplyMethod === undefined) throw invalidValue(`ApplyMethod must be given for ${name}`);
  if (!info.dynamic && given.ApplyMethod !== 'pending-reboot') throw staticNow(name);
  return { name, value, method: given.ApplyMethod };
}

const staticNow = (name: string): AwsFault =>
  invalidCombination(`cannot use immediate apply method for static parameter: ${name}`);
