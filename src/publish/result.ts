/** How a run ended. */
export type Result =
  | 'no-changes'
  | 'skipped'
  | 'planned'
  | 'applied'
  | 'destroyed'
  | 'released'
  | 'in-progress'
  | 'swept'
  | 'drifted'
  | 'schema-changed'
  | 'failed';
