import type { Problem } from '../../../spec/problem.ts';

/**
 * RDS creates no replica of a server whose password it manages.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
 */
export const MANAGED_PASSWORD = "can't be created while RDS keeps the master password in Secrets Manager";

/** Whether RDS would refuse a master password. The password itself is never repeated. */
export function passwordProblem(password: string | undefined): readonly Problem[] {
  if (password === undefined) return [];
  if (password.length >= 8 && password.length <= 128 && /^[!-~]*$/.test(password) && !/[/"@]/.test(password)) return [];
  return [
    {
      input: 'master_password',
      why: 'is refused by RDS',
      allowed: '8–128 printable ASCII characters without blank, `/`, `"` and `@`'
    }
  ];
}
