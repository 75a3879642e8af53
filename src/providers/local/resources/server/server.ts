import { ownership } from '../../../../engine/ownership.ts';
import {
  NO_PERMISSIONS,
  type FieldTable,
  type Observed,
  type ResourceType,
  type Work
} from '../../../../engine/resource.ts';
import type { Value } from '../../../../engine/value.ts';
import { ProviderError } from '../../../../errors.ts';
import { inspectServer } from '../../cluster/inspect.ts';
import { removeServerDirectory } from '../../cluster/server-directory.ts';
import { stopServer } from '../../cluster/stop.ts';
import { serverFacts, type LiveServer } from '../../live-state.ts';
import { SERVER, SUPERUSER } from '../../addresses.ts';
import type { LocalContext } from '../../context.ts';
import { parameterImpact, parameterNormalised, parameterShown } from './parameters.ts';
import { createServer } from './create.ts';
import { updateServer } from './update.ts';

const fields: FieldTable = {
  status: { api: 'postmaster.pid', impact: 'online' },
  engine_version: {
    api: 'PG_VERSION',
    input: 'engine_version',
    impact: 'restart',
    constraint: 'create-only',
    normalise: major,
    hint: 'Destroy this server and apply again, or keep both under two names and move the data with a dump.'
  },
  port: { api: 'port', input: 'port', impact: 'restart' },
  tls: { api: 'ssl', input: 'tls', impact: 'online' },
  durable: { api: 'fsync, synchronous_commit, full_page_writes', input: 'durable', impact: 'online' },
  enable_logging: {
    api: 'log_statement, log_connections, log_disconnections',
    input: 'enable_logging',
    impact: 'online'
  },
  enable_deletion_protection: { api: 'pgkeep.mark', input: 'enable_deletion_protection', impact: 'online' },
  restore_from_snapshot: { api: 'data directory', input: 'restore_from_snapshot', impact: 'online' },
  restore_source: { api: 'data directory', input: 'restore_source', impact: 'online' },
  'parameters.*': {
    api: 'pgkeep.conf',
    input: 'parameters',
    impact: parameterImpact,
    show: parameterShown,
    normalise: parameterNormalised
  },
  'tags.*': { api: 'pgkeep.mark', input: 'tags', impact: 'online' }
};

/** The PostgreSQL server of a name: a process and a data directory in the runner's temporary folder. */
export const server: ResourceType<LocalContext> = {
  type: SERVER,
  fields,
  permissions: NO_PERMISSIONS,
  observe: async context => {
    const live = await context.live();
    return live === undefined ? [] : [observed(context, live)];
  },
  create: createServer,
  update: updateServer,
  remove
};

function observed(context: LocalContext, live: LiveServer): Observed {
  const { mark, credentials, parameters } = live;
  const inForce = Object.entries(parameters).map(([name, { setting }]) => [name, setting]);
  const queued = Object.entries(parameters).flatMap(([name, parameter]) =>
    parameter.queued === undefined ? [] : [[name, parameter.queued]]
  );
  return {
    address: SERVER,
    type: SERVER,
    title: `server ${context.spec.name}`,
    ownership: ownership(mark, context.target),
    fields: {
      status: live.state,
      engine_version: credentials.version,
      port: credentials.port,
      tls: live.hasTls,
      durable: live.isDurable,
      enable_logging: mark?.isLogging ?? false,
      enable_deletion_protection: mark?.isProtected ?? false,
      ...prefixed('tags', mark?.tags ?? {}),
      ...prefixed('parameters', Object.fromEntries(inForce))
    },
    pending: prefixed('parameters', Object.fromEntries(queued)),
    facts: { ...serverFacts(live), username: credentials.master?.name ?? SUPERUSER },
    isProtected: mark?.isProtected ?? false,
    dependsOn: [],
    concurrencyGroup: SERVER
  };
}

async function remove(context: LocalContext, work: Work): Promise<void> {
  const { layout, machine } = context;
  const state = await inspectServer(layout.dataDirectory, machine);
  const credentials = (await context.live())?.credentials;
  if (state.state === 'running') {
    await stopServer(work.execution, {
      machine,
      dataDirectory: layout.dataDirectory,
      binDir: credentials?.binDir ?? '',
      mode: 'immediate'
    });
  }
  try {
    await removeServerDirectory(layout);
  } catch (thrown) {
    throw new ProviderError(`Could not remove ${layout.directory}: ${String(thrown)}`, {
      kind: 'failed',
      cause: thrown
    });
  }
}

function major(version: Value): Value {
  return typeof version === 'string' ? (version.split('.')[0] ?? version) : version;
}

function prefixed(prefix: string, values: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}.${name}`, value]));
}
