import { defined } from '../../../../engine/defined.ts';
import type { Facts } from '../../../../engine/resource.ts';
import type { Value } from '../../../../engine/value.ts';
import { plainDate } from '../../../../spec/deny-period.ts';
import { entriesOfOthers } from '../../../entries-of-others.ts';
import { isRunnerRule } from '../../../runner-access.ts';
import type { AuthorizedNetwork, Instance } from '../../api/types.ts';

const VERSION = 'POSTGRES_';
/** Monday is the first day of Cloud SQL's week. */
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** `16` for `POSTGRES_16`; `9.6` for `POSTGRES_9_6`. */
export function majorOf(databaseVersion: string | undefined): string | undefined {
  return databaseVersion?.startsWith(VERSION) === true
    ? databaseVersion.slice(VERSION.length).replace('_', '.')
    : undefined;
}

/** `16` for `16` and for `16.4`: Cloud SQL chooses the minor version. `9.6` was a major version. */
export function majorIn(version: string): string {
  const [first = version, second] = version.split('.');
  return Number(first) < 10 && second !== undefined ? `${first}.${second}` : first;
}

/** `POSTGRES_16` for `16` and for `16.4`; `POSTGRES_9_6` for `9.6`. */
export function databaseVersionOf(version: string): string {
  return `${VERSION}${majorIn(version).replace('.', '_')}`;
}

/** `{day: 7, hour: 4}` for `sun:04:00-sun:05:00`: its start, to the hour. */
export function maintenanceOf(window: string): { readonly day: number; readonly hour: number } {
  return { day: DAYS.indexOf(window.slice(0, 3)) + 1, hour: Number(window.slice(4, 6)) };
}

/** `sun:04:00` for `{day: 7, hour: 4}`; `undefined` without a day (any time). */
export function readWindow(window: NonNullable<Instance['settings']>['maintenanceWindow']): string | undefined {
  const day = window?.day === undefined ? undefined : DAYS[window.day - 1];
  return day === undefined ? undefined : `${day}:${String(window?.hour ?? 0).padStart(2, '0')}:00`;
}

/** As the input `deny_maintenance_period` has it. Cloud SQL keeps one period at most. */
export function readDenyPeriod(periods: NonNullable<Instance['settings']>['denyMaintenancePeriods'] = []): string {
  const [first] = periods;
  if (first === undefined) return 'none';
  return `${plainDate(first.startDate ?? '')} to ${plainDate(first.endDate ?? '')} at ${first.time ?? '00:00:00'}`;
}

/** The name of the networks that this action authorises: others keep theirs. */
const OWN_NETWORK = 'pgkeep';

/** The authorised networks that others added, or that are open to a runner, and that `asked` does not list. */
export function foreignNetworks({ settings }: Instance, asked: readonly string[]): readonly AuthorizedNetwork[] {
  const all = settings?.ipConfiguration?.authorizedNetworks ?? [];
  return entriesOfOthers(all, {
    isMarked: one => one.name === OWN_NETWORK,
    isAsked: one => asked.includes(plainNetwork(one.value))
  });
}

/** The authorised networks that are not open to a runner for a while. */
export function lastingNetworks({ settings }: Instance): readonly AuthorizedNetwork[] {
  return (settings?.ipConfiguration?.authorizedNetworks ?? []).filter(one => !isRunnerRule(one.name));
}

/** Networks as Cloud SQL lists them, after those of others. Networks that stay keep their name and expiry. */
export function authorisedOf(networks: readonly string[], live: Instance | undefined): readonly AuthorizedNetwork[] {
  const before = live === undefined ? [] : lastingNetworks(live);
  return [
    ...(live === undefined ? [] : foreignNetworks(live, networks)),
    ...networks.map(value => before.find(one => plainNetwork(one.value) === value) ?? { value, name: OWN_NETWORK })
  ];
}

/** `203.0.113.7/32` for `203.0.113.7`. */
export function plainNetwork(network: string): string {
  return network.includes('/') || network.includes(':') ? network : `${network}/32`;
}

/**
 * Whether a network is private or not routable. Cloud SQL refuses those as authorised networks; clients with such an
 * address use the private network, which needs no list.
 */
export function isPrivateNetwork(network: string): boolean {
  const [a = 0, b = 0] = network.split('.').map(Number);
  // Everything is `0.0.0.0/0`; other networks below 1.0.0.0 are not routable.
  if (a === 0) return !network.endsWith('/0');
  return (
    a === 10 ||
    a === 127 ||
    (a === 100 && b >= 64 && b <= 127) ||
    (a === 169 && b === 254) ||
    (a === 172 && b >= 16 && b <= 31) ||
    (a === 192 && b === 168)
  );
}

/** A number that comes as text. */
export function numberOf(text: string | undefined): number | undefined {
  return text === undefined || text === '' ? undefined : Number(text);
}

/** The addresses of an instance. */
export function addressesOf({ ipAddresses = [], dnsName, dnsNames = [], settings }: Instance): {
  readonly public?: string;
  readonly private?: string;
  /** The name of a Private Service Connect endpoint. */
  readonly dns?: string;
  /** The address of an endpoint that Cloud SQL made in a network of its clients, where there is one alone. */
  readonly endpoint?: string;
} {
  const of = (type: string): string | undefined => ipAddresses.find(one => one.type === type)?.ipAddress;
  const [open, privateHost] = [of('PRIMARY'), of('PRIVATE')];
  const psc = dnsNames.find(one => one.connectionType === 'PRIVATE_SERVICE_CONNECT' && one.dnsScope === 'INSTANCE');
  const dns = (psc?.name ?? dnsName)?.replace(/\.$/, '');
  const endpoints = (settings?.ipConfiguration?.pscConfig?.pscAutoConnections ?? []).flatMap(
    one => one.ipAddress ?? []
  );
  const endpoint = endpoints.length === 1 ? endpoints[0] : undefined;
  return defined({ public: open, private: privateHost, dns, endpoint });
}

/** Facts of an instance for outputs and other resources. */
export function instanceFacts(live: Instance): Facts {
  const at = addressesOf(live);
  const host = at.public ?? at.private ?? at.dns ?? at.endpoint;
  const facts: Readonly<Record<string, Value | undefined>> = {
    id: live.name,
    self_link: live.selfLink,
    connection_name: live.connectionName,
    region: live.region,
    zone: live.gceZone,
    secondary_zone: live.secondaryGceZone,
    host,
    private_host: [at.private, at.endpoint].find(one => one !== undefined && one !== host),
    psc_attachment: live.pscServiceAttachmentLink,
    psc_name: live.settings?.ipConfiguration?.pscConfig?.pscEnabled === true ? at.dns : undefined,
    ca_certificate: live.serverCaCert?.cert,
    version: live.databaseVersion,
    tier: live.settings?.tier,
    edition: live.settings?.edition,
    insights: live.settings?.insightsConfig?.queryInsightsEnabled === true,
    backup_plan: isOfBackupPlan(live) || undefined,
    pooled: live.settings?.connectionPoolConfig?.connectionPoolingEnabled === true
  };
  return Object.fromEntries(
    Object.entries(facts).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
  );
}

/** Whether a plan of the Backup and DR service manages the backups. `ADVANCED` is its older name. */
export function isOfBackupPlan({ settings }: Instance): boolean {
  return ['ENHANCED', 'ADVANCED'].includes(settings?.backupConfiguration?.backupTier ?? '');
}

/** Whether an instance follows another: a read replica or a read pool. */
export function isReplica({ instanceType }: Instance): boolean {
  return instanceType === 'READ_REPLICA_INSTANCE' || instanceType === 'READ_POOL_INSTANCE';
}

/** The name of the instance that it follows; empty for a primary. */
export function primaryOf({ masterInstanceName = '' }: Instance): string {
  return masterInstanceName.split(':').at(-1) ?? '';
}
