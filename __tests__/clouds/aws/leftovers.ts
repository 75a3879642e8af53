import { monitoringRole, network } from './seed.ts';
import type { Region, CloudState } from './state.ts';

/** Everything that is there and was not from the beginning, a line each: `db us-east-1 orders`. */
export function leftovers(cloud: CloudState): readonly string[] {
  const roles = [...cloud.roles.keys()].filter(name => name !== monitoringRole(cloud).name).map(name => `role ${name}`);
  return [...roles, ...cloud.regions().flatMap(ofRegion)].sort();
}

function ofRegion(region: Region): readonly string[] {
  const { vpcId } = network(region.name);
  const lines = (kind: string, names: Iterable<string>): string[] =>
    [...names].map(name => `${kind} ${region.name} ${name}`);
  const groups = [...region.securityGroups.values()];
  return [
    ...lines('db', region.instances.keys()),
    ...lines('parameter-group', region.parameterGroups.keys()),
    ...lines('subnet-group', region.subnetGroups.keys()),
    ...lines('snapshot', region.snapshots.keys()),
    ...lines('proxy', region.proxies.keys()),
    ...lines(
      'backup',
      [...region.backups.values()].map(backup => backup.instanceId)
    ),
    ...lines('reservation', region.reservations.keys()),
    ...lines('alarm', region.alarms.keys()),
    ...lines('log-group', region.logGroups.keys()),
    ...lines(
      'secret',
      [...region.secrets.values()].map(secret => secret.name)
    ),
    ...lines(
      'security-group',
      groups.filter(group => group.name !== 'default').map(group => group.name)
    ),
    ...lines(
      'rule',
      groups
        .filter(group => group.name === 'default' && group.vpcId === vpcId)
        .flatMap(group => [...group.rules.keys()])
    )
  ];
}
