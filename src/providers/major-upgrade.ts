import type { Notice } from '../engine/plan.ts';

/** Sentences that hold on every cloud. */
const AFTERWARDS =
  'Afterwards run ANALYZE, and `ALTER EXTENSION … UPDATE` for each extension (`update_extensions: true` does).';

/** What a major upgrade in place costs. `sentences` are the provider's own: downtime, way back, replicas. */
export function upgradeNotice(from: number | string, to: number | string, sentences: readonly string[]): Notice {
  return {
    code: 'major-upgrade',
    severity: 'warning',
    input: 'engine_version',
    message: [`The upgrade from PostgreSQL ${from} to ${to} is made in place.`, ...sentences, AFTERWARDS].join(' ')
  };
}
