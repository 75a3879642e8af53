import type { Desired, FieldsOf, FieldTable, ResourceKind, Wanted } from '../engine/resource.ts';
import type { FieldValue } from '../engine/value.ts';
import type { DatabaseInput } from '../spec/catalogue.ts';
import type { Spec } from '../spec/spec.ts';

interface Extra {
  readonly dependsOn?: readonly string[];
  readonly follows?: readonly string[];
  readonly concurrencyGroup?: string;
  readonly complete?: readonly string[];
}

/** A resource that should exist, with the user's tags on it. Fields whose value is `undefined` are left out. */
export function ensure<T extends FieldTable>(
  { settings }: Pick<Spec, 'settings'>,
  { type }: ResourceKind<T>,
  address: string,
  title: string,
  values: FieldsOf<T, FieldValue | Wanted | undefined>,
  extra: Extra = {}
): Desired<T> {
  const { tags } = settings;
  const tagged = Object.entries(tags ?? {}).map(([key, value]) => [`tags.${key}`, value] as const);
  const fields = [...Object.entries(values), ...tagged].flatMap(([name, value]) =>
    value === undefined ? [] : [[name, asWanted(value)] as const]
  );
  const complete = [...(extra.complete ?? []), ...(tags === undefined ? [] : ['tags'])];
  return {
    address,
    type,
    title,
    presence: 'present',
    fields: Object.fromEntries(fields) as FieldsOf<T, Wanted>,
    ...(complete.length === 0 ? {} : { complete }),
    dependsOn: extra.dependsOn ?? [],
    ...(extra.follows === undefined ? {} : { follows: extra.follows }),
    concurrencyGroup: extra.concurrencyGroup ?? address
  };
}

/** A resource that an input says must not exist. */
export function ensureAbsent(address: string, type: string, title: string, concurrencyGroup = address): Desired {
  return { address, type, title, presence: 'absent', fields: {}, dependsOn: [], concurrencyGroup };
}

/** A value for a new resource; an existing one may differ. */
export function onCreateOnly(value: FieldValue): Wanted {
  return { value, managed: false };
}

/** A value that another input than the field's asks for. */
export function askedBy(input: DatabaseInput, value: FieldValue): Wanted {
  return { value, managed: true, input };
}

function asWanted(value: FieldValue | Wanted): Wanted {
  return typeof value === 'object' && value !== null && 'managed' in value && 'value' in value
    ? (value as Wanted)
    : { value, managed: true };
}
