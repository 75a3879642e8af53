import type { DBInstance } from '@aws-sdk/client-rds';
import { defined } from '../../src/engine/defined.ts';
import type { Execution } from '../../src/engine/execution.ts';
import type { Target } from '../../src/engine/ownership.ts';
import { ProviderError } from '../../src/errors.ts';
import { namesOf } from '../../src/providers/aws/api/names.ts';
import type { AwsContext } from '../../src/providers/aws/context.ts';
import { load } from '../../src/spec/load.ts';
import { refuseProblems } from '../../src/spec/problem.ts';
import { FakeClock } from './fake-clock.ts';
import { fakeContext } from './fake-context.ts';

type With = Readonly<Record<string, string>>;
type Answers = Readonly<Record<string, unknown>>;

/** The time of a run. */
export const NOW = new Date('2026-03-01T12:00:00Z');

export const TARGET: Target = {
  provider: 'aws',
  account: '123456789012',
  region: 'us-east-1',
  name: 'orders',
  environment: '',
  repository: 'acme/shop'
};

/** What the instances of these tests begin with. */
export const INSTANCE: DBInstance = {
  DBInstanceIdentifier: 'orders',
  DBInstanceArn: 'arn:aws:rds:us-east-1:123456789012:db:orders',
  DBInstanceStatus: 'available',
  DBInstanceClass: 'db.r5.large',
  Engine: 'postgres',
  EngineVersion: '16.4'
};

/** An account as AWS answers of it. An answer is a value, a failure, or a function of what was asked. */
export interface Account {
  readonly region?: string;
  readonly partition?: string;
  readonly applyImmediately?: boolean;
  readonly allowRestart?: boolean;
  readonly switchover?: string;
  /** By the name of an operation. Default: an empty answer. */
  readonly calls?: Answers;
  readonly state?: Answers;
  readonly offerings?: Answers;
  /** What is noted of each call. */
  readonly heard?: string[];
  readonly execution?: Execution;
}

function answered(answer: unknown): (asked?: unknown) => Promise<unknown> {
  return async asked => {
    if (answer instanceof Error) throw answer;
    return typeof answer === 'function' ? (answer as (of: unknown) => unknown)(asked) : answer;
  };
}

/** A context of aws that gives these answers, for what only asks and tells. */
export function contextOf(given: With, account: Account = {}): AwsContext {
  const { spec, problems, secrets } = load([{ values: { cloud_provider: 'aws', name: 'orders', ...given } }]);
  refuseProblems(problems);
  const { region = TARGET.region, partition = 'aws', calls = {}, heard = [] } = account;
  const none = async (): Promise<undefined> => undefined;
  const all = (answers: Answers): object => {
    const known = new Map(Object.entries(answers).map(([name, answer]) => [name, answered(answer)]));
    return new Proxy({}, { get: (_, name) => known.get(String(name)) ?? none });
  };
  const call = async (service: string, operation: string, input: unknown, more: unknown): Promise<unknown> => {
    heard.push(`${service}:${operation} ${JSON.stringify([input, more])}`);
    return answered(calls[operation] ?? {})(input);
  };
  const execution = account.execution ?? fakeContext({ clock: new FakeClock(NOW.toISOString()) });
  return {
    spec,
    settings: spec.settings,
    names: namesOf(spec.name, region, spec.settings),
    target: { ...TARGET, region },
    partition,
    pollSeconds: 10,
    options: defined({
      applyImmediately: account.applyImmediately ?? false,
      allowRestart: account.allowRestart,
      switchover: account.switchover,
      wait: true,
      deadline: new Date(execution.clock.now().getTime() + 3_600_000)
    }),
    execution,
    call,
    secret: (name: string) => secrets.get(name),
    mask: () => undefined,
    aws: {
      signed: async (operation: string, input: unknown) => {
        heard.push(`${operation} ${JSON.stringify(input)}`);
        return answered(calls[operation])(input);
      }
    },
    liveState: () => all(account.state ?? {}),
    offerings: all(account.offerings ?? {})
  } as unknown as AwsContext;
}

/** AWS does not allow a call. */
export function denied(permission: string): ProviderError {
  return new ProviderError(`Could not call ${permission}: not allowed`, { kind: 'denied', permission });
}
