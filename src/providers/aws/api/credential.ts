import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { fromTokenFile } from '@aws-sdk/credential-provider-web-identity';
import { defined } from '../../../engine/defined.ts';
import type { Limited } from '../../../engine/limits.ts';
import { ProviderError } from '../../../errors.ts';
import { EMPTY_SECRET } from '../../../spec/empty-secret.ts';
import { boundedHandler } from './bounded-handler.ts';
import { LOGIN, translate } from './errors.ts';

type Env = Readonly<Record<string, string | undefined>>;
type Login = ReturnType<typeof fromTokenFile>;

/**
 * The login that the environment names: keys, a profile, a web identity or a credentials file, in this order.
 * `undefined` when it names none: the SDK then looks for the machine's own. Where one of these is missing or
 * incomplete, the SDK would take the next: this throws `credentials-missing`, so that no run is ever another identity
 * than the one named. `mask` gets the token of a web identity.
 */
export function namedLogin(
  env: Env,
  region: string,
  limited: Limited,
  mask: (value: string) => void
): Login | undefined {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: key, AWS_SESSION_TOKEN: token } = env;
  // As in the AWS CLI, which reads the second name too, refuses an unknown profile, and prefers keys to a known one.
  const variable = env['AWS_PROFILE'] ? 'AWS_PROFILE' : 'AWS_DEFAULT_PROFILE';
  const profile = env[variable];
  if (profile && !hasProfile(env, profile)) {
    throw missing(`${variable} names ${JSON.stringify(profile)}, and no file has that profile`);
  }
  if (id && key) {
    return async () => defined({ accessKeyId: id, secretAccessKey: key, sessionToken: token || undefined });
  }
  if (id || key || token) {
    const lacking = [...(id ? [] : ['AWS_ACCESS_KEY_ID']), ...(key ? [] : ['AWS_SECRET_ACCESS_KEY'])];
    throw missing(`the environment has a part of the keys, without ${lacking.join(' and ')}. ${EMPTY_SECRET}`);
  }
  if (profile) return profileLogin({ env, profile, variable, region, limited });
  return webIdentity(env, region, mask) ?? fileLogin(env, region, limited);
}

function webIdentity(env: Env, region: string, mask: (value: string) => void): Login | undefined {
  const { AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: roleArn, AWS_ROLE_SESSION_NAME: session } = env;
  if (!file && !roleArn) return undefined;
  if (!file) throw missing('AWS_ROLE_ARN is set without AWS_WEB_IDENTITY_TOKEN_FILE');
  if (!roleArn) throw missing('AWS_WEB_IDENTITY_TOKEN_FILE is set without AWS_ROLE_ARN');
  mask(textOf('AWS_WEB_IDENTITY_TOKEN_FILE', file).trim());
  return named('AWS_WEB_IDENTITY_TOKEN_FILE', region, async properties => {
    const sdk = await import('@aws-sdk/credential-provider-web-identity');
    const options = { webIdentityTokenFile: file, roleArn, roleSessionName: session || undefined };
    return sdk.fromTokenFile(defined(options))(properties);
  });
}

/**
 * The default profile of a file that the environment names. A file without profiles, such as `/dev/null`, names
 * nothing.
 */
function fileLogin(env: Env, region: string, limited: Limited | undefined): Login | undefined {
  const variable = 'AWS_SHARED_CREDENTIALS_FILE';
  const file = env[variable];
  if (env['AWS_CONFIG_FILE']) textOf('AWS_CONFIG_FILE', env['AWS_CONFIG_FILE']);
  const hasProfiles = file !== undefined && file !== '' && /^\s*\[/m.test(textOf(variable, file));
  return hasProfiles ? profileLogin({ env, profile: 'default', variable, region, limited }) : undefined;
}

/** Whatever the profile says: keys, a role to assume, a web identity, single sign-on, a program. */
function profileLogin(about: {
  readonly env: Env;
  readonly profile: string;
  readonly variable: string;
  readonly region: string;
  readonly limited: Limited | undefined;
}): Login {
  const { env, profile, variable, region, limited } = about;
  const { credentials: filepath, config: configFilepath } = filesOf(env);
  return named(`${variable} (profile ${profile})`, region, async properties => {
    const sdk = await import('@aws-sdk/credential-provider-ini');
    // The client of single sign-on takes nothing from the client that it logs in for.
    const clientConfig = { requestHandler: boundedHandler(limited) };
    return sdk.fromIni({ profile, filepath, configFilepath, clientConfig })(properties);
  });
}

/** A login whose failure says which variable named it, unless AWS itself has answered. */
function named(variable: string, region: string, login: Login): Login {
  return async properties => {
    try {
      return await login(properties);
    } catch (thrown) {
      if (thrown instanceof ProviderError) throw thrown;
      const isAnswer = typeof thrown === 'object' && thrown !== null && '$metadata' in thrown;
      if (isAnswer) throw translate(thrown, { service: 'sts', operation: 'AssumeRole', region });
      // Only the first line: after it come a program's own words.
      const [why] = thrown instanceof Error ? thrown.message.split('\n') : [];
      throw missing(`${variable} gives no credentials: ${why ?? 'no reason given'}`);
    }
  };
}

function hasProfile(env: Env, profile: string): boolean {
  const { credentials, config } = filesOf(env);
  const sections = [credentials, config].flatMap(file => [...textIfAny(file).matchAll(/^\s*\[([^\]]*)\]/gm)]);
  return sections.some(
    ([, section = '']) =>
      section
        .trim()
        .replace(/^profile\s+/, '')
        .replaceAll('"', '') === profile
  );
}

function filesOf(env: Env): { readonly credentials: string; readonly config: string } {
  const folder = join(env['HOME'] || homedir(), '.aws');
  return {
    credentials: env['AWS_SHARED_CREDENTIALS_FILE'] || join(folder, 'credentials'),
    config: env['AWS_CONFIG_FILE'] || join(folder, 'config')
  };
}

function textIfAny(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function textOf(variable: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw missing(`the file that ${variable} names can not be read`, cause);
  }
}

function missing(why: string, cause?: unknown): ProviderError {
  return new ProviderError(
    `Could not log in to AWS: ${why}`,
    defined({
      kind: 'unauthenticated' as const,
      cause,
      hint: `Correct or unset that variable, or run ${LOGIN.job}.`
    })
  );
}
