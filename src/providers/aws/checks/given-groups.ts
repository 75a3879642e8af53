import type { Notice } from '../../../engine/plan.ts';
import type { Problem } from '../../../spec/problem.ts';
import { isFailure } from '../../failures.ts';
import type { AwsContext } from '../context.ts';
import { notChecked } from './not-checked.ts';

interface GroupFindings {
  readonly problems: readonly Problem[];
  readonly notices: readonly Notice[];
}

interface Question {
  readonly input: 'parameter_group_name' | 'option_group_name';
  readonly permission: string;
  /** The major version that a group of the name is for; `undefined` when there is none. */
  readonly majorOf: (name: string) => Promise<string | undefined>;
}

/** Whether the groups that are given by name are there, and are for the major version that the server has or is to have. */
export async function checkGivenGroups(context: AwsContext, major: string): Promise<GroupFindings> {
  const found = await Promise.all(questions(context).map(async question => checkGroup(context, question, major)));
  return { problems: found.flatMap(({ problems }) => problems), notices: found.flatMap(({ notices }) => notices) };
}

function questions(context: AwsContext): readonly Question[] {
  return [
    {
      input: 'parameter_group_name',
      permission: 'rds:DescribeDBParameterGroups',
      majorOf: async name =>
        (await context.liveState().parameterGroup(name))?.DBParameterGroupFamily?.replace('postgres', '')
    },
    {
      input: 'option_group_name',
      permission: 'rds:DescribeOptionGroups',
      majorOf: async name => {
        const group = await context.liveState().optionGroup(name);
        return group?.EngineName === 'postgres' ? group.MajorEngineVersion : group?.EngineName;
      }
    }
  ];
}

async function checkGroup(context: AwsContext, question: Question, major: string): Promise<GroupFindings> {
  const { input, permission } = question;
  const name = context.settings[input];
  if (name === undefined) return { problems: [], notices: [] };
  const problem = (why: string): GroupFindings => ({ problems: [{ input, value: name, why }], notices: [] });
  try {
    const found = await question.majorOf(name);
    if (found === undefined) return problem(`does not exist in ${context.target.region}`);
    return found === major
      ? { problems: [], notices: [] }
      : problem(`is for ${found}, and the server is to be ${major}`);
  } catch (thrown) {
    if (!isFailure(thrown, 'denied')) throw thrown;
    return { problems: [], notices: [notChecked(`\`${input}\``, permission)] };
  }
}
