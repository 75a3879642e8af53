/** A hint that names an input, by its file below `src` and its beginning. */
export type HintName = readonly [file: string, begins: string];

/** Hints that a test follows to the end: the test file below `__tests__`, and the title or the row in it. */
export const FOLLOWED: readonly (readonly [...HintName, test: string, title: string])[] = [
  ['commands/restore-check.ts', 'Could not run `command', 'e2e/restore-check', 'plans only with dry_run'],
  ['commands/restore-check.ts', 'Set `name` and', 'e2e/restore-check-clouds', 'another repository’s server is not'],
  ['commands/mask-clone.ts', 'Set `ephemeral: clone`', 'e2e/masked-clones', 'that was there before `mask_sql`'],
  ['commands/check.ts', 'Grant the identity', 'e2e/unknown', 'succeeds with `allow_unknown: true`, as its hint says'],
  [
    'providers/azure/resources/server/create.ts',
    'Set another `name`',
    'unit/providers/azure/faults',
    'a name that another owner takes at the last moment'
  ],
  ['commands/refuse-dry-run.ts', 'apply', 'unit/commands/refuse-dry-run', '%s takes `dry_run`'],
  ['commands/planning.ts', 'Read the plan of this run', 'e2e/operations', 'a Blue/Green upgrade from its copy'],
  [
    'providers/aws/operations/switchover.ts',
    'Apply `engine_version',
    'unit/providers/aws/blue-green',
    'the switchover is refused before there is a copy'
  ],
  [
    'engine/operation.ts',
    'Take it over first',
    'unit/providers/stop-start',
    'a server of others is neither stopped nor started'
  ],
  [
    'engine/safety.ts',
    'Apply `enable_deletion_protection',
    'unit/providers/aws/ownership',
    'deletion protection is switched off in one apply'
  ],
  [
    'engine/safety.ts',
    'Choose another `name`, or take it',
    'unit/providers/aws/ownership',
    'a server created by hand is adopted only when the workflow says so'
  ],
  ['engine/safety.ts', 'Keep the larger', 'unit/providers/aws/field-hints', 'a smaller storage'],
  ['engine/safety.ts', 'Make a new database', 'unit/providers/azure/field-hints', 'another region'],
  [
    'engine/safety.ts',
    'Run `command: start`',
    'unit/providers/stop-start',
    'refuses changes while it is stopped, and takes them after the start'
  ],
  ['engine/safety.ts', 'Set `allow_restart', 'unit/providers/aws/field-hints', 'a restart that is forbidden'],
  ['engine/safety.ts', 'Set `confirm_destroy`', 'e2e/local-destroy', 'needs its exact name'],
  [
    'engine/safety.ts',
    'Take a copy first',
    'unit/providers/aws/ownership',
    'a database is destroyed without a final snapshot only when'
  ],
  ['engine/safety.ts', 'Try it on a copy', 'unit/providers/aws/field-hints', 'a major upgrade without a word'],
  [
    'engine/wait.ts',
    'Nothing was undone',
    'unit/providers/aws/faults',
    'a passed deadline ends in progress, and the next run continues'
  ],
  ['ephemeral/capacity.ts', 'Close a pull request', 'e2e/ephemeral-fence', 'leaves a limit alone that is not reached'],
  [
    'ephemeral/database-context.ts',
    'Set `runner_access',
    'e2e/way-in',
    'gets the database of a pull request through the rule'
  ],
  [
    'ephemeral/init-sql.ts',
    'Set `password_seed`',
    'unit/ephemeral/database',
    'the password follows the seed, and a lost one is set again'
  ],
  ['ephemeral/require-own.ts', 'Find out who', 'e2e/ephemeral-database', 'is recreated with `reset: true`, once a run'],
  [
    'inputs/untrusted-checkout.ts',
    'Commit the file',
    'unit/inputs/untrusted-checkout',
    'reads files of its commit, with any line ends'
  ],
  [
    'inputs/untrusted-checkout.ts',
    'Use the event',
    'unit/inputs/untrusted-checkout',
    'is allowed with the base, and with its ancestors'
  ],
  [
    'providers/azure/resources/firewall.ts',
    'A lock prevents',
    'unit/providers/azure/field-hints',
    'rules under a lock'
  ],
  [
    'providers/azure/resources/server/fields.ts',
    'A standby moves',
    'unit/providers/azure/field-hints',
    'another zone of the standby'
  ],
  [
    'providers/azure/resources/server/fields.ts',
    'Leave `availability_zone`',
    'unit/providers/azure/field-hints',
    'another zone'
  ],
  [
    'providers/azure/resources/server/login-fields.ts',
    'Create the user',
    'unit/providers/azure/field-hints',
    'another administrator'
  ],
  [
    'providers/create-or-reuse-own.ts',
    'Choose another',
    'unit/providers/gcp/ownership',
    'a name that another owner takes meanwhile is not taken over'
  ],
  [
    'providers/digitalocean/resources/log-sink.ts',
    'Apply `enable_logging',
    'unit/providers/digitalocean/field-hints',
    'another kind of log sink'
  ],
  [
    'providers/digitalocean/resources/server/fields.ts',
    'Make a new database',
    'unit/providers/digitalocean/field-hints',
    'another network'
  ],
  [
    'providers/gcp/api/operation.ts',
    'Set another',
    'unit/providers/gcp/field-errors',
    'ends soon for a name that Cloud SQL keeps'
  ],
  ['providers/gcp/context.ts', 'Set `gcp_project`', 'unit/providers/gcp/context', 'an input'],
  [
    'providers/aws/resources/server/state.ts',
    'Enable the KMS key again and',
    'unit/providers/aws/field-waits',
    'of a lost key says how to start again'
  ],
  [
    'providers/aws/resources/server/state.ts',
    'Enable the KMS key again, then',
    'unit/providers/aws/field-waits',
    'that a lost key has made final says to restore'
  ],
  [
    'providers/gcp/api/errors.ts',
    'Set `publicly_accessible: false',
    'unit/providers/gcp/field-hints',
    'of an instance that the organization refuses by %s'
  ],
  [
    'providers/gcp/api/errors.ts',
    'Remove `allowed_cidr_blocks`',
    'unit/providers/gcp/field-hints',
    'of an instance that the organization refuses by %s'
  ],
  [
    'providers/gcp/api/errors.ts',
    'Set `kms_key_id` to a key',
    'unit/providers/gcp/field-hints',
    'of an instance that the organization refuses by %s'
  ],
  [
    'providers/gcp/api/errors.ts',
    'Set `gcp_region` to a region',
    'unit/providers/gcp/field-hints',
    'of an instance that the organization refuses by %s'
  ],
  [
    'providers/gcp/resources/replica.ts',
    'List another',
    'unit/providers/gcp/field-hints',
    'of %s whose name Cloud SQL keeps'
  ],
  [
    'providers/local/cluster/cluster-locale.ts',
    'Correct',
    'e2e/local-field',
    'are no change when they are spelt otherwise, and another one is refused'
  ],
  ['providers/local/cluster/port.ts', 'Stop it', 'e2e/local-ports', 'is another free one for every further server'],
  [
    'providers/local/cluster/unlogged-tables.ts',
    'Run ALTER',
    'unit/providers/local/cluster/archive',
    'names UNLOGGED tables with rows of any database'
  ],
  [
    'providers/runner-access.ts',
    'Run this job where',
    'e2e/way-in',
    'is not reached without a rule, which one line says'
  ],
  ['runner/cancellation.ts', 'Nothing was undone', 'e2e/ephemeral-fence', 'that is cancelled ends during long SQL'],
  [
    'runner/runner-address.ts',
    'Set `runner_address`',
    'unit/runner/runner-address',
    'a service that does not answer names the input that replaces it'
  ],
  [
    'commands/about-pull-request.ts',
    'Set `pull_request`',
    'unit/commands/follow-hints',
    'a pull request that does not exist'
  ],
  [
    'commands/about-pull-request.ts',
    'Leave `pull_request`',
    'unit/commands/follow-hints',
    'another pull request than that of the event'
  ],
  ['commands/about-pull-request.ts', 'Plan forks', 'unit/commands/follow-hints', 'the code of a fork, beside secrets'],
  [
    'commands/approve.ts',
    'Make the change',
    'unit/commands/follow-hints',
    'an apply without a review, which is then made'
  ],
  [
    'commands/branch-finding.ts',
    'Protect the branch',
    'unit/commands/follow-hints',
    'a branch that everyone may push to'
  ],
  ['commands/choose.ts', 'Set `command`', 'unit/commands/follow-hints', 'an event without a rule'],
  [
    'commands/ephemeral-apply.ts',
    'Run this step where',
    'unit/commands/ephemeral-apply',
    'a copy on %s has no outputs until its initial SQL ran'
  ],
  ['commands/pull-request-of.ts', 'Run this step', 'unit/commands/follow-hints', 'a database of no pull request'],
  [
    'commands/import.ts',
    'Run the workflow',
    'unit/commands/follow-hints',
    'an import of what another repository keeps'
  ],
  ['commands/import.ts', 'Correct `name`', 'unit/commands/follow-hints', 'an import of what does not exist'],
  ['commands/operate.ts', 'Apply it first', 'unit/commands/follow-hints', 'an operation without a server'],
  ['commands/outputs.ts', 'Set `name` and', 'unit/commands/follow-hints', 'outputs of another environment'],
  ['commands/outputs.ts', 'Write `name', 'unit/commands/follow-hints', 'outputs of what was replaced by its replica'],
  ['commands/outputs.ts', 'Apply it first', 'unit/commands/follow-hints', 'outputs of what does not exist'],
  ['commands/release.ts', 'Correct `name`', 'unit/commands/follow-hints', 'a release of what does not exist'],
  [
    'commands/release.ts',
    'Run `command: release`',
    'unit/commands/follow-hints',
    'a release of what another repository keeps'
  ],
  ['commands/sweep.ts', 'Set `ephemeral`', 'unit/commands/follow-hints', 'a sweep of nothing'],
  [
    'engine/safety.ts',
    'Choose another `name`, or run',
    'unit/commands/follow-hints',
    'a plan of what another repository keeps'
  ],
  [
    'github/check-run.ts',
    'Leave `github_token`',
    'unit/commands/follow-hints',
    'the token of a person, who writes no check runs'
  ],
  ['github/client-errors.ts', 'Renew', 'unit/commands/follow-hints', 'an expired token'],
  [
    'github/client-errors.ts',
    'Leave `github_token`',
    'unit/commands/follow-hints',
    'the token of a person, who reads no check runs'
  ],
  [
    'github/client-errors.ts',
    'Give the personal access token',
    'unit/commands/follow-hints',
    'the token of a person without a permission'
  ],
  ['github/client.ts', 'Leave the input', 'unit/commands/follow-hints', 'no token, where one is needed'],
  ['github/permission.ts', 'Leave the input', 'unit/commands/follow-hints', 'no token for a comment'],
  ['inputs/strict.ts', 'Change or remove', 'unit/commands/follow-hints', 'a size of another cloud, with `strict`'],
  [
    'providers/digitalocean/api/errors.ts',
    'Set `digitalocean_token`',
    'unit/commands/follow-hints',
    'a token that DigitalOcean refuses'
  ],
  [
    'providers/digitalocean/api/errors.ts',
    'Set `digitalocean_token`',
    'unit/commands/follow-hints',
    'no token of DigitalOcean'
  ],
  ['engine/safety.ts', 'Restore a backup', 'unit/providers/aws/field-hints', 'an older version'],
  [
    'providers/aws/api/client.ts',
    'Set `aws_region`',
    'unit/providers/aws/field-hints',
    'of a run that knows no region'
  ],
  [
    'providers/aws/newest-backup.ts',
    'Apply `backup_retention_period`',
    'unit/providers/aws/field-hints',
    'of a server without any backup'
  ],
  [
    'providers/aws/resources/proxy.ts',
    'Switch the proxy off',
    'unit/providers/aws/field-hints',
    'of a proxy in other subnets'
  ],
  [
    'providers/aws/resources/security-group.ts',
    'Create a new database',
    'unit/providers/aws/field-hints',
    'of a security group that is in another VPC'
  ],
  [
    'providers/aws/runner-access.ts',
    'Run this job in the VPC',
    'unit/providers/aws/field-hints',
    'of a server that no rule makes public'
  ],
  [
    'providers/aws/snapshot.ts',
    'Apply first',
    'unit/providers/aws/field-hints',
    'of a snapshot of what does not exist'
  ],
  [
    'providers/azure/api/client.ts',
    'Check the proxy',
    'unit/providers/azure/field',
    'never follow an address of another host'
  ],
  [
    'providers/azure/context.ts',
    'Set `azure_subscription_id`',
    'unit/providers/azure/field-hints',
    'of a run that knows no subscription'
  ],
  [
    'providers/azure/context.ts',
    'Correct `resource_group_name`',
    'unit/providers/azure/field-hints',
    'of a resource group that does not exist'
  ],
  [
    'providers/azure/snapshot.ts',
    'Run `apply` first',
    'unit/providers/azure/field-hints',
    'of a backup of what does not exist'
  ],
  [
    'providers/digitalocean/runner-access.ts',
    'Join networks',
    'unit/providers/runner-access',
    'with a hundred sources takes no other one, until they are joined'
  ],
  [
    'providers/digitalocean/runner-access.ts',
    'Set `allowed_cidr_blocks`',
    'unit/providers/runner-access',
    'keeps the source of the runner when all others are gone'
  ],
  [
    'providers/gcp/connector.ts',
    'Set `connect_through: connector`, which',
    'unit/providers/gcp/connector',
    'an instance that %s has no direct way in, and the hint works'
  ],
  [
    'providers/gcp/connector.ts',
    'Set `iam_database',
    'unit/providers/gcp/connector',
    'an identity logs in by the token in its certificate'
  ],
  [
    'providers/gcp/connector.ts',
    'Add this identity to',
    'unit/providers/gcp/connector',
    'an identity logs in by the token in its certificate'
  ],
  [
    'providers/gcp/connector.ts',
    'Run this job in the VPC',
    'unit/providers/gcp/field-hints',
    'of an instance without a public address'
  ],
  [
    'providers/gcp/connector.ts',
    'Run this job in a network with',
    'unit/providers/gcp/field-hints',
    'of an instance without a public address'
  ],
  [
    'providers/gcp/data-api.ts',
    'Run `gcloud',
    'unit/providers/gcp/data-api',
    'an instance that does not allow the API says which command does'
  ],
  [
    'providers/gcp/data-api.ts',
    'Set `connect_through',
    'unit/providers/gcp/data-api',
    'a login with a password has no way in here'
  ],
  ['providers/gcp/doctor.ts', 'Set `gcp_region`. ', 'unit/providers/gcp/field-hints', 'names no region'],
  [
    'providers/gcp/doctor.ts',
    'Set `gcp_region` to one',
    'unit/providers/gcp/field-hints',
    'names a region without the tier'
  ],
  ['providers/gcp/doctor.ts', 'Set another `tier`', 'unit/providers/gcp/field-hints', 'names a tier of no region'],
  [
    'providers/gcp/newest-backup.ts',
    'Apply `backup_retention_period`',
    'unit/providers/newest-backup',
    'without point-in-time recovery it is the newest complete backup'
  ],
  [
    'providers/gcp/runner-access.ts',
    'Set `connect_through',
    'unit/providers/gcp/field-hints',
    'of an instance without a public address'
  ],
  [
    'providers/gcp/snapshot.ts',
    'Run `apply` first',
    'unit/providers/gcp/field-hints',
    'of a backup of what does not exist'
  ],
  [
    'providers/local/cluster/base-backup.ts',
    'Remove wal_level',
    'unit/providers/local/cluster/archive',
    'refuses too little log, and with enough replaces an older archive'
  ],
  [
    'providers/local/cluster/initdb.ts',
    'Free some disk space',
    'unit/providers/local/cluster/data-directory',
    'repeats its last message'
  ],
  [
    'providers/local/cluster/reload.ts',
    'Correct the value',
    'unit/providers/local/cluster/reload',
    'reloads nothing when a setting is wrong'
  ],
  [
    'providers/local/cluster/settings.ts',
    'Remove it',
    'unit/providers/local/cluster/settings',
    'refuses the parameter %j'
  ],
  [
    'providers/local/cluster/start-failure.ts',
    'Set `port` to another one',
    'unit/providers/local/cluster/start',
    'a port that another process took in the meantime'
  ],
  [
    'providers/local/cluster/start-failure.ts',
    'Set `port` to one from 1024',
    'unit/providers/local/cluster/start',
    'a port of root, and one from 1024 on leads out'
  ],
  [
    'providers/local/cluster/start-failure.ts',
    'Correct `shared_preload_libraries`',
    'unit/providers/local/cluster/start',
    'no longer once the named parameters are corrected'
  ],
  [
    'providers/local/cluster/start-failure.ts',
    'Set `engine_version`',
    'unit/providers/local/cluster/start',
    'data of another major'
  ],
  [
    'providers/local/cluster/start-failure.ts',
    'Set `bin_dir`',
    'unit/providers/local/cluster/start',
    'binaries that need a library of another machine'
  ],
  [
    'providers/local/installation/locate.ts',
    'Set `bin_dir` to the directory',
    'unit/providers/local/installation/locate',
    'refuses a directory without a server'
  ],
  [
    'providers/local/installation/locate.ts',
    'Set `bin_dir` to a server',
    'unit/providers/local/installation/locate',
    'refuses a major that is not supported'
  ],
  [
    'providers/local/installation/locate.ts',
    'Set `engine_version`',
    'unit/providers/local/installation/locate',
    'refuses it when its major is not the requested one'
  ],
  [
    'providers/local/installation/version.ts',
    'Set `engine_version`',
    'unit/providers/local/installation/locate',
    'refuses version %s'
  ],
  [
    'providers/registry.ts',
    'Set `cloud_provider`',
    'unit/providers/registry',
    'a provider that a version does not have is refused'
  ],
  [
    'providers/runner-access.ts',
    'Set `runner_access_in_plan',
    'unit/providers/runner-access',
    'is not opened by a command that changes nothing'
  ],
  [
    'providers/runner-way-in.ts',
    'Set `runner_address`',
    'unit/providers/runner-way-in',
    'that stays out of reach says by which address it was tried'
  ],
  [
    'commands/schema-diff.ts',
    'Set `ephemeral` as',
    'unit/commands/follow-hints-local',
    'a schema without a pull request'
  ],
  [
    'commands/schema-diff.ts',
    'Make it by',
    'unit/commands/follow-hints-local',
    'a schema of a database that is not made yet'
  ],
  ['engine/safety.ts', 'Delete it yourself', 'unit/commands/follow-hints', 'a destroy of what carries no mark'],
  [
    'ephemeral/base.ts',
    'Set `master_password`',
    'unit/providers/runner-way-in',
    'without the password of the master user there is no way'
  ],
  ['ephemeral/base.ts', 'Apply it first, in', 'unit/commands/follow-hints-local', 'a base that does not exist'],
  ['ephemeral/base.ts', 'Name a server', 'e2e/ephemeral-base', 'of another repository needs its password'],
  [
    'ephemeral/database-session.ts',
    'Take a dump',
    'unit/commands/follow-hints-local',
    'a snapshot of the database of a pull request'
  ],
  [
    'ephemeral/ephemeral.ts',
    'Use `ephemeral',
    'unit/ephemeral/ephemeral-spec',
    'cannot be a clone when the provider cannot copy'
  ],
  [
    'providers/local/desired/restore-source.ts',
    'Apply that server',
    'unit/commands/follow-hints-local',
    'a copy of a server that is not there'
  ],
  ['providers/local/doctor.ts', 'Add actions', 'unit/commands/follow-hints-local', 'a machine without npm'],
  [
    'providers/local/newest-backup.ts',
    'Run `command: snapshot`',
    'unit/commands/follow-hints-local',
    'a server without a snapshot'
  ],
  [
    'providers/local/newest-backup.ts',
    'Correct `snapshot_identifier`',
    'unit/commands/follow-hints-local',
    'a snapshot that is not there'
  ],
  [
    'providers/local/resources/server/files.ts',
    'Leave `engine_version`',
    'unit/commands/follow-hints-local',
    'a copy of another major version'
  ],
  [
    'providers/promotion.ts',
    'Take it over first',
    'unit/providers/promote',
    'is refused without a replica, for another one, until it is confirmed, and of an unmarked one'
  ],
  [
    'providers/way-in.ts',
    'Set `master_password`',
    'unit/providers/runner-way-in',
    'without the password of the master user there is no way'
  ],
  [
    'sql-objects/context.ts',
    'Set `connect_through',
    'unit/sql-objects/objects',
    'a way in without sessions looks and changes nothing'
  ],
  ['spec/role-passwords.ts', 'Write one', 'unit/sql-objects/objects', 'given passwords keep every odd character'],
  [
    'sql-objects/application-role.ts',
    'Apply `roles`',
    'unit/sql-objects/objects',
    'a way in without sessions looks and changes nothing'
  ],
  ['commands/import.ts', 'Plan with', 'unit/commands/import', 'what can be kept by no inputs is refused'],
  [
    'commands/schema-diff.ts',
    'Give the same',
    'unit/ephemeral/database',
    'a comparison by a job that does not know the password'
  ],
  [
    'providers/aws/operations/maintenance.ts',
    'Run `command: plan`',
    'unit/providers/maintenance',
    'of a server that RDS can not run is refused'
  ],
  [
    'providers/aws/operations/maintenance.ts',
    'Set `postpone_maintenance',
    'unit/providers/maintenance',
    'is moved to the window, that is taken back'
  ],
  [
    'providers/aws/operations/maintenance.ts',
    'Run `command: maintenance`',
    'unit/providers/maintenance',
    'that began is waited for by the next run'
  ],
  [
    'providers/digitalocean/operations/maintenance.ts',
    'Apply another',
    'unit/providers/maintenance',
    'is told with its window, not put off'
  ],
  [
    'providers/gcp/operations/maintenance.ts',
    'Remove `postpone_maintenance`. ',
    'unit/providers/maintenance',
    'a version that is offered is installed now'
  ],
  [
    'providers/gcp/operations/maintenance.ts',
    'Set `postpone_maintenance: next',
    'unit/providers/maintenance',
    'taking it back'
  ],
  [
    'providers/gcp/operations/maintenance.ts',
    'Remove `postpone_maintenance` and',
    'unit/providers/maintenance',
    'that was moved once is moved no more'
  ],
  ['providers/gcp/operations/maintenance.ts', 'Set a later', 'unit/providers/maintenance', 'a time that is over'],
  [
    'providers/gcp/operations/maintenance.ts',
    'Set `postpone_maintenance: ${',
    'unit/providers/maintenance',
    'a time after the deadline'
  ],
  [
    'providers/maintenance.ts',
    'Remove `postpone_maintenance`, or',
    'unit/providers/maintenance',
    'is moved to the window, that is taken back'
  ],
  [
    'providers/local/cluster/start-failure.ts',
    'Correct the value',
    'unit/providers/local/cluster/reload',
    'reloads nothing when a setting is wrong'
  ],
  ['providers/gcp/resources/server/field.ts', 'Copy it into', 'unit/providers/gcp/field-hints', 'another region'],
  [
    'providers/azure/resources/server/field.ts',
    'Restore the server',
    'unit/providers/azure/field-hints',
    'another region'
  ],
  [
    'providers/aws/resources/server/fields.ts',
    'Restore a snapshot',
    'unit/providers/aws/field-hints',
    'a live server without encryption'
  ],
  [
    'providers/aws/resources/server/state.ts',
    'Raise `allocated',
    'unit/providers/aws/field-hints',
    'of a server whose storage is full'
  ],
  [
    'providers/azure/api/errors.ts',
    'Correct it in `parameters`',
    'unit/providers/azure/field-hints',
    'of a parameter and a pooler that a new server does not take'
  ],
  [
    'providers/azure/api/errors.ts',
    'Apply `enable_del',
    'unit/providers/azure/field-hints',
    'of a server that was protected after the plan'
  ],
  [
    'providers/azure/context.ts',
    'Set `location`',
    'unit/providers/azure/field-hints',
    'of a resource group whose region may not be read'
  ],
  [
    'providers/azure/resources/server/network-fields.ts',
    'Leave `publicly_acc',
    'unit/providers/azure/field-hints',
    'a public address of a server in a subnet'
  ],
  ['providers/azure/api/errors.ts', 'Leave `storage_tier', 'unit/providers/azure/field-hints', 'of a tier of storage'],
  ['providers/azure/api/errors.ts', 'Choose another `loc', 'unit/providers/azure/field-hints', 'of a region that'],
  ['providers/azure/api/errors.ts', 'Choose another `sku', 'unit/providers/azure/field-hints', 'of a size for which'],
  ['providers/azure/snapshot.ts', 'Delete older', 'unit/providers/azure/field-hints', 'of an eighth backup on demand'],
  [
    'providers/gcp/api/errors.ts',
    'Apply `enable_del',
    'unit/providers/gcp/field-hints',
    'of an instance that was protected after the plan'
  ],
  [
    'providers/gcp/api/operation.ts',
    'Set up private',
    'unit/providers/gcp/field-hints',
    'of a network without private'
  ],
  [
    'providers/gcp/resources/server/fields.ts',
    'Open the instance',
    'unit/providers/gcp/field-hints',
    'of an instance that failed'
  ],
  ...[
    ['Choose another `instance', 'of a creation that RDS refuses with %s'],
    ['Set another `storage', 'of a creation that RDS refuses with %s'],
    ['List fewer `tags`', 'of a server with too many tags of others'],
    ['Free addresses', 'of a proxy for which the subnets have no address'],
    ['Ask for a higher', 'of more networks than a quota allows']
  ].map(
    ([begins = '', title = '']) =>
      ['providers/aws/api/errors.ts', begins, 'unit/providers/aws/field-hints', title] as const
  ),
  [
    'providers/aws/resources/server/state.ts',
    'Destroy it with',
    'unit/providers/aws/field-hints',
    'of a server that is %s, which a destroy'
  ],
  [
    'providers/operations.ts',
    'Run `command: start` first',
    'unit/providers/stop-start',
    'refuses changes while it is stopped, and takes them after the start'
  ],
  [
    'providers/operations.ts',
    'Run `command: start`:',
    'unit/providers/restart-failover',
    'a failover without a standby is refused with the way to one; a stopped one'
  ],
  [
    'engine/ownership.ts',
    'To keep this database',
    'unit/commands/follow-hints',
    'a plan of what a repository of another name made'
  ],
  [
    'engine/ownership.ts',
    'Another repository had',
    'unit/commands/follow-hints',
    'a plan of what a repository of this name made'
  ],
  [
    'engine/ownership.ts',
    'Choose another `name`, or run',
    'unit/commands/follow-hints',
    'a plan of what another repository keeps'
  ],
  [
    'engine/ownership.ts',
    'Choose another `name`, or set',
    'unit/commands/follow-hints',
    'a plan of what another environment keeps'
  ],
  ['engine/safety.ts', 'Write `name: ', 'unit/commands/follow-hints', 'a plan of what was replaced by its replica'],
  [
    'engine/safety.ts',
    'If someone promoted',
    'unit/providers/promote',
    'a replica that someone promoted by hand is neither deleted nor made again, and `promote`'
  ],
  [
    'commands/verify.ts',
    '. If `master_password`',
    'unit/commands/verify',
    'with a changed password works once it is sent'
  ],
  [
    'commands/verify.ts',
    '. If `role_passwords`',
    'unit/commands/verify',
    'as an application role names the version of its own password'
  ],
  ['providers/way-in.ts', 'Set `runner_access', 'unit/commands/verify', 'that a firewall prevents names the input'],
  [
    'providers/local/installation/package-hint.ts',
    'Set `engine_version`',
    'unit/providers/local/installation/package-hint',
    'of vector, a version that the hint names has programs with it'
  ],
  [
    'providers/digitalocean/api/errors.ts',
    'Set `allocated_storage`',
    'unit/providers/digitalocean/field-cases',
    'the plan, which says what it cannot check'
  ],
  [
    'providers/local/cluster/port.ts',
    'Set `port`',
    'unit/providers/local/cluster/port',
    'where none of those that it tries is free it says so'
  ],
  [
    'spec/empty-secret.ts',
    'A secret is empty',
    'unit/providers/digitalocean/scopes',
    'a job without the environment that holds its token says so'
  ],
  [
    'providers/local/installation/package-hint.ts',
    'set `bin_dir`',
    'e2e/local-field',
    'that a package for other systems brings is taken from its folder'
  ],
  [
    'providers/azure/cloud-logins.ts',
    'Set `login_as`',
    'unit/providers/objects-on-clouds',
    'a role logs in by an identity of the cloud, or the way out is named'
  ]
];
