import type { ResourceType, Work } from '../../engine/resource.ts';
import type { Value } from '../../engine/value.ts';
import { LOG_SINK, SINK_NAME } from './digitalocean-names.ts';
import type { DoWorld } from './digitalocean-world.ts';
import { inside, INSIDE_PERMISSIONS, makeInside, putInside, removeInside } from './inside.ts';

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
  permissions: INSIDE_PERMISSIONS,
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
    const body = { sink_name: SINK_NAME, sink_type: 'rsyslog', config: configOf(work) };
    return makeInside(world, work, 'logsink', body, async id => sinkOf(world, id));
  },
  update: async (world, work) => putInside(world, work, 'logsink', 'sink', { config: configOf(work) }),
  remove: async (world, work) => removeInside(world, work, 'logsink', 'sink')
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
