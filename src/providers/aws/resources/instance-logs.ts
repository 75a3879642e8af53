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

const prefixOf = ({ id }: InstanceRef): string => `/aws/rds/instance/${id}/`;

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
  const options = defined({ region: ref.region });
  const retentionInDays = settings.log_retention_days ?? LOG_RETENTION_DAYS;
  for (const log of logsIn(exported)) {
    const logGroupName = `${prefixOf(ref)}${log}`;
    const tags = { ...tagsFor(context, mark) };
    const made = await ignoring(
      ['already-exists', 'denied'],
      call('logs', 'CreateLogGroup', { logGroupName, tags }, options)
    );
    if (made === undefined || retentionInDays === 0) continue;
    const retention = { logGroupName, retentionInDays };
    await ignoring(['denied'], call('logs', 'PutRetentionPolicy', retention, { ...options, also: ['busy'] }));
  }
}

/** Deletes those of a removed instance that carry the mark. */
export async function removeLogGroups(
  { call, partition, target }: AwsContext,
  ref: InstanceRef,
  exported: Value | undefined
): Promise<void> {
  const options = defined({ region: ref.region });
  for (const log of logsIn(exported)) {
    const logGroupName = `${prefixOf(ref)}${log}`;
    const region = ref.region ?? target.region;
    const resourceArn = `arn:${partition}:logs:${region}:${target.account}:log-group:${logGroupName}`;
    const found = await ignoring(
      ['not-found', 'denied'],
      call('logs', 'ListTagsForResource', { resourceArn }, options)
    );
    if (found === undefined || ownershipOf(found.tags ?? {}, target).kind !== 'ours') continue;
    const deletion = call('logs', 'DeleteLogGroup', { logGroupName }, { ...options, also: ['busy'] });
    await ignoring(['not-found', 'denied'], deletion);
  }
}
