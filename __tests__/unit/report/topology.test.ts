import * as fc from 'fast-check';
import type { Plan } from '../../../src/engine/plan.ts';
import { topologyOf } from '../../../src/report/topology.ts';
import { anyPlan } from './plan-arbitrary.ts';
import { largePlan, live, newServer, plan, unchangedPlan, wanted } from './plans.ts';

const LINE =
  /^(flowchart LR| {2}n\d+\["(#8203;)?[\p{L}\p{M}\p{N} ._/,()×…·-]*(<br\/>\w+)?"\]:::\w+| {2}n\d+ --> n\d+| {2}classDef \w+ [\w:#,\- ]+)$/u;

function titled(title: string): Plan {
  const server = wanted('server', title, {});
  return plan([server, wanted('database/a', 'database a', {}, ['server'])], []);
}

describe('the topology', () => {
  test('draws an arrow from a dependency to its dependent, coloured by action', () => {
    const drawn = topologyOf(newServer()) ?? '';
    expect(drawn).toContain('n1["server orders<br/>create"]:::created');
    expect(drawn).toContain('  n0 --> n1');
    expect(drawn).toContain('classDef created');
    expect(drawn).not.toContain('classDef deleted');
  });

  test('omits the verb when nothing happens', () => {
    const still = plan(
      [wanted('server', 'server orders', {}), wanted('database/a', 'database a', {}, ['server'])],
      [live('server', 'server orders', {})]
    );
    expect(topologyOf(still)).toContain('n0["server orders"]:::unchanged');
  });

  test('is not drawn for a single resource', () => {
    expect(topologyOf(unchangedPlan())).toBeUndefined();
  });

  test('draws many similar siblings as one', () => {
    const drawn = topologyOf(largePlan()) ?? '';
    expect(drawn).toContain('["#8203;300 × extension<br/>create"]:::created');
    expect(drawn.split('\n').length).toBeLessThan(12);
  });

  test.each([
    ['a quote and a tag', 'a"b <img src=x>', 'a·b ·img src·x·'],
    ['a list', '- a', '#8203;- a'],
    ['a fence', '```', '#8203;···'],
    ['a link', '[a](https://x.y)', '#8203;·a·(https·//x.y)']
  ])('shows %s as plain text', (_, title, label) => {
    expect(topologyOf(titled(title))).toContain(`n0["${label}<br/>create"]`);
  });

  test('consists of nodes, arrows and classes only, for any plan', () => {
    fc.assert(
      fc.property(anyPlan, given => {
        for (const line of (topologyOf(given) ?? 'flowchart LR').split('\n')) expect(line).toMatch(LINE);
      })
    );
  });
});
