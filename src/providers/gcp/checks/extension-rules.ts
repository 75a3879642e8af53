import type { ExtensionRules } from '../../extension-rules.ts';
import { LIBRARIES } from '../api/parameters.ts';

/** Extensions that PostgreSQL creates without their library. */
const WITHOUT = ['auto_explain', 'pg_hint_plan', 'pg_wait_sampling'];

/** Cloud SQL has a flag for each library, and no allow-list. */
export const extensionRules: ExtensionRules = {
  restartsAtOnce: true,
  libraries: Object.fromEntries(
    Object.entries(LIBRARIES).flatMap(([name, parameter]) =>
      parameter === undefined || WITHOUT.includes(name) ? [] : [[name, { parameter, value: 'on' }]]
    )
  )
};
