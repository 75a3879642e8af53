import { defined } from '../engine/defined.ts';
import type { DatabaseInput, RunValues, Settings } from './catalogue.ts';
import type { Problem } from './problem.ts';

/** Rules between inputs, on every provider. A provider adds its own limits. */
export function crossCheck(settings: Settings): readonly Problem[] {
  const problems: Problem[] = [];
  const { allocated_storage: allocated, max_allocated_storage: maximum } = settings;
  if (allocated !== undefined && maximum !== undefined && maximum !== 0 && maximum < allocated) {
    problems.push({
      input: 'max_allocated_storage',
      value: String(maximum),
      why: `is less than \`allocated_storage\` (${allocated})`,
      allowed: 'more than the storage it begins with, or 0 for no growth'
    });
  }
  if (settings.read_replica_count !== undefined && settings.create_read_replica === undefined) {
    problems.push(needs('read_replica_count', settings.read_replica_count, '`create_read_replica: true`'));
  }
  if (settings.replica_names !== undefined && settings.create_read_replica === undefined) {
    problems.push(needs('replica_names', undefined, '`create_read_replica: true`'));
  }
  problems.push(...replicaNameProblems(settings));
  if (settings.subnet_group_name !== undefined && (settings.subnet_ids ?? []).length > 0) {
    problems.push({
      input: 'subnet_group_name',
      value: settings.subnet_group_name,
      why: 'excludes `subnet_ids`, which makes a group of its own',
      allowed: 'one of the two'
    });
  }
  if (settings.proxy_config !== undefined && settings.enable_proxy === undefined) {
    problems.push(needs('proxy_config', undefined, '`enable_proxy: true`'));
  }
  if (
    settings.master_password_version !== undefined &&
    settings.master_password === undefined &&
    settings.manage_master_user_password !== true
  ) {
    problems.push(needs('master_password_version', settings.master_password_version, '`master_password`'));
  }
  if (settings.restore_to_time !== undefined && settings.restore_source === undefined) {
    problems.push(needs('restore_to_time', settings.restore_to_time, '`restore_source`, the database to restore from'));
  }
  if (settings.restore_from_snapshot !== undefined && settings.restore_source !== undefined) {
    problems.push({
      input: 'restore_source',
      value: settings.restore_source,
      why: 'excludes `restore_from_snapshot`',
      allowed: 'one of the two'
    });
  }
  return problems;
}

/** Services keep names in lower case, and know a replica by its name. */
function replicaNameProblems({ name, replica_names: replicas = [] }: Settings): readonly Problem[] {
  const taken = [name, ...replicas].map(one => one?.toLowerCase());
  return replicas.flatMap((replica, at): readonly Problem[] => {
    const first = taken.indexOf(replica.toLowerCase());
    if (first > at) return [];
    const why = first === 0 ? 'is the `name` of the server itself' : 'is there twice: capitals make no other name';
    return [{ input: 'replica_names', value: replica, why, allowed: 'a name of its own for each replica' }];
  });
}

/** Rules between inputs that say how a run goes. */
export function crossCheckRun(run: RunValues, name: string | undefined): readonly Problem[] {
  return [...commentProblems(run), ...adoptionProblems(run, name)];
}

/** A name in `adopt_existing` allows that one server to be adopted: a typo in `name` then adopts none. */
function adoptionProblems({ adopt_existing: adopts }: RunValues, name: string | undefined): readonly Problem[] {
  if (typeof adopts !== 'string' || name === undefined || isNamed(adopts, name)) return [];
  return [
    { input: 'adopt_existing', value: adopts, why: `is not the \`name\` (${name})`, allowed: 'the same name, or none' }
  ];
}

function isNamed(given: string, name: string): boolean {
  return given.toLowerCase() === name.toLowerCase();
}

function commentProblems({ comment_group: group, comment_mode: mode = 'update' }: RunValues): readonly Problem[] {
  if (group === undefined || mode === 'update') return [];
  return [{ input: 'comment_mode', value: mode, why: 'excludes `comment_group`', allowed: '`update`, or none' }];
}

function needs(input: DatabaseInput, value: string | number | undefined, what: string): Problem {
  return defined({ input, value: value?.toString(), why: `has no effect without ${what}` });
}
