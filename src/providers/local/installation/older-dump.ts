import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { onMachine, type Machine } from './machine.ts';

/**
 * The way out where the `pg_dump` of this machine is older than a server of `major`, which it refuses. Hosted images of
 * Ubuntu have one. Undefined where it is not older, and where Debian's wrapper finds none.
 */
export function olderDump(machine: Machine, major: number): string | undefined {
  const root = onMachine(machine, '/usr/lib/postgresql');
  const majors = existsSync(root)
    ? readdirSync(root).filter(one => /^\d+$/.test(one) && existsSync(path.join(root, one, 'bin/pg_dump')))
    : [];
  const newest = Math.max(...majors.map(Number));
  if (majors.length === 0 || newest >= major) return undefined;
  return (
    `pg_dump of this machine is ${newest}, and refuses this server, which is ${major}. ` +
    `Set \`engine_version: ${newest}\`, or install \`postgresql-${major}\` of apt.postgresql.org in an earlier step: ` +
    'this action then takes that server, and puts its programs on the PATH.'
  );
}
