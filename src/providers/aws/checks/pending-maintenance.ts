import type { DBInstance, PendingMaintenanceAction } from '@aws-sdk/client-rds';
import type { Notice } from '../../../engine/plan.ts';
import { ignoring } from '../../failures.ts';
import type { AwsContext } from '../context.ts';

/** The maintenance that AWS has scheduled for the server. No plan changes it; the notice tells the reader. */
export async function maintenanceNotices(
  context: AwsContext,
  live: DBInstance | undefined
): Promise<readonly Notice[]> {
  if (live === undefined) return [];
  const actions =
    (await ignoring(['denied', 'transient', 'throttled'], context.liveState().pendingMaintenance())) ?? [];
  return actions.map(action => ({
    code: 'pending-maintenance',
    severity: whenOf(action) === undefined ? 'info' : 'warning',
    message: `AWS has maintenance waiting for the server: ${describeAction(action)}.`
  }));
}

/** `system-update (New Operating System patch is available), by itself after 2026-12-01`. */
export function describeAction(action: PendingMaintenanceAction): string {
  const { Action: name = 'unknown', Description: description } = action;
  const what = description === undefined || description === '' ? `\`${name}\`` : `\`${name}\` (${description})`;
  const when = whenOf(action);
  return when === undefined ? `${what}, done only by \`command: maintenance\`` : `${what}, ${when}`;
}

function whenOf(action: PendingMaintenanceAction): string | undefined {
  const { CurrentApplyDate: chosen, ForcedApplyDate: forced, AutoAppliedAfterDate: automatic } = action;
  if (chosen !== undefined) return `in the maintenance window of ${day(chosen)}`;
  if (automatic !== undefined) return `by itself in the first maintenance window after ${day(automatic)}`;
  return forced === undefined ? undefined : `on ${day(forced)} whatever the maintenance window says`;
}

const day = (date: Date): string => date.toISOString().slice(0, 10);
