import type { ResourceType } from '../../engine/resource.ts';
import { ALARMS } from '../../spec/alarms.ts';
import { saysUnknown, type Place, type Places } from '../observe-or-unknown.ts';
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
  SERVER_LANE
} from './addresses.ts';
import { alarmTitle } from './resources/alarm.ts';
import type { AzureWorld } from './context.ts';
import { wantedReplicas } from './desired/replicas.ts';
import { firewallTitle } from './resources/firewall.ts';
import { lockTitle } from './resources/lock.ts';
import { loggingTitle } from './resources/logging.ts';
import { parametersTitle } from './resources/parameters.ts';
import { poolingTitle } from './resources/pooling.ts';
import { queryStoreTitle } from './resources/query-store.ts';
import { nameAt, replicaTitle } from './resources/replica.ts';
import { replicaSettingsTitle, sharedNames } from './resources/replica-settings.ts';

/** The same resource type, which says of what it is not allowed to look at that its fields are unknown. */
export function looking(type: ResourceType<AzureWorld>): ResourceType<AzureWorld> {
  return saysUnknown(type, PLACES, { address: SERVER, lane: SERVER_LANE });
}

/** Whether a workflow's inputs speak of a resource type at all. The server they always do. */
export function isAsked(type: ResourceType<AzureWorld>, world: AzureWorld): boolean {
  const places = PLACES[type.type];
  return places === undefined || places(world).length > 0;
}

const one = (isThere: boolean, address: string, title: string, members?: readonly string[]): readonly Place[] =>
  isThere ? [{ address, title, ...(members === undefined ? {} : { members }) }] : [];

const PLACES: Places<AzureWorld> = {
  database: ({ settings: { database_name: name } }) =>
    name === undefined ? [] : one(true, databaseAddress(name), `database ${name}`),
  firewall: world => {
    const networks = world.settings.allowed_cidr_blocks;
    const rules = networks?.map(cidr => `rules.${cidr}`);
    return one(networks !== undefined, FIREWALL, firewallTitle(world), rules);
  },
  parameters: world => {
    const asked = world.settings.parameters;
    const names = ['require_secure_transport', ...Object.keys(asked ?? {}).map(name => name.trim().toLowerCase())];
    const members = names.map(name => `parameters.${name}`);
    return one(asked !== undefined, PARAMETERS, parametersTitle(world), members);
  },
  pooling: world => one(world.settings.enable_proxy !== undefined, POOLING, poolingTitle(world)),
  'query-store': world =>
    one(world.settings.enable_performance_insights !== undefined, QUERY_STORE, queryStoreTitle(world)),
  'diagnostic-setting': world => one(world.settings.enable_logging !== undefined, LOGGING, loggingTitle(world)),
  administrator: ({ settings }) =>
    (settings.entra_administrators ?? []).flatMap(({ object_id: id, principal_name: name }) =>
      one(true, administratorAddress(id.toLowerCase()), `administrator ${name}`)
    ),
  alarm: world =>
    ALARMS.filter(name => world.settings.alarms?.[name] !== undefined).flatMap(name =>
      one(true, alarmAddress(name), alarmTitle(world, name), tagMembers(world))
    ),
  replica: world =>
    wantedReplicas(world).flatMap(address => one(true, address, replicaTitle(world, address), tagMembers(world))),
  'replica-settings': world => {
    const rules = world.settings.allowed_cidr_blocks?.map(cidr => `rules.${cidr}`) ?? [];
    const parameters = sharedNames(world).map(name => `parameters.${name}`);
    if (rules.length + parameters.length === 0) return [];
    return wantedReplicas(world).flatMap(address => {
      const settings = replicaSettingsAddress(address.slice('replica/'.length));
      return one(true, settings, replicaSettingsTitle(nameAt(world, address)), [...rules, ...parameters]);
    });
  },
  lock: world => one(world.settings.enable_deletion_protection !== undefined, LOCK, lockTitle(world))
};

function tagMembers({ settings }: AzureWorld): readonly string[] {
  return Object.keys(settings.tags ?? {}).map(key => `tags.${key}`);
}
