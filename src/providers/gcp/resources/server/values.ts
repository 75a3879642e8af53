import type { Value } from '../../../../engine/value.ts';
import type { Settings } from '../../../../spec/catalogue.ts';
import { flagsFrom, IAM_FLAG, isListed, PREFIX } from '../../api/parameters.ts';
import { tagFields } from '../../api/tags.ts';
import type { Instance } from '../../api/types.ts';
import { majorOf } from './convert.ts';
import { joined, type Body, type InstanceField } from './field.ts';
import { FIELDS, type ServerValues } from './fields.ts';

/** A field by any name; `undefined` for one that the table does not have. */
export function fieldNamed(name: string): InstanceField | undefined {
  return Object.entries<InstanceField>(FIELDS).find(([known]) => known === name)?.[1];
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
export function liveValues(settings: Pick<Settings, 'parameters'>, live: Instance): ServerValues {
  return {
    ...instanceValues(live),
    ...flagValues(settings, live),
    ...poolValues(live),
    ...tagFields(live.settings?.userLabels)
  };
}

function flagValues({ parameters = {} }: Pick<Settings, 'parameters'>, live: Instance): ServerValues {
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
