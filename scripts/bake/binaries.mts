/** The published server binaries of this platform, in a tool cache of the repository's own. */
import { ActionError } from '../../src/errors.ts';
import type { Major } from '../../src/postgres/major.ts';
import type { Installation } from '../../src/providers/local/installation/installation.ts';
import { locate } from '../../src/providers/local/installation/locate.ts';
import { thisMachine, type Machine } from '../../src/providers/local/installation/machine.ts';
import { provide } from '../../src/providers/local/installation/provide.ts';

const CACHE = new URL('../../.cache/', import.meta.url).pathname;

/** This machine, without the servers that somebody installed on it. */
export function bakingMachine(): Machine {
  const env = { ...process.env, RUNNER_TOOL_CACHE: `${CACHE}tools`, PGBIN: '' };
  return { ...thisMachine(env), root: `${CACHE}nothing-installed` };
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** The published server of a major, from the cache or downloaded. */
export async function publishedInstallation(major: Major): Promise<Installation> {
  const machine = bakingMachine();
  const located = await locate({ version: String(major), binDir: undefined }, machine);
  const log = { debug: () => {}, info: say, warning: say };
  try {
    return await provide(located, machine, { log, signal: new AbortController().signal });
  } catch (thrown) {
    if (thrown instanceof ActionError) say(thrown.hint ?? '');
    throw thrown;
  }
}
