import type { Notice } from '../../../engine/plan.ts';

/** Something that a plan could not find out, because it may not ask: AWS has the last word when it is applied. */
export function notChecked(what: string, permission: string): Notice {
  return {
    code: 'not-checked',
    severity: 'warning',
    message: `Not checked ${what}: \`${permission}\` is not allowed.`
  };
}
