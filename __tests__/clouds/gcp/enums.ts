import { createRequire } from 'node:module';
import { object, text, type Json } from './json.ts';

interface Field {
  readonly type: string;
}

const require = createRequire(import.meta.url);

/**
 * Puts the enums of a message of Cloud SQL into the other form: their names, or their numbers. Unknown ones stay as
 * they are.
 */
export function enumsOf(): (message: string, value: unknown, to: 'names' | 'numbers') => unknown {
  let types: unknown = require('@google-cloud/sql/build/protos/protos.json');
  for (const name of ['google', 'cloud', 'sql', 'v1']) types = object(object(types)['nested'])[name];
  const root = object(object(types)['nested']);

  const find = (name: string, within: readonly Json[]): Json | undefined => {
    for (const scope of within) {
      const found = name.split('.').reduce<Json | undefined>((at, part, index) => {
        const inner = index === 0 ? scope : object(at?.['nested']);
        return part in inner ? object(inner[part]) : undefined;
      }, undefined);
      if (found !== undefined) return found;
    }
    return undefined;
  };

  const convert = (type: Json | undefined, value: unknown, to: 'names' | 'numbers'): unknown => {
    if (type === undefined || value === null) return value;
    if (Array.isArray(value)) return value.map((item: unknown) => convert(type, item, to));
    const values = type['values'];
    if (values !== undefined) {
      const pairs = Object.entries(object(values));
      const pair = pairs.find(([name, number]) => (to === 'names' ? number === value : name === value));
      return pair?.[to === 'names' ? 0 : 1] ?? value;
    }
    if (typeof value !== 'object') return value;
    const fields = new Map(
      Object.entries(object(type['fields'])).map(([name, field]) => [
        name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
        { type: text(object(field)['type']), map: 'keyType' in object(field) }
      ])
    );
    const scopes = [object(type['nested']), root];
    return Object.fromEntries(
      Object.entries(value).map(([name, member]: [string, unknown]) => {
        const field: (Field & { readonly map: boolean }) | undefined = fields.get(name);
        if (field === undefined || field.map) return [name, member];
        return [name, convert(find(field.type, scopes), member, to)];
      })
    );
  };
  return (message, value, to) => convert(find(message, [root]), value, to);
}
