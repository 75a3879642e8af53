import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { ActionError } from '../../errors.ts';
import { newestOf, type NewestBackup } from '../newest-backup.ts';
import { readArchiveManifest } from './cluster/archive-manifest.ts';
import type { LocalContext } from './context.ts';
import { momentIn, SNAPSHOT_ENDING, SNAPSHOT_FOLDER, snapshotFile } from './snapshot.ts';

/** The file that `snapshot_identifier` names, else the newest snapshot of this server in the workspace. */
export async function newestBackup(context: LocalContext): Promise<NewestBackup> {
  const { spec, settings, workspace } = context;
  const file = settings.snapshot_identifier ?? (await newestFile(path.join(workspace, SNAPSHOT_FOLDER), spec.name));
  if (file === undefined) {
    return {
      kind: 'none',
      why: `${SNAPSHOT_FOLDER}/ holds no snapshot of ${spec.name}`,
      hint: 'Run `command: snapshot` first, or restore the folder from a cache.'
    };
  }
  try {
    const { createdAt } = await readArchiveManifest(snapshotFile(context, file));
    return { kind: 'found', at: createdAt, title: `snapshot ${file}`, restore: { restore_from_snapshot: file } };
  } catch (thrown) {
    if (!(thrown instanceof ActionError) || thrown.code !== 'not-found') throw thrown;
    const hint = 'Correct `snapshot_identifier`, or run `command: snapshot` first.';
    return { kind: 'none', why: `there is no file ${file}`, hint };
  }
}

/** The name of the newest snapshot that `command: snapshot` named after the server, by the time in its name. */
async function newestFile(folder: string, name: string): Promise<string | undefined> {
  const entries = await readdir(folder).catch(() => []);
  return newestOf(entries, entry => momentIn(entry, name))?.slice(0, -SNAPSHOT_ENDING.length);
}
