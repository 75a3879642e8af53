import { applyActions, planActions } from '../../src/providers/aws/permissions.ts';
import { TYPES } from '../../src/providers/aws/provider.ts';

interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: unknown;
}

/** Policy for a plan: reads only, on everything, because most of these calls know no narrower resource. */
export function planPolicy(): string {
  return policy([{ Sid: 'Look', Effect: 'Allow', Action: planActions(TYPES), Resource: '*' }]);
}

/**
 * Policy for an apply, to be attached in addition to the one for a plan. Each service's calls on what this action makes
 * there.
 */
export function applyPolicy(): string {
  const actions = applyActions(TYPES);
  const of = (service: string, except: readonly string[] = []): readonly string[] =>
    actions.filter(action => action.startsWith(`${service}:`) && !except.includes(action));
  return policy([
    {
      Sid: 'Databases',
      Effect: 'Allow',
      Action: of('rds'),
      Resource: ['db', 'pg', 'subgrp', 'snapshot', 'auto-backup', 'ri', 'og', 'db-proxy', 'target-group'].map(
        kind => `arn:aws:rds:*:ACCOUNT:${kind}:*`
      )
    },
    { Sid: 'SecurityGroups', Effect: 'Allow', Action: of('ec2'), Resource: '*' },
    {
      Sid: 'Roles',
      Effect: 'Allow',
      Action: of('iam', ['iam:PassRole', 'iam:CreateServiceLinkedRole']),
      Resource: ['arn:aws:iam::ACCOUNT:role/*-monitoring', 'arn:aws:iam::ACCOUNT:role/*-proxy']
    },
    {
      Sid: 'GiveRolesToRds',
      Effect: 'Allow',
      Action: ['iam:PassRole'],
      Resource: ['arn:aws:iam::ACCOUNT:role/*-monitoring', 'arn:aws:iam::ACCOUNT:role/*-proxy'],
      Condition: { StringEquals: { 'iam:PassedToService': ['monitoring.rds.amazonaws.com', 'rds.amazonaws.com'] } }
    },
    {
      Sid: 'FirstUseOfRds',
      Effect: 'Allow',
      Action: ['iam:CreateServiceLinkedRole'],
      Resource: 'arn:aws:iam::ACCOUNT:role/aws-service-role/rds.amazonaws.com/*',
      Condition: { StringEquals: { 'iam:AWSServiceName': 'rds.amazonaws.com' } }
    },
    {
      Sid: 'Secrets',
      Effect: 'Allow',
      Action: of('secretsmanager'),
      Resource: ['arn:aws:secretsmanager:*:ACCOUNT:secret:pgkeep/*', 'arn:aws:secretsmanager:*:ACCOUNT:secret:rds!db-*']
    },
    {
      Sid: 'Keys',
      Effect: 'Allow',
      Action: of('kms'),
      Resource: 'arn:aws:kms:*:ACCOUNT:key/*',
      Condition: { StringLike: { 'kms:ViaService': ['rds.*.amazonaws.com', 'secretsmanager.*.amazonaws.com'] } }
    },
    {
      Sid: 'Logs',
      Effect: 'Allow',
      Action: of('logs'),
      Resource: 'arn:aws:logs:*:ACCOUNT:log-group:/aws/rds/instance/*'
    },
    { Sid: 'Alarms', Effect: 'Allow', Action: of('cloudwatch'), Resource: 'arn:aws:cloudwatch:*:ACCOUNT:alarm:*' }
  ]);
}

function policy(statements: readonly Statement[]): string {
  return `\`\`\`json\n${JSON.stringify({ Version: '2012-10-17', Statement: statements }, null, 2)}\n\`\`\``;
}
