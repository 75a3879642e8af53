import type { Change } from '../../../src/engine/plan.ts';
import { askedFirst, keyFields } from '../../../src/report/key-fields.ts';

const change = (field: string, input?: string): Change => ({
  field,
  to: 'x',
  impact: 'online',
  ...(input === undefined ? {} : { input })
});
const fields = (changes: readonly Change[]): readonly string[] => changes.map(({ field }) => field);

const changes = [
  change('backup_window'),
  change('database_name'),
  change('num_nodes', 'multi_az'),
  change('size', 'instance_class'),
  change('tags.team', 'tags'),
  change('engine_version', 'engine_version')
];

describe('the first fields of a new resource', () => {
  test('are those that the workflow asks for: identity and size, under any name of the provider', () => {
    expect(fields(keyFields(changes, 4))).toEqual(['engine_version', 'size', 'num_nodes', 'tags.team']);
  });

  test('leave defaults out even when there is room', () => {
    expect(fields(keyFields(changes, 8))).not.toContain('backup_window');
  });

  test('are the defaults when the workflow asks for nothing', () => {
    expect(fields(keyFields(changes.slice(0, 2), 8))).toEqual(['backup_window', 'database_name']);
  });

  test('are those that were asked for before the defaults of other inputs', () => {
    const unset: Change = { ...change('class', 'instance_class'), isDefault: true };
    const port = change('port', 'port');
    expect(fields(keyFields([unset, port, ...changes], 4))).toEqual(['engine_version', 'size', 'num_nodes', 'port']);
    expect(fields(keyFields([unset, port], 8))).toEqual(['port', 'class']);
    expect(fields(keyFields([unset, port, change('backup_window')], 8))).toEqual(['port', 'class']);
    expect(fields(askedFirst([change('backup_window'), unset, port]))).toEqual(['port', 'backup_window', 'class']);
  });

  test('are all fields when nothing is folded, those that were asked for first', () => {
    const all = keyFields(changes, Number.POSITIVE_INFINITY);
    expect(all.map(({ field }) => field)).toEqual([
      ...changes.flatMap(({ field, input }) => (input === undefined ? [] : [field])),
      ...changes.flatMap(({ field, input }) => (input === undefined ? [field] : []))
    ]);
    expect(all).toHaveLength(changes.length);
  });
});
