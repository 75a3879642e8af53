import type { Settings } from '../../../spec/catalogue.ts';
import type { Problem } from '../../../spec/problem.ts';
import { alarmSpanProblems } from '../../alarm-span.ts';
import { ALARM_EVALUATIONS, ALARM_PERIOD_SECONDS } from '../resources/alarm.ts';
import { isReserved } from '../api/tags.ts';
import { rdsParameter } from '../api/parameters.ts';
import { majorOf } from '../live-state.ts';

/** In seconds. */
const HOUR = 3600;
const DAY = 86_400;
const WEEK = 604_800;

/** Of an alarm, for each of its states. */
const MOST_ACTIONS = 5;

/** Partition and region of an ARN. Some services have no region in it. */
const ARN = /^arn:([\w-]+):[\w-]+:([\w-]+)?:\d*:.+$/;
const AN_ACTION = '`arn:aws:sns:<region>:<account>:<topic>`, or another ARN that CloudWatch takes';

/** Where the alarms are. */
interface Place {
  readonly partition: string;
  readonly region: string;
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
export function alarmProblems({ alarms = {}, alarm_actions: actions = [] }: Settings): readonly Problem[] {
  const uneven = Object.entries(alarms).filter(
    ([, { period = 60 } = {}]) => period % 60 !== 0 && ![10, 20, 30].includes(period)
  );
  return [
    ...actions.flatMap(actionProblems),
    ...(actions.length > MOST_ACTIONS
      ? [{ input: 'alarm_actions', why: `has ${actions.length} items`, allowed: `${MOST_ACTIONS} at most` }]
      : []),
    ...uneven.map(([value]) => ({
      input: 'alarms',
      value,
      why: 'has a period that CloudWatch does not have',
      allowed: 'a `period` of 10, 20 or 30 s, or of whole minutes'
    })),
    ...alarmSpanProblems(alarms, {
      service: 'CloudWatch',
      periodOf: (period = ALARM_PERIOD_SECONDS) => period,
      evaluations: ALARM_EVALUATIONS,
      most: period => (period < HOUR ? DAY : WEEK)
    })
  ];
}

function actionProblems(value: string): readonly Problem[] {
  const problem = (why: string): readonly Problem[] => [{ input: 'alarm_actions', value, why, allowed: AN_ACTION }];
  if (/^arn:[^:]+:automate:|^arn:[^:]+:swf:.*AWS_EC2/.test(value)) {
    return problem('is an action on EC2 instances, which CloudWatch refuses at a metric of RDS');
  }
  return ARN.test(value) ? [] : problem('is not an ARN');
}

/** CloudWatch takes actions of its own region only. https://github.com/cds-snc/notification-terraform/pull/128 */
export function actionsElsewhere({ alarm_actions: actions = [] }: Settings, own: Place): readonly Problem[] {
  return actions.flatMap((value): readonly Problem[] => {
    const [, partition = own.partition, region = own.region] = ARN.exec(value) ?? [];
    const allowed = `an ARN that begins with \`arn:${own.partition}:\`, of ${own.region}`;
    const why =
      partition === own.partition
        ? `is in ${region}, and the alarm is in ${own.region}`
        : `is in the partition \`${partition}\`, and the alarm is in \`${own.partition}\``;
    const isElsewhere = partition !== own.partition || region !== own.region;
    return isElsewhere ? [{ input: 'alarm_actions', value, why, allowed }] : [];
  });
}

/** What RDS would refuse of parameters and their group. */
export function parameterProblems(settings: Settings): readonly Problem[] {
  const { engine_version: version, parameter_group_family: family, parameter_group_name: group } = settings;
  const problems: Problem[] = [];
  if (family !== undefined && !/^postgres\d+$/.test(family)) {
    problems.push({
      input: 'parameter_group_family',
      value: family,
      why: 'is not a family of PostgreSQL',
      allowed: 'such as `postgres16`'
    });
  } else if (family !== undefined && version !== undefined && family !== `postgres${majorOf(version)}`) {
    problems.push({
      input: 'parameter_group_family',
      value: family,
      why: `does not fit \`engine_version\` (${version})`,
      allowed: `\`postgres${majorOf(version)}\`, or leave it unset`
    });
  }
  if (group !== undefined && Object.keys(settings.parameters ?? {}).length > 0) {
    problems.push({
      input: 'parameters',
      why: "can't be set in a group that is given by name (`parameter_group_name`)",
      allowed: 'one of the two'
    });
  }
  const major = version === undefined ? Number(family?.replace(/\D/g, '') ?? Number.NaN) : majorOf(version);
  if (Number.isNaN(major)) return problems;
  for (const [name, value] of Object.entries(settings.parameters ?? {})) {
    const read = rdsParameter(name, value, major);
    if (!read.ok)
      problems.push({
        input: 'parameters',
        value: `${name}: ${value}`,
        why: read.problem
      });
  }
  return problems;
}

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const LOG_RETENTION_DAYS: readonly number[] = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
];

/** Supporting resources whose inputs are incomplete. */
export function companionProblems(settings: Settings): readonly Problem[] {
  const problems: Problem[] = [];
  if (
    settings.enable_proxy === true &&
    settings.master_password === undefined &&
    settings.manage_master_user_password !== true
  ) {
    problems.push({
      input: 'enable_proxy',
      value: 'true',
      why: 'needs a login for the proxy',
      allowed: '`manage_master_user_password: true`, or `master_password`'
    });
  }
  if (settings.reserved_instance_count !== undefined && settings.reserved_offering_id === undefined) {
    problems.push({ input: 'reserved_instance_count', why: 'has no effect without `reserved_offering_id`' });
  }
  if (settings.confirm_purchase !== undefined && settings.confirm_purchase !== settings.reserved_offering_id) {
    problems.push({
      input: 'confirm_purchase',
      value: settings.confirm_purchase,
      why: 'is not the offering in `reserved_offering_id`',
      allowed: 'exactly that id, to buy it'
    });
  }
  const days = settings.log_retention_days;
  if (days !== undefined && !LOG_RETENTION_DAYS.includes(days)) {
    problems.push({
      input: 'log_retention_days',
      value: String(days),
      why: 'is not a retention of CloudWatch Logs',
      allowed: LOG_RETENTION_DAYS.join(', ')
    });
  }
  if (settings.enable_backup_encryption === true && settings.storage_encrypted === false) {
    problems.push({
      input: 'enable_backup_encryption',
      value: 'true',
      why: 'needs `storage_encrypted: true`: backups are encrypted exactly when their database is'
    });
  }
  if (settings.kms_key_id !== undefined && settings.storage_encrypted === false) {
    problems.push({ input: 'kms_key_id', value: settings.kms_key_id, why: 'needs `storage_encrypted: true`' });
  }
  return problems;
}

/** AWS allows 50 tags on a resource; up to ten of them are the mark. */
export const TAG_LIMIT = { most: 50, ofMark: 10 } as const;
const MOST_TAGS = TAG_LIMIT.most - TAG_LIMIT.ofMark;

/** Characters and keys that AWS does not allow in tags. */
export function tagProblems(settings: Settings): readonly Problem[] {
  const given = Object.entries(settings.tags ?? {});
  const problems: Problem[] = [];
  if (given.length > MOST_TAGS) {
    problems.push({
      input: 'tags',
      value: `${given.length} tags`,
      why: 'is too many',
      allowed: `at most ${MOST_TAGS}`
    });
  }
  for (const [key, value] of given) {
    if (isReserved(key)) {
      problems.push({ input: 'tags', value: key, why: 'holds a key that AWS or this action keeps for itself' });
    } else if (
      !/^[\p{L}\p{N}\p{Z}_.:/=+\-@]{1,128}$/u.test(key) ||
      !/^[\p{L}\p{N}\p{Z}_.:/=+\-@]{0,256}$/u.test(value)
    ) {
      problems.push({
        input: 'tags',
        value: `${key}: ${value}`,
        why: 'holds what RDS does not allow in tags',
        allowed: 'letters, digits, blanks and `_ . : / = + - @`; keys to 128, values to 256 characters'
      });
    }
  }
  return problems;
}
