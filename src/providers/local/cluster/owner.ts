import { readFile, stat } from 'node:fs/promises';
import { onMachine, type Machine } from '../installation/machine.ts';

/** The unprivileged user a server runs as where we are root, which PostgreSQL refuses to run as. */
export interface ServerOwner {
  readonly uid: number;
  readonly gid: number;
}

/** Where the search for a free numeric user begins: above what distributions hand out, below what user namespaces usually map (65536). */
const FIRST_UNUSED_ID = 54_321;

/**
 * Who a new server shall run as: `undefined` (ourselves) unless we are root; then the user `postgres` where there is one, else a numeric
 * user nobody has. The machine's users are not touched: a server on a ready data directory needs no entry in /etc/passwd.
 * A server that exists runs as the owner of its data directory, whatever this says.
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

/** Whom a server that exists runs as: the owner of its data directory. `undefined` (ourselves) unless we are root. */
export async function directoryOwner(dataDirectory: string, machine: Machine): Promise<ServerOwner | undefined> {
  if (machine.uid !== 0) return undefined;
  const { uid, gid } = await stat(dataDirectory);
  return { uid, gid };
}
