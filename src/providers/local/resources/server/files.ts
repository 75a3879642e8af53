import type { Work } from '../../../../engine/resource.ts';
import { ActionError } from '../../../../errors.ts';
import { prepareDataDirectory, type PreparedDataDirectory } from '../../cluster/data-directory.ts';
import type { ServerOwner } from '../../cluster/owner.ts';
import { COMPLETE } from '../../cluster/pack-unpack.ts';
import { installationOf, type Installation, type Located } from '../../installation/installation.ts';
import { snapshotFile } from '../../snapshot.ts';
import { requireSource } from '../../desired/restore-source.ts';
import type { ServerFields } from './fields.ts';
import type { LocalContext } from '../../context.ts';

/** The binaries of a new server: installed, or being provided. */
export interface Binaries {
  readonly located: Located;
  readonly provided: Promise<Installation>;
}

interface Request {
  readonly binaries: Binaries;
  readonly owner: ServerOwner | undefined;
  /** The user whose password the cluster has from the start. */
  readonly superuser: { readonly name: string; readonly password: string };
}

/** The files of a new server. */
export interface NewFiles extends Pick<PreparedDataDirectory, 'complete'> {
  /** They hold the databases of another server, which keep their locales. */
  readonly isCopy: boolean;
}

/** Creates the data directory of a new server: from the prebuilt cluster, a snapshot, or another server. */
export async function makeFiles(context: LocalContext, work: Work<ServerFields>, request: Request): Promise<NewFiles> {
  const { restore_from_snapshot: snapshot, restore_source: source } = work.values;
  if (typeof source === 'string') {
    await cloneFrom(context, source, request);
  } else if (typeof snapshot === 'string') {
    await restoreFrom(context, snapshot, request);
  } else {
    return { ...(await prebuilt(context, request)), isCopy: false };
  }
  return { complete: () => COMPLETE, isCopy: true };
}

async function prebuilt(
  { machine, layout, pack }: LocalContext,
  { binaries, owner, superuser }: Request
): Promise<PreparedDataDirectory> {
  const prepared = await prepareDataDirectory({
    installation: installationOf(binaries.located),
    programs: binaries.provided,
    machine,
    directory: layout.dataDirectory,
    password: superuser.password,
    owner,
    readPack: pack
  });
  // A download takes longer than writing them.
  if (binaries.located.source === 'download') await prepared.complete().whole;
  return prepared;
}

async function restoreFrom(
  context: LocalContext,
  snapshot: string,
  { binaries, owner, superuser }: Request
): Promise<void> {
  const { restoreArchive } = await import('../../cluster/restore.ts');
  await restoreArchive(context.execution, {
    file: snapshotFile(context, snapshot),
    directory: context.layout.dataDirectory,
    installation: await binaries.provided,
    machine: context.machine,
    owner,
    password: superuser.password
  });
}

async function cloneFrom(context: LocalContext, name: string, { binaries, owner, superuser }: Request): Promise<void> {
  const { machine, layout, execution } = context;
  const source = await requireSource(context, name);
  const installation = await binaries.provided;
  if (Number.parseInt(source.version, 10) !== installation.major) {
    throw new ActionError(
      `Could not copy server ${name}: it is PostgreSQL ${source.version}, not ${installation.major}`,
      {
        code: 'input-invalid',
        source: 'user',
        hint: 'Leave `engine_version` out: a copy has the version of its source.'
      }
    );
  }
  const { cloneServer } = await import('../../cluster/clone.ts');
  await cloneServer(execution, {
    source,
    installation,
    machine,
    owner,
    superuser,
    directory: layout.dataDirectory
  });
}
