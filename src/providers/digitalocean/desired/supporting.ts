import { defined } from '../../../engine/defined.ts';
import type { Desired, Observed, Wanted } from '../../../engine/resource.ts';
import type { FieldValue } from '../../../engine/value.ts';
import { DEFAULT_MAJOR } from '../../../postgres/major.ts';
import { ALARMS } from '../../../spec/alarms.ts';
import { replicaCount } from '../../../spec/spec.ts';
import { ensureAbsent, ensure, onCreateOnly } from '../../desired-resources.ts';
import { PRESETS, titleOf, windowFor } from '../resources/alarm.ts';
import {
  alarmAddress,
  CONFIGURATION,
  databaseAddress,
  extraUser,
  LOG_SINK,
  POOL,
  poolName,
  replicaNameOf,
  SERVER,
  SINK_NAME,
  userAddress
} from '../api/names.ts';
import type { DigitalOceanContext } from '../context.ts';
import { sinkFields } from '../resources/log-sink.ts';
import { doParameter } from '../api/parameters.ts';
import { DEFAULT_POOL_SIZE } from '../api/pool-size.ts';

/** Everything beside the cluster and inside it. Nothing of it carries tags of the user's: only clusters do here. */
export function desiredSupporting(
  context: DigitalOceanContext,
  observed: readonly Observed[],
  server: Desired
): readonly Desired[] {
  return [
    ...databases(context),
    ...user(context),
    ...configuration(context),
    ...pool(context),
    ...logSink(context),
    ...alerts(context, observed),
    ...replicas(context, observed, server)
  ];
}

const UNTAGGED = { settings: {} };

/** Something that takes its turn with the cluster. */
function within(
  address: string,
  type: string,
  title: string,
  values: Readonly<Record<string, FieldValue | Wanted>>,
  dependsOn: readonly string[] = [SERVER]
): Desired {
  return ensure(UNTAGGED, address, type, title, values, { dependsOn, concurrencyGroup: SERVER });
}

function databases({ settings }: DigitalOceanContext): readonly Desired[] {
  const name = settings.database_name;
  return name === undefined ? [] : [within(databaseAddress(name), 'database', `database ${name}`, { name })];
}

function user({ settings }: DigitalOceanContext): readonly Desired[] {
  const name = extraUser(settings);
  return name === undefined ? [] : [within(userAddress(name), 'user', `user ${name}`, { name })];
}

function configuration({ settings }: DigitalOceanContext): readonly Desired[] {
  const major = Number.parseInt(settings.engine_version ?? String(DEFAULT_MAJOR), 10);
  const values = Object.entries(settings.parameters ?? {}).flatMap(([name, given]) => {
    const read = doParameter(name, given, major);
    return read.kind === 'set' ? [[`parameters.${read.key}`, read.value] as const] : [];
  });
  const time = settings.backup_window?.slice(0, 5);
  const fields = defined({ ...Object.fromEntries(values), backup_time: time });
  if (Object.keys(fields).length === 0) return [];
  return [within(CONFIGURATION, 'configuration', 'configuration', fields)];
}

function pool({ settings }: DigitalOceanContext): readonly Desired[] {
  const { enable_proxy: isOn, proxy_config: config, database_name: database } = settings;
  if (isOn === undefined) return [];
  const title = `connection pool ${poolName(database)}`;
  if (!isOn) return [ensureAbsent(POOL, 'pool', title, SERVER)];
  const asked = extraUser(settings);
  const values = {
    mode: config?.pool_mode ?? 'transaction',
    size: config?.default_pool_size ?? DEFAULT_POOL_SIZE,
    database: database ?? 'defaultdb',
    user: asked ?? 'doadmin'
  };
  const inner = [
    ...(database === undefined ? [] : [databaseAddress(database)]),
    ...(asked === undefined ? [] : [userAddress(asked)])
  ];
  return [within(POOL, 'pool', title, values, [SERVER, ...inner])];
}

function logSink(context: DigitalOceanContext): readonly Desired[] {
  const { enable_logging: isOn, log_sink: sink } = context.settings;
  if (isOn === undefined) return [];
  const title = `log sink ${SINK_NAME}`;
  if (!isOn) return [ensureAbsent(LOG_SINK, 'log-sink', title, SERVER)];
  return sink === undefined ? [] : [within(LOG_SINK, 'log-sink', title, sinkFields(context, sink))];
}

/** The alarms that are asked for; those of ours that are not any more go. */
function alerts(context: DigitalOceanContext, observed: readonly Observed[]): readonly Desired[] {
  const { alarms, alarm_actions: actions = [] } = context.settings;
  if (alarms === undefined) return [];
  const emails = actions.filter(action => action.includes('@'));
  return ALARMS.flatMap(name => {
    const preset = PRESETS[name];
    if (preset === undefined) return [];
    const address = alarmAddress(name);
    const rule = alarms[name];
    if (rule === undefined) {
      return observed.some(one => one.address === address)
        ? [ensureAbsent(address, 'alarm', titleOf(context, name))]
        : [];
    }
    const values = {
      percent: rule.threshold ?? preset.percent,
      window: windowFor(rule.period),
      emails: [...emails].sort(),
      enabled: true
    };
    return [ensure(UNTAGGED, address, 'alarm', titleOf(context, name), values, { dependsOn: [SERVER] })];
  });
}

/** Numbered ones, and one in another region. Numbers above the count are to go, the highest first. */
function replicas(context: DigitalOceanContext, observed: readonly Observed[], server: Desired): readonly Desired[] {
  const { settings, target } = context;
  const count = replicaCount(settings);
  const vpc = settings.vpc_id;
  const elsewhere = settings.replica_region?.toLowerCase();
  const size = server.fields['size'];
  const title = (address: string): string => `read replica ${replicaNameOf(target.name, address)}`;
  const one = (address: string, region: FieldValue | undefined): Desired =>
    ensure(
      UNTAGGED,
      address,
      'replica',
      title(address),
      defined({
        region,
        size, // In another region there is another network.
        ...(region === undefined && vpc !== undefined ? { private_network: onCreateOnly(vpc) } : {})
      }),
      { dependsOn: [SERVER] }
    );
  const live = observed.flatMap(({ address }) => /^replica\/(\d+)$/.exec(address)?.[1] ?? []).map(Number);
  const numbers = count === undefined ? [] : Array.from({ length: count }, (_, index) => index + 1);
  const surplus = count === undefined ? [] : live.filter(number => number > count).sort((a, b) => b - a);
  return [
    ...numbers.map(number => one(`replica/${number}`, undefined)),
    ...surplus.map(number => ensureAbsent(`replica/${number}`, 'replica', title(`replica/${number}`))),
    ...(elsewhere === undefined ? [] : [one(`replica/${elsewhere}`, elsewhere)])
  ];
}
