import { defined } from '../../engine/defined.ts';
import type { ResourceType } from '../../engine/resource.ts';
import { ALARMS } from '../../spec/alarms.ts';
import { withUnknownFields, type UnreadableResource, type UnreadableResources } from '../observe-or-unknown.ts';
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
  replicaSettingsAddress,
  SERVER,
  SERVER_GROUP
} from './addresses.ts';
import { alarmTitle } from './resources/alarm.ts';
import type { AzureContext } from './context.ts';
import { wantedReplicas } from './desired/replicas.ts';
import { firewallTitle } from './resources/firewall.ts';
import { lockTitle } from './resources/lock.ts';
import { loggingTitle } from './resources/logging.ts';
import { parametersTitle } from './resources/parameters.ts';
import { poolingTitle } from './resources/pooling.ts';
import { queryStoreTitle } from './resources/query-store.ts';
import { nameAt, replicaTitle } from './resources/replica.ts';
import { replicaSettingsTitle, sharedNames } from './resources/replica-settings.ts';

/** The same resource type, with unknown fields where the identity may not read it. */
export function observePart(type: ResourceType<AzureContext>): ResourceType<AzureContext> {
  return withUnknownFields(type, UNREADABLE, { address: SERVER, concurrencyGroup: SERVER_GROUP });
}

/** Whether the inputs name a resource type. They always name the server. */
export function isAsked(type: ResourceType<AzureContext>, context: AzureContext): boolean {
  const places = UNREADABLE[type.type];
  return places === undefined || places(context).length > 0;
}

const one = (
  isNamed: boolean,
  address: string,
  title: string,
  members?: readonly string[]
): readonly UnreadableResource[] => (isNamed ? [defined({ address, title, members })] : []);

const UNREADABLE: UnreadableResources<AzureContext> = {
  database: ({ settings: { database_name: name } }) =>
    name === undefined ? [] : one(true, databaseAddress(name), `database ${name}`),
  firewall: context => {
    const networks = context.settings.allowed_cidr_blocks;
    const rules = networks?.map(cidr => `rules.${cidr}`);
    return one(networks !== undefined, FIREWALL, firewallTitle(context), rules);
  },
  parameters: context => {
    const asked = context.settings.parameters;
    const names = ['require_secure_transport', ...Object.keys(asked ?? {}).map(name => name.trim().toLowerCase())];
    const members = names.map(name => `parameters.${name}`);
    return one(asked !== undefined, PARAMETERS, parametersTitle(context), members);
  },
  pooling: context => one(context.settings.enable_proxy !== undefined, POOLING, poolingTitle(context)),
  'query-store': context =>
    one(context.settings.enable_performance_insights !== undefined, QUERY_STORE, queryStoreTitle(context)),
  'diagnostic-setting': context => one(context.settings.enable_logging !== undefined, LOGGING, loggingTitle(context)),
  administrator: ({ settings }) =>
    (settings.entra_administrators ?? []).flatMap(({ object_id: id, principal_name: name }) =>
      one(true, administratorAddress(id.toLowerCase()), `administrator ${name}`)
    ),
  alarm: context =>
    ALARMS.filter(name => context.settings.alarms?.[name] !== undefined).flatMap(name =>
      one(true, alarmAddress(name), alarmTitle(context, name), tagMembers(context))
    ),
  replica: context =>
    wantedReplicas(context).flatMap(address => one(true, address, replicaTitle(context, address), tagMembers(context))),
  'replica-settings': context => {
    const rules = context.settings.allowed_cidr_blocks?.map(cidr => `rules.${cidr}`) ?? [];
    const parameters = sharedNames(context).map(name => `parameters.${name}`);
    if (rules.length + parameters.length === 0) return [];
    return wantedReplicas(context).flatMap(address => {
      const settings = replicaSettingsAddress(address.slice('replica/'.length));
      return one(true, settings, replicaSettingsTitle(nameAt(context, address)), [...rules, ...parameters]);
    });
  },
  lock: context => one(context.settings.enable_deletion_protection !== undefined, LOCK, lockTitle(context))
};

function tagMembers({ settings }: AzureContext): readonly string[] {
  return Object.keys(settings.tags ?? {}).map(key => `tags.${key}`);
}
