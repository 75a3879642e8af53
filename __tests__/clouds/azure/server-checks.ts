import { AzureFault, invalid } from './azure-fault.ts';
import { SIZE_STEPS, SIZES, TIERS, VERSIONS } from './catalogue.ts';
import { textOf, type Json, type ServerRecord } from './state.ts';

const RESERVED = /^(azure_superuser|azure_pg_admin|admin|administrator|root|guest|public|pg_.*)$/i;

export const member = (value: unknown, name: string): Json => ((value as Json | undefined)?.[name] ?? {}) as Json;

/** Throws what the service says to values that no server can have. */
export function checkServer(sku: Json, properties: Json): void {
  const size = SIZES.find(({ name }) => name === sku['name']);
  if (size === undefined || size.tier !== sku['tier'])
    throw invalid(`Invalid value given for parameter Sku. Specify a valid value: ${textOf(sku['name'])}`);
  const storage = member(properties, 'storage');
  const isProvisioned = storage['type'] !== undefined && storage['type'] !== 'Premium_LRS';
  if (isProvisioned && (size.tier === 'Burstable' || storage['autoGrow'] === 'Enabled'))
    throw invalid(`Storage of type ${textOf(storage['type'])} is not supported with this tier, or with auto-grow.`);
  if (!isProvisioned && !SIZE_STEPS.includes(Number(storage['storageSizeGB'])))
    throw invalid(`Invalid value given for parameter StorageSizeGB: ${textOf(storage['storageSizeGB'])}`);
  const days = Number(member(properties, 'backup')['backupRetentionDays'] ?? 7);
  if (days < 7 || days > 35) throw invalid(`The value of backupRetentionDays must be between 7 and 35: ${days}`);
  const mode = member(properties, 'highAvailability')['mode'] ?? 'Disabled';
  if (size.tier === 'Burstable' && mode !== 'Disabled')
    throw invalid('High availability is not supported for the Burstable tier.');
  const network = member(properties, 'network');
  const isPrivate = network['delegatedSubnetResourceId'] !== undefined;
  if (isPrivate && network['privateDnsZoneArmResourceId'] === undefined)
    throw invalid('PrivateDnsZoneArmResourceId is required for a private access server.');
  // https://github.com/claranet/terraform-azurerm-db-postgresql-flexible/issues/7
  if (isPrivate && network['publicNetworkAccess'] === 'Enabled')
    throw new AzureFault(
      400,
      'ConflictingPublicNetworkAccessAndVirtualNetworkConfiguration',
      'Conflicting configuration is detected between Public Network Access and Virtual Network arguments.'
    );
}

/** Throws for a version that new servers are not made of, and for credentials that are refused. */
export function checkNew(properties: Json): void {
  if (!VERSIONS.includes(textOf(properties['version'])))
    throw invalid(`The version ${textOf(properties['version'])} is not available for new servers.`);
  // https://github.com/pulumi/pulumi-azure-native/issues/4014
  const key = member(properties, 'dataEncryption');
  const isGeo = member(properties, 'backup')['geoRedundantBackup'] === 'Enabled';
  if (isGeo && key['type'] === 'AzureKeyVault' && key['geoBackupKeyURI'] === undefined)
    throw new AzureFault(
      400,
      'CMKInvalidEncryptionParameters',
      'The input server encryption parameters are invalid. Geo-Backup Encryption user assigned identity and key is required to encrypt Geo-Redundant CMK enabled server.'
    );
  if (member(properties, 'authConfig')['passwordAuth'] === 'Disabled') return;
  const login = textOf(properties['administratorLogin'], '');
  if (login === '' || RESERVED.test(login)) throw invalid(`The login name '${login}' is not allowed.`);
  checkPassword(textOf(properties['administratorLoginPassword'], ''));
}

export function checkPassword(password: string): void {
  const classes = [/[a-z]/, /[A-Z]/, /\d/, /[^a-zA-Z0-9]/].filter(pattern => pattern.test(password)).length;
  if (password.length < 8 || password.length > 128 || classes < 3)
    throw invalid('Password did not match the complexity requirements.');
}

/** Throws for what a server that is there can't become, and for what must be asked alone. */
export function checkPatch(before: Json, asked: Json): void {
  const keys = Object.keys(asked);
  for (const alone of ['storage', 'maintenanceWindow', 'version'])
    if (keys.includes(alone) && keys.length > 1)
      throw invalid(`Updating ${alone} together with other properties is not supported.`);
  const size = member(asked, 'storage')['storageSizeGB'];
  if (size !== undefined && Number(size) < Number(member(before, 'storage')['storageSizeGB']))
    throw invalid('Unable to shrink the storage size of a server.');
  if (asked['version'] !== undefined && Number(asked['version']) < Number(before['version']))
    throw invalid('Downgrade of the version is not supported.');
  const geo = member(asked, 'backup')['geoRedundantBackup'];
  if (geo !== undefined && geo !== member(before, 'backup')['geoRedundantBackup'])
    throw invalid('Geo-redundant backup can be set only when the server is created.');
  if (asked['administratorLoginPassword'] !== undefined) checkPassword(textOf(asked['administratorLoginPassword']));
}

/** Throws for what a copy of a server can't be. */
export function checkRestore(source: ServerRecord, asked: Json, location: string): void {
  const [from, to] = [member(source.properties, 'network'), member(asked, 'network')];
  if ((from['delegatedSubnetResourceId'] === undefined) !== (to['delegatedSubnetResourceId'] === undefined))
    throw invalid('Restoring across public and private access is not supported.');
  // https://learn.microsoft.com/azure/postgresql/read-replica/concepts-read-replicas#back-up-and-restore
  if (source.properties['replicationRole'] === 'AsyncReplica') throw invalid('A read replica has no backups.');
  if (source.location !== location) throw invalid('The location must be that of the source server.');
  if (Number.isNaN(Date.parse(textOf(asked['pointInTimeUTC'])))) throw invalid('PointInTimeUTC is required.');
}

/**
 * Throws where replicas stand in the way: none may be smaller than what it follows, and none goes through an upgrade.
 */
export function checkReplicas(source: ServerRecord | undefined, replicas: readonly ServerRecord[], body: Json): void {
  const asked = member(body, 'properties');
  if (asked['version'] !== undefined && replicas.length > 0)
    throw invalid('Major version upgrade is not supported for a server with read replicas.');
  // https://learn.microsoft.com/azure/postgresql/read-replica/concepts-read-replicas#create-a-replica
  if (member(body, 'sku')['tier'] === 'Burstable' && replicas.length > 0)
    throw invalid('Read replicas are not supported for the Burstable tier.');
  const size = member(asked, 'storage');
  const vcores = (name: unknown): number => SIZES.find(one => one.name === name)?.vcores ?? 0;
  for (const replica of replicas) {
    const has = member(replica.properties, 'storage');
    if (size['storageSizeGB'] !== undefined && Number(size['storageSizeGB']) > Number(has['storageSizeGB']))
      throw invalid('The storage of a read replica must be scaled up first.');
    if (size['autoGrow'] === 'Enabled' && has['autoGrow'] !== 'Enabled')
      throw invalid('Storage auto-grow must be enabled on the read replicas first.');
    if (vcores(member(body, 'sku')['name'] ?? '') > vcores(replica.sku['name']))
      throw invalid('The compute of a read replica must be scaled up first.');
  }
  if (source === undefined || body['sku'] === undefined) return;
  if (vcores(member(body, 'sku')['name']) < vcores(source.sku['name']))
    throw invalid('The compute of the primary server must be scaled down first.');
}

/** Throws where a server still has replicas. */
export function refuseDependents(replicas: readonly ServerRecord[]): void {
  if (replicas.length > 0) throw invalid('The server has read replicas: delete them first.');
}

/** A performance tier is never below that of the size: it rises with the size, and a lower one is refused. */
export function withTier(properties: Json, asked: Json): Json {
  const storage = member(properties, 'storage');
  const lowest = TIERS[SIZE_STEPS.indexOf(Number(storage['storageSizeGB']))];
  const number = (tier: unknown): number => Number(textOf(tier, 'P0').slice(1));
  const isProvisioned = storage['type'] !== undefined && storage['type'] !== 'Premium_LRS';
  if (lowest === undefined || isProvisioned || number(storage['tier']) >= number(lowest)) return properties;
  if (member(asked, 'storage')['tier'] !== undefined)
    throw invalid(`The tier ${textOf(storage['tier'])} is not available for this size.`);
  return { ...properties, storage: { ...storage, tier: lowest } };
}
