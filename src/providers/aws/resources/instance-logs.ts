import { defined } from '../../../engine/defined.ts';
import type { Mark } from '../../../engine/ownership.ts';
import type { Value } from '../../../engine/value.ts';
import { ignoring } from '../../failures.ts';
import { ownershipOf } from '../api/tags.ts';
import { tagsFor, type AwsContext } from '../context.ts';
import type { InstanceRef } from './server/wait.ts';

/** Days that logs are kept where no input says it. */
export const LOG_RETENTION_DAYS = 30;

/** Of the log groups of instances that no input asks for: without them RDS makes groups itself. */
export const INSTANCE_LOGS = {
  create: ['logs:CreateLogGroup', 'logs:PutRetentionPolicy', 'logs:TagResource'],
  delete: ['logs:ListTagsForResource', 'logs:DeleteLogGroup']
} as const;

/** The log of an instance. */
export interface LogPlace extends InstanceRef {
  readonly log: string;
}

export const nameOf = ({ id, log }: LogPlace): string => `/aws/rds/instance/${id}/${log}`;
export const regionOf = ({ region }: InstanceRef): { readonly region?: string } => defined({ region });

/** Without the `:*` that other calls of CloudWatch Logs want. */
export function arnOf({ partition, target }: AwsContext, place: LogPlace): string {
  return `arn:${partition}:logs:${place.region ?? target.region}:${target.account}:log-group:${nameOf(place)}`;
}

/** Sets how many days the logs are kept; 0 is for ever, as in a new group. */
export async function retain({ call }: AwsContext, place: LogPlace, days: unknown): Promise<void> {
  if (typeof days !== 'number' || days === 0) return;
  const retention = { logGroupName: nameOf(place), retentionInDays: days };
  await call('logs', 'PutRetentionPolicy', retention, { ...regionOf(place), also: ['busy'] });
}

const logsIn = (value: Value | undefined): readonly string[] =>
  Array.isArray(value) ? value.filter(one => typeof one === 'string') : [];

/**
 * Makes the log groups of a replica or a copy whose exports come from its source: a group that RDS makes never expires
 * and outlives the instance. One that exists, or may not be made, is left to RDS.
 */
export async function makeLogGroups(
  context: AwsContext,
  ref: InstanceRef,
  exported: Value | undefined,
  mark: Mark
): Promise<void> {
  const { call, settings } = context;
  for (const log of logsIn(exported)) {
    const place = { ...ref, log };
    const tags = { ...tagsFor(context, mark) };
    const made = await ignoring(
      ['already-exists', 'denied'],
      call('logs', 'CreateLogGroup', { logGroupName: nameOf(place), tags }, regionOf(place))
    );
    if (made === undefined) continue;
    await ignoring(['denied'], retain(context, place, settings.log_retention_days ?? LOG_RETENTION_DAYS));
  }
}

/** Deletes those of a removed instance that carry the mark. */
export async function removeLogGroups(
  context: AwsContext,
  ref: InstanceRef,
  exported: Value | undefined
): Promise<void> {
  const { call, target } = context;
  for (const log of logsIn(exported)) {
    const place = { ...ref, log };
    const found = await ignoring(
      ['not-found', 'denied'],
      call('logs', 'ListTagsForResource', { resourceArn: arnOf(context, place) }, regionOf(place))
    );
    if (found === undefined || ownershipOf(found.tags ?? {}, target).kind !== 'ours') continue;
    const deletion = call(
      'logs',
      'DeleteLogGroup',
      { logGroupName: nameOf(place) },
      { ...regionOf(place), also: ['busy'] }
    );
    await ignoring(['not-found', 'denied'], deletion);
  }
}
