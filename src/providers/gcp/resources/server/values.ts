import type { FieldsOf } from '../../../../engine/resource.ts';
import type { FieldValue, Value } from '../../../../engine/value.ts';
import type { Settings } from '../../../../spec/catalogue.ts';
import { flagsFrom, IAM_FLAG, isListed, PREFIX } from '../../api/parameters.ts';
import { tagFields } from '../../api/tags.ts';
import type { Instance } from '../../api/types.ts';
import { foreignNetworks, lastingNetworks, majorOf, plainNetwork } from './convert.ts';
import { joined, type Body, type InstanceField } from './field.ts';
import { FIELDS, type ServerFields, type ServerValues } from './fields.ts';

/** The inputs that are lists, of which others may keep members. */
type Listed = Pick<Settings, 'parameters' | 'allowed_cidr_blocks'>;

/** A field by any name; `undefined` for one that the table does not have. */
export function fieldNamed(name: string): InstanceField | undefined {
  return Object.entries<InstanceField>(FIELDS).find(([known]) => known === name)?.[1];
}

/** What the inputs ask for, of the fields whose entry says so. */
export function askedFor(settings: Settings): FieldsOf<ServerFields, FieldValue> {
  return Object.fromEntries(
    Object.entries<InstanceField>(FIELDS).flatMap(([name, { asked }]) => {
      const value = asked?.(settings);
      return value === undefined ? [] : [[name, value] as const];
    })
  );
}

/** The plain fields of a live instance. */
export function instanceValues(live: Instance): ServerValues {
  return Object.fromEntries(
    Object.entries<InstanceField>(FIELDS).flatMap(([name, { read }]) => {
      const value = read?.(live);
      return value === undefined ? [] : [[name, value] as const];
    })
  );
}

/** All fields of a live instance: the plain ones, database flags, flags of the pooler and labels. */
export function liveValues(settings: Listed, live: Instance): ServerValues {
  return {
    ...instanceValues(live),
    ...networkValues(settings, live),
    ...flagValues(settings, live),
    ...poolValues(live),
    ...tagFields(live.settings?.userLabels)
  };
}

/** Where inputs list the networks, those of others are not part of the list. */
function networkValues({ allowed_cidr_blocks: asked }: Listed, live: Instance): ServerValues {
  if (asked === undefined) return {};
  const others = foreignNetworks(live, asked.map(plainNetwork));
  return {
    allowed_cidr_blocks: lastingNetworks(live)
      .filter(one => !others.includes(one))
      .map(one => one.value)
  };
}

function flagValues({ parameters = {} }: Listed, live: Instance): ServerValues {
  const asked = Object.keys(flagsFrom(parameters, majorOf(live.databaseVersion)).values);
  const flags = (live.settings?.databaseFlags ?? []).filter(({ name }) => name !== IAM_FLAG && isListed(name, asked));
  return Object.fromEntries(flags.map(({ name, value = '' }) => [`${PREFIX}${name}`, value]));
}

function poolValues(live: Instance): ServerValues {
  const flags = live.settings?.connectionPoolConfig?.flags ?? [];
  return Object.fromEntries(flags.map(({ name, value = '' }) => [`pool.${name}`, value]));
}

/** The body that leads to these values, for the fields that `includes` names. */
export function bodyOf(
  values: ServerValues,
  live: Instance | undefined,
  includes: (field: string) => boolean = () => true
): Body {
  return Object.entries<Value | undefined>(values)
    .filter(([name]) => includes(name))
    .map(([name, value]) =>
      value === null || value === undefined ? {} : (fieldNamed(name)?.write?.(value, live) ?? {})
    )
    .reduce<Body>((all, part) => joined(all, part), {});
}
