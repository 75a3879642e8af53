import type { Settings } from '../../../spec/catalogue.ts';
import { fit } from '../../names.ts';
import { nameOfNumber } from '../../numbered-replicas.ts';

/** RDS stores identifiers in lower case, in any spelling of the request. */
export function instanceId(name: string): string {
  return name.toLowerCase();
}

/**
 * The names of all other resources of one database. All are derived from the instance's identifier, so that a rerun
 * finds them.
 */
export interface Names {
  readonly instance: string;
  readonly subnetGroup: string;
  readonly securityGroup: string;
  readonly proxy: string;
  readonly proxySecret: string;
  /** Secrets of passwords of roles. */
  readonly roleSecret: (role: string) => string;
  readonly proxyRole: string;
  readonly monitoringRole: string;
  /** Beginning of the names of our parameter groups; the family follows, because a group can't change it. */
  readonly parameterGroupPrefix: string;
  readonly logGroupPrefix: string;
  /** Read replicas in the server's region, numbered from 1. */
  readonly replica: (number: number) => string;
}

/** Names that the inputs give to what exists already are used as they are. */
export function namesOf(
  name: string,
  region: string,
  { replica_names: replicas = [], proxy_name: proxy }: Pick<Settings, 'replica_names' | 'proxy_name'> = {}
): Names {
  const instance = instanceId(name);
  return {
    instance,
    subnetGroup: `${instance}-subnets`,
    securityGroup: `${instance}-db`,
    proxy: proxy?.toLowerCase() ?? fit(`${instance}-proxy`, 63),
    proxySecret: `pgkeep/${instance}/proxy`,
    roleSecret: role => `pgkeep/${instance}/role/${role}`,
    // IAM knows no regions, database names are unique in theirs only.
    proxyRole: fit(`${instance}-${region}-proxy`, 64),
    monitoringRole: fit(`${instance}-${region}-monitoring`, 64),
    parameterGroupPrefix: `${instance}-postgres`,
    logGroupPrefix: `/aws/rds/instance/${instance}/`,
    replica: number => nameOfNumber(number, replicas, one => fit(`${instance}-replica-${one}`, 63))
  };
}

/** Made of the offering, so that a second run finds the purchase of the first. */
export function reservationId({ instance }: Pick<Names, 'instance'>, offering: string): string {
  return `${instance}-${offering.slice(0, 8).toLowerCase()}`;
}

export function remoteReplicaId(instance: string, region: string): string {
  return fit(`${instance}-replica-${region}`, 63);
}
