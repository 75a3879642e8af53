import type { Change } from '../../../src/engine/plan.ts';
import { keyFields } from '../../../src/report/key-fields.ts';

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

describe('what is shown first of something new', () => {
  test('is what the workflow asks for: what it is and how large, by whatever name the provider has for it', () => {
    expect(fields(keyFields(changes, 4))).toEqual(['engine_version', 'size', 'num_nodes', 'tags.team']);
  });

  test('leaves defaults out even where there is room', () => {
    expect(fields(keyFields(changes, 8))).not.toContain('backup_window');
  });

  test('is the defaults where the workflow asks for nothing', () => {
    expect(fields(keyFields(changes.slice(0, 2), 8))).toEqual(['backup_window', 'database_name']);
  });

  test('is everything in its order where nothing is folded', () => {
    expect(keyFields(changes, Number.POSITIVE_INFINITY)).toEqual(changes);
  });
});
