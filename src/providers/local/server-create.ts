import { rm } from 'node:fs/promises';
import type { Facts, Work } from '../../engine/resource.ts';
import { ownership } from '../../engine/ownership.ts';
import { ActionError, ProviderError } from '../../errors.ts';
import { ensureCertificate } from './cluster/certificate.ts';
import type { CloneRequest } from './cluster/clone.ts';
import { readCredentials, writeCredentials, type ServerCredentials } from './cluster/credentials.ts';
import { prepareDataDirectory, type PreparedDataDirectory } from './cluster/data-directory.ts';
import { inspectServer } from './cluster/inspect.ts';
import { makeServerDirectory } from './cluster/layout.ts';
import { serverOwner } from './cluster/owner.ts';
import { onFreePort } from './cluster/port.ts';
import { startServer } from './cluster/start.ts';
import { stopServer } from './cluster/stop.ts';
import type { Installation } from './installation/installation.ts';
import { provide } from './installation/provide.ts';
import { snapshotFile } from './local-snapshot.ts';
import { requireSource } from './local-source.ts';
import { serverFacts } from './local-live.ts';
import { SUPERUSER } from './local-names.ts';
import { masterUser, newPassword, type LocalWorld } from './local-world.ts';
import { withValues, writeConfiguration, type Configuration } from './server-configuration.ts';

/**
 * Makes a new server: binaries, data directory (from the prebuilt cluster, a snapshot, or another server), configuration, start. Two steps at once on
 * one name: the second finds the first one's server and goes on with it. A killed run leaves nothing that the next one mistakes for a server.
 */
export async function createServer(world: LocalWorld, work: Work): Promise<Facts> {
  const { layout, machine, context } = world;
  const found = await world.live();
  if (found !== undefined) {
    if (ownership(found.mark, world.target).kind === 'ours') return serverFacts(found);
    throw new ProviderError(`Create server ${world.spec.name}: it exists already and belongs to another workflow`, {
      kind: 'already-exists',
      code: 'not-ours'
    });
  }
  await discardUnfinished(world);
  const installation = await provide(await world.located(), machine, context);
  try {
    return await make(world, work, installation);
  } catch (thrown) {
    if (!context.signal.aborted) await rm(layout.directory, { recursive: true, force: true });
    throw thrown;
  }
}

/** What a killed run left behind may even be a server that runs on files that are not complete. */
async function discardUnfinished({ layout, machine, context }: LocalWorld): Promise<void> {
  const { dataDirectory } = layout;
  const binDir = (await readCredentials(layout.credentialsFile).catch(() => undefined))?.binDir ?? '';
  if ((await inspectServer(dataDirectory, machine)).state === 'running') {
    await stopServer(context, { machine, dataDirectory, binDir, mode: 'immediate' });
  }
  await rm(layout.directory, { recursive: true, force: true });
}

async function make(world: LocalWorld, work: Work, installation: Installation): Promise<Facts> {
  const { layout, machine } = world;
  const owner = await serverOwner(machine);
  await makeServerDirectory(layout, owner);
  const master = { name: masterUser(world, undefined), password: await world.masterPassword() };
  const superuser = master.name === SUPERUSER ? master : { name: SUPERUSER, password: newPassword(world.mask) };

  // A server's start and the writing of its databases go on side by side.
  let unfinished: PreparedDataDirectory | undefined;
  const snapshot = work.values['restore_from_snapshot'];
  const source = work.values['restore_source'];
  if (typeof source === 'string') {
    await cloneFrom(world, source, { installation, owner, superuser });
  } else if (typeof snapshot === 'string') {
    const { restoreArchive } = await import('./cluster/restore.ts');
    await restoreArchive(world.context, {
      file: snapshotFile(world, snapshot),
      directory: layout.dataDirectory,
      installation,
      machine,
      owner,
      password: superuser.password
    });
  } else {
    unfinished = await prepareDataDirectory({
      installation,
      machine,
      directory: layout.dataDirectory,
      password: superuser.password,
      owner,
      readPack: world.pack
    });
  }

  const asked = typeof work.values['port'] === 'number' ? work.values['port'] : undefined;
  return onFreePort(machine, asked, async ({ port, addresses }) => {
    const base: Configuration = { port, addresses, isDurable: false, hasTls: false, parameters: {}, mark: work.mark };
    const configuration = withValues(base, work.values);
    if (configuration.hasTls) await ensureCertificate(layout, owner);
    const credentials: ServerCredentials = {
      formatVersion: 1,
      serverName: world.spec.name,
      superuser,
      ...(master.name === SUPERUSER ? { master } : {}),
      port,
      addresses: [...addresses],
      binDir: installation.binDir,
      version: installation.version
    };
    await writeCredentials(layout.credentialsFile, credentials);
    await writeConfiguration(world, configuration);
    const { dataDirectory, logFile } = layout;
    const place = { binDir: installation.binDir, machine, dataDirectory, logFile };
    const running = await startServer(world.context, place, () => {
      unfinished?.complete();
      unfinished = undefined;
    });
    await writeCredentials(layout.credentialsFile, {
      ...credentials,
      process: { pid: running.pid, startedAt: running.startedAt }
    });
    return { ...serverFacts({ credentials }), username: master.name };
  });
}

async function cloneFrom(
  world: LocalWorld,
  name: string,
  made: Pick<CloneRequest, 'installation' | 'owner' | 'superuser'>
): Promise<void> {
  const { machine, layout, context } = world;
  const source = await requireSource(world, name);
  const { installation } = made;
  if (Number.parseInt(source.version, 10) !== installation.major) {
    throw new ActionError(`Copy the server ${name}: it is PostgreSQL ${source.version}, not ${installation.major}`, {
      code: 'input-invalid',
      source: 'user',
      hint: 'Leave `engine_version` out: a copy has the version of what it is copied from.'
    });
  }
  const { cloneServer } = await import('./cluster/clone.ts');
  await cloneServer(context, { ...made, source, machine, directory: layout.dataDirectory });
}
