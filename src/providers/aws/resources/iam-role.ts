import { createHash } from 'node:crypto';
import type { Facts, FieldTable, Observed, ResourceType, Work } from '../../../engine/resource.ts';
import { textOf, type Value } from '../../../engine/value.ts';
import { MONITORING_ROLE, PROXY_ROLE } from '../addresses.ts';
import { defined } from '../../../engine/defined.ts';
import { orUndefined, ignoring } from '../../failures.ts';
import { TAG_FIELD, fromList, ownershipOf, tagFields, tagsIn, toList } from '../api/tags.ts';
import { tagsFor, type AwsContext } from '../context.ts';
import { observePart } from '../observe-part.ts';
import { createTagged } from './create-tagged.ts';
import { tagChange } from '../api/tagging.ts';

/** Our inline policies are named after the secret that they allow to be read, so that the name alone identifies it. */
const INLINE_PREFIX = 'pgkeep-';

function policyName(secret: string): string {
  return `${INLINE_PREFIX}${createHash('sha256').update(secret).digest('hex').slice(0, 16)}`;
}

const TAGS = { 'tags.*': TAG_FIELD } as const;

interface RoleKind<T extends FieldTable> {
  readonly type: string;
  readonly address: string;
  readonly part: 'monitoring-role' | 'proxy';
  readonly name: (context: AwsContext) => string;
  /** The service that may assume the role. */
  readonly service: string;
  readonly description: string;
  readonly fields: T;
  /** The call that reads its policies. Sent also where there is no role: a plan tells that it is not allowed. */
  readonly policies: 'ListAttachedRolePolicies' | 'ListRolePolicies';
  readonly dependsOn: readonly string[];
}

/** A role of our own that gives one service of AWS the permissions it needs, and no others. */
function role<const T extends FieldTable>(kind: RoleKind<T>): ResourceType<AwsContext, T & typeof TAGS> {
  const title = (context: AwsContext): string => `role ${kind.name(context)}`;
  const fields = { ...kind.fields, ...TAGS };
  const type: ResourceType<AwsContext> = {
    type: kind.type,
    fields,
    permissions: {
      observe: ['iam:GetRole', `iam:${kind.policies}`],
      create: ['iam:CreateRole', 'iam:TagRole', 'iam:AttachRolePolicy', 'iam:PutRolePolicy', 'iam:PassRole'],
      update: ['iam:AttachRolePolicy', 'iam:PutRolePolicy', 'iam:TagRole', 'iam:UntagRole', 'iam:PassRole'],
      delete: [
        'iam:DetachRolePolicy',
        'iam:DeleteRolePolicy',
        'iam:DeleteRole',
        'iam:ListAttachedRolePolicies',
        'iam:ListRolePolicies'
      ]
    },
    observe: observePart(
      {
        type: kind.type,
        part: kind.part,
        fields: fields,
        places: context => [{ address: kind.address, title: title(context) }]
      },
      async context => {
        const live = await observed(context, kind);
        return live === undefined ? [] : [live];
      }
    ),
    create: async (context, work) => {
      const name = kind.name(context);
      const make = async (): Promise<string | undefined> =>
        (
          await context.call('iam', 'CreateRole', {
            RoleName: name,
            Description: `${kind.description} of ${context.names.instance}`,
            AssumeRolePolicyDocument: JSON.stringify(trust(kind.service)),
            Tags: toList(tagsFor(context, work.mark, tagsIn(work.values)))
          })
        ).Role?.Arn;
      const live = async () => (await orUndefined(context.call('iam', 'GetRole', { RoleName: name })))?.Role;
      const arn =
        (await createTagged(context, work, title(context), make, async () => fromList((await live())?.Tags))) ??
        (await live())?.Arn;
      await givePolicies(context, work, name);
      return facts(name, arn);
    },
    update: async (context, work) => {
      const name = kind.name(context);
      await givePolicies(context, work, name);
      const { put, drop } = tagChange(work);
      if (Object.keys(put).length > 0) await context.call('iam', 'TagRole', { RoleName: name, Tags: toList(put) });
      if (drop.length > 0) await context.call('iam', 'UntagRole', { RoleName: name, TagKeys: [...drop] });
      return {};
    },
    remove: async context => remove(context, kind.name(context))
  };
  return type as ResourceType<AwsContext, T & typeof TAGS>;
}

/** The ARNs of managed policies, or the names of inline ones. */
async function policiesOf(
  { call }: AwsContext,
  { policies }: Pick<RoleKind<FieldTable>, 'policies'>,
  RoleName: string
): Promise<readonly string[]> {
  if (policies === 'ListRolePolicies')
    return (await orUndefined(call('iam', policies, { RoleName })))?.PolicyNames ?? [];
  const { AttachedPolicies: all = [] } = (await orUndefined(call('iam', policies, { RoleName }))) ?? {};
  return all.flatMap(({ PolicyArn: arn }) => arn ?? []);
}

async function observed(context: AwsContext, kind: RoleKind<FieldTable>): Promise<Observed | undefined> {
  const name = kind.name(context);
  const [live, policies] = await Promise.all([
    orUndefined(context.call('iam', 'GetRole', { RoleName: name })),
    policiesOf(context, kind, name)
  ]);
  if (live?.Role === undefined) return undefined;
  const tags = fromList(live.Role.Tags);
  const isAttached = kind.policies === 'ListAttachedRolePolicies';
  const values: Readonly<Record<string, Value | undefined>> = {
    policy_arn: isAttached ? (policies.find(arn => arn === monitoringPolicyArn(context)) ?? policies[0]) : undefined,
    secret_arn: isAttached ? undefined : await secretOf(context, policies)
  };
  const known = Object.entries(defined(values)).filter(([field]) => field in kind.fields);
  return {
    address: kind.address,
    type: kind.type,
    title: `role ${name}`,
    ownership: ownershipOf(tags, context.target),
    fields: { ...Object.fromEntries(known), ...tagFields(tags) },
    facts: facts(name, live.Role.Arn),
    dependsOn: kind.dependsOn,
    concurrencyGroup: kind.address
  };
}

type RoleValues = { readonly [K in 'policy_arn' | 'secret_arn']?: Value };

async function givePolicies(context: AwsContext, work: Work, name: string): Promise<void> {
  const { policy_arn: policy, secret_arn: secret }: RoleValues = work.values;
  if (typeof policy === 'string') await context.call('iam', 'AttachRolePolicy', { RoleName: name, PolicyArn: policy });
  if (typeof secret === 'string') {
    const PolicyName = policyName(secret);
    const PolicyDocument = JSON.stringify(secretPolicy(context, secret));
    await context.call('iam', 'PutRolePolicy', { RoleName: name, PolicyName, PolicyDocument });
    const isOld = (one: string): boolean => one.startsWith(INLINE_PREFIX) && one !== PolicyName;
    if (work.observed !== undefined) await dropPolicies(context, name, isOld);
  }
}

async function remove(context: AwsContext, name: string): Promise<void> {
  const attached = await orUndefined(context.call('iam', 'ListAttachedRolePolicies', { RoleName: name }));
  for (const { PolicyArn: arn } of attached?.AttachedPolicies ?? []) {
    if (arn === undefined) continue;
    await ignoring(['not-found'], context.call('iam', 'DetachRolePolicy', { RoleName: name, PolicyArn: arn }));
  }
  await dropPolicies(context, name, () => true);
  await ignoring(['not-found'], context.call('iam', 'DeleteRole', { RoleName: name }, { also: ['busy'] }));
}

function facts(name: string, arn: string | undefined): Facts {
  return defined({ name, arn });
}

function trust(service: string): unknown {
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }]
  };
}

function secretPolicy({ target }: AwsContext, secret: string): unknown {
  return {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: secret },
      {
        Effect: 'Allow',
        Action: 'kms:Decrypt',
        Resource: '*',
        Condition: { StringEquals: { 'kms:ViaService': `secretsmanager.${target.region}.amazonaws.com` } }
      }
    ]
  };
}

/** The login secret of the proxy that the role's policies allow to be read. */
async function secretOf(context: AwsContext, policies: readonly string[]): Promise<string | undefined> {
  if (policies.length === 0) return undefined;
  const [main, own] = await Promise.all([context.liveState().main(), context.liveState().proxySecret()]);
  const secrets = [main?.MasterUserSecret?.SecretArn, own?.ARN];
  return secrets.find(secret => secret !== undefined && policies.includes(policyName(secret)));
}

async function dropPolicies(context: AwsContext, name: string, drops: (policy: string) => boolean): Promise<void> {
  const live = await orUndefined(context.call('iam', 'ListRolePolicies', { RoleName: name }));
  for (const PolicyName of live?.PolicyNames ?? []) {
    if (!drops(PolicyName)) continue;
    await ignoring(['not-found'], context.call('iam', 'DeleteRolePolicy', { RoleName: name, PolicyName }));
  }
}

/** Allows RDS to write the samples of enhanced monitoring to CloudWatch Logs. */
export const monitoringRole = role({
  type: 'monitoring-role',
  address: MONITORING_ROLE,
  part: 'monitoring-role',
  name: context => context.names.monitoringRole,
  service: 'monitoring.rds.amazonaws.com',
  description: 'Enhanced monitoring',
  fields: { policy_arn: { api: 'AttachedPolicies', impact: 'online' } },
  policies: 'ListAttachedRolePolicies',
  dependsOn: []
});

/** Allows RDS Proxy to read its login secret. */
export const proxyRole = role({
  type: 'proxy-role',
  address: PROXY_ROLE,
  part: 'proxy',
  name: context => context.names.proxyRole,
  service: 'rds.amazonaws.com',
  description: 'The proxy',
  fields: { secret_arn: { api: 'PolicyDocument', impact: 'online' } },
  policies: 'ListRolePolicies',
  dependsOn: []
});

export function monitoringPolicyArn({ partition }: Pick<AwsContext, 'partition'>): string {
  return `arn:${textOf(partition)}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole`;
}
