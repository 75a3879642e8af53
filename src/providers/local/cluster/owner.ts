import { readFile, stat } from 'node:fs/promises';
import { onMachine, type Machine } from '../installation/machine.ts';

/** The unprivileged user that a server runs as when we are root, which PostgreSQL refuses to run as. */
export interface ServerOwner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Where the search for a free numeric user begins: above the users of distributions, below the usual range of user
 * namespaces (65536).
 */
const FIRST_UNUSED_ID = 54_321;

/**
 * The user of a new server: `undefined` (ourselves) unless we are root; then the user `postgres` if it exists, else an
 * unused numeric user. The machine's users are not changed: a server on a ready data directory needs no entry in
 * /etc/passwd. An existing server always runs as the owner of its data directory.
 */
export async function serverOwner(machine: Machine): Promise<ServerOwner | undefined> {
  if (machine.uid !== 0) return undefined;
  const passwd = await readFile(onMachine(machine, '/etc/passwd'), 'utf8').catch(() => '');
  const users = passwd.split('\n').map(line => line.split(':'));
  const postgres = users.find(([name]) => name === 'postgres');
  const [uid, gid] = [Number(postgres?.[2]), Number(postgres?.[3])];
  if (uid > 0 && gid > 0) return { uid, gid };

  const taken = new Set(users.flatMap(([, , user, group]) => [Number(user), Number(group)]));
  let id = FIRST_UNUSED_ID;
  while (taken.has(id)) id += 1;
  return { uid: id, gid: id };
}

/** The user of an existing server: the owner of its data directory. `undefined` (ourselves) unless we are root. */
export async function directoryOwner(dataDirectory: string, machine: Machine): Promise<ServerOwner | undefined> {
  if (machine.uid !== 0) return undefined;
  const { uid, gid } = await stat(dataDirectory);
  return { uid, gid };
}
