import type { IAM, Role } from '@aws-sdk/client-iam';
import type { Actions, AnyActions, Call } from './actions.ts';
import { AwsFault, found } from './fault.ts';
import { resourceId } from './ids.ts';
import { page } from './pages.ts';
import { addTags, readTags, removeTags, tagged } from './tags.ts';
import type { RoleRecord } from './state.ts';

const MANAGED_POLICIES = /^arn:aws:iam::(aws|\d{12}):policy\/[\w+=,.@/-]+$/;

const actions: Actions<IAM> = {
  CreateRole: (input, { cloud, now }) => {
    const name = input.RoleName ?? '';
    if (!/^[\w+=,.@-]{1,64}$/.test(name)) throw new AwsFault('ValidationError', `The role name ${name} is invalid`);
    if (cloud.roles.has(name)) throw new AwsFault('EntityAlreadyExists', `Role with name ${name} already exists.`, 409);
    const path = input.Path ?? '/';
    const record: RoleRecord = {
      name,
      path,
      arn: `arn:aws:iam::${cloud.accountId}:role${path}${name}`,
      id: resourceId('AROA', cloud.id('role')).slice(0, 21),
      created: now,
      description: input.Description,
      trust: policy(input.AssumeRolePolicyDocument ?? ''),
      attached: new Set(),
      inline: new Map(),
      tags: tagged(input.Tags),
      unknownFor: cloud.propagation.role
    };
    cloud.roles.set(name, record);
    return { Role: describe(record) };
  },
  GetRole: (input, call) => ({ Role: describe(role(input.RoleName, call)) }),
  ListRoles: (input, { cloud }) => {
    const all = [...cloud.roles.values()].filter(one => one.path.startsWith(input.PathPrefix ?? '/'));
    const { items, next } = page(all, cloud.pageSize, input.MaxItems, input.Marker);
    return { Roles: items.map(({ ...one }) => describe(one, false)), IsTruncated: next !== undefined, Marker: next };
  },
  DeleteRole: (input, call) => {
    const one = role(input.RoleName, call);
    if (one.attached.size > 0)
      throw new AwsFault('DeleteConflict', 'Cannot delete entity, must detach all policies first.', 409);
    if (one.inline.size > 0)
      throw new AwsFault('DeleteConflict', 'Cannot delete entity, must delete policies first.', 409);
    call.cloud.roles.delete(one.name);
  },
  UpdateAssumeRolePolicy: (input, call) => {
    role(input.RoleName, call).trust = policy(input.PolicyDocument ?? '');
  },
  AttachRolePolicy: (input, call) => {
    const arn = input.PolicyArn ?? '';
    if (!MANAGED_POLICIES.test(arn))
      throw new AwsFault('NoSuchEntity', `Policy ${arn} does not exist or is not attachable.`, 404);
    role(input.RoleName, call).attached.add(arn);
  },
  DetachRolePolicy: (input, call) => {
    if (role(input.RoleName, call).attached.delete(input.PolicyArn ?? '')) return;
    throw new AwsFault('NoSuchEntity', `Policy ${input.PolicyArn} was not found.`, 404);
  },
  ListAttachedRolePolicies: (input, call) => ({
    AttachedPolicies: [...role(input.RoleName, call).attached].map(arn => ({
      PolicyArn: arn,
      PolicyName: arn.slice(arn.lastIndexOf('/') + 1)
    })),
    IsTruncated: false
  }),
  PutRolePolicy: (input, call) => {
    role(input.RoleName, call).inline.set(input.PolicyName ?? '', policy(input.PolicyDocument ?? ''));
  },
  GetRolePolicy: (input, call) => {
    const document = role(input.RoleName, call).inline.get(input.PolicyName ?? '');
    const message = `The role policy with name ${input.PolicyName} cannot be found.`;
    return {
      RoleName: input.RoleName,
      PolicyName: input.PolicyName,
      PolicyDocument: encodeURIComponent(found(document, 'NoSuchEntity', message))
    };
  },
  ListRolePolicies: (input, call) => ({
    PolicyNames: [...role(input.RoleName, call).inline.keys()],
    IsTruncated: false
  }),
  DeleteRolePolicy: (input, call) => {
    if (role(input.RoleName, call).inline.delete(input.PolicyName ?? '')) return;
    throw new AwsFault('NoSuchEntity', `The role policy with name ${input.PolicyName} cannot be found.`, 404);
  },
  ListRoleTags: (input, call) => ({ Tags: readTags(role(input.RoleName, call).tags), IsTruncated: false }),
  TagRole: (input, call) => {
    addTags(role(input.RoleName, call).tags, input.Tags ?? [], call.cloud.pace.tags);
  },
  UntagRole: (input, call) => {
    removeTags(role(input.RoleName, call).tags, input.TagKeys ?? [], call.cloud.pace.tags);
  },
  ListInstanceProfilesForRole: () => ({ InstanceProfiles: [], IsTruncated: false }),
  CreateServiceLinkedRole: input => {
    throw new AwsFault('InvalidInput', `Service role name for ${input.AWSServiceName} has been taken in this account.`);
  },
  SimulatePrincipalPolicy: input => ({
    IsTruncated: false,
    EvaluationResults: (input.ActionNames ?? []).map(name => ({
      EvalActionName: name,
      EvalResourceName: '*',
      EvalDecision: 'allowed' as const
    }))
  })
};

/** Identity and Access Management: roles, the same in all regions. */
export const iam: AnyActions = actions;

function role(name: string | undefined, { cloud }: Call): RoleRecord {
  const record = cloud.roles.get(name ?? '');
  if (record === undefined) throw new AwsFault('NoSuchEntity', `The role with name ${name} cannot be found.`, 404);
  return record;
}

function describe(record: RoleRecord, withTags = true): Role {
  return {
    RoleName: record.name,
    Path: record.path,
    Arn: record.arn,
    RoleId: record.id,
    CreateDate: record.created,
    Description: record.description,
    MaxSessionDuration: 3600,
    AssumeRolePolicyDocument: encodeURIComponent(record.trust),
    ...(withTags && { Tags: readTags(record.tags) })
  };
}

function policy(text: string): string {
  try {
    JSON.parse(text);
  } catch {
    throw new AwsFault('MalformedPolicyDocument', 'This policy contains invalid Json');
  }
  return text;
}
