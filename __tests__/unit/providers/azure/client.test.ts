import { openAzure, PUBLIC_ENDPOINT } from '../../../../src/providers/azure/api/client.ts';
import { fakeContext } from '../../../support/fake-context.ts';

/** A login whose token has these claims; without any, a token that says nothing. */
function login(claims?: unknown) {
  const asked: unknown[] = [];
  const payload = Buffer.from(JSON.stringify(claims) ?? '').toString('base64url');
  const token = claims === undefined ? 'opaque' : `head.${payload}.signature`;
  const open = (endpoint = PUBLIC_ENDPOINT) =>
    openAzure({
      subscription: 's',
      endpoint,
      credential: {
        getToken: async scope => {
          asked.push(scope);
          return { token, expiresOnTimestamp: 0 };
        }
      },
      execution: fakeContext(),
      firstPause: 1
    });
  return { open, asked };
}

test.each<[claims: unknown, names: readonly string[]]>([
  [undefined, []],
  [null, []],
  ['text', []],
  [{}, []],
  [{ appid: 'a', azp: 'b', oid: 'c', upn: 'd', sub: 'e', name: 'f' }, ['a', 'b', 'c', 'd']],
  [{ appid: 1, oid: ['c'] }, []]
])('a token with the claims %j is known as %j', async (claims, names) => {
  const { open, asked } = login(claims);
  expect([...(await open().caller())]).toEqual(names);
  expect(asked).toEqual([`${PUBLIC_ENDPOINT}/.default`]);
});

test.each([
  [PUBLIC_ENDPOINT, 'windows.net'],
  ['https://management.usgovcloudapi.net', 'usgovcloudapi.net'],
  ['https://management.chinacloudapi.cn', 'chinacloudapi.cn'],
  ['https://chinacloudapi.cn.example', 'windows.net']
])('a token to log in to a server of %s is asked for at %s', async (endpoint, suffix) => {
  const { open, asked } = login();
  expect(await open(endpoint).databaseToken()).toBe('opaque');
  expect(asked).toEqual([`https://ossrdbms-aad.database.${suffix}/.default`]);
});
