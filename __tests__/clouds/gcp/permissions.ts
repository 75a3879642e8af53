const verbs = (group: string, names: string): readonly string[] =>
  names
    .trim()
    .split(/\s+/)
    .map(name => `cloudsql.${group}.${name}`);

/**
 * The permissions of Cloud SQL, as https://cloud.google.com/iam/docs/roles-permissions/cloudsql listed them in April
 * 2026. A role with another one is refused by IAM, and so is a question for it.
 */
export const PERMISSIONS: readonly string[] = [
  ...verbs('backupRuns', 'create delete export get list update'),
  ...verbs('databases', 'create delete get list update'),
  ...verbs(
    'instances',
    `addServerCa addServerCertificate clone connect create createBackupDrBackup createTagBinding delete deleteTagBinding
    demoteMaster executeSql export failover get getDiskShrinkConfig import list listEffectiveTags listServerCas
    listServerCertificates listTagBindings login manageEncryption migrate performDiskShrink preCheckMajorVersionUpgrade
    promoteReplica reencrypt resetReplicaSize resetSslConfig restart restoreBackup rotateEntraIdCertificate rotateServerCa
    rotateServerCertificate startReplica stopReplica truncateLog update updateBackupDrConfig`
  ),
  ...verbs('schemas', 'view'),
  ...verbs('sslCerts', 'create delete get list'),
  ...verbs('users', 'create delete get list update')
];
