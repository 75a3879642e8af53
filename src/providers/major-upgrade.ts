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

/** A server above a major version that its cloud no longer offers: the upgrade need not be of this workflow's. */
export function newerMajorNotice(cloud: string, asked: number | string, now: number | string): Notice {
  const message = `${cloud} no longer offers PostgreSQL ${asked}, and the server runs ${now}: it stays there. Set \`engine_version: ${now}\`.`;
  return { code: 'newer-major', severity: 'warning', input: 'engine_version', message };
}
