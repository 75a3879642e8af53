import type { Configuration, Server } from '@azure/arm-postgresql-flexible';
import type { Desired, Observed } from '../../../engine/resource.ts';
import type { FieldValue } from '../../../engine/value.ts';
import { ALARMS, type AlarmName } from '../../../spec/alarms.ts';
import type { Problem } from '../../../spec/problem.ts';
import { ensureAbsent, ensure } from '../../desired-resources.ts';
import {
  administratorAddress,
  alarmAddress,
  databaseAddress,
  FIREWALL,
  LOCK,
  LOGGING,
  PARAMETERS,
  POOLING,
  QUERY_STORE,
  SERVER,
  SERVER_GROUP
} from '../addresses.ts';
import { alarmTitle, PRESETS, windowFor } from '../resources/alarm.ts';
import type { AzureContext } from '../context.ts';
import { desireReplicaSettings } from './replica-settings.ts';
import { firewallTitle, isPrivate, rangeOf } from '../resources/firewall.ts';
import { lockTitle } from '../resources/lock.ts';
import { loggingTitle } from '../resources/logging.ts';
import { azureParameter, joinLibraries, LIBRARIES } from '../api/parameters.ts';
import { parametersTitle, PREFIX } from '../resources/parameters.ts';
import { poolingTitle } from '../resources/pooling.ts';
import { queryStoreTitle } from '../resources/query-store.ts';

/** Days that the query store keeps at most. */
const MOST_INSIGHT_DAYS = 30;

/** What was found out of the server that all of it belongs to. */
export interface SupportingFindings {
  readonly live: Server | undefined;
  /** The live configurations; empty where there is no server yet. */
  readonly configurations: ReadonlyMap<string, Configuration>;
  readonly major: number;
  readonly replicas: readonly Desired[];
}

/** Everything beside the server, on it and inside it; the lock last. */
export function desiredSupporting(
  context: AzureContext,
  observed: readonly Observed[],
  findings: SupportingFindings
): { readonly desired: readonly Desired[]; readonly problems: readonly Problem[] } {
  const { replicas, configurations } = findings;
  const [rules] = firewall(context, observed, findings);
  const [own] = parameters(context, findings);
  const hasRules = hasFirewall(context, findings.live) && context.settings.allowed_cidr_blocks !== undefined;
  const copies = desireReplicaSettings(context, observed, {
    replicas,
    firewall: rules,
    hasRules,
    parameters: own,
    configurations
  });
  const desired = [
    ...databases(context),
    ...(rules === undefined ? [] : [rules]),
    ...(own === undefined ? [] : [{ ...own, dependsOn: [...own.dependsOn, ...copies.before] }]),
    ...pooling(context),
    ...queryStore(context),
    ...logging(context, observed),
    ...administrators(context, observed),
    ...alarms(context, observed),
    ...replicas,
    ...copies.desired
  ];
  return { desired: [...desired, ...lock(context, observed, desired)], problems: copies.problems };
}

/** What stands inside the server carries no tags of its own. */
const UNTAGGED = { settings: {} };

function within(
  address: string,
  type: string,
  title: string,
  values: Readonly<Record<string, FieldValue>>,
  complete: readonly string[] = []
): Desired {
  return ensure(UNTAGGED, address, type, title, values, {
    dependsOn: [SERVER],
    concurrencyGroup: SERVER_GROUP,
    complete
  });
}

const isHere = (observed: readonly Observed[], address: string): boolean =>
  observed.some(one => one.address === address);

function databases({ settings }: AzureContext): readonly Desired[] {
  const { database_name: name } = settings;
  if (name === undefined || name === 'postgres') return [];
  return [within(databaseAddress(name), 'database', `database ${name}`, {})];
}

/** A server in a subnet of its own has no rules. */
function hasFirewall({ settings }: AzureContext, live: Server | undefined): boolean {
  return settings.subnet_ids === undefined && (live === undefined || !isPrivate(live));
}

function firewall(
  context: AzureContext,
  observed: readonly Observed[],
  { live }: SupportingFindings
): readonly Desired[] {
  const networks = context.settings.allowed_cidr_blocks;
  if (networks === undefined || !hasFirewall(context, live)) return [];
  const rules = networks.flatMap(cidr => {
    const range = rangeOf(cidr);
    return range === undefined ? [] : [[`rules.${cidr}`, range] as const];
  });
  if (rules.length > 0) {
    return [within(FIREWALL, 'firewall', firewallTitle(context), Object.fromEntries(rules), ['rules'])];
  }
  return isHere(observed, FIREWALL) ? [ensureAbsent(FIREWALL, 'firewall', firewallTitle(context), SERVER_GROUP)] : [];
}

function parameters(context: AzureContext, { configurations, major }: SupportingFindings): readonly Desired[] {
  const { settings, options } = context;
  if (settings.parameters === undefined) return [];
  const values = Object.entries(settings.parameters).flatMap(([given, text]) => {
    const read = azureParameter(given, text, major);
    if (!read.ok) return [];
    const { name } = read;
    // Azure's own libraries stay: what is printed is the whole list that is sent.
    const live = name === LIBRARIES ? (configurations.get(name)?.value ?? '') : '';
    return [[`${PREFIX}${name}`, name === LIBRARIES ? joinLibraries(live, read.value) : read.value] as const];
  });
  const restarts = options.allowRestart === true && configurations.size > 0 ? { restart_pending: false } : {};
  if (values.length === 0 && configurations.size === 0) return [];
  const fields = { ...Object.fromEntries(values), ...restarts };
  return [within(PARAMETERS, 'parameters', parametersTitle(context), fields, ['parameters'])];
}

function pooling(context: AzureContext): readonly Desired[] {
  const { enable_proxy: enabled, proxy_config: config } = context.settings;
  if (enabled === undefined) return [];
  const values = {
    enabled,
    ...(enabled && config?.pool_mode !== undefined ? { pool_mode: config.pool_mode } : {}),
    ...(enabled && config?.default_pool_size !== undefined ? { default_pool_size: config.default_pool_size } : {}),
    ...(enabled && config?.max_client_conn !== undefined ? { max_client_conn: config.max_client_conn } : {})
  };
  return [within(POOLING, 'pooling', poolingTitle(context), values)];
}

function queryStore(context: AzureContext): readonly Desired[] {
  const { enable_performance_insights: enabled, performance_insights_retention_period: days } = context.settings;
  if (enabled === undefined) return [];
  const values = {
    enabled,
    ...(enabled && days !== undefined ? { retention_days: Math.min(days, MOST_INSIGHT_DAYS) } : {})
  };
  return [within(QUERY_STORE, 'query-store', queryStoreTitle(context), values)];
}

function logging(context: AzureContext, observed: readonly Observed[]): readonly Desired[] {
  const { enable_logging: isOn, log_workspace_id: workspace } = context.settings;
  if (isOn === true && workspace !== undefined) {
    const values = { workspace_id: workspace, server_logs: true };
    return [within(LOGGING, 'diagnostic-setting', loggingTitle(context), values)];
  }
  if (isOn !== false || !isHere(observed, LOGGING)) return [];
  return [ensureAbsent(LOGGING, 'diagnostic-setting', loggingTitle(context), SERVER_GROUP)];
}

/** Those that the input names; all others go. */
function administrators({ settings }: AzureContext, observed: readonly Observed[]): readonly Desired[] {
  const wanted = settings.entra_administrators;
  if (wanted === undefined) return [];
  const addresses = wanted.map(one => administratorAddress(one.object_id.toLowerCase()));
  return [
    ...wanted.map(({ object_id: id, principal_name: name, principal_type: type }) =>
      within(administratorAddress(id.toLowerCase()), 'administrator', `administrator ${name}`, {
        principal_name: name,
        principal_type: type
      })
    ),
    ...observed
      .filter(one => one.type === 'administrator' && !addresses.includes(one.address))
      .map(one => ensureAbsent(one.address, 'administrator', one.title, SERVER_GROUP))
  ];
}

/** The alarms that are asked for; those of ours that are not any more go. */
function alarms(context: AzureContext, observed: readonly Observed[]): readonly Desired[] {
  const { alarms: asked, alarm_actions: actions } = context.settings;
  if (asked === undefined) return [];
  return ALARMS.flatMap((name: AlarmName) => {
    const [preset, rule] = [PRESETS[name], asked[name]];
    const address = alarmAddress(name);
    if (preset === undefined) return [];
    if (rule === undefined) {
      return isHere(observed, address) ? [ensureAbsent(address, 'alarm', alarmTitle(context, name))] : [];
    }
    const values = {
      threshold: rule.threshold ?? preset.threshold,
      window: windowFor(rule.period),
      enabled: true,
      ...(actions === undefined ? {} : { actions: [...actions] })
    };
    return [ensure(context, address, 'alarm', alarmTitle(context, name), values, { dependsOn: [SERVER] })];
  });
}

/** It comes last: it would keep the rest from being taken away. */
function lock(context: AzureContext, observed: readonly Observed[], others: readonly Desired[]): readonly Desired[] {
  const isAsked = context.settings.enable_deletion_protection;
  if (isAsked === true) {
    // What goes does not wait for it: it goes first, in its turn.
    const kept = others.filter(({ presence }) => presence === 'present').map(({ address }) => address);
    const extra = { dependsOn: [SERVER, ...kept], concurrencyGroup: SERVER_GROUP };
    return [ensure(UNTAGGED, LOCK, 'lock', lockTitle(context), { level: 'CanNotDelete' }, extra)];
  }
  return isAsked === false && isHere(observed, LOCK)
    ? [ensureAbsent(LOCK, 'lock', lockTitle(context), SERVER_GROUP)]
    : [];
}
