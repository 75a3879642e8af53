/** A hint that names an input, by its file below `src` and its beginning. */
export type HintName = readonly [file: string, begins: string];

/** Hints that a test follows to the end: the test file below `__tests__`, and the title or the row in it. */
export const FOLLOWED: readonly (readonly [...HintName, test: string, title: string])[] = [
  ['commands/check.ts', 'Grant the identity', 'e2e/unknown', 'succeeds with `allow_unknown: true`, as its hint says'],
  ['commands/refuse-dry-run.ts', 'apply', 'unit/commands/refuse-dry-run', '%s takes `dry_run`'],
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
    'providers/aws/resources/server/wait.ts',
    'Run `command: start`',
    'unit/providers/stop-start',
    'refuses changes while it is stopped, and takes them after the start'
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
    'providers/gcp/resources/server/create.ts',
    'Set another',
    'unit/providers/gcp/field-errors',
    'ends soon for a name that Cloud SQL keeps'
  ],
  [
    'providers/gcp/resources/server/update.ts',
    'Run `command: start`',
    'unit/providers/stop-start',
    'refuses changes while it is stopped, and takes them after the start'
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
  ]
];

/** Hints that no test follows yet. A new hint does not belong here: it has a test. */
export const NOT_FOLLOWED: readonly HintName[] = [
  ['commands/about-pull-request.ts', 'Leave `pull_request` out on pull request events:'],
  ['commands/about-pull-request.ts', 'Plan forks on the event `pull_request`, which ru'],
  ['commands/about-pull-request.ts', 'Set `pull_request` to the number of a pull reque'],
  ['commands/approve.ts', 'Make the change in a pull request of this reposi'],
  ['commands/branch-finding.ts', 'Protect the branch (Settings, Rules), or set `ap'],
  ['commands/choose.ts', 'Set `command` to one of'],
  ['commands/ephemeral-apply.ts', 'Leave `max_ephemeral` out: this version cannot c'],
  ['commands/ephemeral-apply.ts', 'Run this step on `pull_request` events. To clean'],
  ['commands/import.ts', 'Correct `name`, the region or the account.'],
  ['commands/import.ts', 'Plan with `name` and `adopt_existing` alone, and'],
  ['commands/import.ts', 'Run the workflow that owns it; `command: release'],
  ['commands/operate.ts', 'Apply it first; or correct `name`, the region or'],
  ['commands/outputs.ts', 'Apply it first; or correct `name`, the region or'],
  ['commands/outputs.ts', 'Set `name` and `environment` to those of the dat'],
  ['commands/outputs.ts', 'Write `name:'],
  ['commands/release.ts', 'Correct `name`, the region or the account.'],
  ['commands/release.ts', 'Run `command: release` in the workflow that owns'],
  ['commands/schema-diff.ts', 'Give the same `password_seed` to every step.'],
  ['commands/schema-diff.ts', 'Make it by a step with the same `ephemeral` inpu'],
  ['commands/schema-diff.ts', 'Set `ephemeral` as in the step that makes the da'],
  ['commands/sweep.ts', 'Servers of closed pull requests are destroyed by'],
  ['commands/sweep.ts', 'Set `ephemeral` (and `base_database`) as in the'],
  ['engine/safety.ts', 'Choose another `name`, or run the workflow that'],
  ['engine/safety.ts', 'Delete it yourself, or leave the input unset tha'],
  ['engine/safety.ts', 'Restore a snapshot of the older version into a n'],
  ['ephemeral/base.ts', 'Apply it first, in this job or (on a cloud) in a'],
  ['ephemeral/base.ts', 'Name a server of this repository in `base_databa'],
  ['ephemeral/base.ts', 'Set `master_password` to the password of its mas'],
  ['ephemeral/database-session.ts', 'Take a dump with pg_dump, or a snapshot of the b'],
  ['ephemeral/ephemeral.ts', 'Use `ephemeral: instance` with `restore_from_sna'],
  ['github/check-run.ts', 'Leave `github_token` at its default and give the'],
  ['github/client-errors.ts', 'Renew the token in `github_token`: it has expire'],
  ['github/client.ts', 'Leave the input `github_token` at its default, o'],
  ['github/permission.ts', 'Leave the input `github_token` at its default, o'],
  ['inputs/strict.ts', 'Change or remove these inputs, or set `strict: f'],
  ['providers/aws/api/client.ts', 'Set `aws_region`, or let `aws-actions/configure-'],
  ['providers/aws/newest-backup.ts', 'Apply `backup_retention_period`, or run `command'],
  ['providers/aws/resources/parameter-group.ts', 'A family has a group of its own: leave `paramete'],
  ['providers/aws/resources/proxy.ts', 'Switch the proxy off (`enable_proxy: false`), ap'],
  ['providers/aws/resources/security-group.ts', 'Create a new database under another `name` there'],
  ['providers/aws/runner-access.ts', 'Run this job in the VPC (a self-hosted or VPC ru'],
  ['providers/aws/snapshot.ts', 'Apply first, or correct `name`, the region or th'],
  ['providers/azure/api/client.ts', 'Check the proxy and `azure_resource_manager_endp'],
  ['providers/azure/context.ts', 'Correct `resource_group_name` or the subscriptio'],
  ['providers/azure/context.ts', 'Set `azure_subscription_id` or AZURE_SUBSCRIPTIO'],
  ['providers/azure/snapshot.ts', 'Run `apply` first, or correct `name`, `resource_'],
  ['providers/digitalocean/api/errors.ts', 'Set `digitalocean_token` or DIGITALOCEAN_TOKEN t'],
  ['providers/digitalocean/context.ts', 'Set `digitalocean_token`, or DIGITALOCEAN_TOKEN'],
  ['providers/digitalocean/runner-access.ts', 'Join networks in `allowed_cidr_blocks`, or remov'],
  ['providers/digitalocean/runner-access.ts', 'Set `allowed_cidr_blocks`, apply it, and run `co'],
  ['providers/gcp/data-api.ts', 'Run `gcloud sql instances patch'],
  ['providers/gcp/data-api.ts', 'Set `connect_through: direct`, with `runner_acce'],
  ['providers/gcp/doctor.ts', 'Set `gcp_region` to one of'],
  ['providers/gcp/doctor.ts', 'Set `gcp_region`.'],
  ['providers/gcp/doctor.ts', 'Set another `tier` or `gcp_region`.'],
  ['providers/gcp/newest-backup.ts', 'Apply `backup_retention_period` and wait for the'],
  ['providers/gcp/resources/server/fields.ts', 'Open the instance in the Google Cloud console: i'],
  ['providers/gcp/runner-access.ts', 'Set `connect_through: data-api`, which needs no'],
  ['providers/gcp/snapshot.ts', 'Run `apply` first, or correct `name` or `gcp_pro'],
  ['providers/local/cluster/base-backup.ts', 'Remove wal_level from `parameters`: replicas and'],
  ['providers/local/cluster/initdb.ts', 'Free some disk space.'],
  ['providers/local/cluster/port.ts', 'Set `port` to a free one.'],
  ['providers/local/cluster/reload.ts', 'Correct the value under `parameters`.'],
  ['providers/local/cluster/settings.ts', 'Remove it from `parameters`.'],
  ['providers/local/cluster/start-failure.ts', 'Correct `shared_preload_libraries` under `parame'],
  ['providers/local/cluster/start-failure.ts', 'Set `bin_dir` to other binaries: these do not ru'],
  ['providers/local/cluster/start-failure.ts', 'Set `engine_version` to the major version that m'],
  ['providers/local/cluster/start-failure.ts', 'Set `port` to another one, or leave it out so th'],
  ['providers/local/cluster/start-failure.ts', 'Set `port` to one from 1024 on, or leave it out:'],
  ['providers/local/desired/restore-source.ts', 'Apply that server first in the same job, or corr'],
  ['providers/local/doctor.ts', 'Add actions/setup-node before this step, or set'],
  ['providers/local/installation/locate.ts', 'Set `bin_dir` to a server of one of the majors $'],
  ['providers/local/installation/locate.ts', 'Set `bin_dir` to the directory that holds postgr'],
  ['providers/local/installation/locate.ts', 'Set `engine_version` to'],
  ['providers/local/installation/version.ts', 'Set `engine_version` to a major version ('],
  ['providers/local/newest-backup.ts', 'Correct `snapshot_identifier`, or run `command:'],
  ['providers/local/newest-backup.ts', 'Run `command: snapshot` first, or restore the fo'],
  ['providers/local/resources/server/files.ts', 'Leave `engine_version` out: a copy has the versi'],
  ['providers/promotion.ts', 'Take it over first: apply with `adopt_existing:'],
  ['providers/registry.ts', 'Set `cloud_provider` to one of:'],
  ['providers/runner-access.ts', 'Set `runner_access_in_plan: true` to let it open'],
  ['providers/runner-way-in.ts', 'Set `runner_address` to the address by which thi'],
  ['providers/way-in.ts', 'Set `master_password` to the password of the mas'],
  ['sql-objects/context.ts', 'Set `connect_through: direct`, with `runner_acce'],
  ['sql-objects/session.ts', 'Apply `roles` from a runner that reaches the ser'],
  ['sql-objects/session.ts', 'Write one `name: password` a line, each password']
];
