/** What a change costs the database. `blocked` is never run. */
export type Impact = 'online' | 'deferred' | 'failover' | 'restart' | 'blocked';

/** Mildest first. */
export const IMPACTS: readonly Impact[] = ['online', 'deferred', 'failover', 'restart', 'blocked'];

/** Unique within a plan and the same in every run: `server`, `replica/1`, `extension/pgcrypto`. */
export type Address = string;

/** The worst of several; `online` of none. */
export function worstImpact(impacts: readonly Impact[]): Impact {
  return impacts.reduce(
    (worst, impact) => (IMPACTS.indexOf(impact) > IMPACTS.indexOf(worst) ? impact : worst),
    'online'
  );
}
