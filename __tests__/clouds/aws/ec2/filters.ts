import type { Filter } from '@aws-sdk/client-ec2';
import { AwsFault } from '../fault.ts';
import type { Tag } from '../tags.ts';

/** Says of each filter name which values a thing has. */
export type FilterFields<T> = Readonly<Record<string, (thing: T) => readonly (string | undefined)[]>>;

/** Whether a thing passes all filters; a filter passes when one of its values matches, `*` being anything. */
export function passes<T>(
  thing: T,
  tags: readonly Tag[],
  filters: readonly Filter[] | undefined,
  fields: FilterFields<T>
): boolean {
  return (filters ?? []).every(filter => {
    const name = filter.Name ?? '';
    const wanted = filter.Values ?? [];
    if (name.startsWith('tag:')) {
      return tags.some(tag => tag.Key === name.slice(4) && wanted.some(value => matches(value, tag.Value)));
    }
    if (name === 'tag-key') return tags.some(tag => wanted.includes(tag.Key));
    const field = fields[name];
    if (field === undefined) throw new AwsFault('InvalidParameterValue', `The filter '${name}' is invalid`);
    return field(thing).some(value => value !== undefined && wanted.some(pattern => matches(pattern, value)));
  });
}

function matches(pattern: string, value: string): boolean {
  if (!pattern.includes('*')) return pattern === value;
  const source = pattern
    .split('*')
    .map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
  return new RegExp(`^${source}$`).test(value);
}
