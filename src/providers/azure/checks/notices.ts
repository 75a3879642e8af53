import type { FirewallRule, Server } from '@azure/arm-postgresql-flexible';
import type { Notice } from '../../../engine/plan.ts';
import type { Desired } from '../../../engine/resource.ts';
import { ignoring, UNREADABLE } from '../../failures.ts';
import { combineFindings, NO_FINDINGS, noticeOn } from '../../findings.ts';
import { takesLong } from '../../takes-long.ts';
import { networkOfRule } from '../api/names.ts';
import { readSku } from '../api/sku.ts';
import type { AzureContext } from '../context.ts';
import { isProvisioned, lowestTier, nextSize, readStorageType, storageTypeOf, tierNumber } from '../api/storage.ts';
import type { ServerTable } from '../resources/server/fields.ts';
import { administratorsOf } from '../resources/administrator.ts';
import { isOwnLock } from '../resources/lock.ts';
import { unchecked } from './availability.ts';
import { hasReplicaElsewhere } from './live-problems.ts';

/** What the user should know about the live server, and about values that Azure changes. */
export async function liveNotices(
  context: AzureContext,
  server: Desired<ServerTable>,
  live: Server | undefined
): Promise<readonly Notice[]> {
  return [
    ...storage(context, live),
    ...grownStorage(context, live),
    ...publicAddress(context, live),
    ...zoneElsewhere(context, live),
    ...poolerLost(context, live),
    ...unencryptedReplica(context, live),
    ...uselessRules(context, server, live),
    ...(await brokenReplicas(context)),
    ...(await ruleNotices(context, live)),
    ...(await administratorNotices(context, live)),
    ...(await locks(context, live))
  ];
}

function storage({ settings }: AzureContext, live: Server | undefined): readonly Notice[] {
  const { allocated_storage: asked, storage_type: given } = settings;
  const type = (given === undefined ? undefined : readStorageType(given)) ?? storageTypeOf(live);
  const size = asked === undefined ? undefined : nextSize(asked, type);
  const isMapped = size !== undefined && size !== asked;
  const unused = (['storage_iops', 'storage_throughput'] as const).filter(
    name => settings[name] !== undefined && !isProvisioned(type)
  );
  return combineFindings([
    isMapped
      ? noticeOn('allocated_storage', 'value-mapped', `${asked} GiB becomes ${size} GiB, the next size that Azure has.`)
      : NO_FINDINGS,
    ...unused.map(name => {
      const message = `\`${name}\` has no effect: on ${type} IOPS and throughput follow the size and \`storage_tier\`.`;
      return noticeOn(name, 'value-ignored', message);
    })
  ]).notices;
}

/** Storage that has grown by itself stays as it is. */
function grownStorage({ settings }: AzureContext, live: Server | undefined): readonly Notice[] {
  const [asked, now, tier] = [settings.allocated_storage, live?.storage?.storageSizeGB ?? 0, live?.storage?.tier ?? ''];
  const wanted = settings.storage_tier;
  const input = 'allocated_storage';
  const size = `The server has ${now} GiB of storage, which Azure never shrinks: \`${input}: ${asked}\` changes nothing.`;
  const isGrown = asked !== undefined && (nextSize(asked, storageTypeOf(live)) ?? 0) < now;
  const hasRisen = wanted !== undefined && tier === lowestTier(now) && tierNumber(wanted) < tierNumber(tier);
  const rise = `${now} GiB of storage has at least the tier ${tier}: \`storage_tier: ${wanted}\` changes nothing.`;
  return [
    ...(isGrown ? [{ code: 'storage-grown', severity: 'info', input, message: size } as const] : []),
    ...(hasRisen ? [{ code: 'storage-grown', severity: 'info', input: 'storage_tier', message: rise } as const] : [])
  ];
}

/** A key of a vault holds in one region only. */
function unencryptedReplica(context: AzureContext, live: Server | undefined): readonly Notice[] {
  const { replica_region: region = '', kms_key_id: key } = context.settings;
  if (!hasReplicaElsewhere(context, live) || (key === undefined && !live?.dataEncryption?.primaryKeyURI)) return [];
  const message = `The replica in ${region} is encrypted with a key of Azure: the server's own key is not available in that region.`;
  return [{ code: 'less-safe', severity: 'danger', input: 'replica_region', message }];
}

/** Without a public address, no network reaches the server through its firewall rules. */
function uselessRules(
  { settings }: AzureContext,
  { fields }: Desired<ServerTable>,
  live: Server | undefined
): readonly Notice[] {
  if ((settings.allowed_cidr_blocks ?? []).length === 0 || settings.subnet_ids !== undefined) return [];
  if (live?.network?.delegatedSubnetResourceId) return [];
  const isOpen = live?.network?.publicNetworkAccess === 'Enabled';
  const isPublic =
    live === undefined || fields.publicly_accessible?.managed === true ? fields.publicly_accessible?.value : isOpen;
  if (isPublic === true) return [];
  const message =
    '`allowed_cidr_blocks` has no effect while the server has no public address: set `publicly_accessible: true`, or leave the networks out.';
  return [{ code: 'value-ignored', severity: 'warning', input: 'allowed_cidr_blocks', message }];
}

function publicAddress({ settings }: AzureContext, live: Server | undefined): readonly Notice[] {
  if (settings.publicly_accessible !== undefined || live?.network?.publicNetworkAccess !== 'Enabled') return [];
  const message = 'The server has a public address, and `publicly_accessible` is not set.';
  return [{ code: 'less-safe', severity: 'warning', input: 'publicly_accessible', message }];
}

/**
 * A zone of another subscription serves only where that one knows the service too: a creation without it ends late.
 * https://github.com/MicrosoftDocs/azure-docs/pull/124023
 */
function zoneElsewhere({ settings, azure }: AzureContext, live: Server | undefined): readonly Notice[] {
  const input = 'private_dns_zone_id';
  const [, subscription = ''] = /^\/subscriptions\/([^/]+)\//i.exec(settings[input] ?? '') ?? [];
  if (live !== undefined || subscription === '' || settings.subnet_ids === undefined) return [];
  if (subscription.toLowerCase() === azure.subscription.toLowerCase()) return [];
  const command = `az provider register --namespace Microsoft.DBforPostgreSQL --subscription ${subscription}`;
  const message = `The zone is in another subscription. Could not check whether that one has the service registered, without which Azure does not finish the server: \`${command}\`.`;
  return [{ code: 'not-checked', severity: 'info', input, message }];
}

/** https://learn.microsoft.com/azure/postgresql/read-replica/concepts-read-replicas#monitor-replication */
async function brokenReplicas(context: AzureContext): Promise<readonly Notice[]> {
  const replicas = (await ignoring(UNREADABLE, context.liveState().replicas())) ?? [];
  return replicas
    .filter(({ replica }) => replica?.replicationState === 'Broken')
    .map(({ name = '?' }) => {
      const message = `The read replica ${name} is \`Broken\`: it no longer follows the server. Only a new one will: delete it, then apply again.`;
      return { code: 'replica-broken', severity: 'warning', message };
    });
}

/** https://learn.microsoft.com/azure/postgresql/connectivity/concepts-pgbouncer#limitations */
function poolerLost({ settings }: AzureContext, live: Server | undefined): readonly Notice[] {
  const isSmaller = readSku(settings.instance_class ?? '')?.tier === 'Burstable' && live?.sku?.tier !== 'Burstable';
  if (live === undefined || !isSmaller || settings.enable_proxy !== undefined) return [];
  const message =
    'A burstable size has no PgBouncer: what connects to port 6432 of the server, if anything does, loses it.';
  return [{ code: 'pooler-lost', severity: 'warning', input: 'instance_class', message }];
}

/** Rules of others stay. The plan names them, and warns of those that allow the internet, or all of Azure. */
async function ruleNotices(context: AzureContext, live: Server | undefined): Promise<readonly Notice[]> {
  const input = 'allowed_cidr_blocks';
  const networks = context.settings[input];
  if (networks === undefined) return [];
  if (live === undefined) return manyRules(context, []);
  const rules = (await ignoring(UNREADABLE, context.liveState().rules())) ?? [];
  const others = rules.filter(({ name = '' }) => networkOfRule(name) === undefined);
  const open = others.filter(
    ({ startIpAddress: first, endIpAddress: last }) =>
      first === '0.0.0.0' && (last === first || last === '255.255.255.255')
  );
  const kept = others.filter(one => !open.includes(one)).map(({ name = '' }) => `\`${name}\``);
  return [
    ...open.map(({ name = '', startIpAddress: first, endIpAddress: last }) => {
      const whom = last === first ? 'every resource of Azure, in any subscription' : 'the whole internet';
      const message = `The firewall rule \`${name}\`, which this action did not create, allows ${whom}.`;
      return { code: 'less-safe', severity: 'warning', input, message } as const;
    }),
    ...(kept.length === 0
      ? []
      : [{ code: 'sources-kept', severity: 'info', input, message: keptMessage(kept) } as const]),
    ...manyRules(context, rules)
  ];
}

function keptMessage(names: readonly string[]): string {
  const more = names.length > 10 ? `, and ${names.length - 10} more` : '';
  return `Firewall rules that this action did not create stay as they are: ${names.slice(0, 10).join(', ')}${more}.`;
}

/** Azure has no call for several rules: it writes one after the other, in about a quarter of a minute each. */
function manyRules(context: AzureContext, rules: readonly FirewallRule[]): readonly Notice[] {
  const input = 'allowed_cidr_blocks';
  const networks = context.settings[input] ?? [];
  const live = rules.flatMap(({ name = '' }) => networkOfRule(name) ?? []);
  const changes = [...networks.filter(one => !live.includes(one)), ...live.filter(one => !networks.includes(one))];
  const [count, what, instead] = [changes.length, 'firewall rules', 'list fewer networks'];
  return takesLong(context, { input, count, what, perMinute: 4, instead });
}

/** Administrators that this workflow neither made nor asks for. They stay. */
async function administratorNotices(context: AzureContext, live: Server | undefined): Promise<readonly Notice[]> {
  const input = 'entra_administrators';
  if (context.settings[input] === undefined || live === undefined) return [];
  const { others = [] } = (await ignoring(UNREADABLE, administratorsOf(context, live))) ?? {};
  if (others.length === 0) return [];
  const names = others.map(({ principalName, id }) => `\`${principalName ?? id}\``).join(', ');
  const message = `Administrators that this action did not add stay: ${names}.`;
  return [{ code: 'administrators-kept', severity: 'warning', input, message }];
}

/** Locks of others, which this action never removes. */
async function locks(context: AzureContext, live: Server | undefined): Promise<readonly Notice[]> {
  if (live === undefined) return [];
  const all = await ignoring(UNREADABLE, context.liveState().locks());
  if (all === undefined) return [unchecked('the locks on the server', 'Microsoft.Authorization/locks/read')];
  return all
    .filter(one => !isOwnLock(context, one))
    .map(({ name = '?', properties }) => {
      const isReadOnly = properties?.level === 'ReadOnly';
      const what = isReadOnly ? 'the server cannot be changed' : 'the server and its children cannot be deleted';
      const message = `The lock \`${name}\`, which this action did not create, applies to ${context.names.server}: ${what}.`;
      return { code: 'locked', severity: isReadOnly ? 'warning' : 'info', message };
    });
}
