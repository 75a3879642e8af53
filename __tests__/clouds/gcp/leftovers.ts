import { text, type Json } from './json.ts';
import type { CloudState } from './state.ts';

/** Everything that is there, a line each, but for what every instance has. */
export function leftovers(cloud: CloudState): readonly string[] {
  const within = [...cloud.instances].flatMap(([name, { json, databases, users }]) => [
    `instance ${name}${json['masterInstanceName'] === undefined ? '' : ` after ${text(json['masterInstanceName'])}`}`,
    ...[...databases.keys()].filter(one => one !== 'postgres').map(one => `database ${name} ${one}`),
    ...[...users.keys()].filter(one => one !== 'postgres').map(one => `user ${name} ${one}`)
  ]);
  const said = (one: Json): string => text(one['displayName'] ?? one['description'] ?? one['name']);
  return [
    ...within,
    ...[...cloud.secrets.keys()].map(id => `secret ${id}`),
    ...[...cloud.policies.values()].map(one => `alert ${said(one)}`),
    ...[...cloud.backups.values()].map(one => `backup of ${text(one['instance'])} ${said(one)}`)
  ].sort();
}
