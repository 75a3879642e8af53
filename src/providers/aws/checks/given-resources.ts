import { orUndefined } from '../../failures.ts';
import { combineFindings, NO_FINDINGS, problemWith, type Findings } from '../../findings.ts';
import type { AwsContext } from '../context.ts';
import { orNotChecked } from '../../not-checked.ts';

/** Whether the resources that the inputs name exist, and fit the major version that the server has or gets. */
export async function checkGivenResources(context: AwsContext, major: string): Promise<Findings> {
  return combineFindings(
    await Promise.all([
      checkGroup(context, 'parameter_group_name', 'rds:DescribeDBParameterGroups', major, parameterGroupMajor),
      checkGroup(context, 'option_group_name', 'rds:DescribeOptionGroups', major, optionGroupMajor),
      checkMonitoringRole(context),
      checkSubnetGroup(context),
      checkSecurityGroups(context)
    ])
  );
}

async function checkSubnetGroup(context: AwsContext): Promise<Findings> {
  const { subnet_group_name: name } = context.settings;
  if (name === undefined) return NO_FINDINGS;
  const { region } = context.target;
  const read = context
    .liveState()
    .subnetGroup(name.toLowerCase(), region)
    .then(found => found ?? 'missing');
  const { answer, notices } = await orNotChecked('`subnet_group_name`', 'rds:DescribeDBSubnetGroups', read);
  if (answer === undefined) return { problems: [], notices };
  return answer === 'missing' ? problemWith(context, 'subnet_group_name', `does not exist in ${region}`) : NO_FINDINGS;
}

/** EC2 lists neither a group that does not exist nor one of another account. */
const SEEN = 'groups of this account; let in one of another account by its networks, with `allowed_cidr_blocks`';

/** Groups that the server is in, and those that the rules let in. RDS and EC2 refuse a group that they do not know. */
async function checkSecurityGroups(context: AwsContext): Promise<Findings> {
  const {
    security_group_ids: attached = [],
    allowed_security_group_ids: allowed = [],
    security_group_rules: rules = []
  } = context.settings;
  const wanted = {
    security_group_ids: attached,
    allowed_security_group_ids: allowed,
    security_group_rules: rules.flatMap(({ source_security_group_id: id }) => id ?? [])
  };
  const ids = [...new Set(Object.values(wanted).flat())];
  if (ids.length === 0) return NO_FINDINGS;
  const read = context.call('ec2', 'DescribeSecurityGroups', { Filters: [{ Name: 'group-id', Values: ids }] });
  const { answer, notices } = await orNotChecked(
    'the security groups of the inputs',
    'ec2:DescribeSecurityGroups',
    read.then(({ SecurityGroups: groups = [] }) => groups.map(({ GroupId: id }) => id))
  );
  if (answer === undefined) return { problems: [], notices };
  const { region } = context.target;
  return combineFindings(
    (Object.keys(wanted) as (keyof typeof wanted)[]).flatMap(input =>
      wanted[input]
        .filter(id => !answer.includes(id))
        .map(id => {
          const seen = input === 'security_group_ids' ? `groups of ${region}` : SEEN;
          return problemWith(context, input, `names ${id}, which this account does not see in ${region}`, seen);
        })
    )
  );
}

type MajorOf = (context: AwsContext, name: string) => Promise<string | undefined>;

const parameterGroupMajor: MajorOf = async (context, name) =>
  (await context.liveState().parameterGroup(name))?.DBParameterGroupFamily?.replace('postgres', '');

const optionGroupMajor: MajorOf = async (context, name) => {
  const group = await context.liveState().optionGroup(name);
  return group?.EngineName === 'postgres' ? group.MajorEngineVersion : group?.EngineName;
};

async function checkGroup(
  context: AwsContext,
  input: 'parameter_group_name' | 'option_group_name',
  permission: string,
  major: string,
  majorOf: MajorOf
): Promise<Findings> {
  const name = context.settings[input];
  if (name === undefined) return NO_FINDINGS;
  const read = majorOf(context, name).then(found => found ?? 'missing');
  const { answer, notices } = await orNotChecked(`\`${input}\``, permission, read);
  if (answer === undefined) return { problems: [], notices };
  if (answer === 'missing') return problemWith(context, input, `does not exist in ${context.target.region}`);
  if (answer === major) return NO_FINDINGS;
  return problemWith(context, input, `is for ${answer}, and the server has or gets ${major}`);
}

/** RDS refuses an unknown role in the words of a new one, so that the error alone does not tell. */
async function checkMonitoringRole(context: AwsContext): Promise<Findings> {
  const { monitoring_role_arn: arn } = context.settings;
  const [, account, name] = /^arn:[^:]+:iam::(\d+):role\/(?:.*\/)?([^/]+)$/.exec(arn ?? '') ?? [];
  if (arn === undefined || name === undefined) {
    return arn === undefined
      ? NO_FINDINGS
      : problemWith(context, 'monitoring_role_arn', 'is not the ARN of a role', '`arn:aws:iam::<account>:role/<name>`');
  }
  if (account !== context.target.account) return NO_FINDINGS;
  const read = orUndefined(context.call('iam', 'GetRole', { RoleName: name })).then(found => found?.Role ?? 'missing');
  const { answer } = await orNotChecked('`monitoring_role_arn`', 'iam:GetRole', read);
  return answer === 'missing' ? problemWith(context, 'monitoring_role_arn', 'does not exist') : NO_FINDINGS;
}
