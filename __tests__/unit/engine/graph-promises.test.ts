import * as fc from 'fast-check';
import { inOrder } from '../../../src/engine/graph.ts';
import type { Step } from '../../../src/engine/plan.ts';
import { fakeContext } from '../../support/fake-context.ts';
import { modelContext, type Call } from '../../support/model-provider.ts';
import { step } from '../../support/resources.ts';
import { apply, live } from './applying.ts';

interface Graph {
  readonly steps: readonly Step[];
  /** How long each is at work. */
  readonly seconds: Readonly<Record<string, number>>;
  readonly parallelism: number;
}

const MOST = 9;

/** Up to nine steps of all kinds, in any order, that depend on each other without a circle. */
const graphs: fc.Arbitrary<Graph> = fc
  .record({
    nodes: fc.array(
      fc.record({
        action: fc.constantFrom('create', 'update', 'adopt', 'delete', 'none'),
        needs: fc.subarray(Array.from({ length: MOST }, (_, index) => index)),
        concurrencyGroup: fc.constantFrom('x', 'y', 'z', undefined),
        seconds: fc.integer({ min: 0, max: 9 })
      }),
      { maxLength: MOST }
    ),
    parallelism: fc.integer({ min: 1, max: 5 })
  })
  .chain(({ nodes, parallelism }) => {
    const steps = nodes.map(({ action, needs, concurrencyGroup }, index) =>
      step(`s${index}`, action, {
        dependsOn: needs.filter(need => need < index).map(need => `s${need}`),
        concurrencyGroup: concurrencyGroup ?? `s${index}`
      })
    );
    const seconds = Object.fromEntries(nodes.map((node, index) => [`s${index}`, node.seconds]));
    return fc
      .shuffledSubarray(steps, { minLength: steps.length })
      .map(shuffled => ({ steps: shuffled, seconds, parallelism }));
  });

/** The pairs in which `earlier` has to be over before `later` begins; `isPreference` where that may give way. */
function rules(
  steps: readonly Step[]
): readonly { readonly earlier: string; readonly later: string; readonly isPreference: boolean }[] {
  const of = new Map(steps.map(one => [one.address, one]));
  const needs = (one: Step): readonly Step[] =>
    one.dependsOn.flatMap(address => {
      const needed = of.get(address);
      return needed === undefined ? [] : needed.action === 'none' ? needs(needed) : [needed];
    });
  return steps
    .filter(one => one.action !== 'none')
    .flatMap(one =>
      needs(one).map(needed => {
        const [isGoing, isNeededGoing] = [one.action === 'delete', needed.action === 'delete'];
        return isGoing || isNeededGoing
          ? { earlier: one.address, later: needed.address, isPreference: !isNeededGoing }
          : { earlier: needed.address, later: one.address, isPreference: false };
      })
    );
}

/** Runs the graph and gives the calls by address. */
async function run({ steps, seconds, parallelism }: Graph): Promise<ReadonlyMap<string, Call>> {
  const execution = fakeContext();
  const context = {
    ...modelContext({ during: work => execution.clock.sleep(seconds[work.address] ?? 1, work.execution.signal) }),
    things: new Map(steps.filter(one => one.action !== 'create').map(one => live(one.address)))
  };
  const result = await apply(inOrder(steps), { context, execution, parallelism });
  expect(result.error).toBeUndefined();
  expect(context.calls).toHaveLength(steps.filter(one => one.action !== 'none').length);
  return new Map(context.calls.map(call => [call.work.address, call]));
}

const RUNS = { numRuns: 60 };

describe('for any dependencies', () => {
  test('all steps run, each after all its prerequisites, in no more than allowed, and groups never overlap', async () => {
    await fc.assert(
      fc.asyncProperty(graphs, async graph => {
        const calls = await run(graph);
        for (const { earlier, later, isPreference } of rules(graph.steps)) {
          if (!isPreference) expect(calls.get(later)?.after).toContain(earlier);
        }
        const concurrencyGroups = new Map(graph.steps.map(one => [one.address, one.concurrencyGroup]));
        for (const [address, { running }] of calls) {
          expect(running.length).toBeLessThan(graph.parallelism);
          expect(running.map(other => concurrencyGroups.get(other))).not.toContain(concurrencyGroups.get(address));
        }
      }),
      RUNS
    );
  });

  test('the printed order is one in which the steps could run one after the other', () => {
    fc.assert(
      fc.property(graphs, ({ steps }) => {
        const printed = inOrder(steps).map(one => one.address);
        expect(printed.toSorted()).toEqual(steps.map(one => one.address).sort());
        for (const { earlier, later, isPreference } of rules(steps)) {
          if (!isPreference) expect(printed.indexOf(earlier)).toBeLessThan(printed.indexOf(later));
        }
      }),
      RUNS
    );
  });

  test('a deletion runs before its dependencies change, unless a remaining resource depends on the deleted one', async () => {
    let wishes = 0;
    await fc.assert(
      fc.asyncProperty(graphs, async graph => {
        const going = new Set(graph.steps.flatMap(one => (one.action === 'delete' ? [one.address] : [])));
        const free = graph.steps.map(one =>
          one.action === 'delete' ? one : { ...one, dependsOn: one.dependsOn.filter(address => !going.has(address)) }
        );
        const calls = await run({ ...graph, steps: free });
        for (const { earlier, later, isPreference } of rules(free)) {
          wishes += isPreference ? 1 : 0;
          expect(calls.get(later)?.after).toContain(earlier);
        }
      }),
      RUNS
    );
    expect(wishes).toBeGreaterThan(0);
  });

  test('no slot stays empty while a step could run', async () => {
    await fc.assert(
      fc.asyncProperty(graphs, async graph => {
        const free = graph.steps.map(one => ({ ...one, concurrencyGroup: one.address, dependsOn: [] }));
        const calls = [...(await run({ ...graph, steps: free })).values()];
        const expected = calls.map((_, index) => Math.min(index, graph.parallelism - 1));
        expect(calls.map(call => call.running.length)).toEqual(expected);
      }),
      RUNS
    );
  });
});
