import { spellProxies } from '../../../src/engine/proxies.ts';

type Env = Readonly<Record<string, string>>;

test.each<[what: string, Env, Env]>([
  [
    'an address without a scheme',
    { HTTPS_PROXY: 'proxy.example.com:3128', http_proxy: ' 10.0.0.1:8080 ' },
    { HTTPS_PROXY: 'http://proxy.example.com:3128', http_proxy: 'http://10.0.0.1:8080' }
  ],
  [
    'a login without a scheme',
    { https_proxy: 'user:secret@proxy.example.com:3128' },
    { https_proxy: 'http://user:secret@proxy.example.com:3128' }
  ],
  ['a whole address', { HTTP_PROXY: 'https://proxy.example.com' }, { HTTP_PROXY: 'https://proxy.example.com' }],
  ['an empty one', { HTTPS_PROXY: '', NO_PROXY: 'localhost' }, { NO_PROXY: 'localhost' }],
  ['one that is for no host', { https_proxy: 'http://proxy', no_proxy: '*' }, { no_proxy: '*' }],
  ['one with a list of all', { HTTP_PROXY: 'proxy:80', NO_PROXY: 'a.example, *' }, { NO_PROXY: 'a.example, *' }],
  [
    'one that names some hosts',
    { HTTPS_PROXY: 'http://proxy', no_proxy: '*.example.com' },
    { HTTPS_PROXY: 'http://proxy', no_proxy: '*.example.com' }
  ]
])('%s is spelt as each client reads it', (_what, given, spelt) => {
  const env = { ...given };
  spellProxies(env);
  expect(env).toEqual(spelt);
});
