import { readdir } from 'node:fs/promises';
import { NO_PERMISSIONS, type Facts, type Observed, type ResourceType, type Work } from '../../../engine/resource.ts';
import type { ConnectionTarget, Session } from '../../../postgres/connection.ts';
import { inspectServer } from '../cluster/inspect.ts';
import { standbyLayout, type ServerLayout } from '../cluster/layout.ts';
import { onFreePort } from '../cluster/port.ts';
import { createStandby, removeStandby, writeStandbySettings, type StandbyRequest } from '../cluster/standby.ts';
import { restartServer } from '../cluster/stop.ts';
import { readParameters, requireLive, type LiveServer } from '../live-state.ts';
import { REPLICA, replicaAddress, SERVER } from '../addresses.ts';
import { parameterImpact, parameterNormalised, parameterShown } from './server/parameters.ts';
import { asSuperuser, superuserTarget, type LocalWorld } from '../context.ts';
import { configurationOf, serverSettings, withValues } from './server/configuration.ts';
import { start } from './server/start.ts';
import { clearOverrides, reload } from './server/update.ts';

const CATCH_UP_SECONDS = 20;
const FOLDER = /^standby-(\d+)$/;

/** A streaming standby of the server, on a port of its own, open to reads. */
export const replica: ResourceType<LocalWorld> = {
  type: REPLICA,
  fields: {
    status: { api: 'postmaster.pid', impact: 'online' },
    'parameters.*': {
      api: 'pgkeep.conf',
      input: 'parameters',
      impact: parameterImpact,
      show: parameterShown,
      normalise: parameterNormalised
    }
  },
  permissions: NO_PERMISSIONS,
  observe: async world => {
    const live = await world.live();
    if (live === undefined) return [];
    const folders = await readdir(world.layout.directory);
    const numbers = folders.flatMap(folder => FOLDER.exec(folder)?.[1] ?? []).map(Number);
    return Promise.all(numbers.sort((a, b) => a - b).map(number => observed(world, live, number)));
  },
  create,
  update,
  remove
};

async function observed(world: LocalWorld, live: LiveServer, number: number): Promise<Observed> {
  const layout = standbyLayout(world.layout, number);
  const found = await inspectServer(layout.dataDirectory, world.machine);
  const names = Object.keys(live.parameters);
  const port = found.state === 'running' ? found.port : 0;
  const parameters =
    found.state === 'running'
      ? await asSuperuser(world, { ...live.credentials, port }, 'postgres', async session =>
          readParameters(session, names)
        )
      : {};
  return {
    address: replicaAddress(number),
    type: REPLICA,
    title: `read replica ${number} of ${world.spec.name}`,
    ownership: world.ownershipOf(live.mark),
    fields: {
      status: found.state === 'running' ? 'running' : 'stopped',
      ...Object.fromEntries(Object.entries(parameters).map(([name, { setting }]) => [`parameters.${name}`, setting]))
    },
    ...(found.state === 'running'
      ? {}
      : { unknown: Object.fromEntries(names.map(name => [`parameters.${name}`, 'a running replica'])) }),
    facts: { host: live.credentials.addresses[0] ?? '127.0.0.1', port, id: `${world.spec.name}-replica-${number}` },
    dependsOn: [SERVER],
    lane: replicaAddress(number)
  };
}

async function create(world: LocalWorld, work: Work): Promise<Facts> {
  const live = await requireLive(world);
  return onFreePort(world.machine, 'any', async at => {
    const running = await createStandby(work.context, await request(world, live, work, at));
    return { host: at.addresses[0] ?? '127.0.0.1', port: running.port };
  });
}

async function update(world: LocalWorld, work: Work): Promise<Facts> {
  const live = await requireLive(world);
  const { machine } = world;
  const { addresses, binDir } = live.credentials;
  const layout = layoutOf(world, work);
  const port = work.observed?.facts['port'];
  if (work.observed?.fields['status'] !== 'running' || typeof port !== 'number') {
    return onFreePort(machine, 'any', async at => {
      await writeStandbySettings(await request(world, live, work, at));
      await start(world, binDir, layout);
      return { port: at.port };
    });
  }
  await writeStandbySettings(await request(world, live, work, { port, addresses }));
  await clearOverrides(world, { ...live.credentials, port }, work);
  if (work.changes.some(change => change.impact === 'restart')) {
    await catchUp(world, live, port, slotOf(work));
    await restartServer(work.context, { ...layout, binDir, machine });
  } else await reload(world, { ...live.credentials, port });
  return { port };
}

/**
 * Waits until a standby has replayed all that its primary has written: the primary's new limits are among it, and a standby that restarts
 * with lower ones before it knows of them refuses to start. One whose own limits are too low for the new ones pauses there, and knows of
 * them too. One that does not stream within the time is restarted all the same.
 */
async function catchUp(world: LocalWorld, live: LiveServer, port: number, slotName: string): Promise<void> {
  const deadline = world.context.clock.now().getTime() + CATCH_UP_SECONDS * 1000;
  await asSuperuser(world, live.credentials, 'postgres', async session => {
    const [written] = await session.query<{ at: string }>(
      'select pg_current_wal_lsn()::text as at',
      [],
      'read the log position'
    );
    while (world.context.clock.now().getTime() < deadline) {
      const [standby] = await session.query<{ is_there: boolean }>(
        'select replay_lsn >= $2::pg_lsn as is_there from pg_stat_replication where application_name = $1',
        [slotName, written?.at],
        'read the replication state'
      );
      if (standby?.is_there === true || (await isPaused(world, live, port))) return;
      await world.context.clock.sleep(0.02, world.context.signal);
    }
  });
}

/** False where the standby does not answer. */
async function isPaused(world: LocalWorld, live: LiveServer, port: number): Promise<boolean> {
  const ask = async (session: Session): Promise<readonly { paused: boolean }[]> =>
    session.query<{ paused: boolean }>(
      'select pg_is_in_recovery() and pg_is_wal_replay_paused() as paused',
      [],
      'read the state of the replay'
    );
  const [row] = await asSuperuser(world, { ...live.credentials, port }, 'postgres', ask).catch(() => []);
  return row?.paused === true;
}

async function remove(world: LocalWorld, work: Work): Promise<void> {
  const live = await world.live();
  const primary = live?.state === 'running' ? { primary: superuserTarget(live.credentials, 'postgres') } : {};
  await removeStandby(work.context, {
    machine: world.machine,
    binDir: live?.credentials.binDir ?? '',
    layout: layoutOf(world, work),
    slotName: slotOf(work),
    ...primary
  });
}

/** The primary's own configuration with the replica's port, and the values of the step put in. */
async function request(
  world: LocalWorld,
  live: LiveServer,
  work: Work,
  at: { readonly port: number; readonly addresses: readonly string[] }
): Promise<StandbyRequest> {
  const configuration = withValues({ ...configurationOf(live, work.mark), ...at }, work.values);
  const layout = layoutOf(world, work);
  const certificates = { certificateFile: world.layout.certificateFile, keyFile: world.layout.keyFile };
  const connection: ConnectionTarget = superuserTarget(live.credentials, 'postgres');
  return {
    machine: world.machine,
    binDir: live.credentials.binDir,
    primary: { dataDirectory: world.layout.dataDirectory, connection },
    layout,
    settings: await serverSettings(world, { ...layout, ...certificates }, configuration),
    slotName: slotOf(work)
  };
}

function numberOf(work: Work): number {
  return Number(work.address.slice(REPLICA.length + 1));
}

function layoutOf(world: LocalWorld, work: Work): ServerLayout {
  return standbyLayout(world.layout, numberOf(work));
}

function slotOf(work: Work): string {
  return `pgkeep_replica_${numberOf(work)}`;
}
