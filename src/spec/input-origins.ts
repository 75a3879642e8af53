import { DATABASE_INPUTS, RUN_INPUTS, type DatabaseInput, type RunInput } from './catalogue.ts';
import { SECRETS, type InputName } from './input-names.ts';
import type { Raw } from './parse.ts';

/**
 * Where an input may be set: only by the workflow's author (`with:`), or by the configuration file in the repository
 * too.
 */
export type InputOrigin = 'with' | 'file';

/**
 * Run inputs that a configuration file may set: they say how a run works. Every other one decides what is applied,
 * confirmed or trusted, and only the workflow's author sets it. A new run input is the author's until it is listed
 * here.
 */
const RUN_INPUTS_IN_FILES: readonly RunInput[] = [
  'cloud_provider',
  'environment',
  'ephemeral',
  'ttl',
  'max_backup_age',
  'max_ephemeral',
  'restore_issue',
  'allow_restart',
  'apply_immediately',
  'advice',
  'comment',
  'drift_issue',
  'dry_run',
  'estimate_cost',
  'export_env',
  'strict',
  'timeout_minutes',
  'wait'
];

/**
 * Database inputs that decide where credentials go and whose are used, which programs run, who is let in or given the
 * data, or what is bought.
 */
const DATABASE_INPUTS_IN_WITH: readonly DatabaseInput[] = [
  'azure_authority_host',
  'azure_resource_manager_endpoint',
  'bin_dir',
  'confirm_purchase',
  'connect_through',
  'login_as',
  'runner_access',
  'runner_access_in_plan',
  'runner_address',
  'runner_address_service',
  'snapshot_share_accounts'
];

/** Where an input may be set. Secrets are never in a file. */
export function originOf(name: InputName): InputOrigin {
  if (SECRETS.includes(name)) return 'with';
  if (Object.hasOwn(RUN_INPUTS, name)) return RUN_INPUTS_IN_FILES.some(one => one === name) ? 'file' : 'with';
  if (!Object.hasOwn(DATABASE_INPUTS, name)) return 'file';
  return DATABASE_INPUTS_IN_WITH.some(one => one === name) ? 'with' : 'file';
}

/** Whether a value holds an address with a password in it, which no file may hold, in any input. */
export function holdsLogin(raw: Raw): boolean {
  return typeof raw === 'string'
    ? /:\/\/[^/\s:@]{0,256}:[^/\s@]{1,1024}@/.test(raw)
    : Object.entries(raw).some(([key, value]: [string, Raw]) => holdsLogin(key) || holdsLogin(value));
}
