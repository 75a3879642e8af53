import path from 'node:path';
import { withinDirectory } from '../../files/within-directory.ts';
import type { Snapshot } from '../provider.ts';
import { requireLive } from './live-state.ts';
import { SUPERUSER } from './addresses.ts';
import { superuserTarget, type LocalContext } from './context.ts';

/** Snapshots with a plain name are in this folder of the workspace. */
export const SNAPSHOT_FOLDER = '.pgkeep';
export const SNAPSHOT_ENDING = '.pgkeep.tar.zst';

/**
 * The file of a snapshot. A plain name means a file in `.pgkeep/` of the workspace, which `actions/cache` can keep; a
 * name with a slash is a path, relative to the workspace, in it or in the runner's temporary folder. Throws
 * `input-invalid` for a path elsewhere.
 */
export function snapshotFile(context: Pick<LocalContext, 'workspace' | 'machine'>, identifier: string): string {
  const isPath = /[/\\]/.test(identifier);
  const { workspace, machine } = context;
  const given = isPath ? identifier : path.join(SNAPSHOT_FOLDER, `${identifier}${SNAPSHOT_ENDING}`);
  return withinDirectory([workspace, machine.temporaryDirectory], given, 'the snapshot');
}

/** Writes the whole server into one compressed file, without stopping it. */
export async function takeSnapshot(context: LocalContext): Promise<Snapshot> {
  const live = await requireLive(context);
  const file = snapshotFile(
    context,
    context.settings.snapshot_identifier ?? `${context.spec.name}-${timeText(context.execution.clock.now())}`
  );
  const { writeArchive } = await import('./cluster/archive.ts');
  const { bytes } = await writeArchive(context.execution, {
    machine: context.machine,
    dataDirectory: context.layout.dataDirectory,
    connection: superuserTarget(live.credentials, SUPERUSER),
    file,
    temporaryDirectory: context.layout.directory
  });
  return { id: file, detail: `${(bytes / 1_000_000).toFixed(1)} MB` };
}

/** `20261122-031500`, UTC. */
function timeText(now: Date): string {
  return now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
}
