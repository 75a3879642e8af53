/** What a field can hold: plain JSON, so that plans can be stored, compared and hashed. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value };

/** A fact of another resource that exists only after that resource was made; shown as "known after apply". */
export interface Reference {
  readonly $ref: string;
  readonly fact: string;
}

/** A secret by name. Plans hold the name; the value is put in at the moment of the call and nowhere else. */
export interface SecretName {
  readonly $secret: string;
}

export type FieldValue = Value | Reference | SecretName;

export function isReference(value: FieldValue): value is Reference {
  return typeof value === 'object' && value !== null && '$ref' in value && 'fact' in value;
}

export function isSecretName(value: FieldValue): value is SecretName {
  return typeof value === 'object' && value !== null && '$secret' in value;
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
  return canonicalJson(a) === canonicalJson(b);
}
