import type { Configuration, Server } from '@azure/arm-postgresql-flexible';
import type { Desired, Observed } from '../../../engine/resource.ts';
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
  SERVER,
  SERVER_GROUP
} from '../addresses.ts';
import type { AzureContext } from '../context.ts';
import { administrator } from '../resources/administrator.ts';
import { alarm, alarmTitle, PRESETS, windowFor } from '../resources/alarm.ts';
import { database } from '../resources/database.ts';
import { firewall, firewallTitle, isPrivate, rangeOf, type RULE_FIELDS } from '../resources/firewall.ts';
import { lock, lockTitle } from '../resources/lock.ts';
import { logging, loggingTitle } from '../resources/logging.ts';
import type { PartsOfOthers } from './parts-of-others.ts';
import { childOfServer, exists, UNTAGGED } from './child-resource.ts';
import { desiredParameters, desiredPooling, desiredQueryStore } from './configurations.ts';
import { desiredReplicaSettings } from './replica-settings.ts';

/** Known facts of the server that the supporting resources belong to. */
export interface SupportingFindings {
  readonly live: Server | undefined;
  /** The live configurations; empty where there is no server yet. */
  readonly configurations: ReadonlyMap<string, Configuration>;
  readonly others: PartsOfOthers;
  readonly major: number;
  readonly replicas: readonly Desired[];
}

/** Every resource but the server itself; the lock last. */
export function desiredSupporting(
  context: AzureContext,
  observed: readonly Observed[],
  { live, configurations, others, major, replicas }: SupportingFindings
): { readonly desired: readonly Desired[]; readonly problems: readonly Problem[] } {
  const rules = hasFirewall(context, live) ? desiredFirewall(context, others) : undefined;
  const [parameters] = desiredParameters(context, configurations, major);
  const copies = desiredReplicaSettings(context, observed, {
    replicas,
    firewall: rules,
    hasRules: hasFirewall(context, live) && context.settings.allowed_cidr_blocks !== undefined,
    parameters,
    configurations
  });
  const desired = [
    ...databases(context),
    ...(rules === undefined ? noFirewall(context, observed, live) : [rules]),
    ...(parameters === undefined
      ? []
      : [{ ...parameters, dependsOn: [...parameters.dependsOn, ...copies.before], follows: copies.before }]),
    ...desiredPooling(context),
    ...desiredQueryStore(context),
    ...diagnosticSetting(context, observed, others),
    ...administrators(context, observed),
    ...alarms(context, observed),
    ...replicas,
    ...copies.desired
  ];
  return { desired: [...desired, ...deletionLock(context, observed, desired, others)], problems: copies.problems };
}

function databases({ settings: { database_name: name } }: AzureContext): readonly Desired[] {
  if (name === undefined || name === 'postgres') return [];
  return [childOfServer(database, databaseAddress(name), `database ${name}`, {})];
}

/** A server in a subnet of its own has no firewall rules. */
function hasFirewall({ settings }: AzureContext, live: Server | undefined): boolean {
  return settings.subnet_ids === undefined && (live === undefined || !isPrivate(live));
}

/** `undefined` where no rule is asked for. */
function desiredFirewall(context: AzureContext, others: PartsOfOthers): Desired<typeof RULE_FIELDS> | undefined {
  const rules = (context.settings.allowed_cidr_blocks ?? []).flatMap(cidr => {
    const range = rangeOf(cidr);
    return range === undefined || others.ranges.includes(range) ? [] : [[`rules.${cidr}`, range] as const];
  });
  if (rules.length === 0) return undefined;
  return childOfServer(firewall, FIREWALL, firewallTitle(context), Object.fromEntries(rules), ['rules']);
}

function noFirewall(
  context: AzureContext,
  observed: readonly Observed[],
  live: Server | undefined
): readonly Desired[] {
  const isAsked = context.settings.allowed_cidr_blocks !== undefined && hasFirewall(context, live);
  if (!isAsked || !exists(observed, FIREWALL)) return [];
  return [ensureAbsent(FIREWALL, firewall.type, firewallTitle(context), SERVER_GROUP)];
}

function diagnosticSetting(
  context: AzureContext,
  observed: readonly Observed[],
  others: PartsOfOthers
): readonly Desired[] {
  const { enable_logging: isOn, log_workspace_id: workspace } = context.settings;
  if (isOn === true && workspace !== undefined) {
    if (!exists(observed, LOGGING) && others.workspaces.includes(workspace.toLowerCase())) return [];
    const values = { workspace_id: workspace, server_logs: true };
    return [childOfServer(logging, LOGGING, loggingTitle(context), values)];
  }
  if (isOn !== false || !exists(observed, LOGGING)) return [];
  return [ensureAbsent(LOGGING, logging.type, loggingTitle(context), SERVER_GROUP)];
}

/** The administrators that the input names. Of the others, those that this workflow made earlier are removed. */
function administrators({ settings }: AzureContext, observed: readonly Observed[]): readonly Desired[] {
  const wanted = settings.entra_administrators;
  if (wanted === undefined) return [];
  const addresses = wanted.map(one => administratorAddress(one.object_id.toLowerCase()));
  return [
    ...wanted.map(({ object_id: id, principal_name: name, principal_type: type }) =>
      childOfServer(administrator, administratorAddress(id.toLowerCase()), `administrator ${name}`, {
        principal_name: name,
        principal_type: type
      })
    ),
    ...observed
      .filter(one => one.type === administrator.type && !addresses.includes(one.address))
      .map(one => ensureAbsent(one.address, administrator.type, one.title, SERVER_GROUP))
  ];
}

/** The alarms that the input names. Other alarms of ours are removed. */
function alarms(context: AzureContext, observed: readonly Observed[]): readonly Desired[] {
  const { alarms: named, alarm_actions: actions } = context.settings;
  if (named === undefined) return [];
  return ALARMS.flatMap((name: AlarmName) => {
    const [preset, rule] = [PRESETS[name], named[name]];
    const address = alarmAddress(name);
    if (preset === undefined) return [];
    if (rule === undefined) {
      return exists(observed, address) ? [ensureAbsent(address, alarm.type, alarmTitle(context, name))] : [];
    }
    const values = {
      threshold: rule.threshold ?? preset.threshold,
      window: windowFor(rule.period),
      enabled: true,
      actions: actions === undefined ? undefined : [...actions]
    };
    return [ensure(context, alarm, address, alarmTitle(context, name), values, { dependsOn: [SERVER] })];
  });
}

/** The lock comes last, since it would prevent the removal of the rest. */
function deletionLock(
  context: AzureContext,
  observed: readonly Observed[],
  rest: readonly Desired[],
  others: PartsOfOthers
): readonly Desired[] {
  const isAsked = context.settings.enable_deletion_protection;
  if (isAsked === true && others.hasLock && !exists(observed, LOCK)) return [];
  if (isAsked === true) {
    // Resources that are removed go first, without waiting for the lock.
    const kept = rest.filter(({ presence }) => presence === 'present').map(({ address }) => address);
    // A rule whose deletion is refused could never be deleted under the lock.
    const extra = { dependsOn: [SERVER, ...kept], follows: kept, concurrencyGroup: SERVER_GROUP };
    return [ensure(UNTAGGED, lock, LOCK, lockTitle(context), { level: 'CanNotDelete' }, extra)];
  }
  return isAsked === false && exists(observed, LOCK)
    ? [ensureAbsent(LOCK, lock.type, lockTitle(context), SERVER_GROUP)]
    : [];
}
