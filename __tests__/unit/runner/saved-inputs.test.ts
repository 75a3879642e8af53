import { saveInputs, withSavedInputs } from '../../../src/runner/saved-inputs.ts';

/** The environment of the post step, with the inputs of an outer action, after a main step with these. */
function afterMain(main: Readonly<Record<string, string>>): Readonly<Record<string, string | undefined>> {
  const state = new Map<string, string>();
  saveInputs({ env: main, saveState: (name, value) => state.set(name, value) });
  const env = { HOME: '/root', INPUT_NAME: 'outer', INPUT_REGION: 'outer', INPUT_MASTER_PASSWORD: 'outer' };
  return withSavedInputs({ env, readState: name => state.get(name) ?? '' });
}

test('the post step has the inputs of its main step, and its own secrets', () => {
  const found = afterMain({ INPUT_NAME: 'orders', INPUT_TAGS: '', INPUT_MASTER_PASSWORD: 'tamarind-kestrel' });
  expect(found).toEqual({ HOME: '/root', INPUT_NAME: 'orders', INPUT_MASTER_PASSWORD: 'outer' });
});

test('inputs that are too long for a variable of the environment are not saved', () => {
  expect(afterMain({ INPUT_NAME: 'orders', INPUT_TAGS: 'é'.repeat(15_000) })).toMatchObject({ INPUT_NAME: 'outer' });
});
