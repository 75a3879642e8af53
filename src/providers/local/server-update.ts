import type { Mark } from '../../engine/ownership.ts';
import type { Facts, Observed, Work } from '../../engine/resource.ts';
import { ensureCertificate } from './cluster/certificate.ts';
import { quoteIdentifier } from '../../postgres/identifier.ts';
import { writeCredentials, type ServerCredentials } from './cluster/credentials.ts';
import { withLock } from './cluster/lock.ts';
import { serverOwner } from './cluster/owner.ts';
import { choosePort } from './cluster/port.ts';
import { reloadServer, restartServer } from './cluster/stop.ts';
import { requireLive, serverFacts } from './local-live.ts';
import { SUPERUSER } from './local-names.ts';
import { asSuperuser, type LocalWorld } from './local-world.ts';
import { configurationOf, withValues, writeConfiguration } from './server-configuration.ts';
import { start } from './server-start.ts';

/** Changes a server in place: writes its configuration and reloads, restarts, or starts it, whichever the changes need. */
export async function updateServer(world: LocalWorld, work: Work): Promise<Facts> {
  const { layout, machine, context } = world;
  return withLock(context, machine, layout.lockFile, async () => {
    world.forget();
    const live = await requireLive(world);
    if (typeof work.values['port'] === 'number') await choosePort(machine, work.values['port']);
    const before = configurationOf(live, work.mark);
    const configuration = withValues(before, work.values);
    if (configuration.hasTls) await ensureCertificate(layout, await serverOwner(machine));
    await writeConfiguration(world, configuration);

    if (live.state === 'running') await clearOverrides(world, live.credentials, work);
    const { binDir } = live.credentials;
    const options = { binDir, machine, dataDirectory: layout.dataDirectory, logFile: layout.logFile };
    const needsRestart = work.changes.some(change => change.impact === 'restart');
    try {
      const running =
        live.state === 'stopped'
          ? await start(world, binDir)
          : needsRestart
            ? await restartServer(context, options)
            : undefined;
      if (running === undefined) await reloadServer(options);
      const credentials = {
        ...live.credentials,
        port: configuration.port,
        ...(running === undefined ? {} : { process: { pid: running.pid, startedAt: running.startedAt } })
      };
      await writeCredentials(layout.credentialsFile, credentials);
      return serverFacts({ credentials });
    } catch (thrown) {
      // A server that does not start with its new settings goes on with the ones it had.
      if (needsRestart && live.state === 'running' && !context.signal.aborted) {
        await writeConfiguration(world, before);
        await start(world, binDir);
      }
      throw thrown;
    } finally {
      world.forget();
    }
  });
}

/**
 * What `ALTER SYSTEM` wrote wins over our file, so it is taken back for the parameters that this step sets. No other is touched.
 * https://www.postgresql.org/docs/current/config-setting.html
 */
export async function clearOverrides(world: LocalWorld, credentials: ServerCredentials, work: Work): Promise<void> {
  const names = work.changes.flatMap(({ field }) =>
    field.startsWith('parameters.') ? [field.slice('parameters.'.length)] : []
  );
  if (names.length === 0) return;
  await asSuperuser(world, credentials, SUPERUSER, async session => {
    for (const name of names) {
      const parameter = name.split('.').map(quoteIdentifier).join('.');
      await session.query(`ALTER SYSTEM RESET ${parameter}`, undefined, `take back ALTER SYSTEM of ${name}`);
    }
  });
}

/** Keeps in the mark what was applied last and until when the server is wanted, where no step of its own did. */
export async function stamp(world: LocalWorld, _observed: readonly Observed[], mark: Mark): Promise<void> {
  const live = await world.live();
  if (live?.state !== 'running') return;
  if (live.mark?.applied === mark.applied && live.mark?.expiresAt === mark.expiresAt) return;
  const { layout, machine } = world;
  await writeConfiguration(world, configurationOf(live, mark));
  await reloadServer({ binDir: live.credentials.binDir, machine, dataDirectory: layout.dataDirectory });
}
