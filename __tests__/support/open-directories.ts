import { tmpdir } from 'node:os';
import { openParents } from '../../src/providers/local/cluster/open-directory.ts';
import { serverOwner } from '../../src/providers/local/cluster/owner.ts';
import { thisMachine } from '../../src/providers/local/installation/machine.ts';
import { firstClosedDirectory } from '../../src/providers/local/installation/reachable.ts';

/**
 * Directories for temporary files, best first, that the user of a server may enter: any where servers run as the user
 * we are.
 */
export async function openDirectories(): Promise<readonly string[]> {
  const machine = thisMachine(process.env);
  const owner = await serverOwner(machine);
  return owner === undefined ? [...new Set([tmpdir(), '/tmp', '/var/tmp'])] : openParents(machine, owner);
}

/** Whether the user of a server may enter a directory, and all above it. */
export async function isOpen(directory: string): Promise<boolean> {
  return (await firstClosedDirectory(directory, await serverOwner(thisMachine(process.env)))) === undefined;
}
