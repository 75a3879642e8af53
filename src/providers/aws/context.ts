import { defined } from '../../engine/defined.ts';
import type { Execution } from '../../engine/execution.ts';
import type { Mark, Target } from '../../engine/ownership.ts';
import { ProviderError } from '../../errors.ts';
import type { Settings } from '../../spec/catalogue.ts';
import type { Spec } from '../../spec/spec.ts';
import { pollSeconds } from '../polling.ts';
import type { ApplyOptions, Setup } from '../provider.ts';
import { openAws, type Aws, type Call } from './api/client.ts';
import { namesOf, type Names } from './api/names.ts';
import { markTags, PARTS, STORAGE, type Tags } from './api/tags.ts';
import { PARTS as ALL_PARTS, partsAskedFor, type Part } from './desired/parts.ts';
import { readLiveState, type LiveState } from './live-state.ts';
import { readOfferings, type Offerings } from './offerings.ts';

/** The clients, names and settings that all of AWS's resources share. */
export interface AwsContext {
  readonly spec: Spec;
  readonly settings: Settings;
  readonly target: Target;
  /** `aws`, `aws-cn` or `aws-us-gov`. */
  readonly partition: string;
  /** The identity of this run on AWS. */
  readonly caller: string;
  readonly names: Names;
  readonly call: Call;
  readonly aws: Aws;
  readonly options: ApplyOptions;
  readonly execution: Execution;
  /** Seconds between two reads while waiting. */
  readonly pollSeconds: number;
  readonly secret: (name: string) => string | undefined;
  readonly mask: (value: string) => void;
  /** The live resources, as the present observation reads them. */
  readonly liveState: () => LiveState;
  /** Ends that observation: the next one asks AWS again. */
  readonly invalidate: () => void;
  /** Never invalidated. */
  readonly offerings: Offerings;
}

/**
 * Opens AWS for a spec: asks for the account and, at the same time, for the server. Throws when there are no
 * credentials or no region.
 */
export async function openContext(setup: Setup): Promise<AwsContext> {
  const { spec, execution, env } = setup;
  const aws = openAws(env, execution, spec.settings.aws_region, setup.mask);
  const names = namesOf(spec.name, aws.region, spec.settings);
  const source = { call: aws.call, region: aws.region, names, settings: spec.settings };
  const identity = aws.call('sts', 'GetCallerIdentity', {});
  let liveState = readLiveState(source);
  // A failure is kept for the observation.
  liveState.instances().catch(() => undefined);
  let isFresh = true;

  const { Account: account, Arn: caller = '' } = await identity;
  if (account === undefined) {
    throw new ProviderError('Could not find the account of these credentials: AWS does not name it', {
      kind: 'unauthenticated'
    });
  }
  return {
    spec,
    settings: spec.settings,
    target: {
      provider: 'aws',
      account,
      region: aws.region,
      name: names.instance,
      environment: spec.environment,
      ...setup.owner
    },
    partition: caller.split(':')[1] ?? 'aws',
    caller,
    names,
    call: aws.call,
    aws,
    options: setup.options,
    execution,
    pollSeconds: pollSeconds(env),
    secret: setup.secret,
    mask: setup.mask,
    offerings: readOfferings(aws.call),
    liveState: () => liveState,
    invalidate: () => {
      if (!isFresh) liveState = readLiveState(source);
      isFresh = false;
    }
  };
}

/** The tags of a create call: the mark and the user's own. */
export function tagsFor(context: AwsContext, mark: Mark, own: Tags = context.settings.tags ?? {}): Tags {
  return { ...own, ...markTags(mark) };
}

/** As `tagsFor`, for the server, whose tags also name its parts. */
export function serverTags(context: AwsContext, mark: Mark, own: Tags): Tags {
  return { ...tagsFor(context, mark, own), ...stateTags(context.settings) };
}

/**
 * The tags of the server by which later runs know what the inputs of this one asked for. `made`: parts of earlier runs
 * that are still there.
 */
export function stateTags(settings: Settings, made: readonly Part[] = []): Tags {
  const asked = partsAskedFor(settings);
  const parts = ALL_PARTS.filter(part => asked.includes(part) || made.includes(part));
  return defined({
    [PARTS]: parts.length === 0 ? undefined : parts.join(' '),
    [STORAGE]: settings.allocated_storage === undefined ? undefined : String(settings.allocated_storage)
  });
}
