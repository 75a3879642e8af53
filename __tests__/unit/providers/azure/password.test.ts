import { azureAccount } from '../../../support/azure-account.ts';
import { basic } from '../../../support/azure-inputs.ts';

const account = azureAccount();

const { applied, planned } = account;
const passwordOf = (name = 'orders'): string | undefined =>
  [...account.cloud.state.servers.values()].find(server => server.name === name)?.password;
const sent = (): number =>
  account.cloud.mutations().filter(({ body, status }) => status < 300 && JSON.stringify(body).includes('LoginPassword'))
    .length;

const FIRST = { ...basic(), master_password_version: '1' };
const SECOND = { ...FIRST, master_password: 'Another-battery-7', master_password_version: '2' };

test('a changed password is not visible, and not sent', async () => {
  await account.made(basic());
  expect(await applied({ ...basic(), master_password: 'Another-battery-7', tags: 'Team: ops' })).toHaveLength(1);
  expect(passwordOf()).toBe('Canary-horse-8431');
});

test('a changed password is sent when its version changes, once', async () => {
  await applied(FIRST);
  expect(await planned(FIRST)).toEqual([]);
  expect(await applied(SECOND)).toEqual(['update server: master_password_version "1" → "2" (online)']);
  expect(passwordOf()).toBe('Another-battery-7');
  expect(await planned(SECOND)).toEqual([]);
  expect(sent()).toBe(2);
});

test('a changed password is sent again when the run ended before its version was written', async () => {
  await account.made(FIRST);
  const run = await account.run(SECOND);
  account.cloud.killAfter('PATCH flexibleServers', 1, () => run.execution.abort(new Error('killed')));
  await expect(run.apply()).rejects.toThrow();
  account.cloud.clearFaults();
  expect(await applied(SECOND)).toEqual(['update server: master_password_version "1" → "2" (online)']);
  expect(await planned(SECOND)).toEqual([]);
});

test('a restored server has its version only when it has its password', async () => {
  await applied(FIRST);
  const copy = { ...SECOND, name: 'copy', restore_source: 'orders', allowed_cidr_blocks: '[]' };
  const run = await account.run(copy);
  account.cloud.killAfter('PUT flexibleServers', 1, () => run.execution.abort(new Error('killed')));
  await expect(run.apply()).rejects.toThrow();
  account.cloud.clearFaults();
  expect(passwordOf('copy')).toBe('Canary-horse-8431');
  const { body } = account.cloud.mutations().findLast(({ action }) => action === 'PUT flexibleServers') ?? {};
  expect(Object.keys(body?.['tags'] as object)).toContain('pgkeep:password');
  expect(Object.keys(body?.['tags'] as object)).not.toContain('pgkeep:password-version');
  await applied(copy);
  expect(passwordOf('copy')).toBe('Another-battery-7');
  expect(await planned(copy)).toEqual([]);
});
