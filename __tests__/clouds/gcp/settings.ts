import { invalid } from './fault.ts';
import { list, merged, object, text, type Json } from './json.ts';

/** Refuses what Cloud SQL refuses of an instance, compared to what was there before. */
export function check(wish: Json, before: Json | undefined): void {
  const settings = object(wish['settings']);
  const was = object(before?.['settings']);
  const tier = text(settings['tier']);
  const edition = text(settings['edition']);
  const plus = tier.startsWith('db-perf-optimized');
  if (tier === '') throw invalid('Invalid request: Missing parameter: Tier.');
  if (plus !== (edition === 'ENTERPRISE_PLUS')) {
    throw invalid(
      `Invalid request: Invalid Tier (${tier}) for (${edition}) Edition. Use a predefined Tier like db-perf-optimized-N-* instead.`
    );
  }
  const size = Number(settings['dataDiskSizeGb'] ?? 10);
  if (size < 10) throw invalid('Invalid request: The disk size must be at least 10 GB.');
  if (size < Number(was['dataDiskSizeGb'] ?? 0)) throw invalid('The disk size cannot decrease.');
  const backup = object(settings['backupConfiguration']);
  if (
    settings['availabilityType'] === 'REGIONAL' &&
    (backup['enabled'] !== true || backup['pointInTimeRecoveryEnabled'] !== true)
  ) {
    throw invalid('Invalid request: High availability needs automated backups and point-in-time recovery.');
  }
  const network = object(settings['ipConfiguration']);
  for (const allowed of list(network['authorizedNetworks'])) {
    const value = text(object(allowed)['value']);
    if (/^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)/.test(value)) {
      throw invalid(`Non-routable or private authorized network (${value}).`);
    }
  }
  if (text(object(was['ipConfiguration'])['privateNetwork']) !== '' && text(network['privateNetwork']) === '') {
    throw invalid('Invalid request: the private network cannot be removed.');
  }
}

/** What Cloud SQL fills in. With POSTGRES_16 and later the edition is ENTERPRISE_PLUS when none was named. */
export function filled(settings: Json, version: string, zone: string): Json {
  const edition = Number(version.replace('POSTGRES_', '')) >= 16 ? 'ENTERPRISE_PLUS' : 'ENTERPRISE';
  return merged(
    {
      kind: 'sql#settings',
      activationPolicy: 'ALWAYS',
      authorizedGaeApplications: [],
      availabilityType: 'ZONAL',
      backupConfiguration: {
        kind: 'sql#backupConfiguration',
        enabled: false,
        startTime: '12:00',
        transactionLogRetentionDays: 7,
        backupRetentionSettings: { retainedBackups: 7, retentionUnit: 'COUNT' },
        transactionalLogStorageState: 'TRANSACTIONAL_LOG_STORAGE_STATE_UNSPECIFIED'
      },
      connectorEnforcement: 'NOT_REQUIRED',
      dataDiskSizeGb: '10',
      dataDiskType: 'PD_SSD',
      deletionProtectionEnabled: false,
      edition,
      ipConfiguration: {
        authorizedNetworks: [],
        ipv4Enabled: true,
        requireSsl: false,
        sslMode: 'ALLOW_UNENCRYPTED_AND_ENCRYPTED'
      },
      locationPreference: { kind: 'sql#locationPreference', zone },
      pricingPlan: 'PER_USE',
      replicationType: 'SYNCHRONOUS',
      settingsVersion: '1',
      storageAutoResize: true,
      storageAutoResizeLimit: '0'
    },
    settings
  );
}
