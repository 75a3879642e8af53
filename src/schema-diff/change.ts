import type { DiffLine } from './line-diff.ts';
import type { ObjectKind, RelationSize } from './schema.ts';

/** What a change can do to a database that has data and clients. */
export interface Risk {
  /** `danger`: it loses data, stops clients for long, or can fail. `warning`: a person should check it. */
  readonly severity: 'danger' | 'warning';
  readonly code: 'data-loss' | 'rewrite' | 'lock' | 'may-fail' | 'breaks-clients' | 'slower' | 'exposure';
  readonly message: string;
  readonly hint?: string;
}

/** One difference between two schemas. */
export interface SchemaChange {
  readonly kind: ObjectKind;
  readonly action: 'add' | 'drop' | 'change';
  readonly id: string;
  /** What a migration would say, as SQL: may hold several lines. */
  readonly statement: string;
  /** The lines of a view or function that differ, with some around them. */
  readonly lines?: readonly DiffLine[];
  /** Size in the base of the table that it is about. */
  readonly size?: RelationSize;
  readonly risks: readonly Risk[];
}

/** The worst of a change's risks. */
export function severityOf({ risks }: SchemaChange): Risk['severity'] | 'none' {
  if (risks.some(({ severity }) => severity === 'danger')) return 'danger';
  return risks.length > 0 ? 'warning' : 'none';
}

/** Two schemas compared. */
export interface SchemaDiff {
  /** Name of the database that was compared with. */
  readonly base: string;
  /** Name of the database with the changes. */
  readonly database: string;
  /** Dangerous ones first. */
  readonly changes: readonly SchemaChange[];
}
