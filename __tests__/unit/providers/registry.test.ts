import { AVAILABLE_PROVIDERS, loadProvider } from '../../../src/providers/registry.ts';
import { PROVIDERS } from '../../../src/spec/catalogue.ts';

test('every provider that a workflow can name exists', () => {
  expect([...AVAILABLE_PROVIDERS].sort()).toEqual([...PROVIDERS].sort());
});

test.each(PROVIDERS)('%s is loaded under its own name', async name => {
  expect((await loadProvider(name)).name).toBe(name);
});

test('a provider that a version does not have is refused with its own code, and with those that it has', async () => {
  const local = async () => loadProvider('local');
  await expect(loadProvider('gcp', { local })).rejects.toMatchObject({
    code: 'provider-unavailable',
    message: 'The provider `gcp` is not available in this version',
    hint: expect.stringContaining('one of: local.')
  });
  expect((await loadProvider('local', { local })).name).toBe('local');
});
