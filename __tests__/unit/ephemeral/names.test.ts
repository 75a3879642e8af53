import * as fc from 'fast-check';
import { databaseNameOf, isDatabaseName, serverNameOf } from '../../../src/ephemeral/names.ts';

const orders = { repository: 'acme/shop', name: 'orders', environment: '', pullRequest: 7 };

describe('the name of a database', () => {
  test('holds the number of the pull request and a hash', () => {
    expect(databaseNameOf(orders)).toBe('pr_7_391d52df');
  });

  test('differs for every part of the identity, and not for the case of the repository', () => {
    const names = [
      databaseNameOf(orders),
      databaseNameOf({ ...orders, repository: 'acme/shopping' }),
      databaseNameOf({ ...orders, name: 'billing' }),
      databaseNameOf({ ...orders, environment: 'preview' }),
      databaseNameOf({ ...orders, pullRequest: 8 })
    ];
    expect(new Set(names).size).toBe(names.length);
    expect(databaseNameOf({ ...orders, repository: 'Acme/Shop' })).toBe(names[0]);
  });

  test('is safe and short for any parts', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), fc.integer({ min: 1, max: 2 ** 31 }), (...parts) => {
        const [repository, name, environment, pullRequest] = parts;
        const made = databaseNameOf({ repository, name, environment, pullRequest });
        expect(made).toMatch(/^[a-z0-9_]{1,63}$/);
        expect(isDatabaseName(made)).toBe(true);
      })
    );
  });

  test.each(['pr_7', 'pr_0_391d52df', 'pr_7_391d52dff', 'orders', 'xpr_7_391d52df'])('is not %s', name => {
    expect(isDatabaseName(name)).toBe(false);
  });
});

describe('the name of a server', () => {
  test('is that of the database with the number of the pull request', () => {
    expect(serverNameOf('orders', 7)).toBe('orders-pr-7');
  });

  test('that would be too long is cut and made unique by a hash', () => {
    const [one, other] = ['a', 'b'].map(end => serverNameOf(`${'long-'.repeat(12)}${end}`, 12_345));
    expect(one).toMatch(/^(?:long-){6}lo-[0-9a-f]{8}-pr-12345$/);
    expect(other).not.toBe(one);
  });

  test('fits every cloud: letters, digits and single hyphens, up to 50', () => {
    const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,20}(-[A-Za-z0-9]{1,10}){0,6}$/);
    fc.assert(
      fc.property(name, fc.integer({ min: 1, max: 999_999 }), (given, pullRequest) => {
        const made = serverNameOf(given, pullRequest);
        expect(made.length).toBeLessThanOrEqual(50);
        expect(made).toMatch(/^[A-Za-z](?:-?[A-Za-z0-9]+)*$/);
        expect(made.endsWith(`-pr-${pullRequest}`)).toBe(true);
      })
    );
  });
});
