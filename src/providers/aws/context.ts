import type { Execution } from '../../engine/execution.ts';
import type { Mark, Target } from '../../engine/ownership.ts';
import { ProviderError } from '../../errors.ts';
import type { Settings } from '../../spec/catalogue.ts';
import type { Spec } from '../../spec/spec.ts';
import { pollSeconds } from '../polling.ts';
import type { ApplyOptions, Setup } from '../provider.ts';
import { openAws, type Aws, type Call } from './api/client.ts';
import { namesOf, type Names } from './api/names.ts';
import { markTags, PARTS, type Tags } from './api/tags.ts';
import { partsAskedFor } from './desired/parts.ts';
import { readLiveState, type LiveState } from './live-state.ts';

/** What the resources of this wing work with. */
export interface AwsContext {
  readonly spec: Spec;
  readonly settings: Settings;
  readonly target: Target;
  /** `aws`, `aws-cn` or `aws-us-gov`. */
  readonly partition: string;
  /** Who this run is to AWS. */
  readonly caller: string;
  readonly names: Names;
  readonly call: Call;
  readonly aws: Aws;
  readonly options: ApplyOptions;
  readonly execution: Execution;
  /** Seconds between two looks while waiting. */
  readonly pollSeconds: number;
  readonly secret: (name: string) => string | undefined;
  readonly mask: (value: string) => void;
  /** What one look at everything shares. */
  readonly liveState: () => LiveState;
  /** Ends that look: the next one asks AWS again. */
  readonly invalidate: () => void;
}

/** Opens AWS for a spec: asks who we are and, at the same time, begins the first look. Throws when there are no credentials or no region. */
export async function openContext(setup: Setup): Promise<AwsContext> {
  const { spec, execution, env } = setup;
  const aws = openAws(env, execution, spec.settings.aws_region, setup.mask);
  const names = namesOf(spec.name, aws.region);
  const source = { call: aws.call, region: aws.region, names, settings: spec.settings };
  const identity = aws.call('sts', 'GetCallerIdentity', {});
  let liveState = readLiveState(source);
  liveState.begin();
  let isFresh = true;

  const { Account: account, Arn: caller = '' } = await identity;
  if (account === undefined) {
    throw new ProviderError('AWS does not say which account these credentials belong to', { kind: 'unauthenticated' });
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
    liveState: () => liveState,
    invalidate: () => {
      if (!isFresh) liveState = readLiveState(source);
      isFresh = false;
    }
  };
}

/** The tags that a create call carries: the mark, the user's own, and what else belongs to this database. */
export function tagsFor(context: AwsContext, mark: Mark, own: Tags = context.settings.tags ?? {}): Tags {
  return { ...own, ...markTags(mark) };
}

/** As `tagsFor`, for the server, which also knows its companions. */
export function serverTags(context: AwsContext, mark: Mark, own: Tags): Tags {
  const parts = partsAskedFor(context.settings);
  return { ...tagsFor(context, mark, own), ...(parts.length === 0 ? {} : { [PARTS]: parts.join(' ') }) };
}
