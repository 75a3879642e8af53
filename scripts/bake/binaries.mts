/** The published server binaries of this platform, in a tool cache of the repository's own. */
import path from 'node:path';
import { ActionError } from '../../src/errors.ts';
import type { Major } from '../../src/postgres/major.ts';
import { serverOwner } from '../../src/providers/local/cluster/owner.ts';
import type { Installation } from '../../src/providers/local/installation/installation.ts';
import { locate } from '../../src/providers/local/installation/locate.ts';
import { thisMachine, type Machine } from '../../src/providers/local/installation/machine.ts';
import { provide } from '../../src/providers/local/installation/provide.ts';
import { bringWithinReach } from '../../src/providers/local/installation/within-reach.ts';

const CACHE = path.resolve(import.meta.dirname, '..', '..', '.cache');

/** This machine, without its installed servers. */
export function bakingMachine(): Machine {
  const env = { ...process.env, RUNNER_TOOL_CACHE: path.join(CACHE, 'tools'), PGBIN: '' };
  return { ...thisMachine(env), root: path.join(CACHE, 'nothing-installed') };
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/**
 * The published server of a major, from the cache or downloaded. Copied into `work` where its user may not enter the
 * cache.
 */
export async function publishedInstallation(major: Major, work: string): Promise<Installation> {
  const machine = bakingMachine();
  const located = await locate({ version: String(major), binDir: undefined }, machine);
  const log = { debug: () => {}, info: say, warning: say };
  try {
    const installation = await provide(located, machine, { log, signal: new AbortController().signal });
    const user = await serverOwner(thisMachine(process.env));
    return await bringWithinReach(installation, { user, directory: path.join(work, 'binaries'), log });
  } catch (thrown) {
    if (thrown instanceof ActionError) say(thrown.hint ?? '');
    throw thrown;
  }
}
