import type { Settings } from '../spec/catalogue.ts';

/** The newest state of a database that a restore reaches now. */
export type NewestBackup =
  | {
      readonly kind: 'found';
      /** The moment of the data, ISO 8601. */
      readonly at: string;
      /** In words: `point-in-time recovery`, `the backup of 2026-11-22`. */
      readonly title: string;
      /** The inputs of a new server that begins with it. */
      readonly restore: Pick<Settings, 'restore_source' | 'restore_to_time' | 'restore_from_snapshot'>;
    }
  | {
      readonly kind: 'none';
      /** Completes "no backup: ". */
      readonly why: string;
      /** What to set or run. */
      readonly hint: string;
    };

/** The age of a backup in whole seconds; never negative, whatever the clocks say. */
export function ageSeconds(at: string, now: Date): number {
  return Math.max(0, Math.round((now.getTime() - Date.parse(at)) / 1000));
}

/** The newest of some moments; `undefined` of none. */
export function newestOf<T>(items: readonly T[], momentOf: (item: T) => string | undefined): T | undefined {
  return items
    .filter(item => Number.isFinite(Date.parse(momentOf(item) ?? '')))
    .toSorted((one, other) => Date.parse(momentOf(other) ?? '') - Date.parse(momentOf(one) ?? ''))[0];
}
