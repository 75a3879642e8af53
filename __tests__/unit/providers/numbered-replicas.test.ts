import { loadProvider } from '../../../src/providers/registry.ts';
import { load } from '../../../src/spec/load.ts';
import { nameOfNumber, numberOfName } from '../../../src/providers/numbered-replicas.ts';

const usual = (number: number): string => `orders-replica-${number}`;

test.each<[string, readonly string[] | undefined, readonly string[]]>([
  ['no names', undefined, ['orders-replica-1', 'orders-replica-2', 'orders-replica-3']],
  ['a name of its own', ['Orders-BI'], ['orders-bi', 'orders-replica-2', 'orders-replica-3']],
  ['the usual name of the second', ['orders-replica-2'], ['orders-replica-2', 'orders-replica-1', 'orders-replica-3']],
  [
    'two swapped, and a third of them',
    ['orders-replica-3', 'orders-replica-1'],
    ['orders-replica-3', 'orders-replica-1', 'orders-replica-2']
  ]
])('with %s, every number has another name, and finds its own again', (_what, given, names) => {
  expect([1, 2, 3].map(number => nameOfNumber(number, given, usual))).toEqual(names);
  expect(names.map(name => numberOfName(name, given, usual))).toEqual([1, 2, 3]);
});

test('a replica whose number a given name took, and one of others, has no number', () => {
  expect(numberOfName('orders-replica-1', ['orders-bi'], usual)).toBeUndefined();
  expect(numberOfName('orders-reports', undefined, usual)).toBeUndefined();
});

test.each(['aws', 'azure', 'gcp'] as const)('%s refuses a name of a replica as that of a server', async provider => {
  const inputs = {
    cloud_provider: provider,
    name: 'orders',
    create_read_replica: 'true',
    replica_names: 'reader-\nok-1'
  };
  const { validate } = await loadProvider(provider);
  const found = validate(load([{ values: inputs }]).spec).problems.filter(({ input }) => input === 'replica_names');
  expect(found.map(({ value }) => value)).toEqual(['reader-']);
});
