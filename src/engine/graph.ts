import { ActionError } from '../errors.ts';
import type { Step } from './plan.ts';
import type { Address } from './resource.ts';

/**
 * For each step, the steps that must be over before it may begin. What is made waits for what it depends on; what is deleted goes before
 * anything it depends on is touched, and after whatever depended on it is changed or gone.
 */
export function prerequisites(steps: readonly Step[]): ReadonlyMap<Address, ReadonlySet<Address>> {
  const acting = new Map(steps.filter(step => step.action !== 'none').map(step => [step.address, step]));
  const waitsFor = new Map<Address, Set<Address>>([...acting.keys()].map(address => [address, new Set()]));
  for (const step of acting.values()) {
    for (const needed of step.dependsOn) {
      if (!acting.has(needed)) continue;
      if (step.action === 'delete') waitsFor.get(needed)?.add(step.address);
      else waitsFor.get(step.address)?.add(needed);
    }
  }
  // A deleted thing that others lean on must wait for them, even when they are only updated away from it.
  for (const step of acting.values()) {
    if (step.action === 'delete') continue;
    for (const needed of step.dependsOn) {
      if (acting.get(needed)?.action !== 'delete') continue;
      waitsFor.get(step.address)?.delete(needed);
      waitsFor.get(needed)?.add(step.address);
    }
  }
  return waitsFor;
}

/** The steps in an order that respects every prerequisite; within that, in the given order. Throws `internal` on a circle. */
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
