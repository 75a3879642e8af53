import { defineResource, NO_PERMISSIONS, type Work } from '../../../src/engine/resource.ts';
import { ensure } from '../../../src/providers/desired-resources.ts';

/**
 * Held by the compiler (`npm run lint`): each `@ts-expect-error` below fails the check when the line under it compiles.
 * The tests show that the right names work.
 */
const FIELDS = {
  size: { api: 'size', impact: 'restart' },
  'parameters.*': { api: 'parameters', impact: 'online' }
} as const;

const pool = defineResource<undefined>()({
  type: 'pool',
  fields: FIELDS,
  permissions: NO_PERMISSIONS,
  observe: async () => [],
  create: async (_context, { values }) => ({ size: values.size ?? null, limit: values['parameters.limit'] ?? null }),
  update: async (_context, { values }) => ({
    // @ts-expect-error The table has no field of this name.
    size: values.sise ?? null
  }),
  remove: async () => {}
});

/** A change names its field as well. */
export function isOfSize({ changes }: Work<typeof FIELDS>): boolean {
  // @ts-expect-error The table has no field of this name.
  const wrong = changes.some(({ field }) => field === 'sise');
  return wrong || changes.some(({ field }) => field === 'size');
}

describe('fields are typed by their table', () => {
  test('a desired resource takes the names of the table, and members of its maps', () => {
    const desired = ensure({ settings: {} }, pool, 'pool', 'pool', { size: 5, 'parameters.limit': '10' });
    expect(desired.fields).toEqual({
      size: { value: 5, managed: true },
      'parameters.limit': { value: '10', managed: true }
    });
    expect(desired.fields.size?.value).toBe(5);
  });

  test('a misspelt name does not compile where a resource is desired', () => {
    // @ts-expect-error The table has no field of this name.
    const desired = ensure({ settings: {} }, pool, 'pool', 'pool', { sise: 5 });
    expect(Object.keys(desired.fields)).toEqual(['sise']);
  });

  test('a misspelt name does not compile where a live value is read', () => {
    const observed: Awaited<ReturnType<typeof pool.observe>>[number]['fields'] = { size: 5 };
    // @ts-expect-error The table has no field of this name.
    expect(observed.sise).toBeUndefined();
  });
});
