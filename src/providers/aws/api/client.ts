import { defined } from '../../../engine/defined.ts';
import type * as cloudwatch from '@aws-sdk/client-cloudwatch';
import type * as logs from '@aws-sdk/client-cloudwatch-logs';
import type * as ec2 from '@aws-sdk/client-ec2';
import type * as iam from '@aws-sdk/client-iam';
import type * as kms from '@aws-sdk/client-kms';
import type * as pricing from '@aws-sdk/client-pricing';
import type * as rds from '@aws-sdk/client-rds';
import type * as secretsmanager from '@aws-sdk/client-secrets-manager';
import type * as sts from '@aws-sdk/client-sts';
import type { Execution } from '../../../engine/execution.ts';
import { retry } from '../../../engine/retry.ts';
import { serverTime } from '../../../engine/server-time.ts';
import { ActionError, type FailureKind } from '../../../errors.ts';
import { callLimit } from '../../call-limit.ts';
import { firstPauseSeconds } from '../../polling.ts';
import { boundedHandler, type BoundedHandler } from './bounded-handler.ts';
import { namedLogin } from './credential.ts';
import { translate } from './errors.ts';
import type { SignedCall, SignedLogin } from './signed-call.ts';

/** The client and the commands of one service; a chunk of its own, loaded at the first call. */
interface Modules {
  readonly rds: typeof rds;
  readonly ec2: typeof ec2;
  readonly iam: typeof iam;
  readonly secretsmanager: typeof secretsmanager;
  readonly cloudwatch: typeof cloudwatch;
  readonly logs: typeof logs;
  readonly sts: typeof sts;
  readonly kms: typeof kms;
  readonly pricing: typeof pricing;
}

/** A service as IAM spells it in permissions. */
export type Service = keyof Modules;

type Operation<S extends Service> = {
  [K in keyof Modules[S]]: K extends `${infer N}Command` ? N : never;
}[keyof Modules[S]] &
  string;

type CommandOf<S extends Service, N extends string> = Modules[S][`${N}Command` & keyof Modules[S]];

type InputOf<C> = C extends new (...args: infer A) => unknown ? Extract<A, readonly [unknown]>[0] : never;

type OutputOf<C> = C extends new (...args: never) => {
  resolveMiddleware: (...args: never) => (...args: never) => Promise<{ output: infer O }>;
}
  ? O
  : never;

export interface CallOptions {
  /** Another region than the run's own. */
  readonly region?: string;
  /**
   * Kinds that are retried besides throttled and transient. `busy` is mostly for the caller, which knows what to wait
   * for.
   */
  readonly also?: readonly FailureKind[];
  /** Tries in all. Default 6. */
  readonly attempts?: number;
}

/**
 * One call of AWS: loads the service's client when it is first needed, retries where that is safe, and throws only
 * `ProviderError`. Every mutation is safe to repeat: its name is its key, and "exists already" and "is gone" are
 * answers.
 */
export type Call = <S extends Service, N extends Operation<S>>(
  service: S,
  operation: N,
  input: InputOf<CommandOf<S, N>>,
  options?: CallOptions
) => Promise<OutputOf<CommandOf<S, N>>>;

export interface Aws {
  readonly call: Call;
  /** A call of a service without a client here, with the same login, limits and repetitions. */
  signed<T>(operation: string, call: SignedCall): Promise<T>;
  /** A token to log in to a server as an IAM user. Made on this machine; valid for 15 minutes. Masked. */
  databaseToken(at: { readonly host: string; readonly port: number; readonly user: string }): Promise<string>;
  readonly region: string;
}

interface Opened {
  readonly client: {
    send(command: unknown, options: { abortSignal: AbortSignal }): Promise<unknown>;
    readonly config: { readonly credentials: () => Promise<Login> };
  };
  readonly commands: Readonly<Record<string, new (input: unknown) => unknown>>;
}

type Login = SignedLogin;

interface ClientConfig {
  readonly region: string;
  readonly maxAttempts: number;
  readonly endpoint?: string;
  readonly credentials?: NonNullable<ReturnType<typeof namedLogin>>;
  /** CloudTrail keeps it: by it `whoChanged` knows this action's own changes. */
  readonly customUserAgent: string;
  readonly requestHandler: BoundedHandler;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Loads a service and makes a client of it. CloudWatch speaks JSON in this SDK; the others Query or JSON. */
const SERVICES: { readonly [S in Service]: (config: ClientConfig) => Promise<Opened> } = {
  rds: async config => opened(await import('@aws-sdk/client-rds'), sdk => new sdk.RDSClient(config)),
  ec2: async config => opened(await import('@aws-sdk/client-ec2'), sdk => new sdk.EC2Client(config)),
  iam: async config => opened(await import('@aws-sdk/client-iam'), sdk => new sdk.IAMClient(config)),
  secretsmanager: async config =>
    opened(await import('@aws-sdk/client-secrets-manager'), sdk => new sdk.SecretsManagerClient(config)),
  cloudwatch: async config =>
    opened(await import('@aws-sdk/client-cloudwatch'), sdk => new sdk.CloudWatchClient(config)),
  logs: async config =>
    opened(await import('@aws-sdk/client-cloudwatch-logs'), sdk => new sdk.CloudWatchLogsClient(config)),
  sts: async config => opened(await import('@aws-sdk/client-sts'), sdk => new sdk.STSClient(config)),
  kms: async config => opened(await import('@aws-sdk/client-kms'), sdk => new sdk.KMSClient(config)),
  pricing: async config => opened(await import('@aws-sdk/client-pricing'), sdk => new sdk.PricingClient(config))
};

/** As in the `AWS_ENDPOINT_URL_<SERVICE>` variables that all of AWS's tools read. */
const ENDPOINT_NAMES: Readonly<Record<Service, string>> = {
  rds: 'RDS',
  ec2: 'EC2',
  iam: 'IAM',
  secretsmanager: 'SECRETS_MANAGER',
  cloudwatch: 'CLOUDWATCH',
  logs: 'CLOUDWATCH_LOGS',
  sts: 'STS',
  kms: 'KMS',
  pricing: 'PRICING'
};

/** `mask` gets the keys that the SDK logs in with, as they arrive. Throws `input-invalid` when no region is known. */
export function openAws(
  env: Env,
  execution: Execution,
  region: string | undefined,
  mask: (value: string) => void
): Aws {
  const home = [region, env['AWS_REGION'], env['AWS_DEFAULT_REGION']].find(Boolean);
  if (home === undefined) {
    throw new ActionError('No AWS region is known', {
      code: 'input-invalid',
      source: 'user',
      hint: 'Set `aws_region`, or the variable AWS_REGION, as `aws-actions/configure-aws-credentials` does.'
    });
  }
  const limited = callLimit(env, execution);
  const clients = new Map<string, Promise<Opened>>();
  const clientOf = async (service: Service, where: string): Promise<Opened> => {
    const key = `${service} ${where}`;
    const known = clients.get(key) ?? SERVICES[service](configOf(service, where, env, { limited: execution, mask }));
    clients.set(key, known);
    return known;
  };
  const call: Call = async (service, operation, input, options = {}) =>
    retry(
      execution,
      {
        what: `${service}:${operation}`,
        idempotent: true,
        baseSeconds: firstPauseSeconds(env),
        kinds: ['throttled', 'transient', ...(options.also ?? [])],
        ...defined({ attempts: options.attempts })
      },
      async () => {
        const where = options.region ?? home;
        try {
          const { client, commands } = await clientOf(service, where);
          const Command = commands[`${operation}Command`];
          if (Command === undefined) throw new TypeError(`No command ${operation}`);
          // The SDK's own timeouts end a connection that is not made, and warn of an answer that does not come.
          const send = async (abortSignal: AbortSignal): Promise<unknown> =>
            client.send(new Command(input), { abortSignal });
          return (await limited(`${service}:${operation} in ${where}`, send)) as never;
        } catch (thrown) {
          execution.signal.throwIfAborted();
          throw translate(thrown, { service, operation, region: where });
        } finally {
          await maskLogin(clients.get(`${service} ${where}`), mask);
        }
      }
    );
  const signed: Aws['signed'] = async (operation, asked) =>
    retry(
      execution,
      {
        what: `${asked.service}:${operation}`,
        idempotent: true,
        baseSeconds: firstPauseSeconds(env),
        kinds: ['throttled', 'transient']
      },
      async () => {
        try {
          const login = await (await clientOf('sts', home)).client.config.credentials();
          mask(login.secretAccessKey);
          if (login.sessionToken !== undefined) mask(login.sessionToken);
          const where = {
            region: home,
            endpoint: endpointOf(asked.service, home, env),
            login,
            now: serverTime(execution)
          };
          const { sendSigned } = await import('./signed-call.ts');
          const send = async (signal: AbortSignal): Promise<unknown> => sendSigned(asked, where, signal, execution);
          return (await limited(`${asked.service}:${operation} in ${home}`, send)) as never;
        } catch (thrown) {
          execution.signal.throwIfAborted();
          throw translate(thrown, { service: asked.service, operation, region: home });
        }
      }
    );
  const databaseToken: Aws['databaseToken'] = async at => {
    try {
      const login = await (await clientOf('sts', home)).client.config.credentials();
      const { databaseToken: make } = await import('./database-token.ts');
      const token = await make({ ...at, region: home, login, now: serverTime(execution) });
      mask(token);
      return token;
    } catch (thrown) {
      throw translate(thrown, { service: 'rds-db', operation: 'connect', region: home });
    }
  };
  return {
    call,
    signed,
    databaseToken,
    region: home
  };
}

/** As the clients find it: the variables of all of AWS's tools, else the service's host in the region. */
function endpointOf(service: string, region: string, env: Env): string {
  const given = env[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] || env['AWS_ENDPOINT_URL'];
  return given || `https://${service}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}

/** The SDK caches its credentials: this asks the SDK, not AWS. */
async function maskLogin(opening: Promise<Opened> | undefined, mask: (value: string) => void): Promise<void> {
  try {
    const login = await (await opening)?.client.config.credentials();
    if (login !== undefined) mask(login.secretAccessKey);
    if (login?.sessionToken !== undefined) mask(login.sessionToken);
  } catch {
    // Without credentials there is nothing to mask; the call itself has failed with the reason.
  }
}

function configOf(
  service: Service,
  region: string,
  env: Env,
  { limited, mask }: { readonly limited: Execution; readonly mask: (value: string) => void }
): ClientConfig {
  const endpoint = (env[`AWS_ENDPOINT_URL_${ENDPOINT_NAMES[service]}`] ?? env['AWS_ENDPOINT_URL']) || undefined;
  return defined({
    region,
    maxAttempts: 1,
    customUserAgent: 'pgkeep',
    endpoint,
    // Without one the SDK's own chain looks for the machine's: default profile, container, instance.
    credentials: namedLogin(env, region, limited, mask),
    requestHandler: boundedHandler(limited)
  });
}

function opened<M extends object>(sdk: M, make: (sdk: M) => unknown): Opened {
  return { client: make(sdk), commands: sdk } as unknown as Opened;
}
