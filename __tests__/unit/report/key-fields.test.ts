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
  test('is what it is and how large, by whatever name the provider has for it; the rest follows in its order', () => {
    expect(fields(keyFields(changes, 4))).toEqual(['engine_version', 'size', 'num_nodes', 'backup_window']);
  });

  test('is everything in its order where there is room', () => {
    expect(keyFields(changes, 6)).toEqual(changes);
  });
});
