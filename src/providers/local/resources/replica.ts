import { readdir } from 'node:fs/promises';
import {
  defineResource,
  NO_PERMISSIONS,
  type Facts,
  type FieldTable,
  type Observed,
  type Work
} from '../../../engine/resource.ts';
import type { ConnectionTarget, SqlSession } from '../../../postgres/connection.ts';
import { inspectServer } from '../cluster/inspect.ts';
import { standbyLayout, type ServerLayout } from '../cluster/layout.ts';
import { onFreePort } from '../cluster/port.ts';
import {
  awaitReplay,
  createStandby,
  removeStandby,
  writeStandbySettings,
  type StandbyRequest
} from '../cluster/standby.ts';
import { restartServer } from '../cluster/stop.ts';
import { readParameters, requireLive } from '../live-state.ts';
import type { LiveServer } from '../live-types.ts';
import { REPLICA, replicaAddress, SERVER, SUPERUSER } from '../addresses.ts';
import { membersOf, settingsOf } from './server/fields.ts';
import { parameterImpact, parameterNormalised, parameterShown } from './server/parameters.ts';
import { asSuperuser, superuserTarget, type LocalContext } from '../context.ts';
import { configurationOf, serverSettings, withValues } from './server/configuration.ts';
import { start } from './server/start.ts';
import { clearOverrides, reload } from './server/update.ts';

const FOLDER = /^standby-(\d+)$/;

const fields = {
  status: { api: 'postmaster.pid', impact: 'online' },
  'parameters.*': {
    api: 'pgkeep.conf',
    input: 'parameters',
    impact: parameterImpact,
    show: parameterShown,
    normalise: parameterNormalised
  }
} as const satisfies FieldTable;

type ReplicaFields = typeof fields;

/** A streaming standby of the server, on another port, open to reads. */
export const replica = defineResource<LocalContext>()({
  type: REPLICA,
  fields,
  permissions: NO_PERMISSIONS,
  observe: async context => {
    const live = await context.live();
    if (live === undefined) return [];
    const folders = await readdir(context.layout.directory);
    const numbers = folders.flatMap(folder => FOLDER.exec(folder)?.[1] ?? []).map(Number);
    return Promise.all(numbers.sort((a, b) => a - b).map(number => observed(context, live, number)));
  },
  create,
  update,
  remove
});

async function observed(context: LocalContext, live: LiveServer, number: number): Promise<Observed<ReplicaFields>> {
  const layout = standbyLayout(context.layout, number);
  const found = await inspectServer(layout.dataDirectory, context.machine);
  const names = Object.keys(live.parameters);
  const port = found.state === 'running' ? found.port : 0;
  const parameters =
    found.state === 'running'
      ? await asSuperuser(context, { ...live.credentials, port }, 'postgres', async session =>
          readParameters(session, names)
        )
      : {};
  return {
    address: replicaAddress(number),
    type: REPLICA,
    title: `read replica ${number} of ${context.spec.name}`,
    ownership: context.ownershipOf(live.mark),
    fields: {
      status: found.state === 'running' ? 'running' : 'stopped',
      ...membersOf('parameters', settingsOf(parameters))
    },
    ...(found.state === 'running'
      ? {}
      : { unknown: Object.fromEntries(names.map(name => [`parameters.${name}`, 'a running replica'])) }),
    facts: { host: live.credentials.addresses[0] ?? '127.0.0.1', port, id: `${context.spec.name}-replica-${number}` },
    dependsOn: [SERVER],
    concurrencyGroup: replicaAddress(number)
  };
}

async function create(context: LocalContext, work: Work<ReplicaFields>): Promise<Facts> {
  const live = await requireLive(context);
  await onFreePort(context.machine, 'any', async at =>
    createStandby(work.execution, await request(context, live, work, at))
  );
  return {};
}

async function update(context: LocalContext, work: Work<ReplicaFields>): Promise<Facts> {
  const live = await requireLive(context);
  const { machine } = context;
  const { addresses, binDir } = live.credentials;
  const layout = layoutOf(context, work);
  const port = work.observed?.facts['port'];
  if (work.observed?.fields.status !== 'running' || typeof port !== 'number') {
    await onFreePort(machine, 'any', async at => {
      await writeStandbySettings(await request(context, live, work, at));
      await start(context, binDir, layout);
    });
    return {};
  }
  await writeStandbySettings(await request(context, live, work, { port, addresses }));
  await clearOverrides(context, { ...live.credentials, port }, work);
  if (work.changes.some(change => change.impact === 'restart')) {
    const paused = async (): Promise<boolean> => isPaused(context, live, port);
    await asSuperuser(context, live.credentials, SUPERUSER, async session =>
      awaitReplay(context.execution, session, slotOf(work), paused)
    );
    await restartServer(work.execution, { ...layout, binDir, machine });
  } else await reload(context, { ...live.credentials, port });
  return {};
}

/** False where the standby does not answer. */
async function isPaused(context: LocalContext, live: LiveServer, port: number): Promise<boolean> {
  const read = async (session: SqlSession): Promise<readonly { paused: boolean }[]> =>
    session.query<{ paused: boolean }>(
      'select pg_is_in_recovery() and pg_is_wal_replay_paused() as paused',
      [],
      'read the state of the replay'
    );
  const [row] = await asSuperuser(context, { ...live.credentials, port }, 'postgres', read).catch(() => []);
  return row?.paused === true;
}

async function remove(context: LocalContext, work: Work<ReplicaFields>): Promise<void> {
  const live = await context.live();
  const primary = live?.state === 'running' ? { primary: superuserTarget(live.credentials, 'postgres') } : {};
  await removeStandby(work.execution, {
    machine: context.machine,
    binDir: live?.credentials.binDir ?? '',
    layout: layoutOf(context, work),
    slotName: slotOf(work),
    ...primary
  });
}

/** The primary's configuration with the replica's port and the values of the step. */
async function request(
  context: LocalContext,
  live: LiveServer,
  work: Work<ReplicaFields>,
  at: { readonly port: number; readonly addresses: readonly string[] }
): Promise<StandbyRequest> {
  const configuration = withValues({ ...configurationOf(live, work.mark), ...at }, work.values);
  const layout = layoutOf(context, work);
  const certificates = { certificateFile: context.layout.certificateFile, keyFile: context.layout.keyFile };
  const connection: ConnectionTarget = superuserTarget(live.credentials, 'postgres');
  return {
    machine: context.machine,
    binDir: live.credentials.binDir,
    primary: { dataDirectory: context.layout.dataDirectory, connection },
    layout,
    settings: await serverSettings(context, { ...layout, ...certificates }, configuration),
    slotName: slotOf(work)
  };
}

function numberOf(work: Pick<Work, 'address'>): number {
  return Number(work.address.slice(REPLICA.length + 1));
}

function layoutOf(context: LocalContext, work: Pick<Work, 'address'>): ServerLayout {
  return standbyLayout(context.layout, numberOf(work));
}

function slotOf(work: Pick<Work, 'address'>): string {
  return `pgkeep_replica_${numberOf(work)}`;
}
