import type { Runtime } from '../runner/runtime.ts';

/** Inputs that name files of the workspace. */
const FILES = ['CONFIG', 'INIT_SQL', 'MASK_SQL', 'CHECK_SQL', 'RESTORE_FROM_SNAPSHOT', 'TERRAFORM_STATE'];

/** Whether the step reads files of the workspace, by its inputs as the runner hands them over. */
export function usesFiles(env: Runtime['env']): boolean {
  const given = (name: string): string => env[`INPUT_${name}`] ?? '';
  // A database of `databases` has its own `init_sql`.
  return FILES.some(name => given(name) !== '') || given('DATABASES').includes('init_sql');
}
