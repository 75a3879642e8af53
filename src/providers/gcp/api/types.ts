/** The parts of Cloud SQL's resources that we use, by their own names. 64-bit numbers are text in JSON. */
export interface Instance {
  readonly name: string;
  readonly region?: string;
  readonly databaseVersion?: string;
  /** With the minor version: `POSTGRES_16_4`. */
  readonly databaseInstalledVersion?: string;
  readonly state?: string;
  readonly suspensionReason?: readonly string[];
  readonly instanceType?: string;
  readonly masterInstanceName?: string;
  readonly replicaNames?: readonly string[];
  readonly connectionName?: string;
  readonly selfLink?: string;
  readonly gceZone?: string;
  readonly secondaryGceZone?: string;
  readonly createTime?: string;
  readonly etag?: string;
  /** `POSTGRES_16_4.R20260914.00_01`. */
  readonly maintenanceVersion?: string;
  readonly availableMaintenanceVersions?: readonly string[];
  readonly scheduledMaintenance?: {
    readonly startTime?: string;
    readonly canReschedule?: boolean;
    readonly scheduleDeadlineTime?: string;
  };
  readonly dnsName?: string;
  readonly dnsNames?: readonly {
    readonly name?: string;
    readonly connectionType?: string;
    readonly dnsScope?: string;
  }[];
  /** Set for an instance with Private Service Connect. */
  readonly pscServiceAttachmentLink?: string;
  readonly ipAddresses?: readonly { readonly type?: string; readonly ipAddress?: string }[];
  readonly serverCaCert?: { readonly cert?: string };
  readonly diskEncryptionConfiguration?: { readonly kmsKeyName?: string };
  readonly upgradableDatabaseVersions?: readonly { readonly name?: string; readonly majorVersion?: string }[];
  /** A primary and its disaster recovery replica. */
  readonly replicationCluster?: { readonly failoverDrReplicaName?: string; readonly psaWriteEndpoint?: string };
  readonly settings?: InstanceSettings;
}

export interface InstanceSettings {
  readonly settingsVersion?: string;
  readonly tier?: string;
  readonly edition?: string;
  readonly activationPolicy?: string;
  readonly availabilityType?: string;
  readonly dataDiskSizeGb?: string;
  readonly dataDiskType?: string;
  readonly dataDiskProvisionedIops?: string;
  readonly dataDiskProvisionedThroughput?: string;
  readonly storageAutoResize?: boolean;
  readonly storageAutoResizeLimit?: string;
  readonly userLabels?: Readonly<Record<string, string>>;
  readonly locationPreference?: { readonly zone?: string; readonly secondaryZone?: string };
  readonly backupConfiguration?: BackupConfiguration;
  readonly denyMaintenancePeriods?: readonly {
    readonly startDate?: string;
    readonly endDate?: string;
    readonly time?: string;
  }[];
  readonly maintenanceWindow?: { readonly day?: number; readonly hour?: number; readonly updateTrack?: string };
  readonly databaseFlags?: readonly DatabaseFlag[];
  readonly insightsConfig?: { readonly queryInsightsEnabled?: boolean };
  readonly deletionProtectionEnabled?: boolean;
  readonly retainBackupsOnDelete?: boolean;
  readonly ipConfiguration?: IpConfiguration;
  readonly connectionPoolConfig?: ConnectionPoolConfig;
  /** Whether SQL may be sent over the API: `ALLOW_DATA_API`. */
  readonly dataApiAccess?: string;
  readonly dataCacheConfig?: { readonly dataCacheEnabled?: boolean };
  readonly passwordValidationPolicy?: PasswordPolicy;
  /** `REQUIRED`: only connectors of Cloud SQL and the Auth Proxy may connect. */
  readonly connectorEnforcement?: string;
}

export interface PasswordPolicy {
  readonly enablePasswordPolicy?: boolean;
  readonly minLength?: number;
  /** `COMPLEXITY_DEFAULT` asks for four kinds of characters. */
  readonly complexity?: string;
  readonly disallowUsernameSubstring?: boolean;
}

export interface BackupConfiguration {
  readonly enabled?: boolean;
  readonly startTime?: string;
  /** `ENHANCED`: a plan of the Backup and DR service manages the backups. */
  readonly backupTier?: string;
  readonly location?: string;
  readonly pointInTimeRecoveryEnabled?: boolean;
  readonly transactionLogRetentionDays?: number;
  readonly backupRetentionSettings?: { readonly retainedBackups?: number; readonly retentionUnit?: string };
}

export interface DatabaseFlag {
  readonly name: string;
  readonly value?: string;
}

export interface IpConfiguration {
  readonly ipv4Enabled?: boolean;
  readonly privateNetwork?: string;
  readonly allocatedIpRange?: string;
  readonly sslMode?: string;
  readonly authorizedNetworks?: readonly AuthorizedNetwork[];
  readonly pscConfig?: {
    readonly pscEnabled?: boolean;
    readonly allowedConsumerProjects?: readonly string[];
    /** Endpoints that Cloud SQL makes itself in networks of its clients. */
    readonly pscAutoConnections?: readonly { readonly consumerNetwork?: string; readonly ipAddress?: string }[];
  };
}

export interface AuthorizedNetwork {
  readonly value: string;
  readonly name?: string;
  readonly expirationTime?: string;
}

export interface ConnectionPoolConfig {
  readonly connectionPoolingEnabled?: boolean;
  readonly flags?: readonly DatabaseFlag[];
}

/** A change that continues after the call was answered. */
export interface Operation {
  readonly name: string;
  readonly operationType?: string;
  /** `PENDING`, `RUNNING` or `DONE`; one that is done may have failed. */
  readonly status?: string;
  readonly insertTime?: string;
  readonly targetId?: string;
  readonly error?: { readonly errors?: readonly { readonly code?: string; readonly message?: string }[] };
  readonly backupContext?: { readonly backupId?: string };
  readonly preCheckMajorVersionUpgradeContext?: { readonly preCheckResponse?: readonly PreCheckResponse[] };
}

/** One finding of the pre-check of a major upgrade. */
export interface PreCheckResponse {
  readonly message?: string;
  /** `INFO`, `WARNING` or `ERROR`, which the upgrade would fail with. */
  readonly messageType?: string;
  readonly actionsRequired?: readonly string[];
}

/** A database flag and its limits. */
export interface FlagInfo {
  readonly name: string;
  readonly type?: string;
  readonly appliesTo?: readonly string[];
  readonly minValue?: string;
  readonly maxValue?: string;
  readonly allowedStringValues?: readonly string[];
  readonly allowedIntValues?: readonly string[];
  readonly requiresRestart?: boolean;
  readonly inBeta?: boolean;
}

/** A tier and the regions that offer it. */
export interface TierInfo {
  readonly tier: string;
  readonly RAM?: string;
  readonly region?: readonly string[];
}
