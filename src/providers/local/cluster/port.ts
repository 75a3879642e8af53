import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, connect } from 'node:net';
import { ActionError } from '../../../errors.ts';
import { onMachine, type Machine } from '../installation/machine.ts';
import { listenerOf } from './listener.ts';

/** Where a new server listens. */
export interface ListenAt {
  readonly port: number;
  /** `127.0.0.1`, and `::1` where the machine has IPv6. */
  readonly addresses: readonly string[];
}

const IPV4 = '127.0.0.1';
const IPV6 = '::1';
const USUAL_PORT = 5432;
const MAX_TRIES = 20;
const MAX_STARTS = 5;

/**
 * Below the ports of outgoing connections (from 32768 on Linux, 49152 elsewhere), one of which could otherwise take the
 * port while the server restarts.
 */
const FIRST_CHOSEN_PORT = 15_432;
const FIRST_EPHEMERAL_PORT = 32_768;

const NO_SUCH_ADDRESS = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL', 'EPROTONOSUPPORT']);

/** Whether a port is free on all of these addresses. */
type IsFree = (machine: Machine, port: number, addresses: readonly string[]) => Promise<boolean>;

/**
 * A port that is free on all loopback addresses: the requested one, else 5432, else any; with `any`, never 5432 on
 * purpose. It can be taken before the server binds it; the start then fails with `port-in-use`. Throws `port-in-use`
 * for a requested port that is taken (naming its holder, if the system tells), `permission-denied` for one that we may
 * not bind.
 */
export async function choosePort(
  machine: Machine,
  requested?: number | 'any',
  isFree: IsFree = isFreeHere
): Promise<ListenAt> {
  const addresses = (await tryBind(IPV6, 0)) === 'no-address' ? [IPV4] : [IPV4, IPV6];
  if (typeof requested === 'number') {
    await requireFree(machine, requested, addresses);
    return { port: requested, addresses };
  }
  if (requested !== 'any' && (await isFree(machine, USUAL_PORT, addresses))) return { port: USUAL_PORT, addresses };
  for (let tried = 0; tried < MAX_TRIES; tried += 1) {
    const port = randomInt(FIRST_CHOSEN_PORT, FIRST_EPHEMERAL_PORT);
    if (await isFree(machine, port, addresses)) return { port, addresses };
  }
  throw new ActionError(`Could not find a free port on ${addresses.join(' and ')}: none of ${MAX_TRIES} was free`, {
    code: 'port-in-use',
    source: 'provider',
    hint: 'Set `port` to a free one.'
  });
}

/**
 * Starts a server on a port of `choosePort`, and on another one when that is taken before the server binds it. A
 * requested port is tried once. Throws the failures of `choosePort` and `start`.
 */
export async function onFreePort<T>(
  machine: Machine,
  requested: number | 'any' | undefined,
  start: (at: ListenAt) => Promise<T>
): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await start(await choosePort(machine, requested));
    } catch (thrown) {
      const isRace = isTakenPort(thrown) && typeof requested !== 'number';
      if (!isRace || tried >= MAX_STARTS) throw thrown;
    }
  }
}

/** Whether a start failed because its port is taken. */
export function isTakenPort(thrown: unknown): boolean {
  return thrown instanceof ActionError && thrown.code === 'port-in-use';
}

async function isFreeHere(machine: Machine, port: number, addresses: readonly string[]): Promise<boolean> {
  for (const address of addresses) {
    if ((await probeAddress(machine, address, port)) !== 'free') return false;
  }
  return true;
}

async function requireFree(machine: Machine, port: number, addresses: readonly string[]): Promise<void> {
  const denied = (address: string, user: string): ActionError =>
    new ActionError(`Could not listen on ${address} port ${port}: ${user} may not`, {
      code: 'permission-denied',
      source: 'user',
      hint: 'Use a port above 1023.'
    });
  if (await isForRoot(machine, port)) throw denied(IPV4, 'the server, which does not run as root,');
  for (const address of addresses) {
    const outcome = await probeAddress(machine, address, port);
    if (outcome === 'free') continue;
    if (outcome === 'denied') throw denied(address, 'this user');
    const holder = await listenerOf(machine, port);
    throw new ActionError(`Could not listen on ${address} port ${port}: ${holder ?? 'another process'} uses it`, {
      code: 'port-in-use',
      source: 'user',
      hint: 'Stop it, set `port` to another one, or leave `port` out: a free one is then chosen.'
    });
  }
}

/** Whether root may bind a port that the user of its server may not. In most containers every user may. */
async function isForRoot(machine: Machine, port: number): Promise<boolean> {
  if (machine.uid !== 0) return false;
  const first = onMachine(machine, '/proc/sys/net/ipv4/ip_unprivileged_port_start');
  return port < Number(await readFile(first, 'utf8').catch(() => '0'));
}

type Bind = 'free' | 'taken' | 'denied' | 'no-address';

async function probeAddress(machine: Machine, address: string, port: number): Promise<Bind> {
  // macOS lets us bind 127.0.0.1 although another process listens on every address, so there we also try to connect.
  if (machine.platform === 'darwin' && (await answers(address, port))) return 'taken';
  return tryBind(address, port);
}

async function tryBind(address: string, port: number): Promise<Bind> {
  const server = createServer();
  return new Promise<Bind>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const code = error.code ?? '';
      if (code === 'EADDRINUSE') resolve('taken');
      else if (code === 'EACCES') resolve('denied');
      else if (NO_SUCH_ADDRESS.has(code)) resolve('no-address');
      else reject(error);
    });
    server.listen({ host: address, port, exclusive: true, ipv6Only: address === IPV6 }, () => {
      server.close(() => resolve('free'));
    });
  });
}

async function answers(address: string, port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host: address, port });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
