import { ActionError } from '../errors.ts';
import type { Step } from './plan.ts';
import type { Address } from './impact.ts';

/**
 * For each step that does something, the steps that must end before it starts. A creation or change waits for its
 * dependencies. A deletion waits for everything that depended on it, and runs before its own dependencies change. The
 * last is only preferred: it is dropped where it would close a circle. Resources in between that do not change pass the
 * order on.
 */
export function prerequisites(steps: readonly Step[]): ReadonlyMap<Address, ReadonlySet<Address>> {
  const byAddress = new Map(steps.map(step => [step.address, step]));
  const acting = steps.filter(isActing);
  const waitsFor = new Map<Address, Set<Address>>(acting.map(step => [step.address, new Set()]));
  const desiredStates: { readonly waiting: Address; readonly for: Address }[] = [];
  for (const step of acting) {
    for (const needed of actingNeeds(step, byAddress)) {
      if (isDeletion(needed)) waitsFor.get(needed.address)?.add(step.address);
      else if (isDeletion(step)) desiredStates.push({ waiting: needed.address, for: step.address });
      else waitsFor.get(step.address)?.add(needed.address);
    }
  }
  const sorted = desiredStates.sort((a, b) => (`${a.waiting}\n${a.for}` < `${b.waiting}\n${b.for}` ? -1 : 1));
  for (const desiredState of sorted) {
    if (!reachable(waitsFor, desiredState.for).has(desiredState.waiting))
      waitsFor.get(desiredState.waiting)?.add(desiredState.for);
  }
  return waitsFor;
}

/**
 * The steps in an order that respects every prerequisite; within that, in the given order. Throws `internal` on a
 * circle.
 */
export function inOrder(steps: readonly Step[]): readonly Step[] {
  const waitsFor = prerequisites(steps);
  const done = new Set<Address>();
  const ordered: Step[] = [];
  let rest = [...steps];
  while (rest.length > 0) {
    const next = rest.find(step => [...(waitsFor.get(step.address) ?? [])].every(needed => done.has(needed)));
    if (next === undefined) {
      throw new ActionError(`Resources wait for each other in a circle: ${rest.map(step => step.address).join(', ')}`, {
        code: 'internal',
        source: 'bug'
      });
    }
    ordered.push(next);
    done.add(next.address);
    rest = rest.filter(step => step !== next);
  }
  return ordered;
}

function isActing(step: Step): boolean {
  return step.action !== 'none';
}

/** A refused deletion is listed where it would have run. */
function isDeletion(step: Step): boolean {
  return (step.intended ?? step.action) === 'delete';
}

/** The dependencies of a step among those that do something, seen through those that do nothing. */
function actingNeeds(step: Step, byAddress: ReadonlyMap<Address, Step>): readonly Step[] {
  const found = new Set<Step>();
  const seen = new Set<Address>();
  const open = [...step.dependsOn];
  for (let address = open.pop(); address !== undefined; address = open.pop()) {
    if (seen.has(address)) continue;
    seen.add(address);
    const needed = byAddress.get(address);
    if (needed === undefined) continue;
    if (isActing(needed)) found.add(needed);
    else open.push(...needed.dependsOn);
  }
  return [...found];
}

function reachable(waitsFor: ReadonlyMap<Address, ReadonlySet<Address>>, from: Address): ReadonlySet<Address> {
  const seen = new Set<Address>();
  const open = [from];
  for (let address = open.pop(); address !== undefined; address = open.pop()) {
    if (seen.has(address)) continue;
    seen.add(address);
    open.push(...(waitsFor.get(address) ?? []));
  }
  return seen;
}
