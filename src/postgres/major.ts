/**
 * The PostgreSQL majors this action knows: those that the PostgreSQL project maintains, and 14, which it did until
 * November 2026.
 */
export const MAJORS = [14, 15, 16, 17, 18] as const;

/** A PostgreSQL major version this action knows. */
export type Major = (typeof MAJORS)[number];

/** The default version. Fixed, so that a new machine image never changes a database. */
export const DEFAULT_MAJOR: Major = 17;

/** The default where the Terraform module promises one, as for `database_version`. The plan warns of it. */
export const MODULE_MAJOR: Major = 14;

/** The newest major that the PostgreSQL project has ended. https://www.postgresql.org/support/versioning/ */
export const LAST_UNMAINTAINED: Major = 14;

/** Whether `value` is a major this action knows. */
export function isMajor(value: number): value is Major {
  return (MAJORS as readonly number[]).includes(value);
}
