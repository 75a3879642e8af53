import type { BlueGreenDeployment, CreateBlueGreenDeploymentRequest, DBInstance } from '@aws-sdk/client-rds';
import { defined } from '../../../../engine/defined.ts';
import type { OperationState, OperationStep } from '../../../../engine/operation.ts';
import type { Mark } from '../../../../engine/ownership.ts';
import type { Execution } from '../../../../engine/execution.ts';
import { runOperation } from '../../../../engine/run-operation.ts';
import { stringOf } from '../../../../engine/value.ts';
import { ignoring } from '../../../failures.ts';
import { fit } from '../../../names.ts';
import { SERVER } from '../../addresses.ts';
import { markTags, toList } from '../../api/tags.ts';
import type { AwsContext } from '../../context.ts';
import { majorOf } from '../../live-state.ts';
import type { ServerField, ServerValues } from './fields.ts';
import { describeInstance } from './wait.ts';

/** The longest name of a Blue/Green deployment. */
const LONGEST_NAME = 60;

/** The name follows from the server and the version, so that a later run finds the deployment of an earlier one. */
export function deploymentName({ names }: AwsContext, version: string): string {
  return fit(`${names.instance}-to-${majorOf(version)}`, LONGEST_NAME);
}

/** The deployment with this name; `undefined` when there is none. */
export async function deploymentNamed({ call }: AwsContext, name: string): Promise<BlueGreenDeployment | undefined> {
  const { BlueGreenDeployments: found = [] } = await call('rds', 'DescribeBlueGreenDeployments', {
    Filters: [{ Name: 'blue-green-deployment-name', Values: [name] }]
  });
  return found.find(one => one.BlueGreenDeploymentName === name);
}

/** The identifier in an ARN of RDS: the last part. */
export function identifierIn(arn: string | undefined): string {
  return arn?.split(':').at(-1) ?? '';
}

/** Whether the workflow upgrades by a Blue/Green deployment. */
export function isBlueGreen({ settings }: AwsContext): boolean {
  return settings.upgrade_strategy === 'blue-green';
}

/** Whether an apply that makes the copy, or finds it, also switches over to it. */
export function switchesOver(
  context: AwsContext,
  { live, version }: { readonly live: DBInstance | undefined; readonly version: string | undefined }
): boolean {
  return (
    isBlueGreen(context) &&
    context.options.switchover?.toLowerCase() === context.names.instance &&
    live?.EngineVersion !== undefined &&
    version !== undefined &&
    majorOf(version) > majorOf(live.EngineVersion)
  );
}

/** The copy that waits for its switchover; `undefined` where there is none that is ready. */
export async function greenOf(context: AwsContext): Promise<DBInstance | undefined> {
  const { engine_version: version } = context.settings;
  if (!isBlueGreen(context) || version === undefined) return undefined;
  const deployment = await deploymentNamed(context, deploymentName(context, version));
  if (
    deployment === undefined ||
    !/^(?:AVAILABLE|SWITCHOVER_IN_PROGRESS|SWITCHOVER_FAILED)/.test(deployment.Status ?? '')
  )
    return undefined;
  return describeInstance(context, { id: identifierIn(deployment.Target) });
}

/** The fields that a copy is made with, where they are to change: the server itself keeps its own. */
export const CARRIED = [
  'instance_class',
  'storage_type',
  'allocated_storage',
  'storage_iops',
  'storage_throughput'
] as const satisfies readonly ServerField[];

/** What a new copy is made with. */
export interface GreenWanted {
  readonly version: string;
  readonly parameterGroup: string | undefined;
  /** Those of `CARRIED` that change. */
  readonly values: ServerValues;
}

/** Makes the copy with the new version and waits until it follows. The server itself is left as it is. */
export async function prepareGreen(
  context: AwsContext,
  work: { readonly mark: Mark; readonly execution: Execution },
  live: DBInstance,
  wanted: GreenWanted
): Promise<void> {
  const { wait, deadline } = context.options;
  const step = greenStep(context, work.mark, live, wanted);
  const until = wait ? deadline : work.execution.clock.now();
  const { error } = await runOperation(work.execution, [step], until);
  if (error !== undefined) throw error;
}

function greenStep(context: AwsContext, mark: Mark, live: DBInstance, wanted: GreenWanted): OperationStep {
  const name = deploymentName(context, wanted.version);
  const id = live.DBInstanceIdentifier ?? '';
  return {
    address: SERVER,
    title: `server ${id}`,
    summary: `make the Blue/Green deployment ${name} of server ${id}`,
    call: 'rds:CreateBlueGreenDeployment',
    impact: 'online',
    usually: '30 min to some hours, by the amount of data',
    intervalSeconds: context.pollSeconds,
    isRepeatable: true,
    look: async () => stateOfGreen(await deploymentNamed(context, name)),
    send: async () => {
      // The name is its key.
      await ignoring(
        ['already-exists'],
        context.call(
          'rds',
          'CreateBlueGreenDeployment',
          {
            BlueGreenDeploymentName: name,
            Source: live.DBInstanceArn ?? id,
            TargetEngineVersion: wanted.version,
            ...defined({ TargetDBParameterGroupName: wanted.parameterGroup, ...targetMembers(wanted.values) }),
            Tags: toList(markTags(mark))
          },
          { attempts: 1 }
        )
      );
    }
  };
}

function targetMembers(values: ServerValues): Partial<CreateBlueGreenDeploymentRequest> {
  const number = (field: (typeof CARRIED)[number]): number | undefined =>
    values[field] === undefined ? undefined : Number(values[field]);
  return defined({
    TargetDBInstanceClass: stringOf(values.instance_class),
    TargetStorageType: stringOf(values.storage_type),
    TargetAllocatedStorage: number('allocated_storage'),
    TargetIops: number('storage_iops'),
    TargetStorageThroughput: number('storage_throughput')
  });
}

function stateOfGreen(deployment: BlueGreenDeployment | undefined): OperationState {
  if (deployment === undefined) return { state: 'todo', detail: 'there is none' };
  const { Status: status = 'unknown', StatusDetails: why } = deployment;
  const detail = `\`${status}\``;
  if (/^(?:INVALID_CONFIGURATION|PROVISIONING_FAILED)/.test(status)) {
    return {
      state: 'failed',
      message: `it is ${detail}${why === undefined ? '' : `. AWS says: ${why}`}`,
      hint: `Delete the Blue/Green deployment ${deployment.BlueGreenDeploymentName ?? ''} with its target in the RDS console, correct the cause, and apply again.`
    };
  }
  return /^(?:PROVISIONING|DELETING)/.test(status) ? { state: 'underway', detail } : { state: 'done', detail };
}
