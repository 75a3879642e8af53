/** How a run ended. */
export type Result =
  | 'no-changes'
  | 'skipped'
  | 'planned'
  | 'applied'
  | 'destroyed'
  | 'in-progress'
  | 'swept'
  | 'drifted'
  | 'schema-changed'
  | 'failed';
