import type { Desired, Wanted } from '../engine/resource.ts';
import type { FieldValue } from '../engine/value.ts';
import type { Spec } from '../spec/spec.ts';

interface Extra {
  readonly dependsOn?: readonly string[];
  readonly concurrencyGroup?: string;
  readonly complete?: readonly string[];
}

/** A thing that is to be, with the user's tags on it. */
export function ensure(
  { settings }: Pick<Spec, 'settings'>,
  address: string,
  type: string,
  title: string,
  values: Readonly<Record<string, FieldValue | Wanted>>,
  extra: Extra = {}
): Desired {
  const { tags } = settings;
  const tagged = Object.entries(tags ?? {}).map(([key, value]) => [`tags.${key}`, value] as const);
  const fields = [...Object.entries(values), ...tagged].map(([name, value]) => [name, asWanted(value)] as const);
  const complete = [...(extra.complete ?? []), ...(tags === undefined ? [] : ['tags'])];
  return {
    address,
    type,
    title,
    presence: 'present',
    fields: Object.fromEntries(fields),
    ...(complete.length === 0 ? {} : { complete }),
    dependsOn: extra.dependsOn ?? [],
    concurrencyGroup: extra.concurrencyGroup ?? address
  };
}

/** A thing that an input says must not be. */
export function ensureAbsent(address: string, type: string, title: string, concurrencyGroup = address): Desired {
  return { address, type, title, presence: 'absent', fields: {}, dependsOn: [], concurrencyGroup };
}

/** A value for what is made; what exists may differ from it. */
export function onCreateOnly(value: FieldValue): Wanted {
  return { value, managed: false };
}

function asWanted(value: FieldValue | Wanted): Wanted {
  return typeof value === 'object' && value !== null && 'managed' in value && 'value' in value
    ? (value as Wanted)
    : { value, managed: true };
}
