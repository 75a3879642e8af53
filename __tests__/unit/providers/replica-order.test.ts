import * as fc from 'fast-check';
import { inOrder } from '../../../src/engine/graph.ts';
import type { Step } from '../../../src/engine/plan.ts';
import type { Desired, Observed } from '../../../src/engine/resource.ts';
import { numberedAddress, numberOf, replicaNumbers } from '../../../src/providers/numbered-replicas.ts';
import { directionOf, minorVersionStep, numberStep, orderReplicas } from '../../../src/providers/replica-order.ts';

const RULES = { storage: numberStep, version: minorVersionStep };

function desired(address: string, type: string, fields: Readonly<Record<string, number | string>> = {}): Desired {
  return {
    address,
    type,
    title: address,
    presence: 'present',
    fields: Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, { value, managed: true }])),
    dependsOn: type === 'replica' ? ['server'] : [],
    concurrencyGroup: address
  };
}

function live(address: string, fields: Observed['fields'] = {}): Observed {
  return {
    address,
    type: address === 'server' ? 'server' : 'replica',
    title: address,
    ownership: { kind: 'unmarked' },
    fields,
    facts: {},
    dependsOn: [],
    concurrencyGroup: address
  };
}

/** The addresses in the order in which an apply would change them all. */
function order(resources: readonly Desired[]): readonly string[] {
  const steps = resources.map(({ address, type, title, dependsOn, concurrencyGroup }): Step => ({
    address,
    type,
    title,
    action: 'update',
    changes: [],
    unchanged: [],
    unknown: {},
    pending: {},
    impact: 'online',
    dependsOn,
    concurrencyGroup
  }));
  return inOrder(steps).map(({ address }) => address);
}

const SERVER = { storage: 100, version: '16.11' };

describe('the order between a server and its replicas', () => {
  test.each([
    ['storage that grows', { storage: 200 }, ['replica/1', 'replica/elsewhere', 'server']],
    ['storage that shrinks', { storage: 50 }, ['server', 'replica/1', 'replica/elsewhere']],
    ['a newer minor version', { version: '16.13' }, ['replica/1', 'replica/elsewhere', 'server']],
    ['a newer major version', { version: '17.2' }, ['server', 'replica/1', 'replica/elsewhere']],
    ['a field without a rule', { name: 'other' }, ['server', 'replica/1', 'replica/elsewhere']]
  ])('%s', (_, change: Readonly<Record<string, number | string>>, expected) => {
    const server = desired('server', 'server', change);
    const replicas = ['replica/1', 'replica/elsewhere'];
    const direction = directionOf(server, live('server', SERVER), RULES);
    const all = [server, ...replicas.map(address => desired(address, 'replica', change))];
    expect(order(orderReplicas(all, [live('server'), ...replicas.map(one => live(one))], 'server', direction))).toEqual(
      expected
    );
  });

  test('a replica that does not exist yet follows its server, for every change', () => {
    const server = desired('server', 'server', { storage: 200 });
    const direction = directionOf(server, live('server', SERVER), RULES);
    const all = [server, desired('replica/1', 'replica'), desired('replica/2', 'replica')];
    const ordered = orderReplicas(all, [live('server'), live('replica/1')], 'server', direction);
    expect(order(ordered)).toEqual(['replica/1', 'server', 'replica/2']);
  });

  test('a default, or a new server, has no direction', () => {
    const server = desired('server', 'server', { storage: 200 });
    const fields = { storage: { value: 200, managed: false } };
    expect(directionOf({ ...server, fields }, live('server', SERVER), RULES)).toEqual({ up: [], down: [] });
    expect(directionOf(server, undefined, RULES)).toEqual({ up: [], down: [] });
  });

  test('up and down at once are both reported', () => {
    const server = desired('server', 'server', { storage: 50, version: '16.13' });
    expect(directionOf(server, live('server', SERVER), RULES)).toEqual({ up: ['version'], down: ['storage'] });
  });
});

describe('numbered replicas', () => {
  test('are counted from 1, and those above the count are removed, the highest first', () => {
    fc.assert(
      fc.property(fc.nat(15), fc.uniqueArray(fc.integer({ min: 1, max: 15 })), (count, existing) => {
        const observed = existing.map(number => ({ address: numberedAddress(number) }));
        const { wanted, surplus } = replicaNumbers({ create_read_replica: true, read_replica_count: count }, [
          ...observed,
          { address: 'replica/eu-west-1' },
          { address: 'server' }
        ]);
        expect(wanted).toEqual(Array.from({ length: count }, (_, index) => index + 1));
        expect(surplus).toEqual(existing.filter(number => number > count).sort((a, b) => b - a));
      })
    );
  });

  test('none is wanted and none is surplus while no input mentions them', () => {
    expect(replicaNumbers({}, [{ address: 'replica/1' }])).toEqual({ wanted: [], surplus: [] });
    expect(replicaNumbers({ create_read_replica: false }, [{ address: 'replica/1' }])).toEqual({
      wanted: [],
      surplus: [1]
    });
  });

  test('a replica in another region has no number', () => {
    expect([numberOf('replica/12'), numberOf('replica/eu-west-1'), numberOf('server')]).toEqual([
      12,
      undefined,
      undefined
    ]);
  });
});
