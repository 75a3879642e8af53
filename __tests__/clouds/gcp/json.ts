/** A JSON object, as it lies in a request or an answer. */
export type Json = Readonly<Record<string, unknown>>;

export const object = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};

export const text = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** As PATCH does it: objects are merged, lists replaced, and null takes away. */
export function merged(before: Json, change: Json): Json {
  const result: Record<string, unknown> = { ...before };
  for (const [name, value] of Object.entries(change)) {
    if (value === null) delete result[name];
    else if (typeof value === 'object' && !Array.isArray(value))
      result[name] = merged(object(result[name]), object(value));
    else result[name] = value;
  }
  return result;
}
