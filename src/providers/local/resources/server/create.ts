import path from 'node:path';
import type { CreationWork, Facts, Work } from '../../../../engine/resource.ts';
import { ownership } from '../../../../engine/ownership.ts';
import { ActionError, ProviderError, SEE_THE_PLAN } from '../../../../errors.ts';
import { loadClient, probe, type ConnectionTarget } from '../../../../postgres/connection.ts';
import { adoptLocales } from '../../cluster/adopt-locales.ts';
import { ensureCertificate } from '../../cluster/certificate.ts';
import { readCredentials, writeCredentials, type ServerCredentials } from '../../cluster/credentials.ts';
import { inspectServer } from '../../cluster/inspect.ts';
import { machineLocales } from '../../cluster/machine-locales.ts';
import { serverOwner, type ServerOwner } from '../../cluster/owner.ts';
import { onFreePort } from '../../cluster/port.ts';
import { prepareServerDirectory, removeServerDirectory } from '../../cluster/server-directory.ts';
import { startServer } from '../../cluster/start.ts';
import { stopServer } from '../../cluster/stop.ts';
import { bringWithinReach } from '../../installation/within-reach.ts';
import { provide } from '../../installation/provide.ts';
import type { LiveServer } from '../../live-types.ts';
import { SUPERUSER } from '../../addresses.ts';
import { masterUser, newPassword, superuserTarget, type LocalContext } from '../../context.ts';
import { withValues, writeConfiguration, type Configuration } from './configuration.ts';
import { makeFiles, type Binaries } from './files.ts';
import { clusterLocaleOf, type ServerFields } from './fields.ts';

/**
 * Creates a server: binaries, data directory (from the prebuilt cluster, a snapshot, or another server), configuration,
 * start, first login. Of two steps at once on one name, the second goes on with the first one's server, and throws
 * `plan-changed` if that has another password than the one given. A killed run leaves nothing that the next one takes
 * for a server.
 */
export async function createServer(context: LocalContext, work: CreationWork<ServerFields>): Promise<Facts> {
  const { machine, execution } = context;
  const found = await context.live();
  if (found !== undefined) {
    if (ownership(found.mark, context.target).kind === 'ours') {
      await refuseOtherPassword(context, found);
      work.foundExisting();
      return {};
    }
    throw new ProviderError(
      `Could not create server ${context.spec.name}: it exists already and belongs to another workflow`,
      {
        kind: 'already-exists',
        code: 'not-ours'
      }
    );
  }
  await discardUnfinished(context);
  const located = await context.located();
  const owner = await serverOwner(machine);
  const layout = await prepareServerDirectory(execution, machine, context.spec.name, owner);
  const provided = provide(located, machine, execution).then(async installation =>
    bringWithinReach(installation, {
      user: owner,
      directory: path.join(layout.directory, 'binaries'),
      log: execution.log
    })
  );
  // The failure is thrown where they are awaited later.
  provided.catch(() => undefined);
  try {
    await make(context, work, owner, { located, provided });
    return {};
  } catch (thrown) {
    await Promise.allSettled([provided]);
    if (!execution.signal.aborted) await removeServerDirectory(layout);
    throw thrown;
  }
}

async function refuseOtherPassword(context: LocalContext, found: LiveServer): Promise<void> {
  if (!(await hasOtherPassword(context, found.credentials))) return;
  throw new ActionError(
    `Could not create server ${context.spec.name} as planned: another step has made it since, with another master_password`,
    { code: 'plan-changed', source: 'user', hint: SEE_THE_PLAN }
  );
}

async function hasOtherPassword(context: LocalContext, { superuser }: ServerCredentials): Promise<boolean> {
  if (!context.isPasswordGiven || masterUser(context, undefined) !== SUPERUSER) return false;
  return (await context.masterPassword()) !== superuser.password;
}

/** A killed run may have left a server that runs on incomplete files. */
async function discardUnfinished({ layout, machine, execution }: LocalContext): Promise<void> {
  const { dataDirectory } = layout;
  const binDir = (await readCredentials(layout.credentialsFile).catch(() => undefined))?.binDir ?? '';
  if ((await inspectServer(dataDirectory, machine)).state === 'running') {
    await stopServer(execution, { machine, dataDirectory, binDir, mode: 'immediate' });
  }
  await removeServerDirectory(layout);
}

async function make(
  context: LocalContext,
  work: Work<ServerFields>,
  owner: ServerOwner | undefined,
  binaries: Binaries
): Promise<void> {
  const { layout, machine } = context;
  const master = { name: masterUser(context, undefined), password: await context.masterPassword() };
  const superuser = master.name === SUPERUSER ? master : { name: SUPERUSER, password: newPassword(context.mask) };
  const locales = machineLocales(machine);
  const files = await makeFiles(context, work, { binaries, owner, superuser });
  const { binDir, version } = await binaries.provided;

  const asked = typeof work.values.port === 'number' ? work.values.port : undefined;
  await onFreePort(machine, asked, async ({ port, addresses }) => {
    const base: Configuration = { port, addresses, isDurable: false, hasTls: false, parameters: {}, mark: work.mark };
    const configuration = withValues(base, work.values);
    if (configuration.hasTls) await ensureCertificate(layout, owner);
    const credentials: ServerCredentials = {
      formatVersion: 1,
      serverName: context.spec.name,
      superuser,
      ...(master.name === SUPERUSER ? { master } : {}),
      port,
      addresses: [...addresses],
      binDir,
      version
    };
    await writeCredentials(layout.credentialsFile, credentials);
    await writeConfiguration(context, configuration);
    const { dataDirectory, logFile } = layout;
    // The start, the writing of the databases and the first login overlap.
    const running = await startServer(context.execution, { binDir, machine, dataDirectory, logFile }, async ready => {
      const { connectable, whole } = files.complete();
      try {
        await Promise.all([ready, connectable, loadClient()]);
        const target = (database: string): ConnectionTarget => superuserTarget(credentials, database);
        const { signal } = context.execution;
        if (files.isCopy) await probe(target(SUPERUSER), signal);
        else await adoptLocales({ target, whole, locales, signal, wanted: clusterLocaleOf(work.values) });
      } finally {
        await whole;
      }
    });
    await writeCredentials(layout.credentialsFile, {
      ...credentials,
      process: { pid: running.pid, startedAt: running.startedAt }
    });
  });
}
