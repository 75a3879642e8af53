import type { FieldTable, ResourceType, Wanted, Work } from '../../../engine/resource.ts';
import { textOf, type FieldValue, type Value } from '../../../engine/value.ts';
import type { Settings } from '../../../spec/catalogue.ts';
import type { Problem } from '../../../spec/problem.ts';
import { orUndefined } from '../../failures.ts';
import { onCreateOnly } from '../../desired-resources.ts';
import { LOG_SINK, SINK_NAME } from '../api/names.ts';
import type { DigitalOceanContext } from '../context.ts';
import { childResource, CHILD_PERMISSIONS, createChild, replaceChild, removeChild } from './child-resource.ts';
import { idOf } from './server/wait.ts';

interface Sink {
  readonly sink_id: string;
  readonly sink_name: string;
  readonly sink_type: string;
  readonly config?: Readonly<Record<string, Value>>;
}

/** The secret input that holds the address of a search cluster. */
export const SINK_URL = 'log_sink_url';

const search = { input: 'log_sink', impact: 'online', sends: SINK_URL } as const;

const fields: FieldTable = {
  type: {
    api: 'sink_type',
    input: 'log_sink',
    impact: 'blocked',
    constraint: 'create-only',
    hint: 'Apply `enable_logging: false` first, then the other sink.'
  },
  server: { api: 'config.server', input: 'log_sink', impact: 'online' },
  port: { api: 'config.port', input: 'log_sink', impact: 'online' },
  tls: { api: 'config.tls', input: 'log_sink', impact: 'online' },
  format: { api: 'config.format', input: 'log_sink', impact: 'online' },
  // Where it is: what the address says without user and password.
  place: { ...search, api: 'config.url', input: SINK_URL },
  index_prefix: { ...search, api: 'config.index_prefix' },
  index_days_max: { ...search, api: 'config.index_days_max' }
};

/** Where the server's logs go: a syslog server, through TLS unless the input says otherwise, or a search cluster. */
export const logSink: ResourceType<DigitalOceanContext> = {
  type: 'log-sink',
  fields,
  permissions: CHILD_PERMISSIONS,
  observe: async context => {
    const live = await context.live();
    if (live === undefined || context.settings.enable_logging === undefined) return [];
    const sink = await sinkOf(context, live.id);
    if (sink === undefined) return [];
    return [
      childResource(context, live, {
        address: LOG_SINK,
        type: 'log-sink',
        title: `log sink ${SINK_NAME}`,
        fields: observedFields(sink),
        facts: { sink: sink.sink_id }
      })
    ];
  },
  create: async (context, work) => {
    const id = await idOf(context);
    const body = { sink_name: SINK_NAME, sink_type: work.values['type'], config: configOf(work) };
    return createChild(context, work, 'logsink', body, async () => sinkOf(context, id));
  },
  update: async (context, work) => replaceChild(context, work, 'logsink', 'sink', { config: configOf(work) }),
  remove: async (context, work) => removeChild(context, work, 'logsink', 'sink')
};

/** What the inputs ask of the sink. */
export function sinkFields(
  { secret }: Pick<DigitalOceanContext, 'secret'>,
  sink: NonNullable<Settings['log_sink']>
): Readonly<Record<string, FieldValue | Wanted>> {
  if ('index_prefix' in sink) {
    const { type, index_prefix: prefix, index_days_max: days } = sink;
    const place = placeIn(secret(SINK_URL) ?? '') ?? '';
    return { type, place, index_prefix: prefix, index_days_max: days ?? onCreateOnly(7) };
  }
  const { server, port, tls = true, format = 'rfc5424' } = sink;
  return { type: 'rsyslog', server, port, tls, format };
}

/** `https://search.example.com:9200`: an address without what is secret in it; `undefined` when it is none of a search cluster. */
export function placeIn(url: string): string | undefined {
  const address = URL.parse(url);
  if (address === null || !/^https?:$/.test(address.protocol)) return undefined;
  return `${address.protocol}//${address.host}`;
}

/** Why a given address can't be used; none when it can, or none is given. It is never shown. */
export function sinkUrlProblem(url: string | undefined): readonly Problem[] {
  if (url === undefined || placeIn(url) !== undefined) return [];
  return [
    { input: SINK_URL, why: 'is no address', allowed: 'such as `https://user:password@search.example.com:9200`' }
  ];
}

function observedFields({ sink_type: type, config = {} }: Sink): Readonly<Record<string, Value>> {
  if (type !== 'rsyslog') {
    const { url, index_prefix: prefix = null, index_days_max: days = null } = config;
    return { type, place: placeIn(textOf(url)) ?? null, index_prefix: prefix, index_days_max: days };
  }
  const { server = null, port = null, tls = null, format = null } = config;
  return { type, server, port, tls, format };
}

async function sinkOf({ api }: DigitalOceanContext, id: string): Promise<Sink | undefined> {
  const answer = await orUndefined(api.rest<{ sinks?: readonly Sink[] | null }>('GET', `/databases/${id}/logsink`));
  return answer?.sinks?.find(({ sink_name: name }) => name === SINK_NAME);
}

/** All of it: a PUT replaces. */
function configOf({ values, observed }: Work): Readonly<Record<string, unknown>> {
  const { type, server, port, tls, format, ...rest } = { ...observed?.fields, ...values };
  if (type === 'rsyslog') return { server, port, tls, format };
  return { url: rest[SINK_URL], index_prefix: rest['index_prefix'], index_days_max: rest['index_days_max'] };
}
