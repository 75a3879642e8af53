import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeCertificate } from '../../../../../src/providers/local/cluster/certificate.ts';
import type { Located } from '../../../../../src/providers/local/installation/installation.ts';
import {
  authorizationFor,
  readNpmSettings,
  registryOf
} from '../../../../../src/providers/local/installation/npmrc.ts';
import type { Pin } from '../../../../../src/providers/local/installation/pins.ts';
import { provide } from '../../../../../src/providers/local/installation/provide.ts';
import { entryDirectory } from '../../../../../src/providers/local/installation/tool-cache.ts';
import { fakeMachine, fakePackage, type FakeMachine } from '../../../../support/fake-machine.ts';

const execution = {
  log: { debug: () => {}, info: () => {}, warning: () => {} },
  signal: new AbortController().signal
};

/** A registry, or a proxy in front of one, and what it was asked. */
let server: Server;
let address: string;
let asked: { readonly url: string; readonly authorization: string | undefined; readonly host: string | undefined }[];
let answer: (request: IncomingMessage) => { readonly status: number; readonly body?: Buffer; readonly to?: string };
let bare: FakeMachine;
let pack: Awaited<ReturnType<typeof fakePackage>>;

beforeEach(async () => {
  bare = await fakeMachine();
  pack = await fakePackage(join(bare.root, 'published'));
  asked = [];
  answer = ({ url = '' }) =>
    url.endsWith('/@example/linux-x64/-/linux-x64-17.10.0.tgz') ? { status: 200, body: pack.content } : { status: 404 };
  server = createServer((request, response) => {
    const { authorization, host } = request.headers;
    asked.push({ url: request.url ?? '', authorization, host });
    const { status, body, to } = answer(request);
    response.writeHead(status, to === undefined ? {} : { location: to }).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.close();
  server.closeAllConnections();
  await bare.remove();
});

/** A machine without npm, as a container of another language. */
async function machineWith(npmrc: string, env: Readonly<Record<string, string>> = {}): Promise<FakeMachine> {
  const home = join(bare.root, 'home');
  await mkdir(home, { recursive: true });
  await writeFile(join(home, '.npmrc'), npmrc);
  const { npm_config_registry: _, ...rest } = bare.env;
  return { ...bare, env: { ...rest, HOME: home, ...env } };
}

async function fetched(machine: FakeMachine, pin: Pin = pack.pin): Promise<string> {
  const directory = entryDirectory(pin, machine);
  const located: Located = { source: 'download', major: 17, version: pin.version, pin, directory, notices: [] };
  const { binDir } = await provide(located, machine, execution);
  return readFile(join(dirname(binDir), 'share', 'postgres.bki'), 'utf8');
}

describe('without npm, a package comes', () => {
  test.each(['NPM_TOKEN', 'NODE_AUTH_TOKEN'])(
    'from the registry of the user’s file, with its token in %s',
    async name => {
      const host = address.replace('http:', '');
      const machine = await machineWith(
        `# a mirror\nregistry = "${address}/npm"\n${host}/npm/:_authToken=\${${name}}\nfund=false\n`,
        { [name]: 'canary' }
      );
      expect(await fetched(machine)).toBe('catalog');
      expect(asked).toEqual([
        {
          url: '/npm/@example/linux-x64/-/linux-x64-17.10.0.tgz',
          authorization: 'Bearer canary',
          host: host.slice(2)
        }
      ]);
    }
  );

  test('from the registry of the environment, which comes before the file', async () => {
    const machine = await machineWith('registry=http://127.0.0.1:9/\n', { npm_config_registry: address });
    expect(await fetched(machine)).toBe('catalog');
  });

  test('through the proxy of the machine', async () => {
    const machine = await machineWith('registry=http://registry.example/\n', { http_proxy: address });
    expect(await fetched(machine)).toBe('catalog');
    expect(asked[0]).toMatchObject({ url: 'http://registry.example/@example/linux-x64/-/linux-x64-17.10.0.tgz' });
  });

  test('from where the registry says that it is, without the token for another host', async () => {
    const plain = answer;
    const versions = { '17.10.0': { dist: { tarball: `${address}/elsewhere/x.tgz` } } };
    answer = request => {
      if (request.url === '/npm/@example%2flinux-x64')
        return { status: 200, body: Buffer.from(JSON.stringify({ versions })) };
      if (request.url === '/elsewhere/x.tgz')
        return { status: 302, to: '/files/@example/linux-x64/-/linux-x64-17.10.0.tgz' };
      return request.url?.startsWith('/npm/') === true ? { status: 404 } : plain(request);
    };
    const machine = await machineWith(
      `registry=${address}/npm/\n${address.replace('http:', '')}/npm/:_auth=Y2FuYXJ5\n`
    );
    expect(await fetched(machine)).toBe('catalog');
    expect(asked.map(({ url, authorization }) => [url.split('/')[1], authorization])).toEqual([
      ['npm', 'Basic Y2FuYXJ5'],
      ['npm', 'Basic Y2FuYXJ5'],
      ['elsewhere', undefined],
      ['files', undefined]
    ]);
  });

  test.each([
    [5, true],
    [6, false]
  ])('after %i redirects: %j', async (most, comes) => {
    const plain = answer;
    let hops = 0;
    answer = request => {
      if (request.url?.endsWith('.tgz') !== true) return { status: 404 };
      if (hops === most) return plain(request);
      hops += 1;
      return { status: 307, to: `/${hops}/@example/linux-x64/-/linux-x64-17.10.0.tgz` };
    };
    const end = await fetched(await machineWith(`registry=${address}`)).catch((thrown: unknown) => String(thrown));
    const refused = 'ActionError: Could not download @example/linux-x64@17.10.0: the registry redirects without an end';
    expect(end).toBe(comes ? 'catalog' : refused);
  });

  test.each([
    [300, true],
    [399, true],
    [299, false],
    [400, false]
  ])('after an answer %i that says where: %j', async (status, comes) => {
    const plain = answer;
    answer = request =>
      request.url === '/@example/linux-x64/-/linux-x64-17.10.0.tgz'
        ? { status, to: `/x${request.url}` }
        : plain(request);
    const end = await fetched(await machineWith(`registry=${address}`)).catch(({ code }: { code: string }) => code);
    expect(end).toBe(comes ? 'catalog' : 'binaries-unavailable');
  });

  test.each([
    ['', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['ca="CA"', 'catalog'],
    ['cafile=FILE', 'catalog'],
    ['ca="CA"\ncafile=/nowhere', 'catalog'],
    ['strict-ssl=false', 'catalog'],
    ['strict-ssl=true', 'DEPTH_ZERO_SELF_SIGNED_CERT']
  ])('over TLS by the settings of npm (%j)', async (setting, end) => {
    const made = makeCertificate({ commonName: 'localhost', now: new Date() });
    const secure = createSecureServer({ cert: made.certificate, key: made.key }, (_request, response) => {
      response.end(pack.content);
    }).listen(0, '127.0.0.1');
    await once(secure, 'listening');
    try {
      await writeFile(join(bare.root, 'ca.pem'), made.certificate);
      const { port } = secure.address() as AddressInfo;
      const npmrc = setting.replace('"CA"', '${npm_config_my_ca}').replace('FILE', join(bare.root, 'ca.pem'));
      const machine = await machineWith(`registry=https://127.0.0.1:${port}\n${npmrc}\n`, {
        npm_config_my_ca: made.certificate
      });
      const found = await fetched(machine).catch(({ message }: { message: string }) => message.split(': ').at(-1));
      expect(found).toBe(end);
    } finally {
      secure.close();
      secure.closeAllConnections();
    }
  });

  test('and nothing of it is unpacked when its digest is another', async () => {
    answer = () => ({ status: 200, body: Buffer.from('something else') });
    const machine = await machineWith(`registry=${address}`);
    await expect(fetched(machine)).rejects.toMatchObject({ code: 'checksum-mismatch' });
  });

  test('or the failure says what to check, and shows no credentials', async () => {
    answer = () => ({ status: 401 });
    const refused = fetched(await machineWith(`registry=${address.replace('//', '//user:canary@')}`));
    await expect(refused).rejects.toMatchObject({
      code: 'binaries-unavailable',
      message: 'Could not download @example/linux-x64@17.10.0: the registry answered 401',
      hint: expect.stringContaining('.npmrc') as string
    });
    const unreachable = fetched(await machineWith('registry=http://127.0.0.1:9/'));
    await expect(unreachable).rejects.toMatchObject({
      message: 'Could not download @example/linux-x64@17.10.0: ECONNREFUSED'
    });
  });
});

describe('npm’s settings', () => {
  test('hold a token that leaves TLS for no address but a registry that they name', () => {
    const token = (registry: string, asking: string): string | undefined =>
      authorizationFor(
        new Map([
          ['registry', registry],
          ['//one.example/:_authtoken', 'secret']
        ]),
        new URL(asking)
      );
    expect(token('https://one.example/', 'https://one.example/a.tgz')).toBe('Bearer secret');
    expect(token('https://one.example/', 'http://one.example/a.tgz')).toBeUndefined();
    expect(token('http://one.example/', 'http://one.example/a.tgz')).toBe('Bearer secret');
  });

  test('are those that npm itself would use', async () => {
    const machine = await machineWith(
      '@example:registry=https://scoped.example/a\nregistry=https://all.example\n//scoped.example/:username=me\n//scoped.example/:_password=c2VjcmV0\n'
    );
    const settings = (await readNpmSettings(machine, undefined)) ?? new Map<string, string>();
    expect(registryOf(settings, '@example/linux-x64')).toBe('https://scoped.example/a/');
    expect(registryOf(settings, '@other/x')).toBe('https://all.example/');
    expect(registryOf(new Map(), '@other/x')).toBe('https://registry.npmjs.org/');
    expect(authorizationFor(settings, new URL('https://scoped.example/a/x.tgz'))).toBe(
      `Basic ${Buffer.from('me:secret').toString('base64')}`
    );
    expect(authorizationFor(settings, new URL('https://all.example/a/x.tgz'))).toBeUndefined();
  });

  test.each(['//mirror.example/:certfile=/c.pem', 'cert=x', 'offline=true', '//mirror.example/:tokenHelper=/bin/x'])(
    'are left to npm where only npm can follow them: %s',
    async line => {
      expect(await readNpmSettings(await machineWith(line), undefined)).toBeUndefined();
    }
  );
});
