import type { Mark } from '../../../../engine/ownership.ts';
import type { Facts, Observed, Work } from '../../../../engine/resource.ts';
import { ensureCertificate } from '../../cluster/certificate.ts';
import { quoteIdentifier } from '../../../../postgres/identifier.ts';
import { writeCredentials, type ServerCredentials } from '../../cluster/credentials.ts';
import type { RunningServer } from '../../cluster/inspect.ts';
import { directoryOwner } from '../../cluster/owner.ts';
import { choosePort, isTakenPort, onFreePort } from '../../cluster/port.ts';
import { reloadSettings } from '../../cluster/reload.ts';
import { restartServer } from '../../cluster/stop.ts';
import { requireLive } from '../../live-state.ts';
import { SUPERUSER } from '../../addresses.ts';
import { asSuperuser, type LocalContext } from '../../context.ts';
import { configurationOf, withValues, writeConfiguration, type Configuration } from './configuration.ts';
import { start } from './start.ts';
import type { ServerFields } from './fields.ts';

/** Changes a server in place: writes its configuration and reloads, restarts, or starts it, as the changes need. */
export async function updateServer(context: LocalContext, work: Work<ServerFields>): Promise<Facts> {
  const { layout, machine, execution } = context;
  const live = await requireLive(context);
  const asked = work.values.port;
  if (typeof asked === 'number') await choosePort(machine, asked);
  const before = configurationOf(live, work.mark);
  const configuration = withValues(before, work.values);
  if (configuration.hasTls) await ensureCertificate(layout, await directoryOwner(layout.dataDirectory, machine));
  await writeConfiguration(context, configuration);
  if (live.state === 'stopped') {
    await startAgain(context, live.credentials, configuration);
    return {};
  }

  await clearOverrides(context, live.credentials, work);
  const { binDir } = live.credentials;
  if (!work.changes.some(change => change.impact === 'restart')) {
    await reload(context, live.credentials);
    return {};
  }
  try {
    const options = { binDir, machine, dataDirectory: layout.dataDirectory, logFile: layout.logFile };
    await keep(context, live.credentials, configuration, await restartServer(execution, options));
    return {};
  } catch (thrown) {
    // A server that does not start with its new settings starts with its earlier ones.
    if (!execution.signal.aborted) {
      await writeConfiguration(context, before);
      await start(context, binDir);
    }
    throw thrown;
  }
}

/**
 * Starts a server that was stopped or died between two steps; on another port where its own is taken and no input names
 * it.
 */
async function startAgain(
  context: LocalContext,
  credentials: ServerCredentials,
  configuration: Configuration
): Promise<void> {
  try {
    await keep(context, credentials, configuration, await start(context, credentials.binDir));
  } catch (thrown) {
    if (!isTakenPort(thrown) || context.settings.port !== undefined) throw thrown;
    await onFreePort(context.machine, undefined, async at => {
      const moved = { ...configuration, ...at };
      await writeConfiguration(context, moved);
      await keep(context, credentials, moved, await start(context, credentials.binDir));
    });
  }
}

async function keep(
  context: LocalContext,
  credentials: ServerCredentials,
  { port, addresses }: Configuration,
  { pid, startedAt }: RunningServer
): Promise<void> {
  const kept = { ...credentials, port, addresses: [...addresses], process: { pid, startedAt } };
  await writeCredentials(context.layout.credentialsFile, kept);
}

/** Makes the server read its configuration again, and waits until it has. */
export async function reload(context: LocalContext, credentials: ServerCredentials): Promise<void> {
  await asSuperuser(context, credentials, SUPERUSER, async session => reloadSettings(context.execution, session));
}

/**
 * Values of `ALTER SYSTEM` override our file: they are reset for the parameters that this step sets, and for no others.
 * https://www.postgresql.org/docs/current/config-setting.html
 */
export async function clearOverrides(
  context: LocalContext,
  credentials: ServerCredentials,
  work: { readonly changes: readonly { readonly field: string }[] }
): Promise<void> {
  const names = work.changes.flatMap(({ field }) =>
    field.startsWith('parameters.') ? [field.slice('parameters.'.length)] : []
  );
  if (names.length === 0) return;
  await asSuperuser(context, credentials, SUPERUSER, async session => {
    for (const name of names) {
      const parameter = name.split('.').map(quoteIdentifier).join('.');
      await session.query(`ALTER SYSTEM RESET ${parameter}`, undefined, `reset ALTER SYSTEM of ${name}`);
    }
  });
}

/** Writes the digest of the last apply and the expiry into the mark, when no step did. */
export async function writeMark(context: LocalContext, _observed: readonly Observed[], mark: Mark): Promise<void> {
  const live = await context.live();
  if (live?.state !== 'running') return;
  const { applied, expiresAt, masked } = live.mark ?? {};
  if (applied === mark.applied && expiresAt === mark.expiresAt && masked === mark.masked) return;
  await writeConfiguration(context, configurationOf(live, mark));
  await reload(context, live.credentials);
}
