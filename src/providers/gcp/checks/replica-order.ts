import type { Observed } from '../../../engine/resource.ts';
import type { Problem } from '../../../spec/problem.ts';
import { directionOf } from '../../replica-order.ts';
import type { GcpContext } from '../context.ts';
import { ORDER, withLimits } from '../desired/replicas.ts';
import type { Restore } from '../desired/restore-source.ts';
import { desiredServer } from '../desired/server.ts';
import { observedServer } from '../resources/server/fields.ts';

/** Replicas grow before their primary and shrink after it: one apply can't do both. */
export function sizeProblems(context: GcpContext, observed: readonly Observed[], restore: Restore): readonly Problem[] {
  const live = observedServer(observed);
  const hasReplicas = observed.some(one => one.type === 'replica' && one.ownership.kind === 'ours');
  if (live === undefined || !hasReplicas) return [];
  const { up, down } = directionOf(desiredServer(context, live, restore), withLimits(live), ORDER);
  const [grows, shrinks] = [up[0], down[0]];
  if (grows === undefined || shrinks === undefined) return [];
  const why = `goes down while \`${grows}\` goes up: replicas grow before their primary and shrink after it`;
  return [{ input: shrinks, why, allowed: 'one after the other, in two applies' }];
}
