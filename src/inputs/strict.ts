import type { Notice } from '../engine/plan.ts';
import { ActionError } from '../errors.ts';

/** Codes of notices that say "not as you asked": `strict` refuses them. */
const NOT_AS_ASKED: readonly string[] = [
  'unsupported',
  'value-mapped',
  'value-rounded',
  'value-ignored',
  'not-reachable'
];

/** Throws `unsupported` when `strict` is set and an input could not be applied as given. */
export function refuseMapped(notices: readonly Notice[], strict: boolean): void {
  const refused = notices.filter(notice => strict && NOT_AS_ASKED.includes(notice.code));
  if (refused.length === 0) return;
  throw new ActionError(
    `\`strict\` is set and ${refused.length === 1 ? 'this input' : 'these inputs'} can't be applied as given:\n${refused
      .map(notice => `  - ${notice.message}`)
      .join('\n')}`,
    {
      code: 'unsupported',
      source: 'user',
      hint: 'Change or remove these inputs, or set `strict: false` to go on with the notices.'
    }
  );
}
