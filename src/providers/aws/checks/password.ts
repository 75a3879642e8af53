import type { Problem } from '../../../spec/problem.ts';

/** What RDS would refuse of a master password. The password itself is never repeated. */
export function passwordProblem(password: string | undefined): readonly Problem[] {
  if (password === undefined) return [];
  if (password.length >= 8 && password.length <= 128 && /^[!-~]*$/.test(password) && !/[/"@]/.test(password)) return [];
  return [
    {
      input: 'master_password',
      why: 'is not what RDS takes',
      allowed: '8–128 printable ASCII characters without blank, `/`, `"` and `@`'
    }
  ];
}
