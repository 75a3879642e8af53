/** Where a refusal of a provider's API is dealt with. */
export type RefusalHandling =
  /** A read shows it: the plan refuses it first. */
  | 'checked'
  /** No read shows it before the call: the error has a hint of its own. */
  | 'unknowable'
  /** The call would be wrong: a defect of this action. */
  | 'our-bug';

/** One error code that a mutating call can end with. */
export interface Refusal {
  /** The call as the API names it: `CreateDBInstance`, `instances.patch`, `PUT /databases/{id}/resize`. */
  readonly call: string;
  /** The code as the API sends it. */
  readonly code: string;
  readonly when: RefusalHandling;
  /** How it is checked, its hint, or why it cannot happen: one short sentence. */
  readonly how: string;
}
