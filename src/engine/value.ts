/** What a field can hold: plain JSON, so that plans can be stored, compared and hashed. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value };

/**
 * A fact of another resource that exists only after that resource was made; shown as "known after apply". Stands for a
 * whole field or for an item of a list; deeper inside a value it would be plain data.
 */
export interface Reference {
  readonly $ref: string;
  readonly fact: string;
}

/**
 * A whole field that is a secret, by name. Plans hold the name; the value is inserted when the call is made and nowhere
 * else.
 */
export interface SecretName {
  readonly $secret: string;
}

export type FieldValue = Value | Reference | SecretName;

export function isReference(value: FieldValue): value is Reference {
  return hasExactly(value, '$ref', 'fact');
}

export function isSecretName(value: FieldValue): value is SecretName {
  return hasExactly(value, '$secret');
}

/** Plain data: without secrets and values known only after apply. */
export function isPlain(value: FieldValue): value is Value {
  return !isSecretName(value) && referencesIn(value).length === 0;
}

/** The references a value is or lists. */
export function referencesIn(value: FieldValue): readonly Reference[] {
  if (isReference(value)) return [value];
  return isList(value) ? value.flatMap(item => (isReference(item) ? [item] : [])) : [];
}

/** The value with each known reference replaced by its value; unknown ones stay. */
export function withReferences(value: FieldValue, known: (reference: Reference) => Value | undefined): FieldValue {
  if (isReference(value)) return known(value) ?? value;
  if (!isList(value) || !value.some(isReference)) return value;
  return value.map(item => (isReference(item) ? (known(item) ?? item) : item));
}

/** JSON with sorted keys and no white space: equal values have equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value ?? null);
}

export function sameValue(a: FieldValue | undefined, b: FieldValue | undefined): boolean {
  return a === b || canonicalJson(a) === canonicalJson(b);
}

function isList(value: FieldValue): value is readonly Value[] {
  return Array.isArray(value);
}

/** Text under exactly these keys: a user's map that merely holds one of them stays data. */
function hasExactly(value: FieldValue, ...keys: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const members = new Map(Object.entries(value));
  return members.size === keys.length && keys.every(key => typeof members.get(key) === 'string');
}

/** How a count is shown: `1 day`, `7 days`. */
export function counted(one: string): (value: Value) => string {
  return value => `${textOf(value)} ${one}${value === 1 ? '' : 's'}`;
}

/** A value as plain text: scalars as they are, the rest as canonical JSON, nothing as an empty text. */
export function textOf(value: Value | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? canonicalJson(value) : String(value);
}

/** The value when it is a text, and nothing else. */
export function stringOf(value: Value | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The items of a list as plain text; none when it is not a list. */
export function textsOf(value: Value | undefined): readonly string[] {
  return Array.isArray(value) ? value.map(textOf) : [];
}
