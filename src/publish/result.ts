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
  | 'restored'
  | 'drifted'
  | 'schema-changed'
  | 'failed';
