import { readdir, readFile, readlink } from 'node:fs/promises';
import { onMachine, type Machine } from '../installation/machine.ts';

const LISTENING = '0A';

/**
 * The listener on a TCP port of this machine, for an error's text: `nginx (pid 42)`. `undefined` when the system does
 * not tell: on systems other than Linux, and for processes of other users unless we are root.
 */
export async function listenerOf(machine: Machine, port: number): Promise<string | undefined> {
  if (machine.platform !== 'linux') return undefined;
  const sockets = await listeningSockets(machine, port);
  if (sockets.size === 0) return undefined;
  const processes = await readdir(onMachine(machine, '/proc')).catch(() => []);
  for (const pid of processes.filter(name => /^\d+$/.test(name))) {
    const directory = onMachine(machine, `/proc/${pid}`);
    for (const descriptor of await readdir(`${directory}/fd`).catch(() => [])) {
      const target = await readlink(`${directory}/fd/${descriptor}`).catch(() => '');
      if (!sockets.has(target)) continue;
      const name = (await readFile(`${directory}/comm`, 'utf8').catch(() => '')).trim();
      return name === '' ? `the process ${pid}` : `${name} (pid ${pid})`;
    }
  }
  return undefined;
}

/** `socket:[inode]` of every listener on the port: https://docs.kernel.org/networking/proc_net_tcp.html */
async function listeningSockets(machine: Machine, port: number): Promise<ReadonlySet<string>> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map(table => readFile(onMachine(machine, `/proc/net/${table}`), 'utf8').catch(() => ''))
  );
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  const rows = tables.flatMap(table => table.split('\n').slice(1)).map(row => row.trim().split(/\s+/));
  return new Set(
    rows
      .filter(([, local, , state]) => state === LISTENING && local?.endsWith(`:${hexPort}`) === true)
      .map(row => `socket:[${row[9]}]`)
  );
}
