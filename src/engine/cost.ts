/** What the database costs a month, before and after. */
export interface Cost {
  /** ISO 4217: `USD`. */
  readonly currency: string;
  /** Per month, after the plan. */
  readonly monthly: number;
  /** Per month, as it is now; absent for a new database. */
  readonly before?: number;
  readonly lines: readonly { readonly title: string; readonly monthly: number }[];
  /** What the numbers leave out or take for granted. */
  readonly assumptions: readonly string[];
}
