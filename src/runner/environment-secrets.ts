import { spellProxies } from '../engine/proxies.ts';
import { INPUT_NAMES, SECRETS } from '../spec/input-names.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Variables that hold a secret, as clouds, GitHub and PostgreSQL name them. */
const VARIABLES: readonly string[] = [
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'AZURE_CLIENT_SECRET',
  'AZURE_CLIENT_CERTIFICATE_PASSWORD',
  'IDENTITY_HEADER',
  'MSI_SECRET',
  'CLOUDSDK_AUTH_ACCESS_TOKEN',
  'GOOGLE_OAUTH_ACCESS_TOKEN',
  'DIGITALOCEAN_TOKEN',
  'DIGITALOCEAN_ACCESS_TOKEN',
  'ACTIONS_ID_TOKEN_REQUEST_TOKEN',
  'ACTIONS_RUNTIME_TOKEN',
  'GITHUB_TOKEN',
  'GH_TOKEN',
  'PGPASSWORD',
  ...SECRETS.map(name => `INPUT_${name.toUpperCase()}`)
];

/**
 * Every secret in the step's environment: in variables that hold one by their name, and as the password of an address.
 */
export function secretsInEnvironment(env: Env): readonly string[] {
  return Object.entries(env).flatMap(([name, value = '']) => {
    if (VARIABLES.includes(name.toUpperCase())) return value === '' ? [] : [value];
    return /^[a-z][a-z0-9+.-]{0,30}:\/\/[^/\s@]*:[^/\s@]+@\S+$/i.test(value) ? [value] : [];
  });
}

/** What no program that a cloud's library starts (`az`, a credential helper) has a need of. */
const NOT_FOR_PROGRAMS =
  /^(INPUT_.*|GITHUB_TOKEN|GH_TOKEN|ACTIONS_RUNTIME_TOKEN|PGPASSWORD|DIGITALOCEAN_(ACCESS_)?TOKEN)$/i;

/**
 * What libraries would read by themselves: each connection of ours says everything, none is libpq's, and all verify
 * certificates as their inputs say.
 */
const FOR_CLIENTS =
  /^(NODE_PG_FORCE_NATIVE|NODE_TLS_REJECT_UNAUTHORIZED|PG(?!KEEP_|BIN$|ROOT$|DATA$|PASSWORD$)[A-Z_]+)$/i;

/** Said where the job has switched the verification of certificates off. */
export function unverifiedNotice(env: Env): string | undefined {
  return env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0'
    ? 'NODE_TLS_REJECT_UNAUTHORIZED is ignored: logins and passwords go to verified servers only. ' +
        'Set NODE_EXTRA_CA_CERTS to the certificate authority of your proxy or server.'
    : undefined;
}

/**
 * The environment of the step as a copy, and without inputs and tokens of others in `env` itself: the libraries of the
 * clouds start programs with it. Not on Windows, where a copy would tell letter cases of names apart. Proxies are spelt
 * as each client reads them, in both.
 */
export function takeEnvironment(
  env: NodeJS.ProcessEnv,
  platform: NodeJS.Platform = process.platform
): NodeJS.ProcessEnv {
  spellProxies(env);
  const taken = platform === 'win32' ? env : { ...env };
  for (const name of Object.keys(env)) if (FOR_CLIENTS.test(name)) delete env[name];
  if (platform === 'win32') return env;
  for (const name of Object.keys(env)) if (NOT_FOR_PROGRAMS.test(name)) delete env[name];
  return taken;
}

/** Words that are shown even if a secret contains them: names of inputs, and words of this action's messages. */
export const VOCABULARY: readonly string[] = [
  ...INPUT_NAMES,
  'postgresql://',
  'password authentication',
  'database server username hostname',
  'DigitalOcean Azure Google Cloud Amazon',
  'permissions',
  'pull request'
];
