/** A hint that names an input, by its file below `src` and its beginning. */
export type HintName = readonly [file: string, begins: string];

/** Hints that a test follows to the end: the test file below `__tests__`, and the title or the row in it. */
export const FOLLOWED: readonly (readonly [...HintName, test: string, title: string])[] = [
  ['commands/restore-check.ts', 'Could not run `command', 'e2e/restore-check', 'plans only with dry_run'],
  ['commands/restore-check.ts', 'Set `name` and', 'e2e/restore-check-clouds', 'another repository’s server is not'],
  ['commands/mask-clone.ts', 'Set `ephemeral: clone`', 'e2e/masked-clones', 'that was there before `mask_sql`'],
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
