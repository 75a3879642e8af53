import type { Desired, FieldsOf, FieldTable, Observed, ResourceKind, Wanted } from '../../../engine/resource.ts';
import type { FieldValue } from '../../../engine/value.ts';
import { DEFAULT_MAJOR } from '../../../postgres/major.ts';
import { ALARMS } from '../../../spec/alarms.ts';
import { ensure, ensureAbsent, onCreateOnly } from '../../desired-resources.ts';
import { alarmAddress, CONFIGURATION, databaseAddress, LOG_SINK, POOL, SERVER, userAddress } from '../addresses.ts';
import { DOADMIN, extraUser, poolName, sinkName } from '../api/names.ts';
import { parameterOn } from '../api/parameters.ts';
import { DEFAULT_POOL_SIZE } from '../api/pool-size.ts';
import type { DigitalOceanContext } from '../context.ts';
import { alarm, PRESETS, titleOf, windowFor } from '../resources/alarm.ts';
import { configuration } from '../resources/configuration.ts';
import { database } from '../resources/database.ts';
import { logSink, sinkValues } from '../resources/log-sink.ts';
import { pool } from '../resources/pool.ts';
import { user } from '../resources/user.ts';

/**
 * Everything that belongs to the cluster but its replicas. None of it carries the user's tags: only clusters have tags
 * here.
 */
export function desiredSupporting(context: DigitalOceanContext, observed: readonly Observed[]): readonly Desired[] {
  return [
    ...databases(context),
    ...users(context),
    ...configurations(context),
    ...pools(context),
    ...logSinks(context),
    ...alarms(context, observed)
  ];
}

const UNTAGGED = { settings: {} };

/** A part of the cluster. Its changes wait for those of the cluster, which does one thing at a time. */
function partOf<T extends FieldTable>(
  kind: ResourceKind<T>,
  address: string,
  title: string,
  values: FieldsOf<T, FieldValue | Wanted | undefined>,
  dependsOn: readonly string[] = [SERVER]
): Desired<T> {
  return ensure(UNTAGGED, kind, address, title, values, { dependsOn, concurrencyGroup: SERVER });
}

function databases({ settings }: DigitalOceanContext): readonly Desired[] {
  const name = settings.database_name;
  return name === undefined ? [] : [partOf(database, databaseAddress(name), `database ${name}`, { name })];
}

function users({ settings }: DigitalOceanContext): readonly Desired[] {
  const name = extraUser(settings);
  return name === undefined ? [] : [partOf(user, userAddress(name), `user ${name}`, { name })];
}

function configurations({ settings }: DigitalOceanContext): readonly Desired[] {
  const major = Number.parseInt(settings.engine_version ?? String(DEFAULT_MAJOR), 10);
  const values = Object.entries(settings.parameters ?? {}).flatMap(([name, given]) => {
    const read = parameterOn(name, given, major);
    return read.kind === 'set' ? [[`parameters.${read.key}`, read.value] as const] : [];
  });
  const time = settings.backup_window?.slice(0, 'hh:mm'.length);
  if (values.length === 0 && time === undefined) return [];
  const fields = { ...Object.fromEntries(values), backup_time: time };
  return [partOf(configuration, CONFIGURATION, 'configuration', fields)];
}

function pools({ settings }: DigitalOceanContext): readonly Desired[] {
  const { enable_proxy: isOn, proxy_config: config, database_name: name } = settings;
  if (isOn === undefined) return [];
  const title = `connection pool ${poolName(settings)}`;
  if (!isOn) return [ensureAbsent(POOL, pool.type, title, SERVER)];
  const asked = extraUser(settings);
  const needed = [
    ...(name === undefined ? [] : [databaseAddress(name)]),
    ...(asked === undefined ? [] : [userAddress(asked)])
  ];
  const values = {
    mode: config?.pool_mode ?? onCreateOnly('transaction'),
    size: config?.default_pool_size ?? onCreateOnly(DEFAULT_POOL_SIZE),
    database: name ?? onCreateOnly('defaultdb'),
    user: asked ?? onCreateOnly(DOADMIN)
  };
  return [partOf(pool, POOL, title, values, [SERVER, ...needed])];
}

function logSinks(context: DigitalOceanContext): readonly Desired[] {
  const { enable_logging: isOn, log_sink: sink } = context.settings;
  if (isOn === undefined) return [];
  const title = `log sink ${sinkName(context.settings)}`;
  if (!isOn) return [ensureAbsent(LOG_SINK, logSink.type, title, SERVER)];
  return sink === undefined ? [] : [partOf(logSink, LOG_SINK, title, sinkValues(context, sink))];
}

/** The alarms that the inputs list; our others are deleted. */
function alarms(context: DigitalOceanContext, observed: readonly Observed[]): readonly Desired[] {
  const { alarms: rules, alarm_actions: actions } = context.settings;
  if (rules === undefined) return [];
  const emails = actions === undefined ? onCreateOnly([]) : actions.filter(action => action.includes('@')).sort();
  return ALARMS.flatMap(name => {
    const preset = PRESETS[name];
    if (preset === undefined) return [];
    const address = alarmAddress(name);
    const title = titleOf(context, name);
    const rule = rules[name];
    if (rule === undefined) {
      return observed.some(one => one.address === address) ? [ensureAbsent(address, alarm.type, title)] : [];
    }
    const values = {
      percent: rule.threshold ?? preset.percent,
      window: windowFor(rule.period),
      emails,
      enabled: true
    };
    return [ensure(UNTAGGED, alarm, address, title, values, { dependsOn: [SERVER] })];
  });
}
