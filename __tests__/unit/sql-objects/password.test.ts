import { derivePassword, passwordsOf, storedName, type PasswordOptions } from '../../../src/sql-objects/password.ts';
import type { SecretStore } from '../../../src/providers/provider.ts';

function memory(): SecretStore & { readonly kept: Map<string, string> } {
  const kept = new Map<string, string>();
  return {
    kept,
    read: async name => kept.get(name),
    write: async (name, value) => void kept.set(name, value),
    remove: async name => void kept.delete(name)
  };
}

function options(more: Partial<PasswordOptions> = {}): PasswordOptions {
  return { name: 'pr_7_x', identity: ['local', 'pr_7_x'], seed: undefined, store: undefined, mask: () => {}, ...more };
}

describe('a derived password', () => {
  test('is the same in every job, and another for each database and each seed', () => {
    const one = derivePassword('seed', ['local', 'pr_7_x']);
    expect(derivePassword('seed', ['local', 'pr_7_x'])).toBe(one);
    const others = [derivePassword('seed', ['local', 'pr_8_x']), derivePassword('other', ['local', 'pr_7_x'])];
    // Parts are kept apart, so that no two identities run into one text.
    others.push(derivePassword('seed', ['localpr_7_x']), derivePassword('seed', ['local","pr_7_x']));
    expect(new Set([one, ...others]).size).toBe(5);
  });

  test('needs no escaping anywhere', () => {
    expect(derivePassword('seed', ['x'])).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  test('is known before the database exists, and stored nowhere', async () => {
    const store = memory();
    const passwords = passwordsOf(options({ seed: 'seed', store }));
    expect(await passwords.known()).toBe(await passwords.make());
    expect(passwords.isLasting).toBe(true);
    expect(store.kept.size).toBe(0);
  });
});

describe('a random password', () => {
  test('is kept in the store for later steps, and deleted with the database', async () => {
    const store = memory();
    const first = passwordsOf(options({ store }));
    expect(await first.known()).toBeUndefined();
    const made = await first.make();
    expect(await passwordsOf(options({ store })).known()).toBe(made);
    expect(await passwordsOf(options({ store })).make()).toBe(made);
    await first.invalidate();
    expect(await first.known()).toBeUndefined();
    expect(store.kept.size).toBe(0);
  });

  test('without a store is known to this run alone', async () => {
    const passwords = passwordsOf(options());
    const made = await passwords.make();
    expect(await passwords.known()).toBe(made);
    expect(await passwords.make()).toBe(made);
    expect(passwords.isLasting).toBe(false);
    expect(await passwordsOf(options()).known()).toBeUndefined();
  });
});

test.each([
  ['derived', { seed: 'seed' }],
  ['kept', { store: memory() }],
  ['made', {}]
])('a %s password is masked before it is returned', async (_, more) => {
  const masked: string[] = [];
  const passwords = passwordsOf(options({ ...more, mask: value => masked.push(value) }));
  const password = await passwords.make();
  expect(masked).toContain(password);
});

test('a role at a version shares its stored password with no other role', () => {
  const names = [
    storedName('app', '2'),
    storedName('app-2', undefined),
    storedName('app', '2-3'),
    storedName('app-2', '3'),
    storedName('app', undefined)
  ];
  expect(new Set(names).size).toBe(5);
  for (const name of names) expect(name).toMatch(/^[\w-]{1,100}$/);
});
