import type { OperationDraft, OperationStep } from '../engine/operation.ts';
import type { Refusal } from '../engine/plan.ts';
import type { Chosen } from './operations.ts';

/** What the workflow wants done with pending maintenance. */
export type MaintenanceChoice =
  | { readonly kind: 'now' | 'next-window' | 'undo' }
  /** ISO 8601. */
  | { readonly kind: 'time'; readonly time: string };

/** One piece of maintenance that the provider has planned, or offers. */
export interface PendingMaintenance {
  /** In a sentence: what, and when it happens by itself. */
  readonly told: string;
  /** The call for a choice, or why the provider would refuse it. */
  readonly handle: (choice: MaintenanceChoice) => MaintenanceStep;
}

export type MaintenanceStep =
  | { readonly step: OperationStep; readonly consequences: readonly string[] }
  | { readonly message: string; readonly hint: string };

/** What a provider knows of the maintenance of a server. */
export interface Maintenance {
  /** The name of the server. */
  readonly name: string;
  readonly pending: readonly PendingMaintenance[];
  /** Why nothing can be done with any of it: a stopped server. */
  readonly refusal?: Omit<Refusal, 'rule'>;
  /** How it is put off there, for the hint. */
  readonly postponements: string;
}

/** Drafts what happens to pending maintenance. Without a choice it is shown, and the run ends well. */
export function draftMaintenance(maintenance: Maintenance, chosen: Chosen): OperationDraft {
  const { name, pending, refusal, postponements } = maintenance;
  const refused = (message: string, hint: string): Refusal => ({ rule: 'maintenance', message, hint });
  const shown = { steps: [], consequences: [], refusals: [] } as const;
  if (pending.length === 0) return { ...shown, found: [`No maintenance is pending for ${name}.`] };
  const found = pending.map(({ told }) => told);
  const choice = choiceOf(chosen);
  if (choice === 'both') {
    const hint = 'Remove `postpone_maintenance`, or set `apply_immediately: false`.';
    const message = '`apply_immediately` applies maintenance, and `postpone_maintenance` puts it off.';
    return { ...shown, found, refusals: [refused(message, hint)] };
  }
  if (choice === undefined) {
    const how = `Set \`apply_immediately: true\` to apply it now${postponements === '' ? '' : `, or ${postponements} to put it off`}.`;
    return { ...shown, found: [...found, how] };
  }
  if (refusal !== undefined) return { ...shown, found, refusals: [refused(refusal.message, refusal.hint)] };
  const all = pending.map(({ handle }) => handle(choice));
  return {
    found,
    steps: all.flatMap(one => ('step' in one ? [one.step] : [])),
    consequences: [...new Set(all.flatMap(one => ('step' in one ? one.consequences : [])))],
    refusals: all.flatMap(one => ('step' in one ? [] : [refused(one.message, one.hint)]))
  };
}

function choiceOf({ applyNow = false, postpone }: Chosen): MaintenanceChoice | 'both' | undefined {
  if (applyNow && postpone !== undefined) return 'both';
  if (applyNow) return { kind: 'now' };
  if (postpone === undefined) return undefined;
  return postpone === 'next-window' || postpone === 'undo' ? { kind: postpone } : { kind: 'time', time: postpone };
}

/** `2026-12-06 04:00 UTC`. */
export function minuteOf(moment: Date | string): string {
  return `${new Date(moment).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
