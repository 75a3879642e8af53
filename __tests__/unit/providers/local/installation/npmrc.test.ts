import { join } from 'node:path';
import {
  authorizationFor,
  readNpmSettings,
  registryOf
} from '../../../../../src/providers/local/installation/npmrc.ts';
import { proxyEnvironment } from '../../../../../src/providers/local/installation/registry.ts';
import { fakeMachine, type FakeMachine } from '../../../../support/fake-machine.ts';

let machine: FakeMachine;

beforeEach(async () => {
  machine = await fakeMachine();
});

afterEach(async () => machine.remove());

/** npm's settings of a machine with these files, where `~` is the home directory and `/npm/bin` npm's own. */
async function settings(
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
  npmDirectory: string | undefined = '/npm/bin'
): Promise<unknown> {
  for (const [path, text] of Object.entries(files)) await machine.file(path.replace('~', '/home/me'), text);
  const onDisk = Object.entries(env).map(([name, value]) => [name, value.replace(/^(?=\/)/, machine.root)]);
  const given = { HOME: join(machine.root, 'home', 'me'), ...(Object.fromEntries(onDisk) as Record<string, string>) };
  const found = await readNpmSettings({ env: given }, npmDirectory && join(machine.root, npmDirectory));
  return found === undefined ? undefined : Object.fromEntries(found);
}

const BUILT_IN = '/npm/lib/node_modules/npm/npmrc';
const GLOBAL = '/npm/etc/npmrc';

// https://docs.npmjs.com/cli/configuring-npm/npmrc: the nearer file comes first, and the environment before all.
test.each([
  [[BUILT_IN], {}, BUILT_IN],
  [[BUILT_IN, GLOBAL], {}, GLOBAL],
  [[BUILT_IN, GLOBAL, '~/.npmrc'], {}, '~/.npmrc'],
  [[BUILT_IN, GLOBAL, '~/.npmrc'], { npm_config_registry: 'env' }, 'env'],
  [[BUILT_IN, GLOBAL, '~/.npmrc'], { NPM_CONFIG_REGISTRY: 'env' }, 'env'],
  [[GLOBAL, '~/.npmrc'], { npm_config_registry: '' }, '~/.npmrc'],
  [[GLOBAL, '/other/rc'], { npm_config_globalconfig: '/other/rc' }, '/other/rc'],
  [['~/.npmrc', '/other/rc'], { npm_config_userconfig: '/other/rc' }, '/other/rc'],
  [['/profile/.npmrc'], { USERPROFILE: '/profile' }, undefined],
  [[], {}, undefined]
])('of %j with %j the registry is that of %j', async (files, env, registry) => {
  const texts = Object.fromEntries(files.map(file => [file, `registry=${file}\n`]));
  expect(await settings(texts, env)).toEqual({
    ...('npm_config_globalconfig' in env ? { globalconfig: join(machine.root, '/other/rc') } : {}),
    ...('npm_config_userconfig' in env ? { userconfig: join(machine.root, '/other/rc') } : {}),
    ...(registry === undefined ? {} : { registry })
  });
});

test('without npm, only the user’s file is read, on Windows that of the profile', async () => {
  await machine.file(BUILT_IN, 'a=1\n');
  await machine.file(GLOBAL, 'b=1\n');
  await machine.file('/profile/.npmrc', 'c=1\n');
  expect(Object.fromEntries((await readNpmSettings({ env: {} }, undefined)) ?? [])).toEqual({});
  const env = { USERPROFILE: join(machine.root, 'profile') };
  expect(Object.fromEntries((await readNpmSettings({ env }, undefined)) ?? [])).toEqual({ c: '1' });
});

test.each([
  ['a = b ', { a: 'b' }],
  ['A="b c"', { a: 'b c' }],
  ["a='b'", { a: 'b' }],
  ['a="b', { a: '"b' }],
  ['a=', { a: '' }],
  ['a=b=c\r\nd=e', { a: 'b=c', d: 'e' }],
  ['# a=b\n; a=b\na\n=b\n', {}],
  ['a=${NPM_TOKEN}', { a: 'token' }],
  ['a=${npm_config_mine}/x', { a: 'mine/x' }],
  ['a=${NODE_AUTH_TOKEN}', { a: '${NODE_AUTH_TOKEN}' }],
  ['a=${NODE_AUTH_TOKEN?}', { a: '' }],
  ['a=${SECRET}', { a: '${SECRET}' }],
  ['a=${SECRET?}', { a: '' }]
])('the line %j is read as %j', async (text, expected) => {
  const env = { NPM_TOKEN: 'token', SECRET: 'canary', npm_config_mine: 'mine' };
  expect(await settings({ '~/.npmrc': text }, env)).toEqual({ mine: 'mine', ...expected });
});

test.each([
  ['npm_config_strict_ssl', 'strict-ssl'],
  ['NPM_CONFIG_HTTPS_PROXY', 'https-proxy'],
  ['npm_config_//one.example/:_authToken', '//one.example/:_authtoken'],
  ['npm_config_@one_two:registry', '@one_two:registry']
])('the variable %s is the setting %s', async (name, setting) => {
  expect(await settings({}, { [name]: 'x', npm_configuration: 'y' })).toEqual({ [setting]: 'x' });
});

test.each([
  'cert',
  'key',
  'certfile',
  'keyfile',
  'ca[]',
  'offline',
  'local-address',
  '//one.example/:certfile',
  '//one.example/:keyfile',
  '//one.example/:tokenHelper'
])('%s is left to npm', async name => {
  expect(await settings({ '~/.npmrc': `${name}=x` })).toBeUndefined();
  expect(await settings({ '~/.npmrc': `x${name}x=x` })).toBeDefined();
});

test.each([
  [{}, '@a/b', 'https://registry.npmjs.org/'],
  [{ registry: 'https://all.example' }, '@a/b', 'https://all.example/'],
  [{ registry: 'https://all.example', '@a:registry': 'https://a.example/x/' }, '@A/b', 'https://a.example/x/'],
  [{ '@a:registry': 'https://a.example/x/' }, 'b', 'https://registry.npmjs.org/']
])('with %j the registry of %s is %s', (given, name, registry) => {
  expect(registryOf(new Map(Object.entries(given)), name)).toBe(registry);
});

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

test.each([
  [{ '//a.example/:_authtoken': 'x' }, 'https://a.example/one/two.tgz', 'Bearer x'],
  [{ '//a.example/one/:_authtoken': 'x', '//a.example/:_authtoken': 'y' }, 'https://a.example/one/two.tgz', 'Bearer x'],
  [{ '//a.example/one:_authtoken': 'x', '//a.example/:_authtoken': 'y' }, 'https://a.example/one/two.tgz', 'Bearer x'],
  [{ '//a.example/one/:_authtoken': 'x' }, 'https://a.example/other/two.tgz', undefined],
  [{ '//a.example:8443/:_authtoken': 'x' }, 'https://a.example/one', undefined],
  [{ '//a.example:8443/:_authtoken': 'x' }, 'https://a.example:8443/one', 'Bearer x'],
  [{ '//a.example/:_auth': 'eA==' }, 'https://a.example/', 'Basic eA=='],
  [{ '//a.example/:_auth': 'eA==', '//a.example/:_authtoken': 'x' }, 'https://a.example/', 'Bearer x'],
  [{ '//a.example/:username': 'me', '//a.example/:_password': 'c2VjcmV0' }, 'https://a.example/', basic('me:secret')],
  [{ '//a.example/:username': 'me' }, 'https://a.example/', undefined],
  [{ '//a.example/:_password': 'c2VjcmV0' }, 'https://a.example/', undefined],
  [{ '//a.example/:_authtoken': 'x' }, 'http://a.example/', undefined],
  [{ '//a.example/:_authtoken': 'x', '@s:registry': 'http://a.example/y' }, 'http://a.example/', 'Bearer x'],
  [{ '//a.example/:_authtoken': 'x', registry: 'http://a.example:81/' }, 'http://a.example/', undefined],
  [{ '//a.example/:_authtoken': 'x', registry: 'no address' }, 'http://a.example/', undefined],
  [{ '//a.example/:_authtoken': 'x', 'x-registry': 'http://a.example/' }, 'http://a.example/', undefined]
])('with %j, %s is asked with %j', (given, address, header) => {
  expect(authorizationFor(new Map(Object.entries(given)), new URL(address))).toBe(header);
});

test.each([
  [{}, {}, []],
  [{}, { HTTPS_PROXY: 'http://s', HTTP_PROXY: 'http://p', NO_PROXY: 'n' }, ['http://s', 'http://p', 'n']],
  [{}, { https_proxy: 'http://s', http_proxy: 'http://p', no_proxy: 'n' }, ['http://s', 'http://p', 'n']],
  [{}, { HTTPS_PROXY: 'http://s', https_proxy: 'http://t' }, ['http://s', 'http://s']],
  [
    { 'https-proxy': 'http://a', proxy: 'http://b', noproxy: 'c' },
    { HTTPS_PROXY: 'x', HTTP_PROXY: 'x', NO_PROXY: 'x' },
    ['http://a', 'http://b', 'c']
  ],
  [{ proxy: 'http://b' }, { HTTPS_PROXY: 'http://s' }, ['http://b', 'http://b']],
  [{ proxy: 'b:81' }, {}, ['http://b:81', 'http://b:81']],
  [{ proxy: 'http://b', noproxy: '*' }, {}, [undefined, undefined, '*']]
])('with %j and %j the proxies are %j', (given, env, proxies) => {
  const [HTTPS_PROXY, HTTP_PROXY, NO_PROXY] = proxies as readonly (string | undefined)[];
  const found = proxyEnvironment(new Map(Object.entries(given as Record<string, string>)), env);
  expect([found['HTTPS_PROXY'], found['HTTP_PROXY'], found['NO_PROXY']]).toEqual([HTTPS_PROXY, HTTP_PROXY, NO_PROXY]);
});
