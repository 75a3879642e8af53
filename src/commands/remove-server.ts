import type { Execution } from '../engine/execution.ts';
import { markFor } from '../engine/ownership.ts';
import { planDestroy } from '../engine/planner.ts';
import type { Session } from '../providers/provider.ts';
import { blockedError } from './planning.ts';

/**
 * The ordinary destroy plan of a server that is not to last, run at once, without a final snapshot. False where there
 * was no server, whatever else there was. Throws what a step failed with, and what a rule refuses.
 */
export async function removeServer(given: Session, { signal }: Pick<Execution, 'signal'>): Promise<boolean> {
  // What is inside goes with it.
  const session = given.serverOnly ?? given;
  const observed = await session.observe();
  const { target, tables } = session;
  const allowances = {
    adoptExisting: false,
    majorVersionUpgrade: false,
    destroy: true,
    skipFinalSnapshot: true,
    restart: true
  };
  const all = [...observed, ...(await session.dependents(observed))];
  const plan = planDestroy({ target, observed: all, tables, notices: [], allowances });
  const blocked = blockedError(plan);
  if (blocked !== undefined) throw blocked;
  if (plan.verdict === 'no-changes') return false;
  signal.throwIfAborted();
  const { error } = await session.apply(plan, observed, markFor(target));
  if (error !== undefined) throw error;
  return plan.steps.some(({ type }) => type === 'server');
}
