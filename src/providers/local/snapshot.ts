import { readdir, rm } from 'node:fs/promises';
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
  const gone = await deleteOld(context, file);
  const size = `${(bytes / 1_000_000).toFixed(1)} MB`;
  return { id: file, detail: gone.length === 0 ? size : `${size}; deleted: ${gone.join(', ')}` };
}

/** Deletes snapshots of this server that `snapshot_keep_days` does not keep. Those under a name of their own stay. */
async function deleteOld(context: LocalContext, taken: string): Promise<readonly string[]> {
  const days = context.settings.snapshot_keep_days;
  if (days === undefined) return [];
  const folder = path.join(context.workspace, SNAPSHOT_FOLDER);
  const oldest = context.execution.clock.now().getTime() - days * 86_400_000;
  const old = (await readdir(folder)).filter(entry => {
    const at = momentIn(entry, context.spec.name);
    return at !== undefined && Date.parse(at) < oldest && path.join(folder, entry) !== taken;
  });
  for (const entry of old) await rm(path.join(folder, entry), { force: true });
  return old;
}

/** When `command: snapshot` took this file of a server, ISO 8601. `undefined` for a file of another name. */
export function momentIn(entry: string, name: string): string | undefined {
  if (!entry.startsWith(`${name}-`) || !entry.endsWith(SNAPSHOT_ENDING)) return undefined;
  const text = entry.slice(name.length + 1, -SNAPSHOT_ENDING.length);
  const moment = text.replace(/^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)$/, '$1-$2-$3T$4:$5:$6Z');
  return moment === text ? undefined : moment;
}

/** `20261122-031500`, UTC. */
function timeText(now: Date): string {
  return now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
}
