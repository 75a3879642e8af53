import { ActionError, SEE_THE_PLAN } from '../errors.ts';
import type { ApplyResult } from './apply.ts';
import { diffResource, knownFrom } from './diff.ts';
import type { Desired, FieldTable, Observed } from './resource.ts';

/** What the workflow asks for and what is there, after an apply. */
export interface Applied {
  readonly desired: readonly Desired[];
  readonly observed: readonly Observed[];
  /** Field tables by resource type. */
  readonly tables: Readonly<Record<string, FieldTable>>;
}

/**
 * Throws `plan-changed` where a resource that was to be created was there already, ours, with other values: of two runs
 * at once, the other one made it. One that an interrupted run or a lost answer left has the values of the plan.
 */
export function refuseOtherValues(
  { existed }: Pick<ApplyResult, 'existed'>,
  { desired, observed, tables }: Applied
): void {
  for (const wanted of desired) {
    const live = observed.find(({ address }) => address === wanted.address);
    if (!existed.has(wanted.address) || live === undefined) continue;
    const mark = live.ownership.kind === 'ours' ? live.ownership.mark : undefined;
    const { changes } = diffResource(wanted, live, tables[wanted.type] ?? {}, knownFrom(observed), mark);
    if (changes.length === 0) continue;
    const others = [...new Set(changes.map(({ input, field }) => input ?? field))];
    throw new ActionError(
      `Could not create ${live.title} as planned: another run has made it since, with another ${others.join(', ')}`,
      { code: 'plan-changed', source: 'user', hint: SEE_THE_PLAN }
    );
  }
}
