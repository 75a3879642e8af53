import type { ResourceType, Work } from '../../engine/resource.ts';
import { textOf, type Value } from '../../engine/value.ts';
import { settled } from '../answers.ts';
import { idOf, whenOnline } from './cluster-wait.ts';
import { LOG_SINK, SINK_NAME } from './digitalocean-names.ts';
import type { DoWorld } from './digitalocean-world.ts';
import { inside } from './inside.ts';

interface Sink {
  readonly sink_id: string;
  readonly sink_name: string;
  readonly sink_type: string;
  readonly config?: Readonly<Record<string, Value>>;
}

/** Where the server's logs go: a syslog server, through TLS unless the input says otherwise. */
export const logSink: ResourceType<DoWorld> = {
  type: 'log-sink',
  fields: {
    server: { api: 'config.server', input: 'log_sink', impact: 'online' },
    port: { api: 'config.port', input: 'log_sink', impact: 'online' },
    tls: { api: 'config.tls', input: 'log_sink', impact: 'online' },
    format: { api: 'config.format', input: 'log_sink', impact: 'online' }
  },
  permissions: {
    observe: ['database:read'],
    create: ['database:create'],
    update: ['database:update'],
    delete: ['database:delete']
  },
  observe: async world => {
    const live = await world.live();
    if (live === undefined || world.settings.enable_logging === undefined) return [];
    const sink = await sinkOf(world, live.id);
    if (sink === undefined) return [];
    const { server = null, port = null, tls = null, format = null } = sink.config ?? {};
    return [
      inside(world, live, {
        address: LOG_SINK,
        type: 'log-sink',
        title: `log sink ${SINK_NAME}`,
        fields: { server, port, tls, format },
        facts: { sink: sink.sink_id }
      })
    ];
  },
  create: async (world, work) => {
    const id = await idOf(world);
    const body = { sink_name: SINK_NAME, sink_type: 'rsyslog', config: configOf(work) };
    const send = async (): Promise<unknown> =>
      world.api.rest('POST', `/databases/${id}/logsink`, body, {
        idempotent: false,
        recheck: async () => sinkOf(world, id)
      });
    await settled(['already-exists'], whenOnline(world, work.context, id, send));
    return { id };
  },
  update: async (world, work) => {
    const id = await idOf(world);
    const path = `/databases/${id}/logsink/${textOf(work.observed?.facts['sink'])}`;
    await world.api.rest('PUT', path, { config: configOf(work) });
    return work.observed?.facts ?? {};
  },
  remove: async (world, work) => {
    const id = await idOf(world);
    const path = `/databases/${id}/logsink/${textOf(work.observed?.facts['sink'])}`;
    await settled(['not-found'], world.api.rest('DELETE', path));
  }
};

async function sinkOf({ api }: DoWorld, id: string): Promise<Sink | undefined> {
  const { sinks } = await api.rest<{ sinks?: readonly Sink[] | null }>('GET', `/databases/${id}/logsink`);
  return sinks?.find(({ sink_name: name, sink_type: type }) => name === SINK_NAME && type === 'rsyslog');
}

/** All of it: a PUT replaces. */
function configOf({ values, observed }: Work): Readonly<Record<string, unknown>> {
  const { server, port, tls, format } = { ...observed?.fields, ...values };
  return { server, port, tls, format };
}
