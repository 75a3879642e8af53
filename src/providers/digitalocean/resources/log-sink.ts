import { defineResource, type FieldsOf, type FieldTable, type Wanted, type Work } from '../../../engine/resource.ts';
import { textOf, type FieldValue, type Value } from '../../../engine/value.ts';
import type { Settings } from '../../../spec/catalogue.ts';
import type { Problem } from '../../../spec/problem.ts';
import { onCreateOnly } from '../../desired-resources.ts';
import { orUndefined } from '../../failures.ts';
import { LOG_SINK } from '../addresses.ts';
import { sinkName } from '../api/names.ts';
import type { Sink } from '../api/types.ts';
import type { DigitalOceanContext } from '../context.ts';
import { childResource, CHILD_PERMISSIONS, createChild, removeChild, replaceChild } from './child-resource.ts';
import { idOf } from './server/wait.ts';

/** The secret input that holds the address of a search cluster. */
export const SINK_URL = 'log_sink_url';

/** Days that a search cluster keeps the logs where no input says. */
const DEFAULT_DAYS = 7;

const search = { input: 'log_sink', impact: 'online', sends: SINK_URL } as const;

const fields = {
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
  // The address without user and password.
  place: { ...search, api: 'config.url', input: SINK_URL },
  index_prefix: { ...search, api: 'config.index_prefix' },
  index_days_max: { ...search, api: 'config.index_days_max' }
} as const satisfies FieldTable;

type SinkFields = typeof fields;

/** Where the server's logs go: a syslog server, with TLS unless the input says otherwise, or a search cluster. */
export const logSink = defineResource<DigitalOceanContext>()({
  type: 'log-sink',
  fields,
  permissions: CHILD_PERMISSIONS,
  observe: async context => {
    const live = await context.live();
    if (live === undefined || context.settings.enable_logging === undefined) return [];
    const sink = await sinkOf(context, live.id);
    if (sink === undefined) return [];
    return [
      childResource<SinkFields>(context, live, {
        address: LOG_SINK,
        type: 'log-sink',
        title: `log sink ${sink.sink_name}`,
        fields: liveValues(sink),
        facts: { sink: sink.sink_id }
      })
    ];
  },
  create: async (context, work) => {
    const id = await idOf(context);
    const body = { sink_name: sinkName(context.settings), sink_type: work.values.type, config: configOf(work) };
    return createChild(context, work, 'logsink', body, async () => sinkOf(context, id));
  },
  update: async (context, work) => replaceChild(context, work, 'logsink', 'sink', { config: configOf(work) }),
  remove: async (context, work) => removeChild(context, work, 'logsink', 'sink')
});

/** What the inputs ask of the sink. */
export function sinkValues(
  { secret }: Pick<DigitalOceanContext, 'secret'>,
  sink: NonNullable<Settings['log_sink']>
): FieldsOf<SinkFields, FieldValue | Wanted> {
  if ('index_prefix' in sink) {
    const { type, index_prefix: prefix, index_days_max: days } = sink;
    const place = addressIn(secret(SINK_URL) ?? '') ?? '';
    return { type, place, index_prefix: prefix, index_days_max: days ?? onCreateOnly(DEFAULT_DAYS) };
  }
  const { server, port, tls = true, format = 'rfc5424' } = sink;
  return { type: 'rsyslog', server, port, tls, format };
}

/** `https://search.example.com:9200`: a URL without user and password; `undefined` when it is not one of HTTP. */
export function addressIn(url: string): string | undefined {
  const address = URL.parse(url);
  if (address === null || !/^https?:$/.test(address.protocol)) return undefined;
  return `${address.protocol}//${address.host}`;
}

/** Why the given address can't be used; none when it can, or none is given. The address itself is never shown. */
export function sinkUrlProblem(url: string | undefined): readonly Problem[] {
  if (url === undefined || addressIn(url) !== undefined) return [];
  return [
    { input: SINK_URL, why: 'is not an address', allowed: 'such as `https://user:password@search.example.com:9200`' }
  ];
}

function liveValues({ sink_type: type, config = {} }: Sink): FieldsOf<SinkFields, Value> {
  if (type !== 'rsyslog') {
    const { url, index_prefix: prefix = null, index_days_max: days = null } = config;
    return { type, place: addressIn(textOf(url)) ?? null, index_prefix: prefix, index_days_max: days };
  }
  const { server = null, port = null, tls = null, format = null } = config;
  return { type, server, port, tls, format };
}

/** All log sinks of a cluster. */
export async function sinksOf({ api }: DigitalOceanContext, id: string): Promise<readonly Sink[]> {
  const answer = await orUndefined(api.rest<{ sinks?: readonly Sink[] | null }>('GET', `/databases/${id}/logsink`));
  return answer?.sinks ?? [];
}

/** The sink of our name; where the inputs ask for one and it is missing, one of others that does the same. */
async function sinkOf(context: DigitalOceanContext, id: string): Promise<Sink | undefined> {
  const { settings } = context;
  const sinks = await sinksOf(context, id);
  const own = sinks.find(({ sink_name: name }) => name === sinkName(settings));
  const wanted = settings.enable_logging === true ? settings.log_sink : undefined;
  if (own !== undefined || wanted === undefined || settings.log_sink_name !== undefined) return own;
  const values = Object.entries(sinkValues(context, wanted)).filter(([, value]) => isPlainValue(value));
  return sinks.find(sink => {
    const live: Readonly<Record<string, unknown>> = liveValues(sink);
    return values.every(([field, value]) => live[field] === value);
  });
}

function isPlainValue(value: FieldValue | Wanted): boolean {
  return typeof value !== 'object';
}

/** The whole configuration, which a PUT replaces. */
function configOf({ values, observed }: Work<SinkFields>): Readonly<Record<string, unknown>> {
  const all = { ...observed?.fields, ...values };
  const { type, server, port, tls, format, index_prefix: prefix, index_days_max: days } = all;
  return type === 'rsyslog'
    ? { server, port, tls, format }
    : { url: values[SINK_URL], index_prefix: prefix, index_days_max: days };
}
