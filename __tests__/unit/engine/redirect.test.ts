import { isRedirect, ledElsewhere } from '../../../src/engine/redirect.ts';

test('only an answer that names another address is a redirect', () => {
  expect([200, 299, 300, 301, 304, 307, 399, 400].filter(isRedirect)).toEqual([300, 301, 307, 399]);
});

test.each([
  ['https://evil.example/path', ', on evil.example'],
  ['mailto:a@b.example', ''],
  ['/elsewhere', ''],
  ['', ''],
  [null, ''],
  [undefined, '']
])('an answer that leads to %p is a failure that names its host alone', (location, host) => {
  expect(ledElsewhere('the API', location)).toMatchObject({
    kind: 'failed',
    code: 'provider-failed',
    message: `Could not call the API: the answer leads to another address${host}`,
    hint: 'Check the proxy and the address that is set for this API: the API answers by itself.'
  });
});
