import { fork, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { identity } from '../clouds/certificate.ts';
import { COMPILED } from './runner/source-hooks.mts';
import { machineVariables } from './runner-environment.ts';
import type { WarmAnswer, WarmRequest } from './warm-process.mts';

const program = fileURLToPath(new URL('warm-process.mts', import.meta.url));

/** A test need not compile the bundle again for each process. */
export function compileCache(): Readonly<Record<string, string>> {
  return { NODE_COMPILE_CACHE: COMPILED };
}

/** Every step in a process of its own, as on a runner: `PGKEEP_COLD_STEPS=1 npm test`. */
export const ALL_COLD = process.env['PGKEEP_COLD_STEPS'] === '1';

/** Variables that Node, or a library while it loads, reads once: steps share a process only where they agree. */
const READ_ONCE = /^(NODE_|SSL_CERT_|TZ$|LD_)|_PROXY$/i;

/**
 * Those that wait for a step, the one that waits longest first. The one that has just worked is the next to: it has
 * loaded what is wanted, and runs fastest.
 */
const idle: { readonly readOnce: string; readonly child: ChildProcess }[] = [];
const MOST_IDLE = 3;

/**
 * Runs a step in a process that has run others: it has loaded the bundle before, which takes most of the time of a
 * step. Everything that a step gets from its process is set again: environment, directory, umask, what it prints.
 */
export async function runWarm(request: Omit<WarmRequest, 'umask'>): Promise<WarmAnswer> {
  const given = Object.entries(request.env).filter(([name]) => READ_ONCE.test(name));
  const once: Readonly<Record<string, string>> = { ...Object.fromEntries(given), ...shared(request.env) };
  const readOnce = JSON.stringify(
    once,
    Object.keys(once).toSorted((a, b) => a.localeCompare(b))
  );
  const at = idle.findLastIndex(one => one.readOnce === readOnce);
  const [known] = at === -1 ? [] : idle.splice(at, 1);
  const child = known?.child ?? fork(program, { env: { ...machineVariables(), ...compileCache(), ...once } });
  hold(child, true);
  const answer = await answered(child, { ...request, umask: process.umask() });
  hold(child, false);
  idle.push({ readOnce, child });
  if (idle.length > MOST_IDLE) idle.shift()?.child.disconnect();
  return answer;
}

/**
 * What a process believes besides what Node does: a step that trusts the fakes shares it with those that trust no more
 * than the machine. `{}` for a step that trusts others.
 */
function shared({ NODE_EXTRA_CA_CERTS: asked }: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const own = machineVariables()['NODE_EXTRA_CA_CERTS'];
  const fakes = identity();
  if (asked !== undefined && asked !== own && asked !== fakes.file) return {};
  if (own === undefined) return { NODE_EXTRA_CA_CERTS: fakes.file };
  const both = `${fakes.file}.machine`;
  if (!existsSync(both)) writeFileSync(both, `${fakes.certificate}\n${readFileSync(own, 'utf8')}`);
  return { NODE_EXTRA_CA_CERTS: both };
}

/** One that waits keeps no test run from its end. */
function hold(child: ChildProcess, isAtWork: boolean): void {
  for (const handle of [child, child.channel]) {
    if (isAtWork) handle?.ref();
    else handle?.unref();
  }
}

async function answered(child: ChildProcess, request: WarmRequest): Promise<WarmAnswer> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null, signal: string | null): void => {
      reject(new Error(`The process of a warm step ended: ${String(code ?? signal)}`));
    };
    child.once('exit', ended);
    child.once('message', answer => {
      child.off('exit', ended);
      resolve(answer as WarmAnswer);
    });
    child.send(request);
  });
}
