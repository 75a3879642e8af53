import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Machine } from './machine.ts';

/** npm's settings as the machine has them, by their names in small letters: `registry`, `//host/:_authToken`. */
export type NpmSettings = ReadonlyMap<string, string>;

const PUBLIC_REGISTRY = 'https://registry.npmjs.org/';

/** Settings for a download that only npm itself knows how to follow. */
const ONLY_NPM = /^(?:cert|key|certfile|keyfile|ca\[\]|offline|local-address|.*:(?:certfile|keyfile|tokenhelper))$/;

/** The step's own variables that a file may name as `${NAME}`, as for npm itself. */
const READABLE = /^(?:npm_config_.*|npm_token|node_auth_token)$/i;

/**
 * Reads npm's settings as npm does: the environment before the user's file before that of the installation.
 * https://docs.npmjs.com/cli/configuring-npm/npmrc. Workspaces' files do not count, since nothing is installed there.
 * `undefined` when only npm itself can follow them. Never throws.
 */
export async function readNpmSettings(
  { env }: Pick<Machine, 'env'>,
  npmDirectory: string | undefined
): Promise<NpmSettings | undefined> {
  const variables = Object.entries(env).flatMap(([name, value]) => {
    const [, setting] = /^npm_config_(.+)$/i.exec(name) ?? [];
    if (setting === undefined || value === undefined || value === '') return [];
    // Scoped settings keep their spelling; the others are written with underscores.
    const plain = setting.startsWith('//') || setting.startsWith('@') ? setting : setting.replaceAll('_', '-');
    return [[plain.toLowerCase(), value] as const];
  });
  const given = new Map(variables);
  const home = env['HOME'] ?? env['USERPROFILE'];
  const files = [
    ...(npmDirectory === undefined ? [] : [join(npmDirectory, '..', 'lib', 'node_modules', 'npm', 'npmrc')]),
    given.get('globalconfig') ?? (npmDirectory === undefined ? undefined : join(npmDirectory, '..', 'etc', 'npmrc')),
    given.get('userconfig') ?? (home === undefined ? undefined : join(home, '.npmrc'))
  ];
  const texts = await Promise.all(
    files.map(async file => (file === undefined ? '' : readFile(file, 'utf8').catch(() => '')))
  );
  const all = new Map([...texts.flatMap(text => linesOf(text, env)), ...variables]);
  return [...all.keys()].some(name => ONLY_NPM.test(name)) ? undefined : all;
}

function linesOf(text: string, env: Machine['env']): readonly (readonly [string, string])[] {
  return text.split(/\r?\n/).flatMap(line => {
    const [, name, value] = /^\s*([^#;=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return [];
    const plain = value.replace(/^(["'])(.*)\1$/, '$2');
    const filled = plain.replaceAll(/\$\{([^}?]+)(\??)\}/g, (whole, variable: string, isOptional: string) => {
      const found = READABLE.test(variable) ? env[variable] : undefined;
      return found ?? (isOptional === '' ? whole : '');
    });
    return [[name.toLowerCase(), filled] as const];
  });
}

/** The registry of a package: its scope's, else the one of all. Ends with a slash. */
export function registryOf(settings: NpmSettings, name: string): string {
  const [scope = ''] = name.split('/');
  const found = settings.get(`${scope.toLowerCase()}:registry`) ?? settings.get('registry') ?? PUBLIC_REGISTRY;
  return found.endsWith('/') ? found : `${found}/`;
}

/**
 * The header that logs in to an address: that of the longest part of it which has a token, as npm finds it. None
 * without TLS, unless the settings themselves name a registry there: a redirect must not take a token off TLS.
 */
export function authorizationFor(settings: NpmSettings, address: URL): string | undefined {
  const isNamed = (): boolean =>
    [...settings].some(
      ([name, value]) =>
        /^(?:@[^:]+:)?registry$/.test(name) && URL.canParse(value) && new URL(value).origin === address.origin
    );
  if (address.protocol !== 'https:' && !isNamed()) return undefined;
  for (let path = address.pathname; ; path = `${dirname(path)}/`.replace('//', '/')) {
    for (const place of [`//${address.host}${path}`, `//${address.host}${path.replace(/\/$/, '')}`]) {
      const of = (name: string): string | undefined => settings.get(`${place}:${name}`.toLowerCase());
      const token = of('_authtoken');
      if (token !== undefined) return `Bearer ${token}`;
      const pair = of('_auth');
      if (pair !== undefined) return `Basic ${pair}`;
      const [user, password] = [of('username'), of('_password')];
      if (user !== undefined && password !== undefined) {
        const plain = Buffer.from(password, 'base64').toString('utf8');
        return `Basic ${Buffer.from(`${user}:${plain}`).toString('base64')}`;
      }
    }
    if (path === '/' || path === '') return undefined;
  }
}
