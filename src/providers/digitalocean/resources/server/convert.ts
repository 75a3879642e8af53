import { defined } from '../../../../engine/defined.ts';
import type { Value } from '../../../../engine/value.ts';
import { isProtected, tagFields } from '../../api/tags.ts';
import type { Cluster } from '../../context.ts';

const DAYS: Readonly<Record<string, string>> = {
  mon: 'monday',
  tue: 'tuesday',
  wed: 'wednesday',
  thu: 'thursday',
  fri: 'friday',
  sat: 'saturday',
  sun: 'sunday'
};

/** A trusted source: a network, or a droplet, an app, a tag, a cluster of Kubernetes. */
export interface Rule {
  readonly type: string;
  readonly value: string;
  readonly description?: string;
}

/** `sun:04:00-sun:05:00` → when it begins. DigitalOcean decides how long it lasts. */
export function windowStart(window: string): string {
  return window.slice(0, 9);
}

/** A window as DigitalOcean takes it: `{day: 'sunday', hour: '04:00'}`. */
export function maintenanceOf(window: string): { readonly day: string; readonly hour: string } {
  return { day: DAYS[window.slice(0, 3)] ?? window.slice(0, 3), hour: window.slice(4, 9) };
}

/** A network in one spelling: a single address is written without its length. */
export function network(given: string): string {
  return given.replace(/\/32$/, '');
}

/** Networks as trusted sources. */
export function rulesOf(networks: readonly string[]): readonly Rule[] {
  return networks.map(value => ({ type: 'ip_addr', value: network(value) }));
}

/** Live values by field. */
export function clusterValues(cluster: Cluster, rules: readonly Rule[]): Readonly<Record<string, Value>> {
  const { maintenance_window: window, tags } = cluster;
  const day = window?.day;
  const hour = window?.hour;
  return defined({
    state: cluster.status ?? 'unknown',
    engine_version: cluster.version ?? null,
    size: cluster.size,
    num_nodes: cluster.num_nodes,
    storage_size_mib: cluster.storage_size_mib,
    region: cluster.region,
    ...((cluster.private_network_uuid ?? '') === '' ? {} : { private_network: cluster.private_network_uuid ?? '' }),
    ...((cluster.project_id ?? '') === '' ? {} : { project: cluster.project_id ?? '' }),
    maintenance_window: day === undefined || hour === undefined ? null : `${day.slice(0, 3)}:${hour.slice(0, 5)}`,
    trusted_sources: rules.filter(({ type }) => type === 'ip_addr').map(({ value }) => network(value)),
    deletion_protection: isProtected(tags ?? []),
    ...tagFields(tags ?? [])
  });
}
